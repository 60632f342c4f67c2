//! Lists of commands: first which ones, out of an index alone, then what is shown of them.

use std::collections::HashMap;

use jiff::Timestamp;
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};

use super::StoreError;
use super::columns::{millis, number, parse_word};
use super::commands::{CommandRow, Commands, ItemRow};
use super::pool::{on_reader, push_list};
use crate::domain::{CommandId, DataPointId, ItemCount, ListedCommand, SmartServerId};

/// Of commands alone: `c` is what conditions on time and id refer to.
const ALL: &str = "SELECT c.created_at, c.id FROM commands c WHERE 1 = 1";
/// By way of their items: an index gives them in this order, so that no more than a page is read.
const OF_ITEMS: &str = "SELECT DISTINCT c.created_at, c.command_id AS id FROM command_items c WHERE 1 = 1";
/// There are few of them at any time.
const OPEN: &str = "SELECT DISTINCT c.created_at, c.command_id AS id FROM command_items c \
     WHERE c.phase <> 'finished'";
const NONE_OPEN: &str =
    " AND NOT EXISTS (SELECT 1 FROM command_items o WHERE o.phase <> 'finished' AND o.command_id = ";
const COUNTS: &str = "SELECT command_id, phase, outcome, COUNT(*) AS items FROM command_items \
     WHERE command_id IN ";

/// Which commands are listed. All conditions hold.
#[derive(Debug, Clone, Default)]
pub struct CommandFilter {
    /// Of this data point, whether or not it is there any more.
    pub data_point: Option<DataPointId>,
    /// Of data points of this SmartServer, likewise.
    pub smartserver: Option<SmartServerId>,
    /// Accepted from this time on.
    pub since: Option<Timestamp>,
    /// Accepted before this time.
    pub until: Option<Timestamp>,
    /// Only those of which every data point has its outcome, or of which one has none yet.
    pub finished: Option<bool>,
}

impl Commands<'_> {
    /// Commands, newest first: those accepted before the one of this time and id, at most `limit`; of each
    /// the items that the filter names. What it costs depends on `limit`, and not on how many there are.
    pub async fn list(
        &self,
        filter: &CommandFilter,
        before: Option<(Timestamp, CommandId)>,
        limit: usize,
    ) -> Result<Vec<ListedCommand>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let keys: Vec<Key> = on_reader!(self.store.pool(), db =>
            keys(filter, before, limit).build_query_as().persistent(false).fetch_all(db).await?);
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = keys.iter().map(|(_, id)| id.as_str()).collect();
        let rows: Vec<CommandRow> = on_reader!(self.store.pool(), db => {
            let mut query = QueryBuilder::new("SELECT * FROM commands WHERE id IN ");
            push_list(&mut query, ids.iter().map(ToString::to_string));
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        let items: Vec<ItemRow> = on_reader!(self.store.pool(), db =>
            items(filter, &ids).build_query_as().persistent(false).fetch_all(db).await?);
        let counts: Vec<CountRow> = on_reader!(self.store.pool(), db => {
            let mut query = QueryBuilder::new(COUNTS);
            push_list(&mut query, ids.iter().map(ToString::to_string));
            query.push(" GROUP BY command_id, phase, outcome ORDER BY phase, outcome");
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        let mut rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        let mut items = grouped(items, |item| &item.command_id);
        let mut counts = grouped(counts, |count| &count.command_id);
        let listed = ids.iter().filter_map(|&id| rows.remove(id)).map(|row| {
            let (items, counts) = (items.remove(&row.id), counts.remove(&row.id).unwrap_or_default());
            let counts = counts.into_iter().map(CountRow::into_domain).collect::<Result<_, _>>()?;
            Ok(ListedCommand { command: row.into_domain(items.unwrap_or_default())?, counts })
        });
        listed.collect()
    }
}

fn keys<DB: Database>(
    filter: &CommandFilter,
    before: Option<(Timestamp, CommandId)>,
    limit: i64,
) -> QueryBuilder<DB>
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    let is_narrow = filter.data_point.is_some() || filter.smartserver.is_some();
    let (select, id) = match filter.finished {
        Some(false) => (OPEN, "c.command_id"),
        _ if is_narrow => (OF_ITEMS, "c.command_id"),
        _ => (ALL, "c.id"),
    };
    let mut query = QueryBuilder::new(select);
    match filter.finished {
        // Another item than the open one may be the one that is meant.
        Some(false) if is_narrow => {
            query.push(" AND EXISTS (SELECT 1 FROM command_items i WHERE i.command_id = c.command_id");
            narrow(&mut query, "i", filter, false);
            query.push(")");
        }
        _ => narrow(&mut query, "c", filter, true),
    }
    if filter.finished == Some(true) {
        query.push(NONE_OPEN).push(id).push(")");
    }
    if let Some(since) = filter.since {
        query.push(" AND c.created_at >= ").push_bind(millis(since));
    }
    if let Some(until) = filter.until {
        query.push(" AND c.created_at < ").push_bind(millis(until));
    }
    if let Some((at, before)) = before {
        query.push(" AND (c.created_at, ").push(id).push(") < (").push_bind(millis(at));
        query.push(", ").push_bind(before.to_string()).push(")");
    }
    query.push(" ORDER BY 1 DESC, 2 DESC LIMIT ").push_bind(limit);
    query
}

fn items<DB: Database>(filter: &CommandFilter, commands: &[&str]) -> QueryBuilder<DB>
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut query = QueryBuilder::new("SELECT * FROM command_items i WHERE i.command_id IN ");
    push_list(&mut query, commands.iter().map(ToString::to_string));
    narrow(&mut query, "i", filter, false);
    query.push(" ORDER BY i.command_id, i.position");
    query
}

/// Leaves the items, which stand here as `table`, that the filter names. Found by the most selective of their
/// indices if `leads`; else looked at one by one, as some other condition finds them.
fn narrow<DB: Database>(query: &mut QueryBuilder<DB>, table: &str, filter: &CommandFilter, leads: bool)
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    if let Some(id) = filter.data_point {
        query.push(" AND ").push(table).push(".data_point_id = ").push_bind(id.to_string());
    }
    if let Some(id) = filter.smartserver {
        let column = if leads && filter.data_point.is_none() {
            format!("{table}.smartserver_id")
        } else {
            format!("COALESCE({table}.smartserver_id, '')")
        };
        query.push(" AND ").push(column).push(" = ").push_bind(id.to_string());
    }
}

fn grouped<T>(rows: Vec<T>, key: impl Fn(&T) -> &String) -> HashMap<String, Vec<T>> {
    let mut groups: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row).clone()).or_default().push(row);
    }
    groups
}

/// What the list is in the order of: time and id of a command.
type Key = (i64, String);

#[derive(FromRow)]
struct CountRow {
    command_id: String,
    phase: String,
    outcome: Option<String>,
    items: i64,
}

impl CountRow {
    fn into_domain(self) -> Result<ItemCount, StoreError> {
        let outcome = self.outcome.as_deref();
        Ok(ItemCount {
            phase: parse_word("command_items.phase", &self.phase)?,
            outcome: outcome.map(|word| parse_word("command_items.outcome", word)).transpose()?,
            items: number("command_items", self.items)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Sqlite};

    use super::super::pool::Pool;
    use super::super::{MasterKey, Store};
    use super::*;

    async fn plan(store: &Store, filter: &CommandFilter) -> String {
        let Pool::Sqlite { readers, .. } = store.pool() else { panic!("SQLite") };
        let before = Some((Timestamp::UNIX_EPOCH, CommandId::new()));
        let sql = format!("EXPLAIN QUERY PLAN {}", keys::<Sqlite>(filter, before, 100).sql().as_str());
        let steps: Vec<(i64, i64, i64, String)> =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(readers).await.unwrap();
        steps.into_iter().map(|(.., step)| step).collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn an_index_leads_to_each_page() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/x.db", folder.path().display());
        let key = MasterKey::from_text("c2VjcmV0cyBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzLi4=").unwrap();
        let store = Store::open(&url, key).await.unwrap();
        let (point, smartserver) = (Some(DataPointId::new()), Some(SmartServerId::new()));
        for (data_point, smartserver, finished, index) in [
            (None, None, None, "commands_by_time"),
            (None, None, Some(true), "commands_by_time"),
            (point, None, None, "command_items_of_data_point"),
            (point, smartserver, Some(true), "command_items_of_data_point"),
            (None, smartserver, None, "command_items_of_smartserver"),
            (None, None, Some(false), "command_items_open"),
            (point, smartserver, Some(false), "command_items_open"),
        ] {
            let filter = CommandFilter { data_point, smartserver, finished, ..CommandFilter::default() };
            let plan = plan(&store, &filter).await;
            assert!(plan.starts_with("SEARCH c USING") && plan.contains(index), "{filter:?}: {plan}");
            assert!(!plan.contains("TEMP B-TREE"), "it is in order as it is read: {plan}");
        }
    }
}
