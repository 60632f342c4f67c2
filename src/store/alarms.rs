use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};

use super::columns::{millis, number, optional_millis, optional_time, parse, parse_word, time, word};
use super::pool::{in_transaction, on_reader, on_writer, push_list};
use super::{Store, StoreError};
use crate::domain::{Alarm, AlarmId, AlarmPrint, AlarmState, DataPointName, SmartServerId};

const INSERT: &str = "INSERT INTO alarms (id, smartserver_id, print, notifier, point, alarm_time, alarm_at, \
     raised_at, text, priority, alarm_group, condition, value, unit, state, notifier_status, comment, \
     user_name, acknowledged, acknowledged_at, first_seen_at, updated_at, cleared_at, search) ";
/// What it was raised as stays.
const ON_CONFLICT: &str = " ON CONFLICT (smartserver_id, print) DO UPDATE SET \
     alarm_time = excluded.alarm_time, text = excluded.text, priority = excluded.priority, \
     alarm_group = excluded.alarm_group, condition = excluded.condition, value = excluded.value, \
     unit = excluded.unit, state = excluded.state, notifier_status = excluded.notifier_status, \
     comment = excluded.comment, user_name = excluded.user_name, acknowledged = excluded.acknowledged, \
     acknowledged_at = excluded.acknowledged_at, updated_at = excluded.updated_at, \
     cleared_at = excluded.cleared_at, search = excluded.search";
const KEEP_NOTIFIER: &str = "INSERT INTO alarm_notifiers (smartserver_id, name, since, cursor) \
     VALUES ($1, $2, $3, $4) \
     ON CONFLICT (smartserver_id, name) DO UPDATE SET since = excluded.since, cursor = excluded.cursor";
const TRIM: &str = "DELETE FROM alarms WHERE id IN (SELECT id FROM alarms \
     WHERE state = 'cleared' AND cleared_at < $1 ORDER BY cleared_at LIMIT $2)";
/// Rows in one statement: with 24 columns half of what SQLite binds.
const ROWS: usize = 500;

/// The tables of alarms, and of how far the notifiers' logs were read.
#[derive(Debug, Clone, Copy)]
pub struct Alarms<'a> {
    pub(super) store: &'a Store,
}

/// How far an alarm notifier's log was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredNotifier {
    /// Its SmartServer.
    pub smartserver_id: SmartServerId,
    /// Its name.
    pub name: DataPointName,
    /// Time by the SmartServer's clock from which on the log is read.
    pub since: Option<Timestamp>,
    /// Position in the log; a text that only its reader understands.
    pub cursor: Option<String>,
}

/// Which alarms are listed. All conditions hold.
#[derive(Debug, Clone, Default)]
pub struct AlarmFilter {
    /// Of these SmartServers only.
    pub smartservers: Option<Vec<SmartServerId>>,
    /// Only active or cleared ones.
    pub state: Option<AlarmState>,
    /// Only those that are acknowledged, or are not.
    pub acknowledged: Option<bool>,
    /// Raised from this time on.
    pub since: Option<Timestamp>,
    /// Raised before this time.
    pub until: Option<Timestamp>,
    /// Part of data point, text, comment, user or status, in any case.
    pub q: Option<String>,
}

impl Alarms<'_> {
    /// Keeps alarms as they are given, and with them, at once or not at all, how far their notifier's log
    /// was read. [`StoreError::NotFound`] when their SmartServer is not there any more.
    pub async fn keep(&self, notifier: &StoredNotifier, alarms: &[Alarm]) -> Result<(), StoreError> {
        let rows: Vec<Row> = alarms.iter().map(Row::from_domain).collect::<Result<_, _>>()?;
        in_transaction!(self.store.pool(), tx => {
            for rows in rows.chunks(ROWS) {
                insertion(rows).build().persistent(false).execute(&mut *tx).await?;
            }
            sqlx::query(KEEP_NOTIFIER)
                .bind(notifier.smartserver_id.to_string()).bind(notifier.name.as_str())
                .bind(optional_millis(notifier.since)).bind(&notifier.cursor)
                .execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Forgets a notifier that is not there any more, and keeps its alarms as they are given, at once.
    pub async fn drop_notifier(
        &self,
        smartserver: SmartServerId,
        name: &DataPointName,
        alarms: &[Alarm],
    ) -> Result<(), StoreError> {
        let rows: Vec<Row> = alarms.iter().map(Row::from_domain).collect::<Result<_, _>>()?;
        in_transaction!(self.store.pool(), tx => {
            for rows in rows.chunks(ROWS) {
                insertion(rows).build().persistent(false).execute(&mut *tx).await?;
            }
            sqlx::query("DELETE FROM alarm_notifiers WHERE smartserver_id = $1 AND name = $2")
                .bind(smartserver.to_string()).bind(name.as_str()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// All notifiers whose logs were read.
    pub async fn notifiers(&self) -> Result<Vec<StoredNotifier>, StoreError> {
        let rows: Vec<NotifierRow> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM alarm_notifiers ORDER BY smartserver_id, name").fetch_all(db).await?);
        rows.into_iter().map(NotifierRow::into_domain).collect()
    }

    /// All active alarms.
    pub async fn active(&self) -> Result<Vec<Alarm>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM alarms WHERE state = 'active'").fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// The alarm with this id.
    pub async fn get(&self, id: AlarmId) -> Result<Option<Alarm>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM alarms WHERE id = $1")
                .bind(id.to_string()).fetch_optional(db).await?);
        row.map(Row::into_domain).transpose()
    }

    /// Those of these alarms of a SmartServer that are known.
    pub async fn known(
        &self,
        smartserver: SmartServerId,
        prints: &[AlarmPrint],
    ) -> Result<Vec<Alarm>, StoreError> {
        let mut known = Vec::new();
        for prints in prints.chunks(ROWS) {
            let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
                let mut query = QueryBuilder::new("SELECT * FROM alarms WHERE smartserver_id = ");
                query.push_bind(smartserver.to_string()).push(" AND print IN ");
                push_list(&mut query, prints.iter().map(digest));
                query.build_query_as().persistent(false).fetch_all(db).await?
            });
            known.extend(rows);
        }
        known.into_iter().map(Row::into_domain).collect()
    }

    /// Alarms, newest first: those raised before the one of this time and id, at most `limit`.
    pub async fn list(
        &self,
        filter: &AlarmFilter,
        before: Option<(Timestamp, AlarmId)>,
        limit: usize,
    ) -> Result<Vec<Alarm>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
            let mut query = QueryBuilder::new("SELECT * FROM alarms WHERE 1 = 1");
            narrow(&mut query, filter)?;
            if let Some((at, id)) = before {
                let (at, id) = (millis(at), id.to_string());
                query.push(" AND raised_at <= ").push_bind(at);
                query.push(" AND (raised_at < ").push_bind(at).push(" OR id < ").push_bind(id).push(")");
            }
            query.push(" ORDER BY raised_at DESC, id DESC LIMIT ").push_bind(limit);
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// Removes alarms that were cleared before `before`, at most `limit`; gives their number.
    pub async fn trim(&self, before: Timestamp, limit: usize) -> Result<u64, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(on_writer!(self.store.pool(), db => sqlx::query(TRIM)
            .bind(millis(before)).bind(limit).execute(db).await?.rows_affected()))
    }
}

fn narrow<DB: Database>(query: &mut QueryBuilder<DB>, filter: &AlarmFilter) -> Result<(), StoreError>
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    bool: for<'q> Encode<'q, DB> + Type<DB>,
{
    match filter.smartservers.as_deref() {
        Some([]) => drop(query.push(" AND 1 = 0")),
        Some([only]) => drop(query.push(" AND smartserver_id = ").push_bind(only.to_string())),
        Some(some) => {
            query.push(" AND smartserver_id IN ");
            push_list(query, some.iter().map(ToString::to_string));
        }
        None => {}
    }
    // As a literal, for the index of active ones.
    match filter.state {
        Some(AlarmState::Active) => drop(query.push(" AND state = 'active'")),
        Some(AlarmState::Cleared) => drop(query.push(" AND state = 'cleared'")),
        None => {}
    }
    if let Some(acknowledged) = filter.acknowledged {
        query.push(" AND acknowledged = ").push_bind(acknowledged);
    }
    if let Some(since) = filter.since {
        query.push(" AND raised_at >= ").push_bind(millis(since));
    }
    if let Some(until) = filter.until {
        query.push(" AND raised_at < ").push_bind(millis(until));
    }
    if let Some(q) = &filter.q {
        if q.contains('\0') {
            return Err(StoreError::Nul);
        }
        query.push(" AND search LIKE ").push_bind(containing(q)).push(" ESCAPE '\\'");
    }
    Ok(())
}

/// The pattern of texts that hold this one.
fn containing(text: &str) -> String {
    let escaped = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

fn insertion<DB: Database>(rows: &[Row]) -> QueryBuilder<DB>
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
    Option<String>: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
    Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
    bool: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut query = QueryBuilder::new(INSERT);
    query.push_values(rows, |mut tuple, row| {
        let row = row.clone();
        tuple.push_bind(row.id).push_bind(row.smartserver_id).push_bind(row.print);
        tuple.push_bind(row.notifier).push_bind(row.point).push_bind(row.alarm_time);
        tuple.push_bind(row.alarm_at).push_bind(row.raised_at).push_bind(row.text);
        tuple.push_bind(row.priority).push_bind(row.alarm_group).push_bind(row.condition);
        tuple.push_bind(row.value).push_bind(row.unit).push_bind(row.state);
        tuple.push_bind(row.notifier_status).push_bind(row.comment).push_bind(row.user_name);
        tuple.push_bind(row.acknowledged).push_bind(row.acknowledged_at);
        tuple.push_bind(row.first_seen_at).push_bind(row.updated_at).push_bind(row.cleared_at);
        tuple.push_bind(row.search);
    });
    query.push(ON_CONFLICT);
    query
}

/// The same for the same alarm, whatever its names are; short, since it is indexed.
fn digest(print: &AlarmPrint) -> String {
    let mut digest = Sha256::new();
    for part in [print.notifier.as_str(), print.point.as_str(), &print.time] {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

fn search(alarm: &Alarm) -> String {
    let words = [&alarm.text, &alarm.comment, &alarm.user, &alarm.condition];
    let words = words.into_iter().flatten().map(String::as_str);
    let all: Vec<&str> = [alarm.point.as_str()].into_iter().chain(words).collect();
    all.join("\n").to_lowercase()
}

#[derive(Debug, Clone, FromRow)]
struct Row {
    id: String,
    smartserver_id: String,
    print: String,
    notifier: String,
    point: String,
    alarm_time: String,
    alarm_at: Option<i64>,
    raised_at: i64,
    text: Option<String>,
    priority: Option<i64>,
    alarm_group: Option<i64>,
    condition: Option<String>,
    value: String,
    unit: Option<String>,
    state: String,
    notifier_status: Option<String>,
    comment: Option<String>,
    user_name: Option<String>,
    acknowledged: bool,
    acknowledged_at: Option<i64>,
    first_seen_at: i64,
    updated_at: i64,
    cleared_at: Option<i64>,
    search: String,
}

impl Row {
    fn from_domain(alarm: &Alarm) -> Result<Self, StoreError> {
        Ok(Self {
            id: alarm.id.to_string(),
            smartserver_id: alarm.smartserver_id.to_string(),
            print: digest(&alarm.print()),
            notifier: alarm.notifier.to_string(),
            point: alarm.point.to_string(),
            alarm_time: alarm.alarm_time.clone(),
            alarm_at: optional_millis(alarm.alarm_at),
            raised_at: millis(alarm.raised_at),
            text: alarm.text.clone(),
            priority: alarm.priority.map(Into::into),
            alarm_group: alarm.group,
            condition: alarm.condition.clone(),
            value: alarm.value.clone(),
            unit: alarm.unit.clone(),
            state: word(&alarm.state)?,
            notifier_status: alarm.notifier_status.clone(),
            comment: alarm.comment.clone(),
            user_name: alarm.user.clone(),
            acknowledged: alarm.is_acknowledged(),
            acknowledged_at: optional_millis(alarm.acknowledged_at),
            first_seen_at: millis(alarm.first_seen_at),
            updated_at: millis(alarm.updated_at),
            cleared_at: optional_millis(alarm.cleared_at),
            search: search(alarm),
        })
    }

    fn into_domain(self) -> Result<Alarm, StoreError> {
        Ok(Alarm {
            id: parse("alarms.id", &self.id)?,
            smartserver_id: parse("alarms.smartserver_id", &self.smartserver_id)?,
            notifier: parse("alarms.notifier", &self.notifier)?,
            point: parse("alarms.point", &self.point)?,
            alarm_time: self.alarm_time,
            alarm_at: optional_time("alarms.alarm_at", self.alarm_at)?,
            raised_at: time("alarms.raised_at", self.raised_at)?,
            text: self.text,
            priority: self.priority.map(|n| number("alarms.priority", n)).transpose()?,
            group: self.alarm_group,
            condition: self.condition,
            value: self.value,
            unit: self.unit,
            state: parse_word("alarms.state", &self.state)?,
            notifier_status: self.notifier_status,
            comment: self.comment,
            user: self.user_name,
            acknowledged_at: optional_time("alarms.acknowledged_at", self.acknowledged_at)?,
            first_seen_at: time("alarms.first_seen_at", self.first_seen_at)?,
            updated_at: time("alarms.updated_at", self.updated_at)?,
            cleared_at: optional_time("alarms.cleared_at", self.cleared_at)?,
        })
    }
}

#[derive(FromRow)]
struct NotifierRow {
    smartserver_id: String,
    name: String,
    since: Option<i64>,
    cursor: Option<String>,
}

impl NotifierRow {
    fn into_domain(self) -> Result<StoredNotifier, StoreError> {
        Ok(StoredNotifier {
            smartserver_id: parse("alarm_notifiers.smartserver_id", &self.smartserver_id)?,
            name: parse("alarm_notifiers.name", &self.name)?,
            since: optional_time("alarm_notifiers.since", self.since)?,
            cursor: self.cursor,
        })
    }
}
