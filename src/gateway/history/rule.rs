//! Which readings are remembered, and at which time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::domain::{HistoryRecord, HistoryRule, Quality, Reading, Value};

/// An observation further back than this says more about the SmartServer's clock than about the value.
const OLDEST: SignedDuration = SignedDuration::from_hours(31 * 24);
/// Two readings of a point within this come close together; further back, our clock was set.
const TOGETHER: SignedDuration = SignedDuration::from_secs(1);
/// A value that has not changed for this long is recorded again: else nothing tells it from one that nobody
/// reads any more, and retention would remove the last trace of it.
const UNCHANGED: SignedDuration = SignedDuration::from_hours(24);
/// What arithmetic adds to the difference of two decimals.
const NOISE: f64 = 1e-9;

/// What of a reading is remembered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    /// To the millisecond.
    pub(super) at: Timestamp,
    pub(super) value: Value,
    pub(super) quality: Quality,
}

/// What becomes of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Record,
    /// It comes too soon: it is recorded after this time, unless another one comes.
    Hold(Duration),
    Skip,
}

impl Seen {
    /// A reading at a time of its own after `last`: when it was observed, else when it was received.
    pub(super) fn of(reading: &Reading, last: Option<&Seen>) -> Seen {
        let at = time_of(reading, last.map(|last| last.at));
        let quality = reading.quality(reading.received_at, false, None);
        // A number that is none is stored as no value, and compared as such.
        let value = match &reading.value {
            Value::Number(number) if !number.is_finite() => Value::Null,
            value => value.clone(),
        };
        Seen { at, value, quality }
    }
}

fn time_of(reading: &Reading, last: Option<Timestamp>) -> Timestamp {
    let received = to_millis(reading.received_at);
    let is_credible = |at: &Timestamp| *at <= received && received.duration_since(*at) <= OLDEST;
    let observed = reading.observed_at.map(to_millis).filter(is_credible);
    let Some(last) = last else { return observed.unwrap_or(received) };
    match observed {
        Some(observed) if observed > last => observed,
        _ if received <= last && last.duration_since(received) < TOGETHER => {
            last.checked_add(1.millisecond()).unwrap_or(received)
        }
        _ => received,
    }
}

/// No times before 1970 are kept.
fn to_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond().max(0)).unwrap_or(at)
}

/// Whether `next` is remembered after `last`. A change of quality always is.
pub(super) fn judge(rule: &HistoryRule, last: Option<&Seen>, next: &Seen) -> Verdict {
    let Some(last) = last.filter(|last| last.quality == next.quality) else { return Verdict::Record };
    let passed = next.at.duration_since(last.at);
    let is_changed =
        rule.record == HistoryRecord::EveryReading || differs(rule.deadband, &last.value, &next.value);
    if !is_changed && passed < UNCHANGED {
        return Verdict::Skip;
    }
    // Negative: our clock was set back.
    let passed = Duration::try_from(passed).unwrap_or(Duration::MAX);
    match rule.min_interval.checked_sub(passed) {
        Some(rest) if !rest.is_zero() => Verdict::Hold(rest),
        _ => Verdict::Record,
    }
}

/// Numbers that differ by less than the deadband are the same.
fn differs(deadband: Option<f64>, last: &Value, next: &Value) -> bool {
    let (&Value::Number(last), &Value::Number(next)) = (last, next) else { return last != next };
    let difference = (next - last).abs();
    let deadband = deadband.unwrap_or_default();
    difference > 0.0 && difference >= deadband - NOISE * deadband.max(last.abs())
}

#[cfg(test)]
#[path = "rule_tests.rs"]
mod tests;
