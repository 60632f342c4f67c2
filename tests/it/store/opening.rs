use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nocgate::store::{MasterKey, Store, StoreError};
use tempfile::TempDir;

use super::on_both_engines;
use super::samples::{identity, stored_points, stored_smartserver};
use crate::harness::database::{Engine, MASTER_KEY, TestDatabase};

on_both_engines!(
    opens_again_with_all_that_was_stored,
    answers_a_ping_until_closed,
    refuses_another_master_key_when_there_are_secrets,
    takes_another_master_key_when_there_are_none,
    refuses_a_database_of_a_newer_version,
    two_may_open_at_once,
    one_may_claim_at_once,
);

async fn opens_again_with_all_that_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let points = stored_points(&store, 3).await;
    store.close().await;

    let store = db.open().await;
    assert_eq!(store.data_points().of_smartserver(points[0].smartserver_id).await.unwrap(), points);
    assert_eq!(store.identities().list().await.unwrap().len(), 1);
}

async fn one_may_claim_at_once(db: &TestDatabase) {
    let (first, second) = (db.open().await, db.open().await);
    let claim = first.claim().await.unwrap();
    assert!(matches!(second.claim().await, Err(StoreError::Claimed)));
    drop(claim);
    second.claim().await.unwrap();
}

async fn answers_a_ping_until_closed(db: &TestDatabase) {
    let store = db.open().await;
    store.ping().await.unwrap();
    store.close().await;
    assert!(matches!(store.ping().await, Err(StoreError::Unavailable(_))));
}

async fn refuses_another_master_key_when_there_are_secrets(db: &TestDatabase) {
    let store = db.open().await;
    store.identities().insert(&identity("noc@xmpp.example")).await.unwrap();
    store.close().await;

    let other = MasterKey::generate();
    let other_id = other.id().to_owned();
    let error = Store::open(db.url(), other).await.unwrap_err();
    assert!(matches!(&error, StoreError::WrongMasterKey { given, .. } if *given == other_id), "{error}");
    assert!(error.to_string().contains("another master key"), "{error}");
    assert_eq!(db.open().await.identities().list().await.unwrap().len(), 1);
}

async fn takes_another_master_key_when_there_are_none(db: &TestDatabase) {
    db.open().await.close().await;
    Store::open(db.url(), MasterKey::generate()).await.unwrap();
}

async fn refuses_a_database_of_a_newer_version(db: &TestDatabase) {
    db.open().await.close().await;
    let made_by_a_newer_version = "INSERT INTO _sqlx_migrations \
         (version, description, success, checksum, execution_time) \
         SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    assert_eq!(db.execute(made_by_a_newer_version).await, 1);
    let key = MasterKey::from_text(MASTER_KEY).unwrap();
    assert!(matches!(Store::open(db.url(), key).await, Err(StoreError::Migration(_))));
}

async fn two_may_open_at_once(db: &TestDatabase) {
    let (one, two) = tokio::join!(db.open(), db.open());
    let smartserver = stored_smartserver(&one, "A").await;
    assert_eq!(two.smartservers().all().await.unwrap(), [smartserver]);
}

#[tokio::test]
async fn sqlite_makes_a_private_file_and_its_folder() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("var/lib/nocgate.db");
    for (scheme, key) in [("sqlite:", "A"), ("sqlite://", "B")] {
        let url = format!("{scheme}{}", path.display());
        let store = Store::open(&url, MasterKey::from_text(MASTER_KEY).unwrap()).await.unwrap();
        stored_smartserver(&store, key).await;
        for file in ["nocgate.db", "nocgate.db-wal"] {
            assert_eq!(mode(&path.with_file_name(file)), 0o600, "{file}");
        }
    }
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// Earlier versions can corrupt a database in WAL mode; a dependency could bring one back.
#[tokio::test]
async fn sqlite_is_one_that_does_not_corrupt() {
    let mut db = <sqlx::SqliteConnection as sqlx::Connection>::connect("sqlite::memory:").await.unwrap();
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut db).await.unwrap();
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
    assert!(parts >= vec![3, 51, 3], "{version}");
}

#[tokio::test]
async fn refuses_addresses_it_does_not_understand_without_repeating_them() {
    for url in ["", "mysql://u:secret@h/d", "/var/lib/x.db", "sqlite:", "sqlite::memory:", "sqlite:a?b=c"] {
        let error = Store::open(url, MasterKey::generate()).await.unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{url}: {error}");
        assert!(!error.to_string().contains("secret"));
    }
}

#[tokio::test]
async fn says_that_a_database_is_not_there() {
    let db = TestDatabase::start(Engine::Postgres).await;
    let error = Store::open(&format!("{}x", db.url()), MasterKey::generate()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    let error = Store::open("sqlite:/proc/nocgate.db", MasterKey::generate()).await.unwrap_err();
    assert!(matches!(error, StoreError::File(_)), "{error}");
}
