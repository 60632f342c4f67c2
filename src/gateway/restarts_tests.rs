use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::super::clock::Clock;
use super::{Between, History, LONGEST_PAUSE, PAUSE, Told};
use crate::domain::{Restart, RestartSource};

const NOW: &str = "2026-05-08T12:00:00Z";

/// So many seconds after noon.
fn at(seconds: i64) -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

fn up(minutes: u64, now: i64) -> Between {
    Between::since(minutes, at(now), Duration::ZERO).unwrap()
}

/// An inventory read at noon with a configuration of an hour before.
fn history() -> History {
    let mut history = History::default();
    history.header(at(-3600), &Clock::default(), Some(at(0)));
    history
}

fn tell(history: &mut History, seconds: i64) -> bool {
    history.header(at(seconds), &Clock::default(), Some(at(0)));
    history.is_stale(Some(at(0)))
}

#[test]
fn another_configuration_makes_an_inventory_stale_and_noise_does_not() {
    let mut history = history();
    for (seconds, stale) in [(-3600, false), (-3599, false), (-3601, false), (60, true), (-9999, true)] {
        assert_eq!(tell(&mut history, seconds), stale, "{seconds}");
    }
    tell(&mut history, 60);
    history.read_with = history.told;
    assert!(!history.is_stale(Some(at(70))));
}

#[test]
fn an_inventory_of_an_earlier_run_is_stale_if_the_change_is_later() {
    let mut history = History::default();
    assert!(!tell(&mut history, -5));
    assert!(tell(&mut history, 5), "the first header was what it had been read with");
    let mut history = History::default();
    assert!(tell(&mut history, 5));
    assert!(!History::default().is_stale(None), "it is read for the first time anyway");
}

#[test]
fn times_counted_from_a_clock_that_is_set_are_the_same() {
    let mut clock = Clock::default();
    clock.answered(at(0), at(0), Duration::ZERO);
    let mut history = History::default();
    history.header(at(-3600), &clock, Some(at(0)));
    clock.answered(at(600), at(0), Duration::ZERO);
    history.header(at(-3000), &clock, Some(at(0)));
    assert!(!history.is_stale(Some(at(0))), "its clock was set, and the time with it");
    history.header(at(-3600), &clock, Some(at(0)));
    assert!(!history.is_stale(Some(at(0))), "its clock was set, and the time stayed");
}

#[test]
fn a_change_is_no_restart() {
    let mut history = history();
    assert!(!history.uptime(up(600, 10)));
    assert!(tell(&mut history, 100));
    assert!(!history.uptime(up(601, 100)));
    assert_eq!(history.restart().unwrap().source, RestartSource::Uptime);
    assert_eq!(history.configured_at(), Some(at(100)));
}

#[test]
fn a_restart_is_known_to_the_second_where_the_header_tells_it() {
    let mut history = history();
    assert!(!history.uptime(up(600, 10)));
    assert!(tell(&mut history, 100));
    assert!(history.uptime(up(0, 130)));
    assert_eq!(history.restart(), Some(Restart { at: at(100), source: RestartSource::Header }));
    assert!(!history.uptime(up(1, 190)), "the same once more");
    tell(&mut history, 5_000);
    assert!(!history.uptime(up(81, 5_000)));
    let restart = history.restart().unwrap();
    assert_eq!(restart.source, RestartSource::Uptime, "a change hides the header's time of the start");
    assert!((restart.at.duration_since(at(100))).abs() <= SignedDuration::from_secs(30), "{restart:?}");
}

#[test]
fn a_restart_is_noticed_where_no_uptime_was_known() {
    let mut history = history();
    tell(&mut history, 100);
    assert!(history.uptime(up(0, 130)));
    let told = Some(Told { theirs: at(100), ours: at(100) });
    let mut first = History { told, ..History::default() };
    assert!(!first.uptime(up(0, 130)), "it may have been up whenever we looked");
    assert!(first.restart().is_some());
}

#[test]
fn uptimes_that_cannot_be_are_none() {
    assert!(Between::since(u64::MAX, at(0), Duration::ZERO).is_none());
    assert!(Between::since(1 << 40, at(0), Duration::ZERO).is_none());
}

/// Asked every minute, a unit whose every answer tells another time is in date whenever a pause ends.
#[test]
fn one_that_is_out_of_date_whenever_it_is_asked_is_read_ever_less_often() {
    let mut history = History::default();
    let begun = Instant::now();
    let (mut now, mut pauses) = (begun, Vec::new());
    for _ in 0..7 {
        pauses.push(history.next_pause(now));
        let ended = now + pauses[pauses.len() - 1];
        history.paused = Some((ended, pauses[pauses.len() - 1]));
        now = ended + Duration::from_secs(60);
    }
    assert_eq!(pauses, [30, 60, 120, 240, 480, 600, 600].map(Duration::from_secs));
    assert_eq!(history.next_pause(now + 4 * LONGEST_PAUSE), PAUSE, "in date for long");
}
