//! PostgreSQL's partitions of the history, one a month (UTC): made when a reading of that month is to be
//! written, dropped whole when all of it is too old.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use sqlx::postgres::PgPool;
use sqlx::{AssertSqlSafe, PgConnection};

use super::StoreError;

/// PostgreSQL's advisory lock that stands for "partitions are being made or dropped".
const ADVISORY: i64 = 0x6e6f_6367_6174_6501;
const PARTITIONS: &str = "SELECT relname::text FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid \
     WHERE inhparent = 'history'::regclass ORDER BY relname";

/// A month by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Month(Date);

/// Months that are known to have a partition.
#[derive(Debug, Default)]
pub(super) struct Months(Mutex<HashSet<Month>>);

impl Month {
    pub(super) fn of(at: Timestamp) -> Self {
        Month(at.to_zoned(TimeZone::UTC).date().first_of_month())
    }

    fn next(self) -> Option<Self> {
        self.0.checked_add(1.month()).ok().map(Month)
    }

    fn begins_at(self) -> Option<Timestamp> {
        self.0.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
    }

    fn ends_at(self) -> Option<Timestamp> {
        self.next()?.begins_at()
    }

    fn partition(self) -> String {
        format!("history_{:04}{:02}", self.0.year(), self.0.month())
    }

    fn of_partition(name: &str) -> Option<Self> {
        let digits = name.strip_prefix("history_").filter(|digits| digits.len() == 6)?;
        let (year, month) = (digits.get(..4)?.parse().ok()?, digits.get(4..)?.parse().ok()?);
        Date::new(year, month, 1).ok().map(Month)
    }
}

impl Months {
    /// Makes the partitions that are missing.
    pub(super) async fn make(
        &self,
        db: &PgPool,
        months: impl Iterator<Item = Month>,
    ) -> Result<(), StoreError> {
        let missing: HashSet<Month> = {
            let known = self.lock();
            months.filter(|month| !known.contains(month)).collect()
        };
        for month in missing {
            make(db, month).await?;
            self.lock().insert(month);
        }
        Ok(())
    }

    /// Drops the partitions of which all is older than this, and gives their number. [`StoreError::Busy`]
    /// when somebody reads the history for longer than it can be waited for.
    pub(super) async fn drop_before(&self, db: &PgPool, time: Timestamp) -> Result<usize, StoreError> {
        let names: Vec<String> = sqlx::query_scalar(PARTITIONS).fetch_all(db).await?;
        let months = names.iter().filter_map(|name| Month::of_partition(name));
        let old: Vec<_> = months.filter(|month| month.ends_at().is_some_and(|end| end <= time)).collect();
        for month in &old {
            self.lock().remove(month);
            let mut tx = db.begin().await?;
            lock_partitions(&mut tx).await?;
            let sql = format!("DROP TABLE IF EXISTS {}", month.partition());
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok(old.len())
    }

    /// Forgets what is known, since it was wrong.
    pub(super) fn doubt(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<Month>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Made apart and attached: that locks out neither readers nor writers of the history.
async fn make(db: &PgPool, month: Month) -> Result<(), StoreError> {
    let bounds = month.begins_at().zip(month.ends_at());
    let (from, to) = bounds.ok_or_else(|| StoreError::corrupt("history.at", "out of range"))?;
    let (name, from, to) = (month.partition(), from.as_millisecond(), to.as_millisecond());
    let mut tx = db.begin().await?;
    lock_partitions(&mut tx).await?;
    let is_there: bool =
        sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&name).fetch_one(&mut *tx).await?;
    if !is_there {
        for sql in [
            format!("CREATE TABLE {name} (LIKE history INCLUDING ALL)"),
            format!("ALTER TABLE history ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to})"),
        ] {
            sqlx::query(AssertSqlSafe(sql)).execute(&mut *tx).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// What waits for a lock on the history keeps others waiting behind it: not for long.
async fn lock_partitions(tx: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("SET LOCAL lock_timeout = '3s'").execute(&mut *tx).await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(ADVISORY).execute(&mut *tx).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Month;

    #[test]
    fn a_month_begins_where_the_one_before_ends() {
        let month = |text: &str| Month::of(text.parse().unwrap());
        let december = month("2026-12-31T23:59:59.999Z");
        assert_eq!(december.partition(), "history_202612");
        assert_eq!(december.ends_at(), Some("2027-01-01T00:00:00Z".parse().unwrap()));
        assert_eq!(december.next(), Some(month("2027-01-01T00:00:00Z")));
        assert_eq!(Month::of_partition(&december.partition()), Some(december));
        for name in ["history", "history_2026", "history_202613", "history_20261é"] {
            assert_eq!(Month::of_partition(name), None, "{name}");
        }
    }
}
