use std::f64::consts::TAU;

use super::hours;
use super::shape::{Scale, Shape};
use super::value::Value;

/// How the value of a field device moves: a function of time, so that nothing has to run for it.
#[derive(Debug, Clone)]
pub(super) enum Signal {
    /// Stays as it was set: inputs, constants.
    Still,
    /// Between two values over the day, highest at this local hour, with some noise.
    Daily { low: f64, high: f64, peak_hour: f64 },
    /// What people and machines cause: low at night, high while the building is open, less so at
    /// weekends.
    Busy { low: f64, high: f64 },
    /// A sine of this many seconds.
    Wave { low: f64, high: f64, period: f64 },
    /// Wanders, turning every so many seconds.
    Walk { low: f64, high: f64, step: f64 },
    /// A meter.
    Rise { from: f64, per_hour: f64 },
    /// One text after the other, in no order, each for so many seconds.
    Choice { texts: &'static [&'static str], every: f64 },
    /// What a scheduler sets: one text while the building is open, another while it is closed. An
    /// input keeps what somebody else wrote until the next switching time.
    Timetable { open: &'static str, closed: &'static str },
    /// One signal per field of a structure.
    Fields(Vec<Signal>),
    /// The value of another point, of the same type.
    Echo(usize),
    /// What a base and a number of switched loads draw together.
    Load { base: Box<Signal>, switches: Vec<usize>, each: f64 },
    /// A function of point and sequence number, not of time.
    Sequence,
}

/// Seconds since 1970 in local time, and what makes this point differ from its like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub seconds: f64,
    pub seed: u64,
}

pub(super) const DAY: f64 = 86_400.0;
/// Start of 2025, from when meters count.
const METERS_START: f64 = 1_735_689_600.0;

impl Signal {
    /// Milliseconds between the values that the device sends by itself; `None` if it sends none.
    pub(super) fn beat(&self) -> Option<i64> {
        match self {
            Signal::Still | Signal::Sequence => None,
            Signal::Echo(_) | Signal::Load { .. } => Some(1_000),
            _ => Some(10_000),
        }
    }

    /// The value at a moment; `None` for signals that depend on more than time.
    pub(super) fn at(&self, shape: &Shape, moment: Moment) -> Option<Value> {
        match (self, shape) {
            (Signal::Choice { texts, every }, _) => {
                super::format::parse(shape, choice(texts, *every, moment), false)
            }
            (Signal::Timetable { open, closed }, _) => {
                let text = if hours::now(moment).is_open { open } else { closed };
                super::format::parse(shape, text, false)
            }
            (Signal::Fields(signals), Shape::Structure(fields)) => {
                let parts = signals.iter().zip(fields).zip(0..);
                let values: Option<Vec<Value>> = parts
                    .map(|((signal, field), n)| {
                        signal.at(&field.shape, Moment { seed: mix(moment.seed, n), ..moment })
                    })
                    .collect();
                values.map(Value::Fields)
            }
            _ => self.number(moment).map(|number| shape.nearest_value(wrap(shape, number))),
        }
    }

    /// The number that a signal of numbers has at a moment.
    pub(super) fn number(&self, moment: Moment) -> Option<f64> {
        let Moment { seconds, seed } = moment;
        let between = |low: f64, high: f64, part: f64| low + (high - low) * part.clamp(0.0, 1.0);
        Some(match self {
            Signal::Daily { low, high, peak_hour } => {
                let phase = (seconds / DAY - peak_hour / 24.0) * TAU;
                let day = 0.1 * (noise(mix(seed, 1), seconds / DAY) - 0.5);
                let curve = 0.5 + 0.43 * phase.cos() + day + 0.04 * (noise(seed, seconds / 300.0) - 0.5);
                between(*low, *high, curve)
            }
            Signal::Busy { low, high } => {
                let swing = 0.16 * noise(seed, seconds / 900.0) + 0.04 * noise(mix(seed, 1), seconds / 60.0);
                between(*low, *high, 0.8 * hours::activity(moment) + swing)
            }
            Signal::Wave { low, high, period } => {
                let phase = seconds / period + unit(seed);
                between(*low, *high, 0.5 + 0.5 * (phase * TAU).sin())
            }
            Signal::Walk { low, high, step } => between(*low, *high, noise(seed, seconds / step)),
            Signal::Rise { from, per_hour } => {
                // Most of it by day: the rate swings between 0.4 and 1.6 of the mean.
                let swing = 0.6 * 24.0 / TAU * ((seconds / DAY - 8.0 / 24.0) * TAU).cos();
                from * (1.0 + unit(seed)) + ((seconds - METERS_START) / 3600.0 - swing) * per_hour
            }
            _ => return None,
        })
    }
}

/// The value of a deterministic point at a sequence number: neighbouring numbers differ, and so
/// do points, and neither an invalid value nor one from before the first poll comes up.
pub(super) fn sequence_value(shape: &Shape, seed: u64, sequence: u64) -> Value {
    let turn = |span: u64| (mix(seed, 0) % span + sequence) % span;
    match shape {
        Shape::Scaled(scale) => Value::Raw(safe_raw(scale, mix(seed, 0), sequence)),
        Shape::Float(_) => Value::Float(turn(100_000) as f32 / 10.0),
        Shape::Enumeration(names) => {
            let proper: Vec<i64> = names.iter().map(|(_, number)| *number).filter(|n| *n >= 0).collect();
            Value::Raw(proper.get(turn(proper.len().max(1) as u64) as usize).copied().unwrap_or(0))
        }
        Shape::Text { .. } | Shape::Opaque => Value::Text(format!("{:08x} {sequence}", seed as u32)),
        Shape::Bit => Value::Raw(turn(2) as i64),
        Shape::Structure(fields) => Value::Fields(
            fields.iter().zip(1..).map(|(f, n)| sequence_value(&f.shape, mix(seed, n), sequence)).collect(),
        ),
    }
}

fn safe_raw(scale: &Scale, hash: u64, sequence: u64) -> i64 {
    let low = scale.minimum.max(0);
    let high =
        scale.maximum.min(low + 20_000).min(scale.invalid.filter(|i| *i > low).unwrap_or(i64::MAX) - 1);
    let span = u64::try_from(high - low + 1).unwrap_or(1).max(1);
    low + ((hash % span + sequence) % span) as i64
}

/// Counts of 16 bits start over when they are full.
fn wrap(shape: &Shape, number: f64) -> f64 {
    match shape {
        Shape::Scaled(scale) if !scale.signed && scale.offset == 0 => {
            number.rem_euclid(scale.value(scale.range().1))
        }
        _ => number,
    }
}

fn choice(texts: &'static [&'static str], every: f64, moment: Moment) -> &'static str {
    let slot = (moment.seconds / every + unit(moment.seed)).floor() as i64 as u64;
    let index = mix(moment.seed, slot) % texts.len().max(1) as u64;
    texts.get(index as usize).copied().unwrap_or_default()
}

/// Smooth noise of 0..1 with a new random height at every whole number.
fn noise(seed: u64, x: f64) -> f64 {
    let height = |n: f64| unit(mix(seed, n as i64 as u64));
    let (low, part) = (x.floor(), x - x.floor());
    let ease = part * part * (3.0 - 2.0 * part);
    height(low) + (height(low + 1.0) - height(low)) * ease
}

/// A number of 0..1 that goes with a seed.
pub(super) fn unit(seed: u64) -> f64 {
    (mix(seed, 0x5bd1) >> 11) as f64 / (1u64 << 53) as f64
}

/// SplitMix64 over two numbers.
pub(super) fn mix(seed: u64, n: u64) -> u64 {
    let mut z = seed ^ n.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// A seed made of a text (FNV-1a).
pub(super) fn seed_of(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::find;
    use super::super::format::text;
    use super::super::value::{from_hex, to_hex};
    use super::*;

    fn values(signal: &Signal, type_name: &str) -> Vec<String> {
        let shape = &find(type_name).unwrap().shape;
        let at = |hour: u32| Moment { seconds: 1.76e9 + f64::from(hour) * 3600.0, seed: 7 };
        (0..24).map(|hour| text(shape, &signal.at(shape, at(hour)).unwrap(), false)).collect()
    }

    #[test]
    fn signals_move_within_their_bounds() {
        let signals = [
            Signal::Daily { low: 18.0, high: 24.0, peak_hour: 15.0 },
            Signal::Busy { low: 18.0, high: 24.0 },
            Signal::Wave { low: 18.0, high: 24.0, period: 10_000.0 },
            Signal::Walk { low: 18.0, high: 24.0, step: 900.0 },
        ];
        for signal in signals {
            let numbers: Vec<f64> =
                values(&signal, "SNVT_temp_p").iter().map(|t| t.parse().unwrap()).collect();
            assert!(numbers.iter().all(|n| (18.0..=24.0).contains(n)), "{signal:?} {numbers:?}");
            assert!(numbers.windows(2).any(|w| w[0] != w[1]), "{signal:?}");
        }
    }

    #[test]
    fn a_day_peaks_at_its_hour() {
        let signal = Signal::Daily { low: 0.0, high: 100.0, peak_hour: 15.0 };
        let at =
            |hour: f64| signal.number(Moment { seconds: 20_000.0 * DAY + hour * 3600.0, seed: 1 }).unwrap();
        assert!(at(15.0) > 85.0 && at(3.0) < 15.0);
    }

    #[test]
    fn a_meter_never_falls_and_a_small_one_starts_over() {
        let meter = values(&Signal::Rise { from: 1000.0, per_hour: 12.5 }, "SNVT_elec_kwh_l");
        let numbers: Vec<f64> = meter.iter().map(|t| t.parse().unwrap()).collect();
        assert!(numbers.windows(2).all(|w| (4.9..20.1).contains(&(w[1] - w[0]))), "{numbers:?}");
        assert!((numbers[23] - numbers[0] - 23.0 * 12.5).abs() < 12.5, "{numbers:?}");
        assert_eq!(wrap(&find("SNVT_elec_kwh").unwrap().shape, 65_540.0), 5.0);
    }

    #[test]
    fn sequence_values_differ_by_point_and_number() {
        let shape = &find("SNVT_temp_f").unwrap().shape;
        let of = |point: &str, n: u64| text(shape, &sequence_value(shape, seed_of(point), n), false);
        assert_ne!(of("a", 0), of("a", 1));
        assert_ne!(of("a", 0), of("b", 0));
        assert_eq!(of("a", 3), of("a", 3));
    }

    #[test]
    fn sequence_values_are_read_back_for_every_type() {
        for kind in super::super::catalogue::all() {
            for n in 0..300 {
                let value = sequence_value(&kind.shape, seed_of(&kind.name), n);
                let printed = text(&kind.shape, &value, false);
                let read = super::super::format::parse(&kind.shape, &printed, false);
                assert_eq!(read.as_ref(), Some(&value), "{} {printed}", kind.name);
                if let Some(hex) = to_hex(&kind.shape, &value) {
                    assert_eq!(from_hex(&kind.shape, &hex), Some(value), "{} {hex}", kind.name);
                }
            }
        }
    }
}
