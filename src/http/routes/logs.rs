//! What the routes of logs have in common.

use jiff::Timestamp;

use crate::domain::DataPointName;
use crate::gateway::{LogCursor, LogPart, LogQuery};
use crate::http::cursor;
use crate::http::problem::HttpError;

/// Most entries that `newest` gives: those of one message.
const NEWEST_MAX: usize = 50;

/// The parameters of a log's query, as they came.
pub(super) struct LogParameters<'a> {
    pub(super) point: Option<&'a str>,
    pub(super) since: Option<&'a str>,
    pub(super) until: Option<&'a str>,
    pub(super) limit: Option<usize>,
    pub(super) cursor: Option<&'a str>,
    pub(super) newest: Option<usize>,
}

impl LogParameters<'_> {
    /// The query that they mean.
    pub(super) fn query(&self) -> Result<LogQuery, HttpError> {
        let (since, until) = (time("since", self.since)?, time("until", self.until)?);
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(HttpError::Query("since: later than until".into()));
        }
        let point = self.point.map(|point| name("point", point)).transpose()?;
        Ok(LogQuery { since, until, point, part: self.part()? })
    }

    fn part(&self) -> Result<LogPart, HttpError> {
        match self.newest {
            Some(_) if self.limit.is_some() || self.cursor.is_some() => {
                Err(HttpError::Query("newest: not together with limit or cursor".into()))
            }
            Some(newest @ 1..=NEWEST_MAX) => Ok(LogPart::Newest(newest)),
            Some(_) => Err(HttpError::Query(format!("newest: 1 to {NEWEST_MAX}"))),
            None => Ok(LogPart::Page { limit: cursor::limit(self.limit)?, after: position(self.cursor)? }),
        }
    }
}

fn position(cursor: Option<&str>) -> Result<Option<LogCursor>, HttpError> {
    match cursor::decode::<LogCursor>(cursor)? {
        Some(cursor) if !cursor.is_sound() => Err(cursor::not_ours()),
        position => Ok(position),
    }
}

/// A name in the query.
pub(super) fn name(field: &str, text: &str) -> Result<DataPointName, HttpError> {
    let message = || HttpError::Query(format!("{field}: 1 to 512 characters, no control characters"));
    text.parse().map_err(|_| message())
}

/// A time in the query, from 1970 on.
pub(super) fn time(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, HttpError> {
    let Some(text) = text else { return Ok(None) };
    let time = text.parse::<Timestamp>().ok().filter(|time| *time >= Timestamp::UNIX_EPOCH);
    let message = || format!("{field}: a time as 2026-05-01T00:00:00.000Z, from 1970 on; `+` is %2B here");
    time.map(Some).ok_or_else(|| HttpError::Query(message()))
}

/// A time in the body, from 1970 on.
pub(super) fn time_in_body(field: &str, text: Option<&str>) -> Result<Option<Timestamp>, HttpError> {
    time(field, text)
        .map_err(|_| HttpError::Shape(format!("{field}: a time as 2026-05-01T00:00:00.000Z, from 1970 on")))
}
