use proptest::prelude::*;

use super::{Mark, Pager, Positions, Seen, Step, fingerprint};

/// A log as a SmartServer keeps it.
#[derive(Debug, Clone, Default)]
struct Log {
    entries: Vec<Seen>,
    /// Position of the first entry.
    base: usize,
    /// Most entries of an answer, whatever is asked for.
    most: Option<usize>,
    next: u64,
    clock: i64,
}

impl Log {
    fn append(&mut self, after_ms: i64) {
        self.clock += after_ms;
        self.next += 1;
        self.entries.push(Seen { at: Some(self.clock), print: self.next });
    }

    fn answer(&self, from: Option<i64>, positions: Positions) -> Vec<Seen> {
        let matching = self.entries.iter().filter(|seen| from.is_none_or(|from| seen.at.unwrap() >= from));
        let (low, high) = match positions {
            Positions::First(count) => (0, count),
            Positions::Range(low, high) => (low, high),
        };
        let position = |place: usize| place + self.base;
        let asked = matching.enumerate().filter(|(n, _)| (low..=high).contains(&position(*n)));
        asked.map(|(_, seen)| *seen).take(self.most.unwrap_or(usize::MAX)).collect()
    }

    fn first(&self) -> Option<i64> {
        self.entries.first().and_then(|seen| seen.at)
    }

    fn last(&self) -> Option<i64> {
        self.entries.last().and_then(|seen| seen.at)
    }

    /// What was never given though it was not dropped.
    fn missing(&self, given: &[u64]) -> Vec<u64> {
        self.entries.iter().map(|seen| seen.print).filter(|print| !given.contains(print)).collect()
    }
}

/// What happens to the log between two messages.
#[derive(Debug, Clone)]
struct Meanwhile {
    appended: Vec<i64>,
    dropped: usize,
    vanishing: Vec<usize>,
}

impl Step {
    fn places(self) -> Vec<usize> {
        match self {
            Step::New { places, .. } => places,
            _ => Vec::new(),
        }
    }
}

struct Read {
    given: Vec<u64>,
    gap: bool,
    messages: usize,
    log: Log,
    /// What was dropped before it was given.
    lost: Vec<u64>,
    /// Whether that was so before anything was given: reading had not begun.
    unseen: bool,
}

/// Reads the log to its end, through a cursor after every message.
fn read(mut log: Log, size: usize, want: usize, mut script: Vec<Meanwhile>) -> Read {
    let (mut mark, mut given, mut gap, mut messages) = (None::<Mark>, Vec::new(), false, 0);
    let (mut lost, mut unseen) = (Vec::new(), false);
    let mut pager = Pager::new(None, size);
    loop {
        messages += 1;
        assert!(messages < 10_000, "it never ends");
        let answer = log.answer(pager.from(), pager.positions());
        let step = pager.take(&answer, log.first(), want);
        gap |= pager.gap;
        match step {
            Step::Astray => panic!("astray"),
            Step::Again => {}
            Step::New { places, was_last } => {
                given.extend(places.iter().map(|place| answer[*place].print));
                let is_end = was_last && (places.is_empty() || pager.from() >= log.last());
                if is_end && script.is_empty() {
                    pager.conclude(Some(log.entries.len() as u64), log.last());
                    gap |= pager.gap;
                    return Read { given, gap, messages, log, lost, unseen };
                }
                if let Some(now) = pager.into_mark() {
                    let text = serde_json::to_string(&now).unwrap();
                    // An empty page after everything vanished leaves nothing to go on from but the old.
                    mark = Some(serde_json::from_str::<Mark>(&text).unwrap()).filter(Mark::is_sound).or(mark);
                }
                pager = Pager::new(mark.clone(), size);
            }
        }
        if let Some(now) = script.pop() {
            now.appended.iter().for_each(|after| log.append(*after));
            let dropped = log.entries.drain(..now.dropped.min(log.entries.len())).collect::<Vec<_>>();
            lost.extend(dropped.iter().map(|seen| seen.print).filter(|print| !given.contains(print)));
            unseen |= given.is_empty() && !lost.is_empty();
            for place in now.vanishing {
                if place < log.entries.len() {
                    let gone = log.entries.remove(place).print;
                    lost.extend((!given.contains(&gone)).then_some(gone));
                }
            }
        }
    }
}

fn log(times: &[i64], base: usize) -> Log {
    let mut log = Log { base, ..Log::default() };
    times.iter().for_each(|after| log.append(*after));
    log
}

fn steps() -> impl Strategy<Value = Vec<i64>> {
    let step = prop_oneof![4 => Just(0_i64), 2 => Just(1), 1 => 2..1000_i64];
    prop_oneof![prop::collection::vec(step, 0..300), prop::collection::vec(Just(0), 0..300)]
}

fn few_steps() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![Just(0_i64), Just(1)], 0..12)
}

fn arrivals() -> impl Strategy<Value = Vec<Meanwhile>> {
    let some = few_steps().prop_map(|appended| Meanwhile { appended, dropped: 0, vanishing: vec![] });
    prop::collection::vec(some, 0..12)
}

fn drops() -> impl Strategy<Value = Vec<Meanwhile>> {
    let dropped = prop_oneof![4 => 0..4_usize, 1 => 0..60_usize];
    let some = (few_steps(), dropped).prop_map(|(appended, dropped)| Meanwhile {
        appended,
        dropped,
        vanishing: vec![],
    });
    prop::collection::vec(some, 0..12)
}

fn vanishings() -> impl Strategy<Value = Vec<Meanwhile>> {
    let some = (few_steps(), prop::collection::vec(0..300_usize, 0..3))
        .prop_map(|(appended, vanishing)| Meanwhile { appended, dropped: 0, vanishing });
    prop::collection::vec(some, 0..12)
}

fn is_ascending(given: &[u64]) -> bool {
    given.windows(2).all(|pair| pair[0] < pair[1])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn every_entry_comes_once_and_in_order(
        times in steps(), base in 0..2_usize, size in 1..60_usize, want in 1..60_usize, script in arrivals(),
    ) {
        let read = read(log(&times, base), size, want, script);
        let all: Vec<_> = read.log.entries.iter().map(|seen| seen.print).collect();
        prop_assert_eq!(read.given, all);
        prop_assert!(!read.gap);
    }

    #[test]
    fn what_is_dropped_meanwhile_is_never_lost_in_silence(
        times in steps(), base in 0..2_usize, size in 1..60_usize, want in 1..60_usize, script in drops(),
    ) {
        let read = read(log(&times, base), size, want, script);
        prop_assert!(is_ascending(&read.given), "{:?}", read.given);
        let missing: Vec<_> = (1..=read.log.next).filter(|print| !read.given.contains(print)).collect();
        prop_assert!(missing.iter().all(|print| read.lost.contains(print)), "{missing:?}");
        prop_assert!(missing.is_empty() || read.gap || read.unseen, "{missing:?}");
    }

    #[test]
    fn what_vanishes_in_between_costs_nothing_else(
        times in prop::collection::vec(1..5_i64, 0..200), base in 0..2_usize, size in 1..60_usize,
        want in 1..60_usize, script in vanishings(),
    ) {
        let script: Vec<_> = script
            .into_iter()
            .map(|some| Meanwhile { appended: some.appended.iter().map(|after| after + 1).collect(), ..some })
            .collect();
        let read = read(log(&times, base), size, want, script);
        prop_assert!(is_ascending(&read.given));
        let missing: Vec<_> = (1..=read.log.next).filter(|print| !read.given.contains(print)).collect();
        prop_assert!(missing.iter().all(|print| read.lost.contains(print)), "{missing:?}");
    }

    #[test]
    fn a_clock_set_back_is_never_silent(
        times in prop::collection::vec(prop_oneof![3 => 0..5_i64, 1 => -200..0_i64], 0..200),
        base in 0..2_usize, size in 1..60_usize, want in 1..60_usize, script in arrivals(),
    ) {
        let read = read(log(&times, base), size, want, script);
        prop_assert!(is_ascending(&read.given), "{:?}", read.given);
        prop_assert!(read.gap || read.log.missing(&read.given).is_empty());
    }

    #[test]
    fn answers_cut_short_are_never_silent(
        times in steps(), base in 0..2_usize, most in 1..60_usize, want in 1..60_usize, script in arrivals(),
    ) {
        let log = Log { most: Some(most), ..log(&times, base) };
        let read = read(log, 50, want, script);
        prop_assert!(is_ascending(&read.given), "{:?}", read.given);
        prop_assert!(read.gap || read.log.missing(&read.given).is_empty());
    }

    #[test]
    fn a_cursor_from_elsewhere_harms_nobody(
        at in prop_oneof![0..300_i64, any::<i64>()], given in 8..1_000_000_usize,
        tail in prop::collection::vec(0..300_u64, 1..=8), start in prop::option::of(0..2_u8),
        times in steps(), base in 0..2_usize,
    ) {
        let mark = Mark { at, given, tail, count: 0, base: start };
        prop_assert!(mark.is_sound());
        let log = log(&times, base);
        let mut pager = Pager::new(Some(mark), 50);
        for _ in 0..10 {
            let answer = log.answer(pager.from(), pager.positions());
            let _ = pager.take(&answer, log.first(), 50);
        }
    }
}

#[test]
fn entries_that_are_alike_are_all_given() {
    for base in [0, 1] {
        for count in [1, 15, 50, 51, 52, 300] {
            let mut log = log(&vec![0; count], base);
            log.entries.iter_mut().for_each(|seen| seen.print = 7);
            let read = read(log, 50, 45, vec![]);
            assert_eq!((read.given.len(), read.gap), (count, false), "{base} {count}");
        }
    }
}

#[test]
fn a_log_of_distinct_times_takes_one_message_a_page_and_no_other() {
    for base in [0, 1] {
        let read = read(log(&[1; 490], base), 50, 50, vec![]);
        assert_eq!((read.given.len(), read.messages), (490, 10), "{base}");
    }
}

#[test]
fn a_log_that_was_cleared_meanwhile_tells_of_a_gap() {
    let cleared = Meanwhile { appended: vec![5, 0, 0], dropped: 80, vanishing: vec![] };
    let read = read(log(&[1; 80], 1), 50, 50, vec![cleared]);
    assert!(read.gap);
    assert_eq!(read.given, (1..=50).chain(81..=83).collect::<Vec<_>>());
}

#[test]
fn a_clock_set_back_is_told_and_the_end_is_reached() {
    let read = read(log(&[10, 10, 10, -15, 1, 20], 1), 50, 50, vec![]);
    assert!(read.gap);
    assert_eq!(read.given, [1, 2, 3, 4, 5, 6]);
    let times: Vec<_> = (0..400).map(|n| if n == 200 { -150 } else { 1 }).collect();
    let read = self::read(log(&times, 1), 50, 50, vec![]);
    assert!(read.given.len() >= 200 && read.messages < 30);
}

#[test]
fn a_clock_set_back_between_two_answers_is_told() {
    let times: Vec<_> = (0..120).map(|n| if n == 50 { -40 } else { 1 }).collect();
    let read = read(log(&times, 1), 50, 50, vec![]);
    assert!(read.gap, "{} of 120 given", read.given.len());
    let mut pager = Pager::new(None, 50);
    assert_eq!(pager.take(&[Seen { at: Some(5_000), print: 1 }], None, 50).places(), [0]);
    pager.conclude(None, Some(4_500));
    assert!(!pager.gap, "told in whole seconds");
    pager.conclude(None, Some(3_500));
    assert!(pager.gap);
}

#[test]
fn an_answer_that_disregards_the_time_is_no_end() {
    let mark = Mark { at: 1000, given: 1, tail: vec![1], count: 1, base: None };
    let answer = [Seen { at: Some(5), print: 9 }];
    assert_eq!(Pager::new(Some(mark), 50).take(&answer, None, 50), Step::Astray);
}

#[test]
fn fingerprints_tell_parts_apart() {
    assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
}
