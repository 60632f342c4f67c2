//! Commands as callers list them.

use jiff::Timestamp;

use super::listing::Page;
use super::{Gateway, GatewayError};
use crate::domain::{CommandId, DataPointId, ListedCommand, SmartServerId};
use crate::store::CommandFilter;

/// Which commands are listed. All conditions hold.
#[derive(Debug, Clone, Default)]
pub struct FleetCommandFilter {
    /// A data point, whether or not it is there any more.
    pub data_point: Option<DataPointId>,
    /// Key or id of a SmartServer; the id also of one that is not registered any more.
    pub smartserver: Option<String>,
    /// Accepted from this time on.
    pub since: Option<Timestamp>,
    /// Accepted before this time.
    pub until: Option<Timestamp>,
    /// Only those of which every data point has its outcome, or of which one has none yet.
    pub finished: Option<bool>,
}

impl Gateway {
    /// Commands, newest first: those accepted before the one of this time and id. Where a data point or a
    /// SmartServer is asked for, each has only the items of that.
    ///
    /// # Errors
    /// `Unknown` SmartServer; `Store`.
    pub async fn commands(
        &self,
        filter: FleetCommandFilter,
        before: Option<(Timestamp, CommandId)>,
        limit: usize,
    ) -> Result<Page<ListedCommand, (Timestamp, CommandId)>, GatewayError> {
        let FleetCommandFilter { data_point, smartserver, since, until, finished } = filter;
        let smartserver = smartserver.map(|key| self.present_or_past(&key)).transpose()?;
        let filter = CommandFilter { data_point, smartserver, since, until, finished };
        let mut items = self.0.store.commands().list(&filter, before, limit + 1).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| (last.command.created_at, last.command.id));
        Ok(Page { items, next })
    }

    /// The SmartServer with this key or id, or the one that had this id.
    pub(super) fn present_or_past(&self, key: &str) -> Result<SmartServerId, GatewayError> {
        self.unit(key).map(|unit| unit.id).or_else(|error| key.parse().map_err(|_| error))
    }
}
