use std::collections::VecDeque;
use std::time::Duration;

/// Seconds that count, the one under way among them.
const WINDOW: u64 = 10;

/// What went by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Amounts {
    pub(crate) bodies: u64,
    pub(crate) stanzas_sent: u64,
    pub(crate) stanzas_received: u64,
}

/// What went by per second of the last ten, or since the beginning if that is less.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Bodies posted.
    pub bodies: f64,
    /// Stanzas sent.
    pub stanzas_sent: f64,
    /// Stanzas received.
    pub stanzas_received: f64,
}

/// The amounts of the last seconds. Times are given since some origin, and never go back.
#[derive(Debug, Default)]
pub(crate) struct Flow(VecDeque<(u64, Amounts)>);

impl Flow {
    pub(crate) fn add(&mut self, at: Duration, amounts: Amounts) {
        let second = at.as_secs();
        if self.0.back().is_none_or(|(newest, _)| *newest != second) {
            self.0.retain(|(earlier, _)| earlier + WINDOW > second);
            self.0.push_back((second, Amounts::default()));
        }
        if let Some((_, sum)) = self.0.back_mut() {
            sum.bodies += amounts.bodies;
            sum.stanzas_sent += amounts.stanzas_sent;
            sum.stanzas_received += amounts.stanzas_received;
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "nothing goes by so often")]
    pub(crate) fn rates(&self, at: Duration) -> Rates {
        let first = (at.as_secs() + 1).saturating_sub(WINDOW);
        let span = (at.as_secs_f64() - first as f64).max(1.0);
        let of = |what: fn(&Amounts) -> u64| {
            let recent = self.0.iter().filter(|(second, _)| *second >= first);
            recent.map(|(_, amounts)| what(amounts)).sum::<u64>() as f64 / span
        };
        Rates {
            bodies: of(|a| a.bodies),
            stanzas_sent: of(|a| a.stanzas_sent),
            stanzas_received: of(|a| a.stanzas_received),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(bodies: u64) -> Amounts {
        Amounts { bodies, ..Amounts::default() }
    }

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn rates_are_those_of_the_last_ten_seconds() {
        let mut flow = Flow::default();
        assert_eq!(flow.rates(at(100.0)), Rates::default());
        (0..100).for_each(|n| flow.add(at(f64::from(n) / 4.0), bodies(3)));
        assert_eq!(flow.0.len(), 10);
        // From second 16 on: four times three each, up to 25.
        assert_eq!(flow.rates(at(25.0)).bodies, 12.0 * 9.0 / 9.0);
        assert_eq!(flow.rates(at(30.0)).bodies, 12.0 * 4.0 / 9.0);
        assert_eq!(flow.rates(at(35.0)), Rates::default());
    }

    #[test]
    fn a_young_flow_is_not_thinned_nor_blown_up() {
        let mut flow = Flow::default();
        flow.add(at(0.01), bodies(6));
        assert_eq!(flow.rates(at(0.01)).bodies, 6.0);
        assert_eq!(flow.rates(at(3.0)).bodies, 2.0);
    }
}
