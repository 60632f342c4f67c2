use jid::FullJid;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::super::health::Tracker;
use super::super::lane::Lane;
use super::*;
use crate::domain::{DataPoint, IdentityId, ItemFault, SmartServer, SmartServerId, Source, Value};

const LIMITS: BatchLimits = BatchLimits { items: 3, bytes: usize::MAX, answer_bytes: 0 };
const MINUTE: u64 = 60_000;

fn points(count: usize) -> Vec<Point> {
    let jid: FullJid = "a@b/c".parse().unwrap();
    let info = SmartServer {
        id: SmartServerId::new(),
        key: "a".into(),
        identity_id: IdentityId::new(),
        jid,
        name: "a".into(),
        site: None,
        time_zone: None,
        tags: Vec::new(),
        inventory_at: None,
        created_at: Timestamp::UNIX_EPOCH,
    };
    let unit =
        Arc::new(Unit::new(info, crate::gateway::Inventory::new(), Lane::new(1, 10), Tracker::default()));
    let point = |n: usize| {
        let data = DataPoint {
            id: DataPointId::new(),
            smartserver_id: unit.id,
            name: format!("net/{n}").parse().unwrap(),
            alias: None,
            description: None,
            format: None,
            unit: None,
            direction: None,
            presets: Vec::new(),
            configured_at: None,
        };
        Point { unit: Arc::clone(&unit), data: Arc::new(data) }
    };
    (0..count).map(point).collect()
}

fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn wants(rank: Rank, max_age: u64) -> Freshness {
    Freshness {
        max_age: Duration::from_millis(max_age),
        asked_at: now(),
        deadline: Instant::now() + Duration::from_secs(30),
        rank,
    }
}

fn read(point: &Point, age: u64, seconds_later: i64) -> Arc<Reading> {
    Arc::new(Reading {
        data_point_id: point.data.id,
        value: Value::Null,
        preset: None,
        raw: String::new(),
        unit: None,
        format: None,
        status: None,
        priority: None,
        never_read: false,
        observed_at: None,
        received_at: now() + SignedDuration::from_secs(seconds_later),
        age_at_receipt: Some(Duration::from_millis(age)),
        source: Source::Read,
        fault: None,
    })
}

/// A message of what the cache, which is empty, cannot serve.
fn message(desk: &Desk, forced_polls: u32) -> Option<Message> {
    desk.compose(&Terms { cached: |_: &Point| None, limits: LIMITS, forced_polls }, Instant::now())
}

fn names(message: &Message) -> Vec<&str> {
    message.items.iter().map(|item| item.point.data.name.as_str()).collect()
}

fn join<'a>(desk: &'a Desk, points: &[Point], freshness: Freshness) -> Ticket<'a> {
    desk.join(points.to_vec(), freshness, 100, LIMITS.items).unwrap().0
}

/// Answers a message as a SmartServer that keeps to the ages.
fn answer(desk: &Desk, message: Message, seconds_later: i64) {
    let age = |item: &Item| item.max_age.as_millis() as u64;
    let told: Vec<_> =
        message.items.iter().map(|item| Ok(read(&item.point, age(item), seconds_later))).collect();
    desk.answered(message.items, told);
}

fn is_done(ticket: &mut Ticket<'_>) -> bool {
    ticket.done.try_recv().is_ok()
}

#[tokio::test]
async fn reads_go_before_polls_and_a_message_is_filled_up_with_those() {
    let (desk, points) = (Desk::default(), points(7));
    let mut poll = join(&desk, &points[..4], wants(Rank::Poll, MINUTE));
    let mut one = join(&desk, &points[4..6], wants(Rank::Read, MINUTE));
    assert_eq!(desk.rank(), Some(Rank::Read));
    let first = message(&desk, 0).unwrap();
    assert_eq!(names(&first), ["net/4", "net/5", "net/0"]);
    assert_eq!([first.items[0].rank, first.items[2].rank], [Rank::Read, Rank::Poll]);
    let mut other = join(&desk, &points[2..3], wants(Rank::Read, MINUTE));
    answer(&desk, first, 1);
    assert!(is_done(&mut one) && !is_done(&mut poll) && !is_done(&mut other));
    assert_eq!(desk.rank(), Some(Rank::Read), "one of the polled points is read for somebody");
    let second = message(&desk, 0).unwrap();
    assert_eq!(names(&second), ["net/2", "net/1", "net/3"]);
    answer(&desk, second, 2);
    assert!(is_done(&mut poll) && is_done(&mut other));
    assert!(message(&desk, 0).is_none() && desk.rank_or_end().is_none());
}

#[tokio::test]
async fn each_point_is_asked_for_with_the_smallest_age_that_anybody_wants() {
    let (desk, points) = (Desk::default(), points(2));
    let _one = join(&desk, &points, wants(Rank::Read, MINUTE));
    let strict = join(&desk, &points[1..], wants(Rank::Read, 5_000));
    let ages = |message: Message| message.items.iter().map(|i| i.max_age.as_secs()).collect::<Vec<_>>();
    assert_eq!(ages(message(&desk, 0).unwrap()), [60, 5]);
    drop(strict);
    assert_eq!(ages(message(&desk, 0).unwrap()), [60, 60], "who left wants nothing");
}

#[tokio::test]
async fn who_came_while_a_message_was_out_shares_it_if_it_is_young_enough_for_him() {
    let (desk, points) = (Desk::default(), points(1));
    let mut first = join(&desk, &points, wants(Rank::Read, MINUTE));
    let out = message(&desk, 9).unwrap();
    let mut alike = join(&desk, &points, wants(Rank::Read, MINUTE));
    let mut strict = join(&desk, &points, wants(Rank::Read, 0));
    answer(&desk, out, 1);
    assert!(is_done(&mut first) && is_done(&mut alike));
    assert!(!is_done(&mut strict), "an answer that may be a minute old is none to who wants it now");
    let forced = message(&desk, 9).unwrap();
    assert_eq!(forced.items[0].max_age, Duration::ZERO);
    let mut alike = join(&desk, &points, wants(Rank::Read, 0));
    answer(&desk, forced, 2);
    assert!(is_done(&mut strict) && is_done(&mut alike), "equal reads share a request");
}

#[tokio::test]
async fn what_was_written_to_meanwhile_serves_only_who_had_asked_before() {
    let (desk, points) = (Desk::default(), points(1));
    let mut before = join(&desk, &points, wants(Rank::Read, 0));
    let out = message(&desk, 9).unwrap();
    desk.doubt(points[0].data.id);
    let mut after = join(&desk, &points, wants(Rank::Read, 0));
    assert!(desk.is_doubted(points[0].data.id));
    answer(&desk, out, 1);
    assert!(is_done(&mut before) && !is_done(&mut after));
    answer(&desk, message(&desk, 9).unwrap(), 2);
    assert!(is_done(&mut after));
}

#[tokio::test]
async fn the_cache_serves_whom_it_can() {
    let (desk, points) = (Desk::default(), points(1));
    let mut lax = join(&desk, &points, wants(Rank::Read, MINUTE));
    let mut strict = join(&desk, &points, wants(Rank::Read, 1_000));
    let cached = |point: &Point| Some(read(point, 30_000, 0));
    let terms = Terms { cached, limits: LIMITS, forced_polls: 0 };
    let message = desk.compose(&terms, Instant::now()).unwrap();
    assert!(is_done(&mut lax) && !is_done(&mut strict));
    assert_eq!(message.items[0].readers, [1]);
    drop(strict);
    assert!(desk.compose(&terms, Instant::now()).is_none());
}

#[tokio::test]
async fn a_failure_is_told_to_those_for_whom_was_asked() {
    let (desk, points) = (Desk::default(), points(5));
    let error = GatewayError::Unreachable { condition: "service-unavailable".into() };
    let mut many = join(&desk, &points, wants(Rank::Read, MINUTE));
    let out = message(&desk, 0).unwrap();
    let mut later = join(&desk, &points[..1], wants(Rank::Read, MINUTE));
    desk.failed(&out.items, &error, true);
    assert!(is_done(&mut many), "also of what it has not asked for yet");
    assert!(!is_done(&mut later));
    let told = many.leave().told;
    assert!(told.len() == 5 && told.iter().all(|(_, t)| *t == Err(ReadError::Call(error.clone()))));

    let out = message(&desk, 0).unwrap();
    let fault = ItemFault { code: 14, text: String::new() };
    let mut alike = join(&desk, &points[..1], wants(Rank::Read, MINUTE));
    desk.answered(out.items, [Err(ReadError::Item(fault))]);
    assert!(is_done(&mut later) && is_done(&mut alike), "a fault of the point is an answer to all");
}

#[tokio::test]
async fn forced_polls_are_capped_and_shared_ones_cost_one() {
    let (desk, points) = (Desk::default(), points(3));
    let _alike: Vec<_> = (0..10).map(|_| join(&desk, &points[..1], wants(Rank::Read, 0))).collect();
    let out = message(&desk, 2).unwrap();
    answer(&desk, out, 1);

    let mut forced = join(&desk, &points, wants(Rank::Read, 999));
    let lax = join(&desk, &points[2..], wants(Rank::Read, MINUTE));
    let out = message(&desk, 2).unwrap();
    let ages: Vec<_> = out.items.iter().map(|item| item.max_age.as_millis()).collect();
    assert_eq!((names(&out), ages), (vec!["net/0", "net/2"], vec![999, 60_000]));
    answer(&desk, out, 2);
    assert!(is_done(&mut forced));
    let told = forced.leave().told;
    let refused = told.iter().filter(|(_, told)| {
        matches!(told, Err(ReadError::Call(GatewayError::PollBudget { per_minute: 2, .. })))
    });
    assert_eq!((refused.count(), told.iter().filter(|(_, told)| told.is_ok()).count()), (2, 1));
    drop(lax);

    let _again = join(&desk, &points, wants(Rank::Read, 0));
    assert!(message(&desk, 2).is_none());
    let _again = join(&desk, &points, wants(Rank::Read, 0));
    desk.give_back(&[Item {
        point: points[0].clone(),
        max_age: Duration::ZERO,
        rank: Rank::Read,
        readers: Vec::new(),
    }]);
    assert_eq!(names(&message(&desk, 2).unwrap()), ["net/0"], "what was not sent is not spent");
}

#[tokio::test]
async fn room_is_counted_in_messages_of_each_rank() {
    let (desk, points) = (Desk::default(), points(12));
    let join = |points: &[Point], rank| desk.join(points.to_vec(), wants(rank, MINUTE), 2, LIMITS.items);
    let _large = join(&points[..9], Rank::Read).unwrap();
    assert_eq!(join(&points[9..], Rank::Read).unwrap_err(), 3);
    let (_alike, serve) = join(&points[..9], Rank::Read).unwrap();
    assert!(!serve, "somebody asks already");
    let _poll = join(&points[9..], Rank::Poll).unwrap();
    desk.lock().answers = 999_990;
    assert_eq!(join(&points, Rank::Read).unwrap_err(), 3, "so many may wait, not for so much");
    desk.lock().answers = 21;
}

#[tokio::test]
async fn when_nobody_asks_any_more_nobody_waits_in_vain() {
    let points = points(1);
    let desk = &points[0].unit.desk;
    let (mut ticket, serve) = desk.join(points.clone(), wants(Rank::Read, 0), 9, 9).unwrap();
    assert!(serve);
    drop(Serving::of(&points[0].unit));
    assert!(!ticket.done().await);
    drop(ticket);
    let (_ticket, serve) = desk.join(points.clone(), wants(Rank::Read, 0), 9, 9).unwrap();
    assert!(serve, "the next one begins anew");
}

/// What happens at a desk.
#[derive(Debug, Clone)]
enum Step {
    Join { points: Vec<usize>, rank: Rank, max_age: u64 },
    Leave(usize),
    Ask,
    Answer,
    Fail { of_all: bool },
    Lose,
}

fn step() -> impl Strategy<Value = Step> {
    let rank = prop_oneof![Just(Rank::Read), Just(Rank::Poll)];
    let age = prop_oneof![Just(0), Just(5_000), Just(MINUTE)];
    prop_oneof![
        4 => (proptest::collection::btree_set(0usize..8, 1..6), rank, age).prop_map(|(points, rank, max_age)| {
            Step::Join { points: points.into_iter().collect(), rank, max_age }
        }),
        1 => (0usize..20).prop_map(Step::Leave),
        3 => Just(Step::Ask),
        3 => Just(Step::Answer),
        1 => any::<bool>().prop_map(|of_all| Step::Fail { of_all }),
        1 => Just(Step::Lose),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// Whatever happens in whatever order: nobody gets what is older than he wants, nobody is told twice,
    /// all who stay are told in the end, and then nothing is left.
    #[test]
    fn everybody_gets_what_he_wants(steps in proptest::collection::vec(step(), 0..80)) {
        let (desk, points) = (Desk::default(), points(8));
        let mut tickets: Vec<(Ticket<'_>, usize, u64)> = Vec::new();
        let mut out: Option<Message> = None;
        let mut second = 0;
        for step in steps {
            match step {
                Step::Join { points: wanted, rank, max_age } => {
                    let wanted: Vec<_> = wanted.into_iter().map(|n| points[n].clone()).collect();
                    let count = wanted.len();
                    tickets.push((join(&desk, &wanted, wants(rank, max_age)), count, max_age));
                }
                Step::Leave(n) if n < tickets.len() => drop(tickets.swap_remove(n)),
                Step::Ask if out.is_none() => out = message(&desk, u32::MAX),
                Step::Answer => {
                    second += 1;
                    out.take().into_iter().for_each(|message| answer(&desk, message, second));
                }
                Step::Fail { of_all } => {
                    let error = GatewayError::Stopping;
                    out.take().into_iter().for_each(|message| desk.failed(&message.items, &error, of_all));
                }
                Step::Lose => {
                    out = None;
                    desk.lost();
                }
                Step::Leave(_) | Step::Ask => {}
            }
        }
        out.take().into_iter().for_each(|message| answer(&desk, message, 100));
        while let Some(message) = message(&desk, u32::MAX) {
            prop_assert!(message.items.len() <= LIMITS.items);
            second += 1;
            answer(&desk, message, second);
        }
        for (mut ticket, count, max_age) in tickets {
            prop_assert!(is_done(&mut ticket));
            let told = ticket.leave().told;
            prop_assert_eq!(told.len(), count);
            for reading in told.into_iter().filter_map(|(_, told)| told.ok()) {
                prop_assert!(reading.age_at_receipt.unwrap() <= Duration::from_millis(max_age));
            }
        }
        let state = desk.lock();
        prop_assert!(state.readers.is_empty() && state.wanted.is_empty() && state.rank().is_none());
        prop_assert_eq!(state.answers, 0);
    }
}
