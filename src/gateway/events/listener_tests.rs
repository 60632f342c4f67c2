//! Listeners on a real database, without a gateway around them.

use std::time::Duration;

use jiff::Timestamp;

use super::super::{EventSettings, Tasks};
use super::*;
use crate::domain::{IdentityId, SessionState};
use crate::store::MasterKey;

struct World {
    events: Arc<Events>,
    store: Store,
    tasks: Option<Tasks>,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start(ring: usize, journal_rows: i64) -> World {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}/x.db", folder.path().display());
        let key = MasterKey::from_text("c2VjcmV0cyBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzLi4=").unwrap();
        let store = Store::open(&url, key).await.unwrap();
        let journal_age = Duration::from_secs(3600);
        let settings = EventSettings { ring, journal_age, journal_rows, listeners: 1 };
        let events = Events::load(settings, &store).await.unwrap();
        let tasks = Some(Tasks::start(Arc::clone(&events), store.clone()));
        World { events, store, tasks, _folder: folder }
    }

    /// The same database with another run.
    async fn restart(&mut self) {
        self.tasks.take().unwrap().stop().await;
        self.events = Events::load(self.events.settings.clone(), &self.store).await.unwrap();
        self.tasks = Some(Tasks::start(Arc::clone(&self.events), self.store.clone()));
    }

    async fn listener(&self, kinds: &[EventKind], after: After) -> Listener {
        let filter = EventFilter { kinds: kinds.to_vec(), ..EventFilter::default() };
        let place = Arc::clone(&self.events.places).try_acquire_owned().unwrap();
        Listener::open(Arc::clone(&self.events), self.store.clone(), filter, after, place).await.unwrap()
    }

    fn session(&self, n: u32) {
        self.events.queue.push(happening(n));
    }

    /// As a reading, which goes round the journal.
    fn pass(&self, n: u32) {
        self.events.ring_mut().push(happening(n), None, None);
        self.events.told.notify_one();
    }
}

fn happening(n: u32) -> Happening {
    let event = Event::Session { identity_id: IdentityId(n_as_id(n)), state: SessionState::Online };
    Happening { at: now(), event, about: Vec::new() }
}

fn n_as_id(n: u32) -> uuid::Uuid {
    uuid::Uuid::from_u128(n.into())
}

/// Numbers of the next events, and `None` for a gap.
async fn next(listener: &mut Listener, count: usize) -> Vec<Option<u32>> {
    let mut heard = Vec::new();
    while heard.len() < count {
        let told = tokio::time::timeout(Duration::from_secs(30), listener.next()).await.unwrap();
        heard.push(match &told.unwrap().event {
            Event::Session { identity_id, .. } => Some(identity_id.0.as_u128() as u32),
            Event::Gap { .. } => None,
            other => panic!("{other:?}"),
        });
    }
    heard
}

async fn gap(listener: &mut Listener) -> (Arc<Told>, Vec<EventKind>, Option<Timestamp>) {
    let told = listener.next().await.unwrap();
    let Event::Gap { kinds, since, reason } = &told.event else { panic!("{told:?}") };
    assert!(!reason.is_empty());
    let (kinds, since) = (kinds.clone(), *since);
    (told, kinds, since)
}

const SESSIONS: &[EventKind] = &[EventKind::Session];
const BOTH: &[EventKind] = &[EventKind::Session, EventKind::Reading];

#[tokio::test]
async fn journal_and_ring_come_in_one_stream_and_go_on_where_it_was_left() {
    let world = World::start(64, 1_000).await;
    let mut listener = world.listener(BOTH, After::Present).await;
    assert!(listener.start().is_some());
    for n in 1..=3 {
        world.session(n);
        assert_eq!(next(&mut listener, 1).await, [Some(n)]);
        world.pass(10 * n);
        assert_eq!(next(&mut listener, 1).await, [Some(10 * n)]);
    }
    let left = listener.position();
    drop(listener);
    world.session(4);
    world.pass(40);
    let mut listener = world.listener(BOTH, After::Event(left)).await;
    let mut heard = next(&mut listener, 2).await;
    heard.sort();
    assert_eq!(heard, [Some(4), Some(40)]);
}

#[tokio::test]
async fn the_journal_goes_on_over_a_restart() {
    let mut world = World::start(64, 1_000).await;
    let mut listener = world.listener(SESSIONS, After::Present).await;
    for n in 1..=3 {
        world.session(n);
    }
    let first = listener.next().await.unwrap();
    let left = listener.id(&first);
    drop(listener);
    world.restart().await;
    world.session(4);
    let mut listener = world.listener(SESSIONS, After::Event(left.clone())).await;
    assert_eq!(next(&mut listener, 3).await, [Some(2), Some(3), Some(4)], "no gap: readings are not wanted");
    drop(listener);

    let mut listener = world.listener(BOTH, After::Event(left)).await;
    assert_eq!(listener.start(), None, "its id comes with the gap");
    let (told, kinds, since) = gap(&mut listener).await;
    assert_eq!((kinds, since), (vec![EventKind::Reading], Some(first.at)));
    let id = listener.id(&told);
    assert_eq!(next(&mut listener, 3).await, [Some(2), Some(3), Some(4)]);
    drop(listener);
    let mut listener = world.listener(BOTH, After::Event(id)).await;
    assert_eq!(next(&mut listener, 3).await, [Some(2), Some(3), Some(4)], "a gap is told once");
}

#[tokio::test]
async fn whoever_comes_back_after_the_journal_was_trimmed_is_told_so() {
    let world = World::start(16, 10).await;
    let mut listener = world.listener(SESSIONS, After::Present).await;
    let left = listener.position();
    for n in 1..=50 {
        world.session(n);
        // One by one, so that each is followed by a look at what is too much.
        assert_eq!(next(&mut listener, 1).await, [Some(n)]);
    }
    drop(listener);
    let count = async || world.store.journal().between(0, i64::MAX, 99).await.unwrap().len();
    while count().await > 10 {
        tokio::task::yield_now().await;
    }
    let mut listener = world.listener(SESSIONS, After::Event(left)).await;
    let (told, kinds, _) = gap(&mut listener).await;
    assert_eq!(kinds, SESSIONS);
    let id = listener.id(&told);
    let rest: Vec<_> = (41..=50).map(Some).collect();
    assert_eq!(next(&mut listener, 10).await, rest);
    drop(listener);
    assert_eq!(next(&mut world.listener(SESSIONS, After::Event(id)).await, 10).await, rest, "once");
}

#[tokio::test]
async fn one_that_falls_behind_is_told_and_cut_off_and_can_come_back() {
    let world = World::start(16, 1_000).await;
    let mut listener = world.listener(BOTH, After::Present).await;
    world.session(1);
    assert_eq!(next(&mut listener, 1).await, [Some(1)]);
    world.session(2);
    while world.events.ring().head().journal < 2 {
        tokio::task::yield_now().await;
    }
    for n in 0..100 {
        world.pass(n);
    }
    let (told, kinds, since) = gap(&mut listener).await;
    assert_eq!(kinds, [EventKind::Reading]);
    assert!(since.is_some());
    let id = listener.id(&told);
    assert!(listener.next().await.is_none());
    drop(listener);
    let mut listener = world.listener(BOTH, After::Event(id)).await;
    world.pass(7);
    assert_eq!(next(&mut listener, 2).await, [Some(2), Some(7)], "what the journal has, then what is new");
}

#[tokio::test]
async fn an_id_from_elsewhere_is_answered_with_a_gap_of_all_kinds() {
    let world = World::start(16, 1_000).await;
    for text in ["nonsense", "77-1-abc"] {
        let mut listener = world.listener(BOTH, After::from_text(Some(text))).await;
        let (_, kinds, since) = gap(&mut listener).await;
        assert_eq!((kinds.as_slice(), since), (BOTH, None));
        world.pass(1);
        assert_eq!(next(&mut listener, 1).await, [Some(1)]);
    }
}

#[tokio::test]
async fn what_waits_is_stored_at_the_end() {
    let mut world = World::start(16, 10_000).await;
    for n in 0..2_000 {
        world.session(n);
    }
    world.restart().await;
    assert_eq!(world.events.ring().head().journal, 2_001, "and that it was stopped");
    assert!(world.events.queue.take(1).is_empty());
}

#[tokio::test]
async fn a_kill_leaves_a_gap_since_what_was_not_stored_is_not_known() {
    let mut world = World::start(16, 10_000).await;
    let mut listener = world.listener(SESSIONS, After::Present).await;
    world.session(1);
    let last = listener.next().await.unwrap();
    let left = listener.position();
    drop(listener);
    // As after a kill: nothing of this run is left.
    drop(world.tasks.take());
    world.events = Events::load(world.events.settings.clone(), &world.store).await.unwrap();
    world.tasks = Some(Tasks::start(Arc::clone(&world.events), world.store.clone()));
    world.session(2);
    let mut listener = world.listener(SESSIONS, After::Event(left)).await;
    let (_, kinds, since) = gap(&mut listener).await;
    assert!(kinds.contains(&EventKind::Session) && !kinds.contains(&EventKind::Reading));
    assert_eq!(since, Some(last.at));
    assert_eq!(next(&mut listener, 1).await, [Some(2)]);
}
