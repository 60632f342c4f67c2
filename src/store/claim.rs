//! One gateway per database: two would settle each other's commands and fight for the sessions.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::PgConnection;
use sqlx::postgres::PgPool;

use super::pool::Pool;
use super::{Store, StoreError};

/// PostgreSQL's advisory lock that stands for "a gateway works on this database".
const ADVISORY: i64 = 0x6e6f_6367_6174_6500;
/// Attempts before the database counts as claimed, and the pause between them: a gateway that was
/// killed just now may not be quite gone.
const ATTEMPTS: u32 = 25;
const PAUSE: Duration = Duration::from_millis(200);

/// The right to work on a database; given back when dropped, or when the process ends.
#[derive(Debug)]
pub struct Claim(#[expect(dead_code, reason = "held, not used")] Lock);

#[derive(Debug)]
#[expect(dead_code, reason = "held, not used")]
enum Lock {
    File(File),
    Connection(Box<PgConnection>),
}

impl Store {
    /// Claims the database for one gateway. Commands that only look or add a key need no claim.
    ///
    /// # Errors
    /// [`StoreError::Claimed`] when another process holds it for more than some seconds.
    pub async fn claim(&self) -> Result<Claim, StoreError> {
        for _ in 0..ATTEMPTS {
            if let Some(lock) = self.try_claim().await? {
                return Ok(Claim(lock));
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(StoreError::Claimed)
    }

    async fn try_claim(&self) -> Result<Option<Lock>, StoreError> {
        match self.pool() {
            Pool::Sqlite { path, .. } => lock_file(path).map_err(StoreError::File),
            Pool::Postgres(pool) => lock_connection(pool).await,
        }
    }
}

/// Locks a file beside the database: SQLite's own locks on the database file come and go.
fn lock_file(database: &Path) -> std::io::Result<Option<Lock>> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let file = OpenOptions::new().create(true).append(true).open(PathBuf::from(path))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Lock::File(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

async fn lock_connection(pool: &PgPool) -> Result<Option<Lock>, StoreError> {
    let mut connection = pool.acquire().await?.detach();
    let locked: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(ADVISORY)
        .fetch_one(&mut connection)
        .await?;
    Ok(locked.then(|| Lock::Connection(Box::new(connection))))
}
