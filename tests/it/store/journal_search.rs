use std::cmp::Reverse;

use jiff::Timestamp;
use nocgate::domain::{
    CommandId, DeviceCommandId, Event, EventKind, Happening, HealthState, IdentityId, Restart, RestartSource,
    SessionState, SmartServerId, Subject,
};
use nocgate::store::{JournalEntry, JournalSearch, Store};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use super::on_both_engines;
use super::samples::at;
use crate::harness::database::TestDatabase;

on_both_engines!(
    pages_are_exactly_what_is_sought_newest_first,
    one_search_looks_only_so_far,
    texts_are_sought_as_they_are,
);

/// Texts that mean something in JSON or in a pattern, and those that an entry is written with.
const TEXTS: [&str; 8] = ["roof", "Roof", "%", "_", "a\\b", "\"q\" ü", "tags", "key"];

fn subject(id: SmartServerId, dice: &mut StdRng) -> Subject {
    let site = dice.random_bool(0.7).then(|| (*TEXTS.choose(dice).unwrap()).to_owned());
    let tags = (0..dice.random_range(0..3)).map(|_| (*TEXTS.choose(dice).unwrap()).to_owned()).collect();
    Subject { id, key: "00D071000001".to_owned(), site, tags }
}

fn event(ids: &[SmartServerId], dice: &mut StdRng) -> Event {
    let smartserver_id = *ids.choose(dice).unwrap();
    match dice.random_range(0..7) {
        0 => {
            Event::Health { smartserver_id, state: HealthState::Online, reason: "\"kind\":\"alarm\"".into() }
        }
        1 => Event::Restart { smartserver_id, restart: Restart { at: at(1), source: RestartSource::Uptime } },
        2 => Event::Session { identity_id: IdentityId::new(), state: SessionState::Online },
        3 => Event::Command { command_id: CommandId::new(), smartserver_ids: ids[..2].to_vec() },
        4 => Event::DeviceCommand { smartserver_id, command_id: DeviceCommandId::new() },
        5 => Event::Gap { kinds: vec![EventKind::Health], since: None, reason: "so".into() },
        _ => Event::Stopped,
    }
}

/// Many at the same time, and times that go back.
fn entries(ids: &[SmartServerId], dice: &mut StdRng) -> Vec<JournalEntry> {
    let mut entry = |id| {
        let event = event(ids, dice);
        let about = event.smartservers().iter().map(|id| subject(*id, dice)).collect();
        JournalEntry { id, happening: Happening { at: at(id / 7 + dice.random_range(0..20)), event, about } }
    };
    (1..=400).map(&mut entry).collect()
}

fn search(ids: &[SmartServerId], dice: &mut StdRng) -> JournalSearch {
    let kinds = EventKind::ALL.into_iter().filter(|kind| kind.is_journalled());
    let often = dice.random_range(0.2..1.2_f64).min(1.0);
    let kinds = kinds.filter(|_| dice.random_bool(often)).collect();
    let text = |dice: &mut StdRng| dice.random_bool(0.3).then(|| (*TEXTS.choose(dice).unwrap()).to_owned());
    let time = |dice: &mut StdRng| dice.random_bool(0.3).then(|| at(dice.random_range(0..90)));
    JournalSearch {
        kinds,
        smartserver: dice.random_bool(0.3).then(|| *ids.choose(dice).unwrap()),
        tag: text(dice),
        site: text(dice),
        since: time(dice),
        until: time(dice),
        reach: dice.random_range(1..600),
    }
}

/// Whether a happening is sought, times aside.
fn is_sought(search: &JournalSearch, happening: &Happening) -> bool {
    let is_of_kind = match &happening.event {
        Event::Gap { kinds, .. } => kinds.iter().any(|kind| search.kinds.contains(kind)),
        event => event.kind().is_some_and(|kind| search.kinds.contains(&kind)),
    };
    let fits = |subject: &Subject| {
        search.smartserver.is_none_or(|id| subject.id == id)
            && search.tag.as_ref().is_none_or(|tag| subject.tags.contains(tag))
            && search.site.as_ref().is_none_or(|site| subject.site.as_ref() == Some(site))
    };
    is_of_kind && (happening.about.is_empty() || happening.about.iter().any(fits))
}

fn expected(all: &[JournalEntry], search: &JournalSearch) -> Vec<JournalEntry> {
    let fits = |entry: &&JournalEntry| {
        search.since.is_none_or(|since| entry.happening.at >= since)
            && search.until.is_none_or(|until| entry.happening.at < until)
            && is_sought(search, &entry.happening)
    };
    let mut found: Vec<_> = all.iter().filter(fits).cloned().collect();
    found.sort_by_key(|entry| Reverse((entry.happening.at, entry.id)));
    found
}

/// All pages together, and how many there were.
async fn all_pages(store: &Store, search: &JournalSearch, limit: usize) -> (Vec<JournalEntry>, usize) {
    let (mut all, mut before, mut pages) = (Vec::new(), None::<(Timestamp, i64)>, 0);
    loop {
        let wanted = |happening: &Happening| is_sought(search, happening);
        let page = store.journal().search(search, before, limit, wanted).await.unwrap();
        assert!(page.entries.len() <= limit);
        all.extend(page.entries);
        pages += 1;
        assert!(page.next.is_none() || page.next < before || before.is_none(), "it goes on");
        match page.next {
            Some(next) => before = Some(next),
            None => return (all, pages),
        }
    }
}

async fn pages_are_exactly_what_is_sought_newest_first(db: &TestDatabase) {
    let store = db.open().await;
    let seed = rand::rng().next_u64();
    let mut dice = StdRng::seed_from_u64(seed);
    let ids = [SmartServerId::new(), SmartServerId::new(), SmartServerId::new()];
    let all = entries(&ids, &mut dice);
    store.journal().append(&all).await.unwrap();
    for _ in 0..60 {
        let search = search(&ids, &mut dice);
        let limit = dice.random_range(1..150);
        let (found, _) = all_pages(&store, &search, limit).await;
        assert_eq!(found, expected(&all, &search), "seed {seed}: {search:?}, {limit} a page");
    }
}

async fn one_search_looks_only_so_far(db: &TestDatabase) {
    let store = db.open().await;
    let happening = |n: i64| {
        let event = match n {
            7 => Event::Health {
                smartserver_id: SmartServerId::new(),
                state: HealthState::Online,
                reason: "".into(),
            },
            _ => Event::Session { identity_id: IdentityId::new(), state: SessionState::Online },
        };
        JournalEntry { id: n, happening: Happening { at: at(n), event, about: Vec::new() } }
    };
    let all: Vec<_> = (1..=1_000).map(happening).collect();
    store.journal().append(&all).await.unwrap();
    let search = JournalSearch { kinds: vec![EventKind::Health], reach: 300, ..JournalSearch::default() };
    let first = store.journal().search(&search, None, 10, |_| true).await.unwrap();
    assert_eq!((first.entries, first.next), (Vec::new(), Some((at(701), 701))), "300 were looked at");
    let (found, pages) = all_pages(&store, &search, 10).await;
    assert_eq!((found, pages), (vec![all[6].clone()], 4));
    let whole = JournalSearch { reach: 1_000, ..search };
    let page = store.journal().search(&whole, None, 10, |_| true).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (1, None), "there is nothing beyond");
    // Whatever the database lets through: what nobody wants does not lead further either.
    let all = EventKind::ALL.to_vec();
    let search = JournalSearch { kinds: all, reach: 300, ..JournalSearch::default() };
    let page = store.journal().search(&search, None, 10, |_| false).await.unwrap();
    assert_eq!((page.entries.len(), page.next), (0, Some((at(701), 701))));
}

async fn texts_are_sought_as_they_are(db: &TestDatabase) {
    let store = db.open().await;
    let of = |(id, text): (i64, &&str)| {
        let smartserver_id = SmartServerId::new();
        let about = vec![Subject {
            id: smartserver_id,
            key: "k".into(),
            site: Some((*text).to_owned()),
            tags: vec!["first".into(), (*text).to_owned()],
        }];
        let event = Event::DeviceCommand { smartserver_id, command_id: DeviceCommandId::new() };
        JournalEntry { id, happening: Happening { at: at(id), event, about } }
    };
    let all: Vec<_> = (1..).zip(TEXTS.iter()).map(of).collect();
    store.journal().append(&all).await.unwrap();
    for (entry, text) in all.iter().zip(TEXTS) {
        for (tag, site) in [(Some(text), None), (None, Some(text)), (Some(text), Some(text))] {
            let [tag, site] = [tag, site].map(|text| text.map(ToOwned::to_owned));
            let kinds = vec![EventKind::DeviceCommand];
            let search = JournalSearch { kinds, tag, site, reach: 100, ..JournalSearch::default() };
            let (found, _) = all_pages(&store, &search, 10).await;
            assert_eq!(found, std::slice::from_ref(entry), "{search:?}");
        }
    }
}
