use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::columns::{json, millis, number, parse, parse_json, time};
use super::pool::{on_reader, on_writer};
use super::{Missing, Store, StoreError};
use crate::domain::{
    GroupItem, GroupPoints, HistoryRecord, HistoryRule, PointSelection, PollGroup, PollGroupId, SmartServerId,
};

const INSERT: &str = "INSERT INTO poll_groups \
     (id, name, enabled, points, interval_ms, max_age_ms, history, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE: &str = "UPDATE poll_groups SET name = $2, enabled = $3, points = $4, interval_ms = $5, \
     max_age_ms = $6, history = $7 WHERE id = $1";

/// The table of poll groups.
#[derive(Debug, Clone, Copy)]
pub struct PollGroups<'a> {
    pub(super) store: &'a Store,
}

impl PollGroups<'_> {
    /// Adds a group. [`Conflict::PollGroupName`](super::Conflict::PollGroupName) when there is one of its
    /// name.
    pub async fn insert(&self, group: &PollGroup) -> Result<(), StoreError> {
        let row = Row::from_domain(group)?;
        on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(row.id).bind(row.name).bind(row.enabled).bind(row.points).bind(row.interval_ms)
            .bind(row.max_age_ms).bind(row.history).bind(row.created_at)
            .execute(db).await.map(drop)?);
        Ok(())
    }

    /// All groups in the order of their names.
    pub async fn all(&self) -> Result<Vec<PollGroup>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM poll_groups ORDER BY name").fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Changes everything but id and time of making.
    /// [`Conflict::PollGroupName`](super::Conflict::PollGroupName) when another one has its name,
    /// [`StoreError::NotFound`] when there is none with its id.
    pub async fn update(&self, group: &PollGroup) -> Result<(), StoreError> {
        let row = Row::from_domain(group)?;
        let changed = on_writer!(self.store.pool(), db => sqlx::query(UPDATE)
            .bind(row.id).bind(row.name).bind(row.enabled).bind(row.points).bind(row.interval_ms)
            .bind(row.max_age_ms).bind(row.history)
            .execute(db).await?.rows_affected());
        if changed == 0 { Err(StoreError::NotFound(Missing::PollGroup)) } else { Ok(()) }
    }

    /// Removes a group. [`StoreError::NotFound`] when there is none.
    pub async fn delete(&self, id: PollGroupId) -> Result<(), StoreError> {
        let changed = on_writer!(self.store.pool(), db => sqlx::query("DELETE FROM poll_groups WHERE id = $1")
            .bind(id.to_string()).execute(db).await?.rows_affected());
        if changed == 0 { Err(StoreError::NotFound(Missing::PollGroup)) } else { Ok(()) }
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    enabled: bool,
    points: String,
    interval_ms: Option<i64>,
    max_age_ms: Option<i64>,
    history: Option<String>,
    created_at: i64,
}

/// The points of a group as they are written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Points {
    Selection(PointSelection),
    Items(Vec<(SmartServerId, String)>),
}

/// A rule as it is written.
#[derive(Serialize, Deserialize)]
struct Rule {
    record: HistoryRecord,
    min_interval_ms: u64,
    deadband: Option<f64>,
    retention_days: Option<u32>,
    backfill: bool,
}

impl Row {
    fn from_domain(group: &PollGroup) -> Result<Self, StoreError> {
        let history = group.history.as_ref().map(Rule::from_domain);
        Ok(Self {
            id: group.id.to_string(),
            name: group.name.clone(),
            enabled: group.enabled,
            points: json("poll_groups.points", &Points::from_domain(&group.points))?,
            interval_ms: group.interval.map(span),
            max_age_ms: group.max_age.map(span),
            history: history.map(|rule| json("poll_groups.history", &rule)).transpose()?,
            created_at: millis(group.created_at),
        })
    }

    fn into_domain(self) -> Result<PollGroup, StoreError> {
        let duration =
            |column, ms: Option<i64>| ms.map(|ms| number(column, ms).map(Duration::from_millis)).transpose();
        let history: Option<Rule> =
            self.history.map(|text| parse_json("poll_groups.history", &text)).transpose()?;
        Ok(PollGroup {
            id: parse("poll_groups.id", &self.id)?,
            name: self.name,
            enabled: self.enabled,
            points: parse_json::<Points>("poll_groups.points", &self.points)?.into_domain()?,
            interval: duration("poll_groups.interval_ms", self.interval_ms)?,
            max_age: duration("poll_groups.max_age_ms", self.max_age_ms)?,
            history: history.map(Rule::into_domain),
            created_at: time("poll_groups.created_at", self.created_at)?,
        })
    }
}

impl Points {
    fn from_domain(points: &GroupPoints) -> Self {
        let item = |item: &GroupItem| (item.smartserver_id, item.name.to_string());
        match points {
            GroupPoints::Selection(selection) => Self::Selection(selection.clone()),
            GroupPoints::Items(items) => Self::Items(items.iter().map(item).collect()),
        }
    }

    fn into_domain(self) -> Result<GroupPoints, StoreError> {
        let item = |(smartserver_id, name): (SmartServerId, String)| {
            Ok(GroupItem { smartserver_id, name: parse("poll_groups.points", &name)? })
        };
        Ok(match self {
            Self::Selection(selection) => GroupPoints::Selection(selection),
            Self::Items(items) => {
                GroupPoints::Items(items.into_iter().map(item).collect::<Result<_, StoreError>>()?)
            }
        })
    }
}

impl Rule {
    fn from_domain(rule: &HistoryRule) -> Self {
        let HistoryRule { record, min_interval, deadband, retention_days, backfill } = rule.clone();
        let min_interval_ms = u64::try_from(min_interval.as_millis()).unwrap_or(u64::MAX);
        Self { record, min_interval_ms, deadband, retention_days, backfill }
    }

    fn into_domain(self) -> HistoryRule {
        let Self { record, min_interval_ms, deadband, retention_days, backfill } = self;
        let min_interval = Duration::from_millis(min_interval_ms);
        HistoryRule { record, min_interval, deadband, retention_days, backfill }
    }
}

fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
