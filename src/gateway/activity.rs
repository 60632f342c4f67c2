//! What happened, as the journal remembers it.

use jiff::Timestamp;

use super::listing::Page;
use super::{EventFilter, Gateway, GatewayError};
use crate::domain::{EventKind, Happening};
use crate::store::JournalSearch;

/// Entries of the journal that one call looks at. A database looks through as many texts in a tenth of a second.
const REACH: u32 = 50_000;

/// What of the journal is listed. All conditions hold; what they say of SmartServers is held against what they
/// were when it happened.
#[derive(Debug, Clone)]
pub struct ActivityFilter {
    /// Kinds. Where some of them may be missing, a gap is listed as well.
    pub kinds: Vec<EventKind>,
    /// Key or id of a SmartServer; the id also of one that is not registered any more.
    pub smartserver: Option<String>,
    /// A tag of the SmartServer.
    pub tag: Option<String>,
    /// Site of the SmartServer.
    pub site: Option<String>,
    /// Happened from this time on.
    pub since: Option<Timestamp>,
    /// Happened before this time.
    pub until: Option<Timestamp>,
}

impl Gateway {
    /// What happened, newest first: entries of the journal, by their ids, before the one of this time and id.
    /// One call looks at no more than 50,000 of them: a page may be short, or empty, and yet have a next one.
    ///
    /// # Errors
    /// `Unknown` SmartServer; `Store`.
    pub async fn activity(
        &self,
        filter: ActivityFilter,
        before: Option<(Timestamp, i64)>,
        limit: usize,
    ) -> Result<Page<(i64, Happening), (Timestamp, i64)>, GatewayError> {
        let ActivityFilter { mut kinds, smartserver, tag, site, since, until } = filter;
        let smartserver = smartserver.map(|key| self.present_or_past(&key)).transpose()?;
        if smartserver.is_some() || tag.is_some() || site.is_some() {
            // What concerns no SmartServer is for every listener, but nothing that happened to one.
            kinds.retain(|kind| *kind != EventKind::Session);
        }
        let wanted = EventFilter {
            kinds: kinds.clone(),
            smartservers: smartserver.into_iter().collect(),
            tag: tag.clone(),
            site: site.clone(),
            ..EventFilter::default()
        };
        let search = JournalSearch { kinds, smartserver, tag, site, since, until, reach: REACH };
        let journal = self.0.store.journal();
        let page = journal.search(&search, before, limit, |happening| wanted.wants(happening, None)).await?;
        let items = page.entries.into_iter().map(|entry| (entry.id, entry.happening)).collect();
        Ok(Page { items, next: page.next })
    }
}
