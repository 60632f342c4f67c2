use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};

use super::columns::{optional_time, parse, parse_json, parse_word};
use super::page::{Page, PageRequest, end_of_prefix, substring};
use super::pool::{ROWS_PER_STATEMENT, on_reader, push_list};
use super::{Store, StoreError};
use crate::domain::{DataPoint, DataPointId, DataPointName, FormatName, SmartServerId};

pub(super) const COLUMNS: &str = "id, smartserver_id, name, alias, description, format, unit, \
     direction, presets, configured_at";

/// The table of data points.
#[derive(Debug, Clone, Copy)]
pub struct DataPoints<'a> {
    pub(super) store: &'a Store,
}

/// Which data points are asked for: those that every condition fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataPointFilter {
    /// The SmartServer that holds them.
    pub smartserver: Option<SmartServerId>,
    /// The name, exactly.
    pub name: Option<String>,
    /// How the name begins, exactly.
    pub prefix: Option<String>,
    /// Part of the name, the alias or the description, in upper or lower case.
    pub q: Option<String>,
    /// The type within the format, as `SNVT_temp_p`.
    pub type_name: Option<String>,
    /// A tag of their SmartServer, exactly.
    pub tag: Option<String>,
}

impl DataPoints<'_> {
    /// The data points with these ids, in no particular order; ids that are not there are left out.
    pub async fn get(&self, ids: &[DataPointId]) -> Result<Vec<DataPoint>, StoreError> {
        let mut points = Vec::with_capacity(ids.len());
        for ids in ids.chunks(ROWS_PER_STATEMENT) {
            let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
                let mut query = select();
                query.push(" AND id IN ");
                push_list(&mut query, ids.iter().map(ToString::to_string));
                query.build_query_as().persistent(false).fetch_all(db).await?
            });
            points.extend(into_domain(rows)?);
        }
        Ok(points)
    }

    /// The data points of a SmartServer with these names, in no particular order; names that are not
    /// there are left out.
    pub async fn get_by_names(
        &self,
        smartserver: SmartServerId,
        names: &[DataPointName],
    ) -> Result<Vec<DataPoint>, StoreError> {
        let mut points = Vec::with_capacity(names.len());
        for names in names.chunks(ROWS_PER_STATEMENT) {
            let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
                let mut query = select();
                query.push(" AND smartserver_id = ").push_bind(smartserver.to_string());
                query.push(" AND name IN ");
                push_list(&mut query, names.iter().map(DataPointName::as_str));
                query.build_query_as().persistent(false).fetch_all(db).await?
            });
            points.extend(into_domain(rows)?);
        }
        Ok(points)
    }

    /// Data points, those of one SmartServer together and in the order of their names.
    pub async fn list(
        &self,
        filter: &DataPointFilter,
        page: &PageRequest,
    ) -> Result<Page<DataPoint>, StoreError> {
        let after: Option<(SmartServerId, String)> = page.position()?;
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
            let mut query = select();
            filter.push(&mut query);
            if let Some((smartserver, name)) = &after {
                query.push(" AND (smartserver_id, name) > (").push_bind(smartserver.to_string());
                query.push(", ").push_bind(name.as_str()).push(")");
            }
            query.push(" ORDER BY smartserver_id, name LIMIT ").push_bind(page.rows());
            query.build_query_as().fetch_all(db).await?
        });
        Page::new(into_domain(rows)?, page, |point: &DataPoint| {
            (point.smartserver_id, point.name.as_str().to_owned())
        })
    }

    /// All data points of a SmartServer in the order of their names.
    pub async fn of_smartserver(&self, smartserver: SmartServerId) -> Result<Vec<DataPoint>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
            let mut query = select();
            query.push(" AND smartserver_id = ").push_bind(smartserver.to_string());
            query.push(" ORDER BY name").build_query_as().fetch_all(db).await?
        });
        into_domain(rows)
    }

    /// The next `limit` data points after `after`, in the order of their ids: for walking over all of
    /// them in pieces.
    pub async fn chunk(&self, after: Option<DataPointId>, limit: u32) -> Result<Vec<DataPoint>, StoreError> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
            let mut query = select();
            query.push(" AND id > ").push_bind(after.as_str());
            query.push(" ORDER BY id LIMIT ").push_bind(i64::from(limit));
            query.build_query_as().fetch_all(db).await?
        });
        into_domain(rows)
    }
}

fn select<DB: Database>() -> QueryBuilder<DB> {
    QueryBuilder::new(format!("SELECT {COLUMNS} FROM data_points WHERE 1 = 1"))
}

impl DataPointFilter {
    fn push<DB: Database>(&self, query: &mut QueryBuilder<DB>)
    where
        String: for<'q> Encode<'q, DB> + Type<DB>,
    {
        if let Some(smartserver) = self.smartserver {
            query.push(" AND smartserver_id = ").push_bind(smartserver.to_string());
        }
        if let Some(name) = &self.name {
            query.push(" AND name = ").push_bind(name.clone());
        }
        if let Some(prefix) = &self.prefix {
            query.push(" AND name >= ").push_bind(prefix.clone());
            if let Some(end) = end_of_prefix(prefix) {
                query.push(" AND name < ").push_bind(end);
            }
        }
        if let Some(q) = &self.q {
            query.push(" AND search LIKE ").push_bind(substring(q)).push(r" ESCAPE '\'");
        }
        if let Some(type_name) = &self.type_name {
            query.push(" AND type_name = ").push_bind(type_name.clone());
        }
        if let Some(tag) = &self.tag {
            query.push(" AND smartserver_id IN (SELECT smartserver_id FROM smartserver_tags WHERE tag = ");
            query.push_bind(tag.clone()).push(")");
        }
    }
}

/// The columns that a data point is made of.
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

pub(super) fn into_domain(rows: Vec<Row>) -> Result<Vec<DataPoint>, StoreError> {
    rows.into_iter().map(Row::into_domain).collect()
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
