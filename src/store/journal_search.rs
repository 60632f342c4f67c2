//! What happened, newest first, by what it was and what it was about.
//!
//! The journal is searched in the order of time, which is indexed. The database passes over texts that cannot
//! be meant, and what it gives is looked at closely: that needs no index of kinds and SmartServers, which would
//! cost something with every event. How much one search looks at is bounded, whatever is sought.

use jiff::Timestamp;
use sqlx::{Database, Encode, QueryBuilder, Type};

use super::columns::{json, millis, time};
use super::journal::{Journal, Row};
use super::pool::on_reader;
use super::{JournalEntry, StoreError};
use crate::domain::{EventKind, Happening, SmartServerId};

/// Fewest rows of one statement, so that few statements make a page of what the database cannot tell apart.
const ROWS: usize = 100;

/// What is sought.
#[derive(Debug, Clone, Default)]
pub struct JournalSearch {
    /// Kinds; gaps come as well.
    pub kinds: Vec<EventKind>,
    /// Only what concerns this SmartServer, or none.
    pub smartserver: Option<SmartServerId>,
    /// Only what concerns a SmartServer that had this tag, or none.
    pub tag: Option<String>,
    /// Only what concerns a SmartServer that was at this site, or none.
    pub site: Option<String>,
    /// Happened from this time on.
    pub since: Option<Timestamp>,
    /// Happened before this time.
    pub until: Option<Timestamp>,
    /// Most entries that are looked at.
    pub reach: u32,
}

/// Some of what is sought.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalPage {
    /// Newest first; those of the same time, by id.
    pub entries: Vec<JournalEntry>,
    /// Time and id of the last entry that was looked at, if there are others before it; the page may be short, or
    /// empty, all the same.
    pub next: Option<(Timestamp, i64)>,
}

/// Time and id of an entry.
type Place = (i64, i64);

impl Journal<'_> {
    /// At most `limit` entries before the one of this time and id that are sought and that `wanted` takes.
    /// `wanted` decides; the search may let through what it does not seek.
    pub async fn search(
        &self,
        search: &JournalSearch,
        before: Option<(Timestamp, i64)>,
        limit: usize,
        wanted: impl Fn(&Happening) -> bool + Send + Sync,
    ) -> Result<JournalPage, StoreError> {
        let mut before = before.map(|(at, id)| (millis(at), id));
        let end = self.end_of_reach(search, before).await?;
        let mut entries: Vec<JournalEntry> = Vec::new();
        loop {
            let rows = (limit + 1).saturating_sub(entries.len()).max(ROWS);
            let found = self.piece(search, before, end, rows).await?;
            let is_last = found.len() < rows;
            before = found.last().map(|row| (row.happened_at, row.id)).or(before);
            let found = found.into_iter().map(Row::into_domain).collect::<Result<Vec<_>, _>>()?;
            entries.extend(found.into_iter().filter(|entry| wanted(&entry.happening)));
            if entries.len() > limit {
                entries.truncate(limit);
                let next = entries.last().map(|last| (last.happening.at, last.id));
                return Ok(JournalPage { entries, next });
            }
            if is_last {
                let next = end.map(|(at, id)| Ok::<_, StoreError>((time("journal.happened_at", at)?, id)));
                return Ok(JournalPage { entries, next: next.transpose()? });
            }
        }
    }

    /// The last entry that a search looks at; none if it looks at all that there are.
    async fn end_of_reach(
        &self,
        search: &JournalSearch,
        before: Option<Place>,
    ) -> Result<Option<Place>, StoreError> {
        let around: Vec<Place> = on_reader!(self.store.pool(), db => {
            let mut query = QueryBuilder::new("SELECT happened_at, id FROM journal WHERE 1 = 1");
            within(&mut query, search, before);
            query.push(" ORDER BY happened_at DESC, id DESC LIMIT 2 OFFSET ").push_bind(i64::from(search.reach.max(1)) - 1);
            query.build_query_as().persistent(false).fetch_all(db).await?
        });
        Ok(around.first().copied().filter(|_| around.len() > 1))
    }

    async fn piece(
        &self,
        search: &JournalSearch,
        before: Option<Place>,
        end: Option<Place>,
        rows: usize,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        Ok(on_reader!(self.store.pool(), db => {
            let mut query = QueryBuilder::new("SELECT * FROM journal WHERE 1 = 1");
            within(&mut query, search, before);
            if let Some((at, id)) = end {
                query.push(" AND (happened_at, id) >= (").push_bind(at).push(", ").push_bind(id).push(")");
            }
            pass_over(&mut query, search)?;
            query.push(" ORDER BY happened_at DESC, id DESC LIMIT ").push_bind(rows);
            query.build_query_as().persistent(false).fetch_all(db).await?
        }))
    }
}

fn within<DB: Database>(query: &mut QueryBuilder<DB>, search: &JournalSearch, before: Option<Place>)
where
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    if let Some(since) = search.since {
        query.push(" AND happened_at >= ").push_bind(millis(since));
    }
    if let Some(until) = search.until {
        query.push(" AND happened_at < ").push_bind(millis(until));
    }
    if let Some((at, id)) = before {
        query.push(" AND (happened_at, id) < (").push_bind(at).push(", ").push_bind(id).push(")");
    }
}

/// Leaves texts that may be meant. They are JSON as `journal.rs` writes it: an event begins with its kind, what is
/// said of a SmartServer ends with its tags.
fn pass_over<DB: Database>(query: &mut QueryBuilder<DB>, search: &JournalSearch) -> Result<(), StoreError>
where
    String: for<'q> Encode<'q, DB> + Type<DB>,
{
    if EventKind::ALL.iter().any(|kind| kind.is_journalled() && !search.kinds.contains(kind)) {
        query.push(" AND (event LIKE ").push_bind(kind_pattern("gap")).push(" ESCAPE '\\'");
        for kind in &search.kinds {
            query.push(" OR event LIKE ").push_bind(kind_pattern(kind.word())).push(" ESCAPE '\\'");
        }
        query.push(")");
    }
    let about = about_patterns(search)?;
    if !about.is_empty() {
        query.push(" AND (about = '[]' OR (1 = 1");
        for pattern in about {
            query.push(" AND about LIKE ").push_bind(pattern).push(" ESCAPE '\\'");
        }
        query.push("))");
    }
    Ok(())
}

fn kind_pattern(word: &str) -> String {
    format!("{}%", escaped(&format!("{{\"kind\":\"{word}\"")))
}

fn about_patterns(search: &JournalSearch) -> Result<Vec<String>, StoreError> {
    let text = |text: &str| Ok::<_, StoreError>(escaped(&json("journal.about", &text)?));
    let mut patterns = Vec::new();
    if let Some(id) = search.smartserver {
        patterns.push(format!("%\"id\":{}%", text(&id.to_string())?));
    }
    if let Some(site) = &search.site {
        patterns.push(format!("%\"site\":{}%", text(site)?));
    }
    if let Some(tag) = &search.tag {
        patterns.push(format!("%\"tags\":[%{}%", text(tag)?));
    }
    Ok(patterns)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
