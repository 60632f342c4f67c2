//! Reading what is remembered, in pieces: no piece holds a connection of the database for long.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;

use crate::domain::{
    DataPointId, DataPointName, HistoryBucket, HistoryGap, HistoryRow, SeriesId, SmartServerId,
};
use crate::gateway::{Gateway, GatewayError, Point, Thing};
use crate::store::StoreError;

/// Longest that a query may take, its turn included.
const PATIENCE: Duration = Duration::from_secs(120);

/// Whose history is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistoryTarget {
    /// By the point's id.
    Id(DataPointId),
    /// By key or id of the SmartServer and the point's name.
    Name {
        /// Key or id.
        smartserver: String,
        /// Name.
        name: DataPointName,
    },
}

/// A data point, also one that is gone, with its history.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryOf {
    /// Its SmartServer.
    pub smartserver_id: SmartServerId,
    /// The SmartServer's key.
    pub smartserver: String,
    /// Its name.
    pub name: DataPointName,
    /// Its id.
    pub data_point_id: DataPointId,
    /// Its unit, if the point is there.
    pub unit: Option<String>,
    /// Its type.
    pub type_name: Option<String>,
    /// Its series; `None`: nothing was ever remembered.
    pub series: Option<SeriesId>,
}

impl Gateway {
    /// Finds a data point's history.
    ///
    /// # Errors
    /// `Unknown` when there neither is nor was such a point with a history; those of the database.
    pub async fn history_of(&self, target: &HistoryTarget) -> Result<HistoryOf, GatewayError> {
        match target {
            HistoryTarget::Id(id) => match self.0.fleet.point(*id) {
                Some(point) => self.history_of_point(&point).await,
                None => {
                    let series = self.0.store.series().of_data_point(*id).await?;
                    self.history_of_gone(series)
                }
            },
            HistoryTarget::Name { smartserver, name } => {
                let unit = self.unit(smartserver)?;
                match unit.points().get(name) {
                    Some(data) => {
                        let point = Point { data: data.clone(), unit };
                        self.history_of_point(&point).await
                    }
                    None => self.history_of_gone(self.0.store.series().named(unit.id, name).await?),
                }
            }
        }
    }

    async fn history_of_point(&self, point: &Point) -> Result<HistoryOf, GatewayError> {
        let (unit, data) = (&point.unit, &point.data);
        let series = self.0.store.series().named(unit.id, &data.name).await?;
        Ok(HistoryOf {
            smartserver_id: unit.id,
            smartserver: unit.info().key.clone(),
            name: data.name.clone(),
            data_point_id: data.id,
            unit: data.unit.clone(),
            type_name: data.format.as_ref().map(|format| format.type_name().to_owned()),
            series: series.map(|series| series.id),
        })
    }

    /// The history of a removed SmartServer counts as gone, although it is deleted piece by piece.
    fn history_of_gone(&self, series: Option<crate::domain::Series>) -> Result<HistoryOf, GatewayError> {
        let unknown = || GatewayError::Unknown { what: Thing::DataPoint };
        let series = series.ok_or_else(unknown)?;
        let unit = self.0.fleet.find(&series.smartserver_id.to_string()).ok_or_else(unknown)?;
        Ok(HistoryOf {
            smartserver_id: unit.id,
            smartserver: unit.info().key.clone(),
            name: series.name,
            data_point_id: series.data_point_id,
            unit: None,
            type_name: None,
            series: Some(series.id),
        })
    }

    /// Remembered readings in the order of their times, at most `limit`. What came within the last second
    /// may be missing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn history_rows(
        &self,
        series: Option<SeriesId>,
        span: Range<Timestamp>,
        limit: u32,
    ) -> Result<Vec<HistoryRow>, GatewayError> {
        let Some(series) = series else { return Ok(Vec::new()) };
        let store = self.0.store.clone();
        self.query_history(async move { store.history().rows(series, span, limit).await }).await
    }

    /// The same by parts of `resolution_ms` milliseconds.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn history_buckets(
        &self,
        series: Option<SeriesId>,
        span: Range<Timestamp>,
        resolution_ms: i64,
    ) -> Result<Vec<HistoryBucket>, GatewayError> {
        let Some(series) = series else { return Ok(Vec::new()) };
        let store = self.0.store.clone();
        self.query_history(async move { store.history().buckets(series, span, resolution_ms).await }).await
    }

    /// Times of which readings of a point are missing, or were until they were fetched.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn history_gaps(
        &self,
        of: &HistoryOf,
        span: Range<Timestamp>,
    ) -> Result<Vec<HistoryGap>, GatewayError> {
        let mut gaps = self.0.store.gaps().of_smartserver(of.smartserver_id, span).await?;
        gaps.retain(|gap| gap.is_of(&of.name));
        Ok(gaps)
    }

    /// Queries when its turn has come: others need the database's connections too. The turn lasts until the
    /// query ends, also when whoever asked has hung up, since the database works on.
    async fn query_history<T: Send + 'static>(
        &self,
        query: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, GatewayError> {
        let queries = Arc::clone(&self.0.history.queries);
        let done = timeout(PATIENCE, async move {
            let turn = queries.acquire_owned().await.map_err(|_| GatewayError::Stopping)?;
            let done = tokio::spawn(async move { (query.await, turn).0 }).await;
            Ok(done.map_err(|error| GatewayError::Store(error.to_string()))??)
        });
        done.await.unwrap_or_else(|_| Err(GatewayError::Store("the history takes too long to read".into())))
    }
}
