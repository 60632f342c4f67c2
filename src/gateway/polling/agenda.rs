//! Which SmartServer's turn comes next: pure, in milliseconds since 1970. Costs nothing while nobody's turn
//! has come.

use std::collections::{BTreeSet, HashMap};

use super::beat::Phase;
use crate::domain::SmartServerId;

/// A turn that is taken later than this is put off: if the machine could not keep up for a while, whoever came
/// in that time must not be polled all at once.
const LATE: u64 = 1_000;
/// A turn is put off no longer than this, and to a beat, so that those who are put off are spread again.
const PUT_OFF: u64 = 60_000;

/// The turns to come, one per SmartServer.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    turns: BTreeSet<(u64, SmartServerId)>,
    planned: HashMap<SmartServerId, Planned>,
}

#[derive(Debug)]
struct Planned {
    rhythms: Vec<u64>,
    /// Beats up to then are done with.
    since: u64,
    at: u64,
}

/// A SmartServer's turn.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) id: SmartServerId,
    /// When it came.
    pub(super) due: u64,
    /// Intervals whose points are due.
    pub(super) rhythms: Vec<u64>,
    /// Whether it came too late to be used.
    pub(super) is_late: bool,
    /// Beats up to then were done with before.
    since: u64,
}

impl Agenda {
    /// Plans a SmartServer anew: its points have these intervals. Turns up to `now` must have been taken.
    pub(super) fn plan(&mut self, id: SmartServerId, rhythms: Vec<u64>, now: u64) {
        if let Some(old) = self.planned.remove(&id) {
            self.turns.remove(&(old.at, id));
        }
        let Some(at) = next(id, &rhythms, now) else { return };
        self.turns.insert((at, id));
        self.planned.insert(id, Planned { rhythms, since: now, at });
    }

    /// When the next turn comes.
    pub(super) fn next(&self) -> Option<u64> {
        self.turns.first().map(|(at, _)| *at)
    }

    /// Takes a turn that has come. Beats that were missed are made up for by one turn.
    pub(super) fn take(&mut self, now: u64) -> Option<Turn> {
        let (due, id) = *self.turns.first().filter(|(at, _)| *at <= now)?;
        self.turns.pop_first();
        let planned = self.planned.get_mut(&id)?;
        let phase = Phase::of(id);
        let rhythms = planned.rhythms.iter().filter(|&&every| phase.falls(every, planned.since, now));
        let rhythms = rhythms.copied().collect();
        let turn = Turn { id, due, rhythms, is_late: now - due > LATE, since: planned.since };
        planned.at = next(id, &planned.rhythms, now)?;
        if turn.is_late {
            planned.at = planned.at.min(phase.next(PUT_OFF, now));
        } else {
            planned.since = now;
        }
        self.turns.insert((planned.at, id));
        Some(turn)
    }

    /// A turn came to nothing: its points are still due when the next one comes. Where that would take long it
    /// comes earlier, at a beat of half the interval: so the rate is at most doubled, however many missed theirs.
    pub(super) fn missed(&mut self, turn: &Turn, now: u64) {
        let Some(planned) = self.planned.get_mut(&turn.id) else { return };
        let half = turn.rhythms.iter().min().map_or(PUT_OFF, |shortest| shortest / 2);
        planned.since = planned.since.min(turn.since);
        let again = Phase::of(turn.id).next(half.max(PUT_OFF), now);
        if again < planned.at {
            self.turns.remove(&(planned.at, turn.id));
            self.turns.insert((again, turn.id));
            planned.at = again;
        }
    }
}

fn next(id: SmartServerId, rhythms: &[u64], after: u64) -> Option<u64> {
    rhythms.iter().map(|&every| Phase::of(id).next(every, after)).min()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(number: u128) -> SmartServerId {
        SmartServerId(uuid::Uuid::from_u128(number))
    }

    /// Turns until a time, taken as they come.
    fn run(agenda: &mut Agenda, until: u64) -> Vec<Turn> {
        let mut turns = Vec::new();
        while let Some(at) = agenda.next().filter(|&at| at <= until) {
            turns.push(agenda.take(at).unwrap());
        }
        turns
    }

    #[test]
    fn intervals_that_are_multiples_share_turns() {
        let mut agenda = Agenda::default();
        agenda.plan(id(1), vec![10_000, 60_000], 5);
        let turns = run(&mut agenda, 5 + 600_000);
        assert_eq!(turns.len(), 60, "a turn each ten seconds and none beside");
        assert_eq!(turns.iter().filter(|turn| turn.rhythms.len() == 2).count(), 10);
        assert!(turns.iter().all(|turn| turn.rhythms.contains(&10_000)));
    }

    #[test]
    fn a_fleet_costs_each_second_its_share_and_no_more() {
        let mut agenda = Agenda::default();
        (0..5_000).for_each(|n| agenda.plan(id(n), vec![60_000], 0));
        let turns = run(&mut agenda, 180_000);
        assert_eq!(turns.len(), 3 * 5_000);
        let mut seconds = vec![0; 181];
        turns.iter().for_each(|turn| seconds[(turn.due / 1_000) as usize] += 1);
        assert!(seconds.iter().all(|&count| count < 2 * 5_000 / 60), "{seconds:?}");
    }

    #[test]
    fn who_is_planned_anew_loses_and_gains_no_turn() {
        let mut agenda = Agenda::default();
        agenda.plan(id(1), vec![1_000], 0);
        let mut turns = 0;
        for now in (0..60_000).step_by(7) {
            while agenda.take(now).is_some() {
                turns += 1;
            }
            agenda.plan(id(1), vec![1_000], now);
        }
        assert_eq!(turns, 60);
        agenda.plan(id(1), Vec::new(), 60_000);
        assert_eq!(agenda.next(), None, "nothing of it is polled");
    }

    #[test]
    fn after_a_delay_a_fleet_is_not_polled_at_once() {
        let mut agenda = Agenda::default();
        (0..5_000).for_each(|n| agenda.plan(id(n), vec![60_000], 0));
        let late = std::iter::from_fn(|| agenda.take(30_000)).filter(|turn| turn.is_late).count();
        assert!(late > 2_000, "{late}");
        let turns = run(&mut agenda, 90_000);
        assert_eq!(turns.len(), 5_000, "each once within the next interval");
        let mut seconds = vec![0; 91];
        turns.iter().for_each(|turn| seconds[(turn.due / 1_000) as usize] += 1);
        assert!(seconds.iter().all(|&count| count < 2 * 5_000 / 60), "{seconds:?}");
    }

    #[test]
    fn a_seldom_turn_that_came_too_late_is_put_off_and_not_left_out() {
        let mut agenda = Agenda::default();
        agenda.plan(id(1), vec![86_400_000], 0);
        let now = agenda.next().unwrap() + 5_000;
        assert!(agenda.take(now).unwrap().is_late);
        let again = agenda.next().unwrap();
        assert!(again <= now + 60_000);
        let turn = agenda.take(again).unwrap();
        assert_eq!((turn.is_late, turn.rhythms), (false, vec![86_400_000]));
        assert!(agenda.next().unwrap() > again + 60_000, "and then as before");
    }

    /// Turns that came to something until a time, while nobody can be polled in these times.
    fn run_with_outages(agenda: &mut Agenda, outages: &[(u64, u64)], until: u64) -> Vec<Turn> {
        let mut used = Vec::new();
        while let Some(at) = agenda.next().filter(|&at| at <= until) {
            let turn = agenda.take(at).unwrap();
            if outages.iter().any(|(from, to)| (*from..*to).contains(&at)) {
                agenda.missed(&turn, at);
            } else {
                used.push(turn);
            }
        }
        used
    }

    #[test]
    fn who_missed_a_seldom_turn_has_another_soon_and_not_all_at_once() {
        const EVERY: u64 = 900_000;
        let mut agenda = Agenda::default();
        (0..5_000).for_each(|n| agenda.plan(id(n), vec![EVERY], 0));
        // First a short time away, then one in which everybody misses a turn.
        let (short, long) = ((EVERY, EVERY + 20_000), (4 * EVERY, 5 * EVERY));
        let turns = run_with_outages(&mut agenda, &[short, long], 8 * EVERY);
        let between = |from: u64, to: u64| {
            let turns = turns.iter().filter(move |turn| (from..to).contains(&turn.due));
            turns.map(|turn| turn.id).collect::<BTreeSet<_>>()
        };
        let missed: BTreeSet<_> =
            (0..5_000).map(id).filter(|&id| Phase::of(id).falls(EVERY, short.0 - 1, short.1 - 1)).collect();
        let again = between(short.1, short.1 + EVERY / 2);
        assert!(missed.len() > 50 && missed.is_subset(&again));
        assert_eq!(between(long.1, long.1 + EVERY / 2).len(), 5_000);
        let mut tenths = [0; 80];
        turns.iter().for_each(|turn| tenths[((turn.due - 1) * 10 / EVERY) as usize] += 1);
        assert!(tenths.iter().all(|&count| count <= 2 * 550), "{tenths:?}");
    }

    #[test]
    fn a_turn_that_came_to_nothing_is_no_sooner_again_where_turns_are_frequent() {
        let mut agenda = Agenda::default();
        agenda.plan(id(1), vec![1_000, 60_000], 0);
        let both = loop {
            let at = agenda.next().unwrap();
            let turn = agenda.take(at).unwrap();
            if turn.rhythms.len() == 2 {
                agenda.missed(&turn, at);
                break turn;
            }
        };
        assert_eq!(agenda.next(), Some(both.due + 1_000));
        assert_eq!(
            agenda.take(both.due + 1_000).unwrap().rhythms,
            both.rhythms,
            "the seldom one is not left out"
        );
        assert_eq!(agenda.take(both.due + 2_000).unwrap().rhythms, [1_000]);
    }

    proptest! {
        /// However often nobody can be polled, and for however long: of no SmartServer more than two turns
        /// are used within an interval, and all are polled again within one.
        #[test]
        fn what_was_missed_is_made_up_for_at_no_more_than_twice_the_rate(
            every in 10_000u64..400_000, times in prop::collection::vec((0u64..1_000_000, 1u64..800_000), 1..6),
        ) {
            let mut agenda = Agenda::default();
            (0..9).for_each(|n| agenda.plan(id(n), vec![every], 0));
            let outages: Vec<_> = times.iter().map(|(from, took)| (*from, from + took)).collect();
            let back = outages.iter().map(|(_, to)| *to).max().unwrap_or_default();
            let turns = run_with_outages(&mut agenda, &outages, back + every);
            for n in 0..9 {
                let used: Vec<_> = turns.iter().filter(|turn| turn.id == id(n)).map(|turn| turn.due).collect();
                prop_assert!(used.windows(3).all(|three| three[2] - three[0] >= every), "{:?}", used);
                prop_assert!(used.iter().any(|&at| at >= back), "{:?}", used);
            }
        }

        /// Whenever turns are looked at: there is one for whom it is due, none for whom it is not, and the next
        /// is within an interval.
        #[test]
        fn missed_beats_are_made_up_for_once(
            rhythms in prop::collection::vec(1_000u64..100_000, 1..5), looks in prop::collection::vec(1u64..300_000, 1..30),
        ) {
            let mut agenda = Agenda::default();
            agenda.plan(id(7), rhythms.clone(), 0);
            let phase = Phase::of(id(7));
            let shortest = *rhythms.iter().min().unwrap();
            let (mut now, mut before) = (0, 0);
            for pause in looks {
                now += pause;
                let is_due = agenda.next().unwrap() <= now;
                let missed: Vec<_> = rhythms.iter().copied().filter(|&every| phase.falls(every, before, now)).collect();
                let turn = agenda.take(now);
                prop_assert_eq!(turn.is_some(), is_due);
                if let Some(turn) = turn {
                    prop_assert_eq!(&turn.rhythms, &missed, "all since the last turn that was on time");
                    prop_assert_eq!(agenda.take(now), None, "one turn, however late");
                    before = if turn.is_late { before } else { now };
                }
                prop_assert!(agenda.next().unwrap() <= now + shortest);
            }
        }
    }
}
