//! Ring and resumption against a model: whoever comes back with the id of what it got last is told the rest
//! once and in order, or what is missing.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;

use super::id::{After, EventId};
use super::queue::Queue;
use super::resume::{Loss, Start, start};
use super::ring::{Mark, Ring};
use crate::domain::{Event, EventKind, Happening, IdentityId, SessionState};

const RUN: &str = "a1";

/// Number `n` of a kind of event; which kind, only the journal's id tells.
fn happening(n: u64) -> Happening {
    let at = Timestamp::from_second(n as i64).unwrap();
    let event = Event::Session { identity_id: IdentityId::new(), state: SessionState::Online };
    Happening { at, event, about: Vec::new() }
}

fn number(happening: &Happening) -> u64 {
    happening.at.as_second() as u64
}

/// The gateway as far as it concerns a listener.
struct World {
    ring: Ring,
    run: u32,
    capacity: usize,
    /// What the journal holds: numbers by id, which begins with 1.
    journal: Vec<u64>,
    readings: u64,
}

#[derive(Debug, Default)]
struct Heard {
    journal: Vec<u64>,
    readings: Vec<u64>,
    /// Number of the reading before which each gap was told.
    gaps: usize,
    last: Option<EventId>,
}

#[derive(Debug, Clone)]
enum Step {
    Reading,
    Journal,
    Restart,
    /// Take so many events, then lose the connection after as many of them as given second.
    Hear(usize, usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Reading),
        3 => Just(Step::Journal),
        1 => Just(Step::Restart),
        4 => (1..12usize, 0..12usize).prop_map(|(looked, got)| Step::Hear(looked, got)),
    ];
    vec(step, 1..80)
}

impl World {
    fn new(capacity: usize) -> World {
        World { ring: Ring::new(capacity, 0), run: 0, capacity, journal: Vec::new(), readings: 0 }
    }

    fn run_name(&self) -> String {
        format!("run{}", self.run)
    }

    fn step(&mut self, step: &Step, heard: &mut Heard) {
        match step {
            Step::Reading => {
                self.readings += 1;
                self.ring.push(happening(self.readings), None, None);
            }
            Step::Journal => {
                let n = self.journal.len() as u64 + 1;
                self.journal.push(n);
                self.ring.push(happening(n), None, Some(n as i64));
            }
            Step::Restart => {
                self.run += 1;
                self.ring = Ring::new(self.capacity, self.journal.len() as i64);
            }
            Step::Hear(looked, got) => self.hear(*looked, *got, heard),
        }
    }

    /// One connection: comes back with the last id and gets `got` blocks at most.
    fn hear(&self, looked: usize, got: usize, heard: &mut Heard) {
        let after = heard.last.clone().map_or(After::Unreadable, After::Event);
        let begin = start(&self.ring, &self.run_name(), &after);
        for (mark, what) in self.blocks(begin, looked).into_iter().take(got) {
            match what {
                Block::Gap => heard.gaps += 1,
                Block::Journal(n) => heard.journal.push(n),
                Block::Reading(n) => heard.readings.push(n),
            }
            heard.last = Some(EventId { mark, run: self.run_name() });
        }
    }

    fn blocks(&self, begin: Start, looked: usize) -> Vec<(Mark, Block)> {
        let mut blocks = Vec::new();
        if begin.lost.is_some() {
            blocks.push((Mark { journal: begin.journal, ..begin.live }, Block::Gap));
        }
        for id in begin.journal + 1..=begin.live.journal {
            blocks.push((Mark { journal: id, ..begin.live }, Block::Journal(self.journal[id as usize - 1])));
        }
        let mut seen = begin.live;
        while let Some(found) = self.ring.after(seen, looked, |_| true)
            && found.upto != seen
        {
            for told in found.told {
                let is_journal = told.mark.journal > seen.journal;
                let n = number(&told);
                blocks.push((told.mark, if is_journal { Block::Journal(n) } else { Block::Reading(n) }));
                seen = told.mark;
            }
        }
        blocks
    }
}

enum Block {
    Gap,
    Journal(u64),
    Reading(u64),
}

/// Whether numbers rise by one each.
fn is_whole(numbers: &[u64]) -> bool {
    numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

proptest! {
    #[test]
    fn nothing_is_missing_and_nothing_comes_twice(steps in steps(), capacity in 3..40usize) {
        let (mut world, mut heard) = (World::new(capacity), Heard::default());
        // The first connection begins at the beginning.
        heard.last = Some(EventId { mark: Mark { journal: 0, ring: 0 }, run: world.run_name() });
        for step in &steps {
            world.step(step, &mut heard);
        }
        let rest = Step::Hear(7, usize::MAX);
        world.step(&rest, &mut heard);
        prop_assert_eq!(&heard.journal, &world.journal, "the journal is told whole, whatever happens");
        let rising = heard.readings.windows(2).all(|pair| pair[0] < pair[1]);
        prop_assert!(rising, "no reading comes twice: {:?}", heard.readings);
        if heard.gaps == 0 {
            prop_assert!(is_whole(&heard.readings) && heard.readings.len() as u64 == world.readings, "{:?}", heard.readings);
        }
        // What is missing was never kept back without a gap: as many holes as gaps at most.
        let holes = [vec![0], heard.readings.clone(), vec![world.readings + 1]].concat();
        let holes = holes.windows(2).filter(|pair| pair[1] > pair[0] + 1).count();
        prop_assert!(holes <= heard.gaps, "{holes} holes, {} gaps", heard.gaps);
    }

    #[test]
    fn no_id_is_answered_with_less_than_a_gap_or_a_whole_rest(
        steps in steps(), capacity in 3..40usize, journal in 0..60i64, ring in 0..90u64, same_run: bool,
    ) {
        let (mut world, mut nobody) = (World::new(capacity), Heard::default());
        for step in steps.iter().filter(|step| !matches!(step, Step::Hear(..))) {
            world.step(step, &mut nobody);
        }
        let run = if same_run { world.run_name() } else { RUN.to_owned() };
        let begin = start(&world.ring, &world.run_name(), &After::Event(EventId { mark: Mark { journal, ring }, run }));
        let head = world.ring.head();
        prop_assert!(begin.journal <= begin.live.journal && begin.live.ring <= head.ring);
        prop_assert!(world.ring.mark_at(begin.live.ring) == Some(begin.live));
        if begin.lost.is_none() {
            prop_assert!(same_run && begin.live.ring == ring && begin.journal == journal);
        } else {
            prop_assert_eq!(begin.live, head);
        }
    }
}

fn ring_of(capacity: usize, readings: u64) -> Ring {
    let mut ring = Ring::new(capacity, 9);
    for n in 1..=readings {
        ring.push(happening(n), None, None);
    }
    ring
}

fn begin(ring: &Ring, id: &str) -> Start {
    start(ring, RUN, &After::from_text(Some(id)))
}

#[test]
fn each_way_to_be_late_has_its_reason() {
    let ring = ring_of(4, 10);
    let head = Mark { journal: 9, ring: 10 };
    for (id, journal, lost) in [
        ("9-5-a1", 9, Some(Loss::Overrun)),
        ("7-9-b2", 7, Some(Loss::Restarted)),
        ("7-99-b2", 7, Some(Loss::Restarted)),
        ("10-9-b2", 9, Some(Loss::Foreign)),
        ("9-11-a1", 9, Some(Loss::Foreign)),
        ("nonsense", 9, Some(Loss::Foreign)),
        ("", 9, None),
    ] {
        assert_eq!(begin(&ring, id), Start { journal, live: head, lost }, "{id}");
    }
    // The last place from which all is there, and one in the middle of a replay.
    assert_eq!(begin(&ring, "9-6-a1"), Start { journal: 9, live: Mark { journal: 9, ring: 6 }, lost: None });
    assert_eq!(begin(&ring, "3-8-a1"), Start { journal: 3, live: Mark { journal: 9, ring: 8 }, lost: None });
}

#[test]
fn a_ring_that_was_overrun_says_so() {
    let ring = ring_of(4, 10);
    let from = |place| Mark { journal: 9, ring: place };
    assert!(ring.after(from(5), 100, |_| true).is_none());
    assert_eq!(ring.after(from(6), 100, |_| true).unwrap().told.len(), 4);
    assert_eq!(ring.after(from(6), 3, |_| false).unwrap().upto, from(9), "what is not wanted is passed over");
    assert_eq!(ring.after(from(10), 3, |_| true).unwrap().upto, from(10));
}

#[test]
fn the_oldest_are_lost_and_a_gap_is_told_before_the_rest() {
    let queue = Queue::new(3);
    for n in 1..=5 {
        queue.push(happening(n));
    }
    assert_eq!(queue.backlog(), (3, Some(Timestamp::from_second(3).unwrap())));
    let taken = queue.take(2);
    let Event::Gap { kinds, since, .. } = &taken[0].event else { panic!("{taken:?}") };
    assert_eq!((kinds.as_slice(), since.unwrap().as_second()), ([EventKind::Session].as_slice(), 1));
    assert_eq!(taken[1..].iter().map(number).collect::<Vec<_>>(), [3, 4]);
    queue.done();
    assert_eq!(queue.take(2).iter().map(number).collect::<Vec<_>>(), [5], "a gap is told once");
}

#[test]
fn what_is_lost_in_hand_is_in_the_next_gap() {
    let queue = Queue::new(3);
    queue.push(happening(1));
    let taken = queue.take(9);
    queue.push(happening(2));
    queue.lose(&taken);
    let again = queue.take(9);
    let Event::Gap { since, .. } = &again[0].event else { panic!("{again:?}") };
    assert_eq!((since.unwrap().as_second(), again.len()), (1, 2));
    queue.lose(&again);
    let Event::Gap { kinds, .. } = &queue.take(9)[0].event else { panic!("no gap") };
    assert_eq!(kinds.as_slice(), [EventKind::Session], "a gap that is lost is not forgotten");
}
