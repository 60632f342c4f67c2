//! When a building is open, and how busy it is then.

use super::signal::{DAY, Moment, mix, unit};

/// Whether a building is open, and since when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hours {
    pub is_open: bool,
    /// Seconds since 1970 in local time, as those of the moment.
    pub since: f64,
}

/// What the timetable of a point says. The times of different points are up to an hour apart.
pub(super) fn now(Moment { seconds, seed }: Moment) -> Hours {
    let today = (seconds / DAY).floor();
    let (opens, closes) = (opening(today, seed), closing(today, seed));
    if seconds < opens {
        return Hours { is_open: false, since: closing(today - 1.0, seed) };
    }
    let is_open = seconds < closes;
    Hours { is_open, since: if is_open { opens } else { closes } }
}

/// How much is going on, 0..1: rises in the morning, falls in the evening.
pub(super) fn activity(Moment { seconds, seed }: Moment) -> f64 {
    let day = (seconds / DAY).floor();
    let hour = (seconds - day * DAY) / 3600.0 + unit(seed) - 0.5;
    let full = if is_weekend(day) { 0.35 } else { 0.85 + 0.15 * unit(mix(seed, day as i64 as u64)) };
    let noon = 1.0 - 0.15 * (1.0 - ((hour - 12.5) / 1.2).abs()).max(0.0);
    full * rise((hour - 5.5) / 3.5) * (1.0 - rise((hour - 16.0) / 4.5)) * noon
}

fn opening(day: f64, seed: u64) -> f64 {
    let hour = if is_weekend(day) { 8.5 } else { 6.0 };
    day * DAY + (hour + unit(seed)) * 3600.0
}

fn closing(day: f64, seed: u64) -> f64 {
    let hour = if is_weekend(day) { 15.0 } else { 18.0 };
    day * DAY + (hour + unit(mix(seed, 1))) * 3600.0
}

/// 1970 began with a Thursday.
fn is_weekend(day: f64) -> bool {
    (day + 4.0).rem_euclid(7.0) % 6.0 == 0.0
}

/// From 0 to 1 while `x` does, smoothly.
fn rise(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Monday, 23 November 2026.
    const MONDAY: f64 = 20_780.0 * DAY;

    fn at(day: f64, hour: f64) -> Moment {
        Moment { seconds: MONDAY + day * DAY + hour * 3600.0, seed: 7 }
    }

    #[test]
    fn a_building_is_open_by_day_and_shorter_at_weekends() {
        for (day, hour, is_open) in
            [(0.0, 5.9, false), (0.0, 7.1, true), (4.0, 17.9, true), (4.0, 19.1, false), (5.0, 7.1, false)]
        {
            assert_eq!(now(at(day, hour)).is_open, is_open, "day {day}, {hour} h");
        }
        assert!(now(at(6.0, 12.0)).is_open && !now(at(6.0, 16.1)).is_open, "Sunday");
    }

    #[test]
    fn it_has_been_so_since_the_last_switching_time() {
        for hour in 0..168 {
            let moment = at(0.0, f64::from(hour) + 0.3);
            let Hours { is_open, since } = now(moment);
            assert!(since <= moment.seconds && moment.seconds - since < DAY, "{hour}");
            assert_eq!(now(Moment { seconds: since, ..moment }).is_open, is_open, "{hour}");
            assert_ne!(now(Moment { seconds: since - 1.0, ..moment }).is_open, is_open, "{hour}");
        }
    }

    #[test]
    fn activity_is_a_matter_of_day_and_night() {
        assert!(activity(at(0.0, 10.0)) > 0.7 && activity(at(0.0, 3.0)) < 0.01);
        assert!(activity(at(5.0, 10.0)) < 0.4);
        let steps = (0..2016).map(|n| activity(at(0.0, f64::from(n) / 12.0)));
        let all: Vec<f64> = steps.collect();
        assert!(all.windows(2).all(|w| (w[0] - w[1]).abs() < 0.05), "no jumps");
    }
}
