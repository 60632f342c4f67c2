use sqlx::FromRow;

use super::columns::{optional_time, parse, parse_json, parse_word};
use super::pool::on_reader;
use super::{Store, StoreError};
use crate::domain::{DataPoint, FormatName, SmartServerId};

const OF_SMARTSERVER: &str = "SELECT * FROM data_points WHERE smartserver_id = $1 ORDER BY name";

/// The table of data points.
#[derive(Debug, Clone, Copy)]
pub struct DataPoints<'a> {
    pub(super) store: &'a Store,
}

impl DataPoints<'_> {
    /// All data points of a SmartServer in the order of their names.
    pub async fn of_smartserver(&self, smartserver: SmartServerId) -> Result<Vec<DataPoint>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as(OF_SMARTSERVER).bind(smartserver.to_string()).fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }
}

#[derive(Debug, Clone, PartialEq, FromRow)]
pub(super) struct Row {
    pub(super) id: String,
    pub(super) smartserver_id: String,
    pub(super) name: String,
    pub(super) alias: Option<String>,
    pub(super) description: Option<String>,
    pub(super) format: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) direction: Option<String>,
    pub(super) presets: String,
    pub(super) configured_at: Option<i64>,
}

impl Row {
    fn into_domain(self) -> Result<DataPoint, StoreError> {
        let direction = self.direction.as_deref();
        Ok(DataPoint {
            id: parse("data_points.id", &self.id)?,
            smartserver_id: parse("data_points.smartserver_id", &self.smartserver_id)?,
            name: parse("data_points.name", &self.name)?,
            alias: self.alias,
            description: self.description,
            format: self.format.as_deref().map(FormatName::from),
            unit: self.unit,
            direction: direction.map(|word| parse_word("data_points.direction", word)).transpose()?,
            presets: parse_json("data_points.presets", &self.presets)?,
            configured_at: optional_time("data_points.configured_at", self.configured_at)?,
        })
    }
}
