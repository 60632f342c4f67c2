use jiff::Timestamp;
use nocgate::domain::{Alarm, AlarmId, AlarmState, DataPointName, SmartServer, SmartServerId};
use nocgate::store::{AlarmFilter, Missing, Store, StoreError, StoredNotifier};

use super::on_both_engines;
use super::samples::{at, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    the_same_alarm_is_stored_once_and_keeps_what_it_was_raised_as,
    how_far_a_log_was_read_is_kept_with_its_alarms,
    lists_the_newest_first_a_page_at_a_time,
    each_condition_of_a_filter_holds,
    alarms_go_with_their_smartserver,
    those_cleared_long_ago_are_trimmed,
    long_names_are_no_trouble,
);

fn name(text: &str) -> DataPointName {
    text.parse().unwrap()
}

fn alarm(smartserver_id: SmartServerId, point: &str, millis: i64) -> Alarm {
    Alarm {
        id: AlarmId::new(),
        smartserver_id,
        notifier: name("Net/LON/iLON App/Alarm Notifier[0]"),
        point: name(point),
        alarm_time: format!("{:.3}", at(millis)),
        alarm_at: Some(at(millis)),
        raised_at: at(millis),
        text: Some("Zu heiß".to_owned()),
        priority: Some(7),
        group: Some(-1),
        condition: Some("AL_HIGH_LMT_ALM_1".to_owned()),
        value: "70.5".to_owned(),
        unit: Some("°C".to_owned()),
        state: AlarmState::Active,
        notifier_status: Some("NACK".to_owned()),
        comment: None,
        user: None,
        acknowledged_at: None,
        first_seen_at: at(millis + 5),
        updated_at: at(millis + 5),
        cleared_at: None,
    }
}

fn cleared(alarm: Alarm, millis: i64) -> Alarm {
    let notifier_status = Some("MANUAL_ACK_MANUAL_CLEAR".to_owned());
    let (state, cleared_at) = (AlarmState::Cleared, Some(at(millis)));
    Alarm { state, notifier_status, cleared_at, acknowledged_at: cleared_at, ..alarm }
}

fn place(smartserver: &SmartServer) -> StoredNotifier {
    let name = name("Net/LON/iLON App/Alarm Notifier[0]");
    StoredNotifier { smartserver_id: smartserver.id, name, since: None, cursor: None }
}

async fn keep(store: &Store, smartserver: &SmartServer, alarms: &[Alarm]) {
    store.alarms().keep(&place(smartserver), alarms).await.unwrap();
}

async fn ids(store: &Store, filter: &AlarmFilter) -> Vec<AlarmId> {
    store.alarms().list(filter, None, 100).await.unwrap().iter().map(|alarm| alarm.id).collect()
}

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "00D071000001").await;
    let first = alarm(smartserver.id, "Net/LON/Pumpe ü/x", 1);
    let mut second = cleared(alarm(smartserver.id, "Net/y", 2), 9);
    (second.comment, second.user) = (Some("valve".to_owned()), Some("noc".to_owned()));
    let bare = Alarm {
        alarm_at: None,
        text: None,
        priority: None,
        group: None,
        condition: None,
        unit: None,
        notifier_status: None,
        ..alarm(smartserver.id, "Net/z", 3)
    };
    keep(&store, &smartserver, &[first.clone(), second.clone(), bare.clone()]).await;
    for stored in [&first, &second, &bare] {
        assert_eq!(store.alarms().get(stored.id).await.unwrap().as_ref(), Some(stored));
    }
    assert_eq!(store.alarms().get(AlarmId::new()).await.unwrap(), None);
    let mut active = store.alarms().active().await.unwrap();
    active.sort_by_key(|alarm| alarm.raised_at);
    assert_eq!(active, [first.clone(), bare.clone()]);
    let unknown = alarm(smartserver.id, "Net/x", 7);
    let prints = [second.print(), unknown.print(), bare.print()];
    let mut known = store.alarms().known(smartserver.id, &prints).await.unwrap();
    known.sort_by_key(|alarm| alarm.raised_at);
    assert_eq!(known, [second, bare]);
    assert_eq!(store.alarms().known(SmartServerId::new(), &prints).await.unwrap(), []);
}

async fn the_same_alarm_is_stored_once_and_keeps_what_it_was_raised_as(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "00D071000001").await;
    let first = alarm(smartserver.id, "Net/x", 1);
    keep(&store, &smartserver, std::slice::from_ref(&first)).await;
    let again = Alarm { raised_at: at(50), first_seen_at: at(60), ..alarm(smartserver.id, "Net/x", 1) };
    let again = cleared(again, 70);
    keep(&store, &smartserver, &[again.clone(), alarm(smartserver.id, "Net/x", 2)]).await;
    let all = store.alarms().list(&AlarmFilter::default(), None, 10).await.unwrap();
    assert_eq!(all.len(), 2);
    let kept = Alarm { id: first.id, raised_at: at(1), first_seen_at: at(6), ..again };
    assert_eq!(all[1], kept);
}

async fn how_far_a_log_was_read_is_kept_with_its_alarms(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "00D071000001").await;
    let mut place = place(&smartserver);
    for cursor in [None, Some("{\"t\":1}"), Some("{\"t\":2}")] {
        place.cursor = cursor.map(str::to_owned);
        place.since = cursor.map(|_| at(3));
        store.alarms().keep(&place, &[]).await.unwrap();
        assert_eq!(store.alarms().notifiers().await.unwrap(), [place.clone()]);
    }
    // Both or none.
    let stranger = alarm(SmartServerId::new(), "Net/x", 1);
    let before = place.clone();
    place.cursor = None;
    let error = store.alarms().keep(&place, &[stranger]).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound(Missing::Reference)), "{error}");
    assert_eq!(store.alarms().notifiers().await.unwrap(), [before]);
    let over = cleared(alarm(smartserver.id, "Net/x", 1), 5);
    store.alarms().drop_notifier(smartserver.id, &place.name, std::slice::from_ref(&over)).await.unwrap();
    assert_eq!(store.alarms().notifiers().await.unwrap(), []);
    assert_eq!(store.alarms().get(over.id).await.unwrap(), Some(over));
}

async fn lists_the_newest_first_a_page_at_a_time(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "00D071000001").await;
    // More than one statement takes, and many of the same millisecond.
    let mut all: Vec<_> = (0..1_100).map(|n| alarm(smartserver.id, &format!("Net/{n}"), n / 50)).collect();
    keep(&store, &smartserver, &all).await;
    all.sort_by_key(|alarm| std::cmp::Reverse((alarm.raised_at, alarm.id.to_string())));
    let (mut before, mut found): (Option<(Timestamp, AlarmId)>, _) = (None, Vec::new());
    loop {
        let page = store.alarms().list(&AlarmFilter::default(), before, 170).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.raised_at, last.id));
        found.extend(page);
    }
    assert!(found == all, "{} of {}", found.len(), all.len());
}

async fn each_condition_of_a_filter_holds(db: &TestDatabase) {
    let store = db.open().await;
    let one = stored_smartserver(&store, "00D071000001").await;
    let two = stored_smartserver(&store, "00D071000002").await;
    let open = alarm(one.id, "Net/Pumpe Ü/100%_x", 1);
    let mut over = cleared(alarm(two.id, "Net/b", 2), 5);
    over.comment = Some("Valve EXCHANGED".to_owned());
    keep(&store, &one, std::slice::from_ref(&open)).await;
    keep(&store, &two, std::slice::from_ref(&over)).await;
    let any = AlarmFilter::default;
    let text = |q: &str| AlarmFilter { q: Some(q.to_owned()), ..any() };
    for (filter, is_open, is_over) in [
        (any(), true, true),
        (AlarmFilter { smartservers: Some(vec![]), ..any() }, false, false),
        (AlarmFilter { smartservers: Some(vec![two.id]), ..any() }, false, true),
        (AlarmFilter { smartservers: Some(vec![one.id, two.id]), ..any() }, true, true),
        (AlarmFilter { state: Some(AlarmState::Active), ..any() }, true, false),
        (AlarmFilter { state: Some(AlarmState::Cleared), ..any() }, false, true),
        (AlarmFilter { acknowledged: Some(true), ..any() }, false, true),
        (AlarmFilter { acknowledged: Some(false), ..any() }, true, false),
        (AlarmFilter { since: Some(at(2)), ..any() }, false, true),
        (AlarmFilter { until: Some(at(2)), ..any() }, true, false),
        (text("pumpe ü"), true, false),
        (text("valve exch"), false, true),
        (text("al_high"), true, true),
        (text("zu HEISS"), false, false),
        (text("100%_"), true, false),
        (text("1%0"), false, false),
        (text("\\"), false, false),
        (AlarmFilter { acknowledged: Some(true), state: Some(AlarmState::Active), ..any() }, false, false),
    ] {
        let mut expected = Vec::new();
        expected.extend(is_over.then_some(over.id));
        expected.extend(is_open.then_some(open.id));
        assert_eq!(ids(&store, &filter).await, expected, "{filter:?}");
    }
    let nul = store.alarms().list(&text("a\0"), None, 10).await.unwrap_err();
    assert!(matches!(nul, StoreError::Nul), "{nul}");
}

async fn alarms_go_with_their_smartserver(db: &TestDatabase) {
    let store = db.open().await;
    let one = stored_smartserver(&store, "00D071000001").await;
    let two = stored_smartserver(&store, "00D071000002").await;
    let (gone, stays) = (alarm(one.id, "Net/x", 1), alarm(two.id, "Net/x", 1));
    keep(&store, &one, &[gone]).await;
    keep(&store, &two, std::slice::from_ref(&stays)).await;
    let renamed = SmartServer { key: "Town hall".to_owned(), ..two.clone() };
    store.smartservers().update(&renamed).await.unwrap();
    store.smartservers().delete(one.id).await.unwrap();
    assert_eq!(ids(&store, &AlarmFilter::default()).await, [stays.id]);
    assert_eq!(store.alarms().notifiers().await.unwrap(), [place(&two)]);
}

async fn those_cleared_long_ago_are_trimmed(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "00D071000001").await;
    let old: Vec<_> =
        (0..5).map(|n| cleared(alarm(smartserver.id, &format!("Net/{n}"), 1), 10 + n)).collect();
    let active = alarm(smartserver.id, "Net/active", 0);
    keep(&store, &smartserver, &[&old[..], std::slice::from_ref(&active)].concat()).await;
    assert_eq!(store.alarms().trim(at(13), 2).await.unwrap(), 2, "the oldest");
    assert_eq!(store.alarms().get(old[2].id).await.unwrap().as_ref(), Some(&old[2]));
    assert_eq!(store.alarms().trim(at(13), 2).await.unwrap(), 1);
    assert_eq!(store.alarms().trim(at(13), 2).await.unwrap(), 0);
    assert_eq!(store.alarms().list(&AlarmFilter::default(), None, 10).await.unwrap().len(), 3);
    assert_eq!(store.alarms().get(active.id).await.unwrap(), Some(active));
}

async fn long_names_are_no_trouble(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "00D071000001").await;
    // Nothing that an index would compress.
    let long: String =
        (0..512_u32).map(|n| char::from_u32(0x1_0000 + n * 37 % 9_000).unwrap_or('x')).collect();
    let long = Alarm { notifier: name(&long), ..alarm(smartserver.id, &long, 1) };
    let place = StoredNotifier { name: long.notifier.clone(), ..place(&smartserver) };
    store.alarms().keep(&place, std::slice::from_ref(&long)).await.unwrap();
    assert_eq!(store.alarms().get(long.id).await.unwrap(), Some(long));
}
