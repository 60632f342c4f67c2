use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use sqlx::QueryBuilder;

use super::columns::{json, optional_millis, parse, word};
use super::data_points::Row;
use super::pool::{ATTEMPTS, ROWS_PER_STATEMENT, in_transaction, push_list};
use super::{DataPoints, Missing, StoreError};
use crate::domain::{DataPointId, DataPointName, Direction, FormatName, Preset, SmartServerId};

/// Locks the SmartServer against another exchange of its inventory, on both engines.
const LOCK: &str = "UPDATE smartservers SET inventory_at = inventory_at WHERE id = $1";
const OLD: &str = "SELECT * FROM data_points WHERE smartserver_id = $1";
const INSERT: &str = "INSERT INTO data_points (id, smartserver_id, name, alias, description, format, unit, \
     direction, presets, configured_at) ";
const ON_CONFLICT: &str = " ON CONFLICT (id) DO UPDATE SET alias = excluded.alias, \
     description = excluded.description, format = excluded.format, unit = excluded.unit, \
     direction = excluded.direction, presets = excluded.presets, \
     configured_at = excluded.configured_at";

/// A data point as a SmartServer's inventory tells of it; the fields of
/// [`DataPoint`](crate::domain::DataPoint) without ids.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the fields are those of the domain's data point")]
pub struct NewDataPoint {
    pub name: DataPointName,
    pub alias: Option<String>,
    pub description: Option<String>,
    pub format: Option<FormatName>,
    pub unit: Option<String>,
    pub direction: Option<Direction>,
    pub presets: Vec<Preset>,
    pub configured_at: Option<Timestamp>,
}

/// What an exchange of the inventory did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryChange {
    /// Points that are new.
    pub added: Vec<DataPointId>,
    /// Points that stayed and have another configuration now.
    pub changed: Vec<DataPointId>,
    /// Points that vanished, their readings with them.
    pub removed: Vec<DataPointId>,
    /// How many points the SmartServer has now.
    pub total: usize,
}

impl DataPoints<'_> {
    /// Makes `points` the whole inventory of a SmartServer, in one transaction. A point whose name
    /// stays keeps its id; of two points with the same name the first counts.
    /// [`StoreError::NotFound`] when there is no such SmartServer.
    pub async fn replace_inventory(
        &self,
        smartserver: SmartServerId,
        points: &[NewDataPoint],
    ) -> Result<InventoryChange, StoreError> {
        for _ in 1..ATTEMPTS {
            match self.try_replace(smartserver, points).await {
                Err(StoreError::Busy) => continue,
                done => return done,
            }
        }
        self.try_replace(smartserver, points).await
    }

    async fn try_replace(
        &self,
        smartserver: SmartServerId,
        points: &[NewDataPoint],
    ) -> Result<InventoryChange, StoreError> {
        let id = smartserver.to_string();
        Ok(in_transaction!(self.store.pool(), tx => {
            if sqlx::query(LOCK).bind(&id).execute(&mut *tx).await?.rows_affected() == 0 {
                return Err(StoreError::NotFound(Missing::SmartServer));
            }
            let old: Vec<Row> = sqlx::query_as(OLD).bind(&id).fetch_all(&mut *tx).await?;
            let plan = Plan::new(&id, old, points)?;
            for rows in plan.stored.chunks(ROWS_PER_STATEMENT) {
                let mut query = QueryBuilder::new(INSERT);
                query.push_values(rows, |mut tuple, row| {
                    tuple.push_bind(&row.id).push_bind(&row.smartserver_id).push_bind(&row.name)
                        .push_bind(&row.alias).push_bind(&row.description).push_bind(&row.format)
                        .push_bind(&row.unit).push_bind(&row.direction).push_bind(&row.presets)
                        .push_bind(row.configured_at);
                });
                query.push(ON_CONFLICT).build().persistent(false).execute(&mut *tx).await?;
            }
            for ids in plan.change.removed.chunks(ROWS_PER_STATEMENT) {
                let mut query = QueryBuilder::new("DELETE FROM data_points WHERE id IN ");
                push_list(&mut query, ids.iter().map(ToString::to_string));
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            plan.change
        }))
    }
}

/// What it takes to get from the old inventory to the new one.
struct Plan {
    /// Rows that are new or changed.
    stored: Vec<Row>,
    change: InventoryChange,
}

impl Plan {
    fn new(smartserver: &str, old: Vec<Row>, points: &[NewDataPoint]) -> Result<Self, StoreError> {
        let mut old: HashMap<String, Row> = old.into_iter().map(|row| (row.name.clone(), row)).collect();
        let mut plan = Self { stored: Vec::new(), change: InventoryChange::default() };
        let mut seen = HashSet::new();
        for point in points.iter().filter(|point| seen.insert(point.name.as_str())) {
            plan.add(smartserver, old.remove(point.name.as_str()), point)?;
        }
        for row in old.values() {
            plan.change.removed.push(parse("data_points.id", &row.id)?);
        }
        plan.change.removed.sort();
        plan.change.total = seen.len();
        Ok(plan)
    }

    fn add(&mut self, smartserver: &str, old: Option<Row>, point: &NewDataPoint) -> Result<(), StoreError> {
        let Some(old) = old else {
            let id = DataPointId::new();
            self.change.added.push(id);
            self.stored.push(row(id.to_string(), smartserver, point)?);
            return Ok(());
        };
        let new = row(old.id.clone(), smartserver, point)?;
        if new != old {
            self.change.changed.push(parse("data_points.id", &new.id)?);
            self.stored.push(new);
        }
        Ok(())
    }
}

fn row(id: String, smartserver: &str, point: &NewDataPoint) -> Result<Row, StoreError> {
    Ok(Row {
        id,
        smartserver_id: smartserver.to_owned(),
        name: point.name.as_str().to_owned(),
        alias: point.alias.clone(),
        description: point.description.clone(),
        format: point.format.as_ref().map(|format| format.as_str().to_owned()),
        unit: point.unit.clone(),
        direction: point.direction.as_ref().map(word).transpose()?,
        presets: json("data_points.presets", &point.presets)?,
        configured_at: optional_millis(point.configured_at),
    })
}
