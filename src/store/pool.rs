//! The two engines.
//!
//! Every statement of the store is one text that both engines understand; the macros below run it on
//! the one that is open. SQLite has one connection that writes (so that writers queue in order
//! instead of failing with "busy") and several that only read. The writer syncs every commit
//! (`synchronous = FULL`): a command that was accepted survives a power cut, and since readings are
//! written a thousand at a time the price of the sync is small. PostgreSQL syncs commits by default.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Database, Encode, QueryBuilder, Type};

use super::StoreError;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// Older versions can corrupt a database in WAL mode.
const SAFE_SQLITE: &str = "3.51.3";
const READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 10;
/// How long a call waits for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a new database that another is making is tried to be opened.
const OPENING_TRIES: usize = 50;

/// Rows in one multi-row statement: with up to 16 columns half of what SQLite binds (32,766).
pub(super) const ROWS_PER_STATEMENT: usize = 1_000;

/// How often a transaction that another writer stood against is tried.
pub(super) const ATTEMPTS: usize = 5;

/// Connections to the open engine.
#[derive(Debug)]
pub(super) enum Pool {
    Sqlite { path: PathBuf, writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// Runs an expression with `$db` as a connection pool that only reads.
macro_rules! on_reader {
    ($pool:expr, $db:ident => $body:expr) => {
        match $pool {
            $crate::store::pool::Pool::Sqlite { readers: $db, .. } => $body,
            $crate::store::pool::Pool::Postgres($db) => $body,
        }
    };
}

/// Runs an expression with `$db` as a connection pool that writes.
macro_rules! on_writer {
    ($pool:expr, $db:ident => $body:expr) => {
        match $pool {
            $crate::store::pool::Pool::Sqlite { writer: $db, .. } => $body,
            $crate::store::pool::Pool::Postgres($db) => $body,
        }
    };
}

/// Runs an expression with `$tx` as a transaction that writes. Commits at its end; a `?` that leaves
/// it rolls back.
macro_rules! in_transaction {
    ($pool:expr, $tx:ident => $body:expr) => {
        match $pool {
            $crate::store::pool::Pool::Sqlite { writer, .. } => {
                // A deferred transaction that turns writer fails at once when another process writes.
                let mut $tx = writer.begin_with("BEGIN IMMEDIATE").await?;
                let done = $body;
                $tx.commit().await?;
                done
            }
            $crate::store::pool::Pool::Postgres(pool) => {
                let mut $tx = pool.begin().await?;
                let done = $body;
                $tx.commit().await?;
                done
            }
        }
    };
}

pub(super) use {in_transaction, on_reader, on_writer};

/// Adds `(a, b, …)` to a statement.
pub(super) fn push_list<DB, T>(query: &mut QueryBuilder<DB>, items: impl IntoIterator<Item = T>)
where
    DB: Database,
    T: for<'q> Encode<'q, DB> + Type<DB>,
{
    query.push("(");
    let mut list = query.separated(", ");
    for item in items {
        list.push_bind(item);
    }
    query.push(")");
}

impl Pool {
    /// Opens the database at `url` and brings its tables up to date.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        match url.split_once(':') {
            Some(("sqlite", path)) => Self::open_sqlite(path.strip_prefix("//").unwrap_or(path)).await,
            Some(("postgres" | "postgresql", _)) => Self::open_postgres(url).await,
            _ => Err(StoreError::Address("it begins with neither sqlite: nor postgres:".to_owned())),
        }
    }

    async fn open_sqlite(path: &str) -> Result<Self, StoreError> {
        if path.is_empty() || path.starts_with(':') || path.contains('?') {
            return Err(StoreError::Address("sqlite: is followed by the path of a file".to_owned()));
        }
        make_private_file(Path::new(path)).map_err(StoreError::File)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE)
            .pragma("journal_size_limit", "67108864")
            // A multi-row statement is pages long.
            .disable_statement_logging();
        let writer = connect_sqlite(1, &options).await.map_err(StoreError::Unavailable)?;
        require_safe_sqlite(&writer).await?;
        migrate_sqlite(&writer).await?;
        let readers = connect_sqlite(READERS, &options.pragma("query_only", "on")).await?;
        Ok(Self::Sqlite { path: PathBuf::from(path), writer, readers })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| StoreError::Address("it is not a PostgreSQL URL".to_owned()))?
            .application_name("nocgate")
            .disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(StoreError::Unavailable)?;
        POSTGRES.run(&pool).await.map_err(migration)?;
        Ok(Self::Postgres(pool))
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, .. } => {
                // The writer goes last: the last connection to close empties the journal.
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Opens connections. Whoever makes a new database goes over to the write-ahead journal, and SQLite tells
/// another who opens it at that moment that it is busy, whatever time-out it was given.
async fn connect_sqlite(connections: u32, options: &SqliteConnectOptions) -> Result<SqlitePool, sqlx::Error> {
    let busy = |error: &sqlx::Error| matches!(error, sqlx::Error::Database(error) if error.code().is_some_and(|code| code == "5"));
    for _ in 0..OPENING_TRIES {
        match sqlite_pool(connections).connect_with(options.clone()).await {
            Err(error) if busy(&error) => tokio::time::sleep(Duration::from_millis(100)).await,
            done => return done,
        }
    }
    sqlite_pool(connections).connect_with(options.clone()).await
}

fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .min_connections(1)
        .acquire_timeout(PATIENCE)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

/// SQLite has no lock for the whole of it: a migration that fails may be one that another process has
/// just done. That can be so once for each migration.
async fn migrate_sqlite(writer: &SqlitePool) -> Result<(), StoreError> {
    for _ in SQLITE.iter() {
        if SQLITE.run(writer).await.is_ok() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    SQLITE.run(writer).await.map_err(migration)
}

async fn require_safe_sqlite(pool: &SqlitePool) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    if version(&found) >= version(SAFE_SQLITE) {
        Ok(())
    } else {
        Err(StoreError::UnsafeSqlite { found, needed: SAFE_SQLITE })
    }
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

/// Makes the file, readable by its owner only, and the folders above it, when they are not there.
/// SQLite gives the files that it makes beside it the same permissions.
fn make_private_file(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

fn migration(error: sqlx::migrate::MigrateError) -> StoreError {
    StoreError::Migration(Box::new(error))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{POSTGRES, Pool, SQLITE, version};

    #[test]
    fn both_engines_have_the_same_migrations_and_none_was_forgotten() {
        let embedded = |migrator: &sqlx::migrate::Migrator| {
            migrator.iter().map(|m| (m.version, m.description.to_string())).collect::<Vec<_>>()
        };
        assert_eq!(embedded(&SQLITE), embedded(&POSTGRES));
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
        let files = std::fs::read_dir(folder).unwrap().count();
        assert_eq!(SQLITE.iter().count(), files, "a migration is not compiled in: touch this file");
    }

    #[tokio::test]
    async fn sqlite_syncs_what_it_writes_and_its_readers_only_read() {
        let folder = tempfile::tempdir().unwrap();
        let pool = Pool::open(&format!("sqlite:{}/x.db", folder.path().display())).await.unwrap();
        let Pool::Sqlite { writer, readers, .. } = pool else { panic!("{pool:?}") };
        for (pool, query_only) in [(writer, 0), (readers, 1)] {
            for (pragma, expected) in [
                ("PRAGMA query_only", query_only),
                ("PRAGMA synchronous", 2),
                ("PRAGMA foreign_keys", 1),
                ("PRAGMA busy_timeout", 10_000),
            ] {
                let found: i64 = sqlx::query_scalar(pragma).fetch_one(&pool).await.unwrap();
                assert_eq!(found, expected, "{pragma}");
            }
            let mode: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&pool).await.unwrap();
            assert_eq!(mode, "wal");
        }
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version("3.51.3") >= version("3.51.3"));
        assert!(version("3.100.0") > version("3.51.3"));
        assert!(version("3.46.0") < version("3.51.3"));
        assert!(version("3.51.2") < version("3.51.3"));
    }
}
