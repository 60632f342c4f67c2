//! Which SmartServer's turn comes next: pure, in milliseconds since 1970. Costs nothing while nobody's turn
//! has come.

use std::collections::{BTreeSet, HashMap};

use super::beat::Phase;
use crate::domain::SmartServerId;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) id: SmartServerId,
    /// When it came.
    pub(super) due: u64,
    /// Intervals whose points are due.
    pub(super) rhythms: Vec<u64>,
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

    /// Takes a turn that has come. Beats that were missed meanwhile are made up for by one turn.
    pub(super) fn take(&mut self, now: u64) -> Option<Turn> {
        let (due, id) = *self.turns.first().filter(|(at, _)| *at <= now)?;
        self.turns.pop_first();
        let planned = self.planned.get_mut(&id)?;
        let phase = Phase::of(id);
        let rhythms = planned.rhythms.iter().filter(|&&every| phase.falls(every, planned.since, now));
        let turn = Turn { id, due, rhythms: rhythms.copied().collect() };
        planned.since = now;
        planned.at = next(id, &planned.rhythms, now)?;
        self.turns.insert((planned.at, id));
        Some(turn)
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

    proptest! {
        /// However late turns are taken: each is of somebody who is due, and the next is within an interval.
        #[test]
        fn missed_beats_are_made_up_for_once(
            rhythms in prop::collection::vec(1_000u64..100_000, 1..5), looks in prop::collection::vec(1u64..300_000, 1..30),
        ) {
            let mut agenda = Agenda::default();
            agenda.plan(id(7), rhythms.clone(), 0);
            let shortest = *rhythms.iter().min().unwrap();
            let (mut now, mut before) = (0, 0);
            for pause in looks {
                now += pause;
                let is_due = rhythms.iter().any(|&every| Phase::of(id(7)).falls(every, before, now));
                let turn = agenda.take(now);
                prop_assert_eq!(turn.is_some(), is_due);
                if let Some(turn) = turn {
                    prop_assert!(turn.due > before && turn.due <= now && !turn.rhythms.is_empty());
                    prop_assert_eq!(agenda.take(now), None, "one turn, however late");
                    before = now;
                }
                prop_assert!(agenda.next().unwrap() <= now.max(before) + shortest);
            }
        }
    }
}
