//! What simulated SmartServers are configured with.

mod demo;
mod deterministic;

use std::sync::Arc;

use super::format::text;
use super::lon_format::{TypedFormat, typed};
use super::mac::Mac;
use super::plan::Plan;
use super::signal::sequence_value;
use super::unit::{point_seed, unit_seed};

/// Entries of each data log of the demo.
const DEMO_ENTRIES: usize = 2_000;

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

/// Configurations for a fleet: SmartServer `n` takes number `n` modulo their count.
pub(super) fn plans(profile: Profile, points: usize, log_entries: Option<usize>) -> Vec<Arc<Plan>> {
    let mut plans = match profile {
        Profile::Demo => demo::plans(points),
        Profile::Deterministic => vec![deterministic::plan(points)],
    };
    match (profile, log_entries) {
        (Profile::Demo, count) => {
            plans.iter_mut().for_each(|p| demo::applications(p, count.unwrap_or(DEMO_ENTRIES)))
        }
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
    use jiff::Timestamp;

    use super::super::applications::{Kind, State};
    use super::super::unit::Unit;
    use super::*;

    fn units(profile: Profile, log_entries: Option<usize>) -> Vec<Unit> {
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let all = plans(profile, 100, log_entries).into_iter();
        all.map(|plan| Unit::new(Mac::FIRST, plan, 1, now)).collect()
    }

    fn logged(unit: &Unit) -> Vec<usize> {
        let size = |n: &usize| match &unit.applications[*n].state {
            State::DataLogger(log) => Some(log.entries().len()),
            _ => None,
        };
        unit.applications_of(Kind::DataLogger).iter().filter_map(size).collect()
    }

    #[test]
    fn a_demo_begins_with_logs_and_an_alarm_and_works_logs_out_when_they_are_read() {
        for mut unit in units(Profile::Demo, None) {
            assert_eq!(logged(&unit), [0, 0], "nobody has looked yet");
            let now = unit.booted;
            unit.applications_of(Kind::DataLogger)
                .into_iter()
                .for_each(|n| unit.bring_log_up_to_date(n, now));
            assert_eq!(logged(&unit), [DEMO_ENTRIES, DEMO_ENTRIES]);
            let notifier = unit.applications_of(Kind::AlarmNotifier)[0];
            let State::AlarmNotifier(log) = &unit.applications[notifier].state else { panic!("no notifier") };
            assert_eq!(log.alarms.iter().filter(|alarm| alarm.in_summary).count(), 1);
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
