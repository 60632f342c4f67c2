//! A database of its own for each test, on either engine.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use nocgate::store::{MasterKey, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// The master key of all test databases.
pub(crate) const MASTER_KEY: &str = "c2VjcmV0cyBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzLi4=";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// An empty database, gone when dropped.
pub(crate) struct TestDatabase {
    url: String,
    home: Home,
}

enum Home {
    File { _folder: TempDir },
    Cluster { database: String },
}

impl TestDatabase {
    pub(crate) async fn start(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = TempDir::new().expect("a folder");
                let url = format!("sqlite:{}/nocgate.db", folder.path().display());
                Self { url, home: Home::File { _folder: folder } }
            }
            Engine::Postgres => {
                let database = format!("t{}", Uuid::new_v4().simple());
                on_cluster(format!("CREATE DATABASE {database}")).await;
                Self { url: cluster().url(&database), home: Home::Cluster { database } }
            }
        }
    }

    /// A file in memory, where there is such a place: for tests that bound times, since writing to a
    /// busy disk takes whatever it takes.
    pub(crate) fn in_memory() -> Self {
        let memory = std::path::Path::new("/dev/shm");
        let folder = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
        let folder = folder.expect("a folder");
        let url = format!("sqlite:{}/nocgate.db", folder.path().display());
        Self { url, home: Home::File { _folder: folder } }
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.home {
            Home::File { .. } => Engine::Sqlite,
            Home::Cluster { .. } => Engine::Postgres,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Opens the store in it; may be called again after the store was closed.
    pub(crate) async fn open(&self) -> Store {
        let key = MasterKey::from_text(MASTER_KEY).expect("a key");
        Store::open(&self.url, key).await.expect("the store opens")
    }

    /// Runs a statement behind the store's back; gives the number of rows it changed.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let sql = AssertSqlSafe(sql);
        match self.engine() {
            Engine::Sqlite => {
                let mut db = SqliteConnection::connect(&self.url).await.expect("a connection");
                sqlx::raw_sql(sql).execute(&mut db).await.expect("a good statement").rows_affected()
            }
            Engine::Postgres => {
                let mut db = PgConnection::connect(&self.url).await.expect("a connection");
                sqlx::raw_sql(sql).execute(&mut db).await.expect("a good statement").rows_affected()
            }
        }
    }
}

/// A database that takes nothing.
pub(crate) enum Outage<'a> {
    /// Somebody else writes to the file.
    Locked(SqliteConnection),
    /// The server lets nobody in.
    Closed(&'a str),
}

impl TestDatabase {
    /// Takes it away until the outage is ended.
    pub(crate) async fn take_away(&self) -> Outage<'_> {
        match &self.home {
            Home::File { .. } => {
                let mut db = SqliteConnection::connect(&self.url).await.expect("a connection");
                sqlx::raw_sql("PRAGMA busy_timeout = 60000; BEGIN IMMEDIATE")
                    .execute(&mut db)
                    .await
                    .expect("a lock");
                Outage::Locked(db)
            }
            Home::Cluster { database } => {
                on_cluster(format!("ALTER DATABASE {database} ALLOW_CONNECTIONS false")).await;
                on_cluster(format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'"
                ))
                .await;
                Outage::Closed(database)
            }
        }
    }
}

impl Outage<'_> {
    pub(crate) async fn end(self) {
        match self {
            Outage::Locked(db) => db.close().await.expect("it ends"),
            Outage::Closed(database) => {
                on_cluster(format!("ALTER DATABASE {database} ALLOW_CONNECTIONS true")).await;
            }
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Home::Cluster { database } = &self.home else { return };
        let drop_it = format!("DROP DATABASE {database} WITH (FORCE)");
        // A runtime of its own: this runs inside that of the test.
        let thread = std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(on_cluster(drop_it));
        });
        drop(thread.join());
    }
}

/// The PostgreSQL server of this test process. The script that runs it stops it and removes its folder
/// when our end of its standard input closes, which it does however this process ends.
struct Cluster {
    port: u16,
    _script: Child,
}

impl Cluster {
    fn start() -> Self {
        let port = free_port();
        let folder = std::env::temp_dir().join(format!("nocgate-postgres-{}", Uuid::new_v4().simple()));
        let mut script = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/dev/postgres.sh"))
            .arg(folder)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("dev/postgres.sh starts");
        let mut line = String::new();
        let output = script.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut line).expect("its first line");
        assert!(line.starts_with("ready "), "PostgreSQL does not start");
        Self { port, _script: script }
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

async fn on_cluster(sql: String) {
    let mut db = PgConnection::connect(&cluster().url("postgres")).await.expect("a connection");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut db).await.expect("a good statement");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}
