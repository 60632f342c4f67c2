use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::smartserver::PointData;

fn at(time: &str) -> Timestamp {
    format!("2026-05-02T{time}Z").parse().unwrap()
}

fn name(text: &str) -> DataPointName {
    text.parse().unwrap()
}

fn entry(point: &str, time: &str, kind: &str, status: &str) -> AlarmEntry {
    AlarmEntry {
        name: point.to_owned(),
        notifier: None,
        alarm_time: format!("2026-05-02T{time}Z"),
        alarm_at: Some(at(time)),
        data: PointData { status: Some("AL_ALM_CONDITION".to_owned()), ..PointData::default() },
        comment: None,
        user: None,
        acknowledgement: Some(status.to_owned()),
        text: Some("hot".to_owned()),
        alarm_priority: Some(7),
        group: Some(1),
        kind: Some(kind.to_owned()),
    }
}

fn begin(point: &str, time: &str, status: &str) -> AlarmEntry {
    entry(point, time, "ACTIVE", status)
}

/// Merges a look taken at this time with what is known, and adds what changed to it.
fn look(known: &mut HashMap<AlarmPrint, Alarm>, time: &str, look: &Look) -> Vec<(String, Vec<AlarmChange>)> {
    let mut clock = Clock::default();
    clock.answered(at("12:01:00"), at("12:00:00"), std::time::Duration::ZERO);
    let here = Circumstances {
        smartserver_id: SmartServerId(uuid::Uuid::nil()),
        notifier: &name("Net/n[0]"),
        inventory: &Inventory::new(),
        clock,
        now: at(time),
    };
    let moved = merge(known, look, &here);
    known.extend(moved.iter().map(|moved| (moved.alarm.print(), moved.alarm.clone())));
    moved.into_iter().map(|moved| (moved.alarm.point.to_string(), moved.changes)).collect()
}

fn whole(history: Vec<AlarmEntry>, summary: Vec<AlarmEntry>) -> Look {
    Look { history, summary, is_whole: true }
}

fn of(known: &HashMap<AlarmPrint, Alarm>, point: &str) -> Alarm {
    let mut found = known.values().filter(|alarm| alarm.point.as_str() == point);
    let alarm = found.next().unwrap().clone();
    assert_eq!(found.next(), None);
    alarm
}

#[test]
fn an_alarm_is_raised_acknowledged_and_cleared_once() {
    use AlarmChange::{Acknowledged, Cleared, Raised};
    let mut known = HashMap::new();
    let new = begin("x", "12:01:00", "NACK");
    let first = whole(vec![new.clone()], vec![new.clone()]);
    assert_eq!(look(&mut known, "12:00:30", &first), [("x".into(), vec![Raised])]);
    let alarm = of(&known, "x");
    assert_eq!(
        (alarm.raised_at, alarm.first_seen_at),
        (at("12:00:00"), at("12:00:30")),
        "its clock is ahead"
    );
    assert_eq!((alarm.state, alarm.acknowledged_at), (AlarmState::Active, None));
    assert_eq!(look(&mut known, "12:01:30", &first), []);

    let seen = AlarmEntry { user: Some("noc".to_owned()), ..begin("x", "12:01:00", "MANUAL_ACK") };
    let second = whole(vec![], vec![seen]);
    assert_eq!(look(&mut known, "12:02:30", &second), [("x".into(), vec![Acknowledged])]);
    assert_eq!(of(&known, "x").acknowledged_at, Some(at("12:02:30")));
    assert_eq!(look(&mut known, "12:03:30", &second), []);

    let end = entry("x", "12:04:40", "PASSIVE", "AUTO_ACK");
    let third = whole(vec![end.clone()], vec![]);
    assert_eq!(look(&mut known, "12:04:30", &third), [("x".into(), vec![Cleared])]);
    let alarm = of(&known, "x");
    assert_eq!((alarm.state, alarm.cleared_at), (AlarmState::Cleared, Some(at("12:03:40"))), "by its log");
    assert_eq!((alarm.user.as_deref(), alarm.acknowledged_at), (Some("noc"), Some(at("12:02:30"))));
    assert_eq!(look(&mut known, "12:05:30", &third), []);
    assert_eq!(known.len(), 1, "the end of an alarm is none");
}

#[test]
fn what_came_and_went_between_two_looks_is_told_in_order() {
    use AlarmChange::{Acknowledged, Cleared, Raised};
    let mut known = HashMap::new();
    let history = vec![
        begin("x", "12:01:00", "AUTO_ACK_AUTO_CLEAR"),
        entry("x", "12:01:10", "PASSIVE", "AUTO_ACK"),
        begin("a", "12:01:20", "AUTO_ACK"),
    ];
    let expected = [("x".into(), vec![Raised, Cleared]), ("a".into(), vec![Raised])];
    let active = vec![begin("a", "12:01:20", "AUTO_ACK")];
    assert_eq!(look(&mut known, "12:02:00", &whole(history, active)), expected);
    assert_eq!(of(&known, "x").cleared_at, Some(at("12:00:10")));
    assert_eq!(of(&known, "a").acknowledged_at, Some(at("12:00:20")), "nobody has to");

    let mut known = HashMap::new();
    look(&mut known, "12:02:00", &whole(vec![], vec![begin("x", "12:01:00", "NACK")]));
    let gone = begin("x", "12:01:00", "MANUAL_ACK_MANUAL_CLEAR");
    let told = look(&mut known, "12:03:00", &whole(vec![gone], vec![]));
    assert_eq!(told, [("x".into(), vec![Acknowledged, Cleared])]);
    assert_eq!(of(&known, "x").cleared_at, Some(at("12:03:00")), "no log tells when");
}

#[test]
fn without_the_whole_of_the_active_ones_none_is_cleared() {
    let mut known = HashMap::new();
    look(&mut known, "12:02:00", &whole(vec![], vec![begin("x", "12:01:00", "NACK")]));
    let partial = Look { history: vec![begin("y", "12:01:00", "NACK")], summary: vec![], is_whole: false };
    assert_eq!(look(&mut known, "12:03:00", &partial), [("y".into(), vec![AlarmChange::Raised])]);
    assert_eq!((of(&known, "x").state, of(&known, "y").state), (AlarmState::Active, AlarmState::Active));
    look(&mut known, "12:04:00", &whole(vec![], vec![]));
    assert_eq!((of(&known, "x").state, of(&known, "y").state), (AlarmState::Cleared, AlarmState::Cleared));
}

#[test]
fn one_that_is_over_stays_active_until_it_is_acknowledged() {
    let mut known = HashMap::new();
    look(&mut known, "12:02:00", &whole(vec![], vec![begin("x", "12:01:00", "NACK")]));
    let over = whole(
        vec![entry("x", "12:02:30", "PASSIVE", "AUTO_ACK")],
        vec![begin("x", "12:01:00", "AUTO_CLEAR")],
    );
    assert_eq!(look(&mut known, "12:03:00", &over), [("x".into(), vec![AlarmChange::Changed])]);
    let alarm = of(&known, "x");
    assert_eq!((alarm.state, alarm.is_over(), alarm.is_acknowledged()), (AlarmState::Active, true, false));
}

#[test]
fn another_way_to_write_the_time_is_the_same_alarm_and_goes_back_as_written() {
    let mut known = HashMap::new();
    look(&mut known, "12:02:00", &whole(vec![], vec![begin("x", "12:01:00", "NACK")]));
    let mut moved = begin("x", "12:01:00", "NACK");
    moved.alarm_time = "2026-05-02T14:01:00+2:00".to_owned();
    assert_eq!(
        look(&mut known, "12:03:00", &whole(vec![], vec![moved])),
        [("x".into(), vec![AlarmChange::Changed])]
    );
    assert_eq!((known.len(), of(&known, "x").alarm_time.as_str()), (1, "2026-05-02T14:01:00+2:00"));
}

#[test]
fn what_names_no_point_or_has_no_time_does_no_harm() {
    let mut known = HashMap::new();
    let mut timeless = begin("x", "12:01:00", "NACK");
    (timeless.alarm_time, timeless.alarm_at) = ("FRI APR 04".to_owned(), None);
    let look_of = || whole(vec![], vec![begin("", "12:01:00", "NACK"), timeless.clone()]);
    assert_eq!(look(&mut known, "12:02:00", &look_of()).len(), 1);
    assert_eq!(of(&known, "x").raised_at, at("12:02:00"));
    assert_eq!(look(&mut known, "12:03:00", &look_of()), []);
    let late = at("12:03:00") - SignedDuration::from_mins(1);
    assert_eq!(of(&known, "x").first_seen_at, late);
}
