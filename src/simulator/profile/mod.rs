//! What simulated SmartServers are configured with.

mod demo;
mod deterministic;

use std::sync::Arc;

use jiff::Timestamp;

use super::format::text;
use super::lon_format::{TypedFormat, typed};
use super::mac::Mac;
use super::plan::Plan;
use super::signal::sequence_value;
use super::unit::{Unit, point_seed, unit_seed};

/// Kind of values that a simulated SmartServer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Profile {
    /// Buildings with sensible names, whose values move with the time of day.
    #[default]
    Demo,
    /// Values are a function of SmartServer, point and a sequence number that grows with each poll
    /// of the device: a wrong or a repeated answer shows.
    Deterministic,
}

/// What data logs begin with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Past {
    /// So many entries each, whatever the days.
    pub entries: Option<usize>,
    /// Entries of so many days, where the profile has some.
    pub days: u32,
}

/// Puts a SmartServer of the demo into an alarm that waits for somebody; others stay as they are.
pub(super) fn raise_alarm(profile: Profile, unit: &mut Unit, at: Timestamp) {
    if profile == Profile::Demo {
        demo::raise_alarm(unit, at);
    }
}

/// Configurations for a fleet: SmartServer `n` takes number `n` modulo their count.
pub(super) fn plans(profile: Profile, points: usize, past: Past) -> Vec<Arc<Plan>> {
    let mut plans = match profile {
        Profile::Demo => demo::plans(points),
        Profile::Deterministic => vec![deterministic::plan(points)],
    };
    match (profile, past.entries) {
        (Profile::Demo, _) => plans.iter_mut().for_each(|p| demo::applications(p, past)),
        (Profile::Deterministic, Some(count)) => {
            plans.iter_mut().for_each(|p| deterministic::applications(p, count))
        }
        (Profile::Deterministic, None) => {}
    }
    plans.into_iter().map(Arc::new).collect()
}

/// The value that an output of the deterministic profile has after so many changes; a fresh one
/// has had none, and each poll of its device is one. For tests that see the gateway only.
pub fn deterministic_value(seed: u64, mac: Mac, name: &str, format: &str, sequence: u64) -> Option<String> {
    let TypedFormat { kind, us, .. } = typed(format)?;
    let seed = point_seed(unit_seed(seed, mac), name);
    Some(text(&kind.shape, &sequence_value(&kind.shape, seed, sequence), us))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::applications::{Alarm, Entry, Kind, State};
    use super::super::signal::Signal;
    use super::*;

    fn units(profile: Profile, entries: Option<usize>) -> Vec<Unit> {
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let all = plans(profile, 100, Past { entries, days: 0 }).into_iter();
        all.map(|plan| Unit::new(Mac::FIRST, plan, 1, now)).collect()
    }

    fn logged(unit: &Unit) -> Vec<usize> {
        let size = |n: &usize| match &unit.applications[*n].state {
            State::DataLogger(log) => Some(log.entries().len()),
            _ => None,
        };
        unit.applications_of(Kind::DataLogger).iter().filter_map(size).collect()
    }

    fn alarms(unit: &Unit) -> Vec<Alarm> {
        let notifier = unit.applications_of(Kind::AlarmNotifier)[0];
        let State::AlarmNotifier(log) = &unit.applications[notifier].state else { panic!("no notifier") };
        log.alarms.iter().cloned().collect()
    }

    fn entries(unit: &mut Unit, logger: usize, now: Timestamp) -> Vec<Entry> {
        let logger = unit.applications_of(Kind::DataLogger)[logger];
        unit.bring_log_up_to_date(logger, now);
        let State::DataLogger(log) = &unit.applications[logger].state else { panic!("no logger") };
        log.entries().iter().cloned().collect()
    }

    #[test]
    fn logs_of_a_demo_are_worked_out_when_they_are_read() {
        for mut unit in units(Profile::Demo, None) {
            assert_eq!(logged(&unit), [0, 0], "nobody has looked yet");
            let now = unit.booted;
            assert_eq!([0, 1].map(|logger| entries(&mut unit, logger, now).len()), [2_000, 2_000]);
        }
    }

    #[test]
    fn an_alarm_of_a_demo_waits_for_somebody() {
        for mut unit in units(Profile::Demo, None) {
            let waiting =
                |unit: &Unit| alarms(unit).iter().filter(|alarm| alarm.acknowledged.is_none()).count();
            assert_eq!(waiting(&unit), 0);
            let now = unit.network.since + SignedDuration::from_mins(1);
            raise_alarm(Profile::Demo, &mut unit, now);
            assert_eq!(waiting(&unit), 1);
            unit.pass(now + SignedDuration::from_hours(48));
            assert_eq!(waiting(&unit), 1, "and goes on by day and night");
        }
    }

    #[test]
    fn a_demo_of_a_week_has_all_of_it_in_its_logs_and_goes_on_without_a_jump() {
        let now: Timestamp = "2026-11-20T10:00:00Z".parse().unwrap();
        let from = now - SignedDuration::from_hours(7 * 24);
        let later = now + SignedDuration::from_mins(30);
        for (n, plan) in plans(Profile::Demo, 100, Past { entries: None, days: 7 }).into_iter().enumerate() {
            let mut unit = Unit::new(Mac::FIRST.plus(n), plan, 1, from);
            unit.pass(now);
            for logger in [0, 1] {
                let all = entries(&mut unit, logger, later);
                assert!(
                    all[0].at <= from && all.len() > 672 * 5 && all.is_sorted_by_key(|e| e.at),
                    "{n} {logger}"
                );
                let Some(last) = all.last() else { panic!("no entries") };
                assert!(last.at > now + SignedDuration::from_mins(10), "{} {n} {logger}", last.at);
                let moved = |e: &&Entry| e.at > now && unit.config(e.point).signal.beat().is_some();
                for entry in all.iter().filter(moved) {
                    assert_eq!(
                        entry.value,
                        unit.device_value(entry.point, entry.at),
                        "a matter of time alone"
                    );
                }
            }
            let is_timed = |n: &usize| matches!(unit.config(*n).signal, Signal::Timetable { .. });
            let lamp = unit.all().into_iter().find(is_timed).expect("an input with a timetable");
            let day = |hour: i64| unit.device_value(lamp, now - SignedDuration::from_hours(hour));
            assert!((0..24).map(day).any(|value| value != day(0)), "{n}");
        }
    }

    #[test]
    fn a_deterministic_one_has_logs_only_when_asked() {
        assert!(units(Profile::Deterministic, None).iter().all(|unit| unit.applications.is_empty()));
        let mut unit = units(Profile::Deterministic, Some(5_000)).remove(0);
        let logger = unit.applications_of(Kind::DataLogger)[0];
        unit.bring_log_up_to_date(logger, unit.booted);
        assert_eq!(logged(&unit), [5_000]);
        let State::DataLogger(log) = &unit.applications[logger].state else { panic!("no logger") };
        assert!(log.entries().iter().is_sorted_by_key(|entry| entry.at));
        let shared = log.entries().iter().zip(log.entries().iter().skip(1)).filter(|(a, b)| a.at == b.at);
        assert!(shared.count() > 100, "some share a millisecond");
    }
}
