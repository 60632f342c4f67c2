use std::collections::BTreeMap;

use jid::Jid;
use proptest::prelude::*;
use tokio::time::Instant;

use super::{MOST_STANZAS, Outbox, Outgoing};

fn to(addressee: &str, xml: String) -> Outgoing {
    Outgoing::unattended(xml).to(&Jid::new(addressee).unwrap())
}

fn outbox(sizes: &[usize]) -> Outbox {
    let mut outbox = Outbox::default();
    for size in sizes {
        outbox.push(Outgoing::unattended("x".repeat(*size)));
    }
    outbox
}

fn sizes(batch: &[Outgoing]) -> Vec<usize> {
    batch.iter().map(|s| s.xml.len()).collect()
}

fn batch(outbox: &mut Outbox, most: usize) -> Vec<Outgoing> {
    outbox.batch(Instant::now(), most, 100)
}

#[test]
fn a_batch_is_bounded_by_number_and_size() {
    let mut outbox = outbox(&[10, 20, 30, 40, 500, 1]);
    assert_eq!(sizes(&batch(&mut outbox, 2)), [10, 20]);
    assert_eq!(sizes(&batch(&mut outbox, 9)), [30, 40]);
    assert_eq!(sizes(&batch(&mut outbox, 9)), [500]);
    assert_eq!(sizes(&batch(&mut outbox, 9)), [1]);
    assert!(batch(&mut outbox, 9).is_empty());
    assert_eq!((outbox.len, outbox.bytes), (0, 0));
}

#[test]
fn what_was_withdrawn_is_not_sent() {
    let mut outbox = Outbox::default();
    let stanzas: Vec<_> = [1, 2, 3].map(|size| Outgoing::unattended("x".repeat(size))).into();
    stanzas.iter().for_each(|stanza| outbox.push(stanza.clone()));
    stanzas[0].fate.withdraw();
    stanzas[1].fate.withdraw();
    assert_eq!(sizes(&batch(&mut outbox, 2)), [3]);
    assert!(outbox.is_empty());
    assert!(outbox.lanes.is_empty() && outbox.turns.is_empty());
}

#[test]
fn what_is_put_back_comes_first() {
    let mut outbox = outbox(&[1, 2, 3]);
    let first = batch(&mut outbox, 2);
    first.iter().for_each(|s| s.fate.unpost());
    outbox.put_back(first);
    assert_eq!(sizes(&batch(&mut outbox, 9)), [1, 2, 3]);
}

#[test]
fn thousands_for_one_delay_another_by_one_stanza() {
    let mut outbox = Outbox::default();
    for n in 0..10_000 {
        outbox.push(to("busy@a/b", format!("busy {n}")));
    }
    batch(&mut outbox, 5);
    outbox.push(to("quiet@a/b", "quiet 0".into()));
    outbox.push(to("quiet@a/b", "quiet 1".into()));
    let stanzas = batch(&mut outbox, 5);
    let xml: Vec<&str> = stanzas.iter().map(|stanza| &*stanza.xml).collect();
    assert_eq!(xml, ["busy 5", "quiet 0", "busy 6", "quiet 1", "busy 7"]);
}

#[test]
fn withdrawn_stanzas_do_not_keep_it_full_for_ever() {
    let mut outbox = Outbox::default();
    let stanzas: Vec<_> = (0..MOST_STANZAS).map(|n| to(&format!("u{}@a/b", n % 7), "x".into())).collect();
    stanzas.iter().for_each(|stanza| outbox.push(stanza.clone()));
    outbox.purge();
    assert!(outbox.is_full());
    stanzas.iter().take(MOST_STANZAS - 3).for_each(|stanza| assert!(stanza.fate.withdraw()));
    let refusals = (0..MOST_STANZAS).take_while(|_| {
        outbox.purge();
        outbox.is_full()
    });
    assert!(refusals.count() <= MOST_STANZAS / 4);
    assert_eq!((outbox.len(), outbox.bytes), (3, 3));
    assert_eq!(batch(&mut outbox, 9).len(), 3);
}

#[derive(Debug, Clone)]
enum Step {
    Push(usize),
    Batch(usize),
    /// A batch of two or more that the server refuses: its first half is sent instead.
    Refused(usize),
    Withdraw(usize),
    Purge,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0usize..6).prop_map(Step::Push),
        3 => (1usize..9).prop_map(Step::Batch),
        1 => (2usize..9).prop_map(Step::Refused),
        1 => (0usize..100).prop_map(Step::Withdraw),
        1 => Just(Step::Purge),
    ]
}

/// Number, stanza, and how many of each other addressee were sent while it was the first of its own.
type Waiting = (usize, Outgoing, BTreeMap<String, usize>);

/// What was pushed and has not been sent.
#[derive(Default)]
struct Model {
    /// By addressee.
    waiting: BTreeMap<String, Vec<Waiting>>,
    pushed: usize,
}

impl Model {
    fn push(&mut self, addressee: usize) -> Outgoing {
        let name = format!("u{addressee}@a/b");
        let xml = format!("{name} {}", self.pushed);
        let stanza = if addressee == 0 { Outgoing::unattended(xml) } else { to(&name, xml) };
        self.waiting.entry(name).or_default().push((self.pushed, stanza.clone(), BTreeMap::new()));
        self.pushed += 1;
        stanza
    }

    /// Checks what was sent: it waited, it is the first of its addressee, and nobody was let in
    /// before it more often than once for each stanza of its own.
    fn sent(&mut self, stanza: &Outgoing, put_back: usize) {
        let (name, number) = stanza.xml.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        let lane = self.waiting.get_mut(name).unwrap();
        lane.retain(|(other, stanza, _)| *other == number || !stanza.fate.is_withdrawn());
        assert_eq!(lane.first().map(|(first, ..)| *first), Some(number), "in order, and once");
        let (_, _, overtaken_by) = lane.remove(0);
        let most = overtaken_by.values().max().copied().unwrap_or(0);
        assert!(most <= 1 + put_back, "{name} waited while {overtaken_by:?} were sent");
        for (other, lane) in self.waiting.iter_mut().filter(|(other, _)| *other != name) {
            // Only who is first of its addressee waits for others.
            if let Some((_, _, overtaken_by)) = lane.iter_mut().find(|(_, s, _)| !s.fate.is_withdrawn()) {
                *overtaken_by.entry(name.to_owned()).or_default() += 1;
            }
            assert_ne!(other, name);
        }
    }

    fn live(&self) -> usize {
        self.waiting.values().flatten().filter(|(_, stanza, _)| !stanza.fate.is_withdrawn()).count()
    }
}

proptest! {
    /// Whatever is pushed, withdrawn and refused: nothing is lost or doubled, the order of each
    /// addressee is kept, and between two stanzas of one, each other has its turn at most once.
    #[test]
    fn it_is_fair_and_loses_nothing(steps in prop::collection::vec(step(), 1..200)) {
        let (mut outbox, mut model) = (Outbox::default(), Model::default());
        let mut put_back = 0;
        let now = Instant::now();
        let steps = steps.into_iter().chain(std::iter::repeat_n(Step::Batch(8), 200));
        for step in steps {
            match step {
                Step::Push(addressee) => {
                    let stanza = model.push(addressee);
                    outbox.push(stanza);
                }
                Step::Batch(most) => {
                    let batch = outbox.batch(now, most, usize::MAX);
                    prop_assert!(batch.len() <= most);
                    prop_assert!(batch.len() == most || outbox.is_empty());
                    batch.iter().for_each(|stanza| model.sent(stanza, put_back));
                }
                Step::Refused(most) => {
                    let mut first = outbox.batch(now, most, usize::MAX);
                    first.iter().for_each(|stanza| stanza.fate.unpost());
                    put_back += first.len();
                    let rest = first.split_off(first.len() / 2);
                    outbox.put_back(rest);
                    let count = first.len();
                    outbox.put_back(first);
                    if count > 0 {
                        outbox.batch(now, count, usize::MAX).iter().for_each(|s| model.sent(s, put_back));
                    }
                }
                Step::Withdraw(nth) => {
                    let waiting: Vec<_> = model.waiting.values().flatten().collect();
                    if let Some((_, stanza, _)) = waiting.get(nth) {
                        prop_assert!(stanza.fate.withdraw());
                    }
                }
                Step::Purge => outbox.purge(),
            }
            prop_assert!(outbox.len() >= model.live());
        }
        prop_assert!(outbox.is_empty());
        prop_assert_eq!(model.live(), 0);
        prop_assert_eq!((outbox.len, outbox.bytes, outbox.lanes.len(), outbox.turns.len()), (0, 0, 0, 0));
    }
}
