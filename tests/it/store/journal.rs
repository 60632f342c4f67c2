use nocgate::domain::{
    CommandId, DeviceCommandId, Event, EventKind, Happening, HealthState, IdentityId, Restart, RestartSource,
    SessionState, SmartServerId, Subject,
};
use nocgate::store::{JournalBounds, JournalEntry, Store};

use super::on_both_engines;
use super::samples::at;
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    what_is_stored_twice_is_there_once,
    gives_a_piece_in_order,
    keeps_the_newest_and_the_young,
);

fn events() -> Vec<Event> {
    let smartserver_id = SmartServerId::new();
    let restart = Restart { at: at(5), source: RestartSource::Uptime };
    let kinds = vec![EventKind::Command, EventKind::DeviceCommand];
    let mut events = vec![
        Event::Health { smartserver_id, state: HealthState::NeverSeen, reason: "why \"ü\" \0".into() },
        Event::Restart { smartserver_id, restart },
        Event::Session { identity_id: IdentityId::new(), state: SessionState::Connecting },
        Event::Command { command_id: CommandId::new(), smartserver_ids: vec![smartserver_id; 2] },
        Event::DeviceCommand { smartserver_id, command_id: DeviceCommandId::new() },
        Event::Gap { kinds: kinds.clone(), since: None, reason: "so".into() },
    ];
    events.push(Event::Gap { kinds, since: Some(at(3)), reason: String::new() });
    events
}

fn entry(id: i64, event: Event, millis: i64) -> JournalEntry {
    let subject = |id: &SmartServerId| Subject {
        id: *id,
        key: "00D071000001".into(),
        site: Some("North".into()),
        tags: vec!["a".into(), "b,c".into()],
    };
    let about = event.smartservers().iter().map(subject).collect();
    JournalEntry { id, happening: Happening { at: at(millis), event, about } }
}

async fn filled(db: &TestDatabase, count: i64) -> (Store, Vec<JournalEntry>) {
    let store = db.open().await;
    let event = || Event::Session { identity_id: IdentityId::new(), state: SessionState::Online };
    let entries: Vec<_> = (1..=count).map(|id| entry(id, event(), 10 * id)).collect();
    store.journal().append(&entries).await.unwrap();
    (store, entries)
}

async fn ids(store: &Store) -> Vec<i64> {
    let all = store.journal().between(0, i64::MAX, usize::MAX).await.unwrap();
    all.into_iter().map(|entry| entry.id).collect()
}

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    assert_eq!(store.journal().head().await.unwrap(), 0);
    store.journal().append(&[]).await.unwrap();
    let entries: Vec<_> = (1..).zip(events()).map(|(id, event)| entry(id, event, id)).collect();
    store.journal().append(&entries).await.unwrap();
    store.close().await;
    let store = db.open().await;
    assert_eq!(store.journal().between(0, i64::MAX, 100).await.unwrap(), entries);
    assert_eq!(store.journal().head().await.unwrap(), entries.len() as i64);
    assert_eq!(store.journal().time_of(2).await.unwrap(), Some(at(2)));
    assert_eq!(store.journal().time_of(99).await.unwrap(), None);
}

async fn what_is_stored_twice_is_there_once(db: &TestDatabase) {
    let (store, mut entries) = filled(db, 3).await;
    entries.push(entry(4, events().remove(0), 40));
    store.journal().append(&entries).await.unwrap();
    assert_eq!(store.journal().between(0, i64::MAX, 100).await.unwrap(), entries);
}

async fn gives_a_piece_in_order(db: &TestDatabase) {
    // More than go into one statement.
    let (store, entries) = filled(db, 1_500).await;
    assert_eq!(store.journal().between(2, 5, 100).await.unwrap(), entries[2..5]);
    assert_eq!(store.journal().between(1_000, 1_400, 3).await.unwrap(), entries[1_000..1_003]);
    assert_eq!(store.journal().between(1_500, 9_999, 3).await.unwrap(), []);
}

async fn keeps_the_newest_and_the_young(db: &TestDatabase) {
    let (store, _) = filled(db, 10).await;
    let trim = async |since, rows, limit| {
        store.journal().trim(JournalBounds { since: at(since), rows }, limit).await.unwrap()
    };
    assert_eq!(trim(0, 100, 9).await, 0);
    assert_eq!(trim(0, 8, 9).await, 2);
    assert_eq!(trim(55, 8, 2).await, 2, "a piece at a time");
    assert_eq!(trim(55, 8, 2).await, 1);
    assert_eq!(ids(&store).await, [6, 7, 8, 9, 10]);
    assert_eq!(trim(9_999, 8, 99).await, 4, "all are too old, but ids go on from the newest");
    assert_eq!(ids(&store).await, [10]);
}
