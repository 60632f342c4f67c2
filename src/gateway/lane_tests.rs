use std::collections::BTreeMap;

use proptest::prelude::*;
use tokio::task::{JoinHandle, yield_now};

use super::super::breaker::Failure;
use super::*;

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

fn busy(error: &GatewayError) -> usize {
    match error {
        GatewayError::Busy { queued, .. } => *queued,
        other => panic!("{other}"),
    }
}

/// Waits for a turn, keeps it for a second, and notes that it had one.
fn waiter(
    lane: &Arc<Lane>,
    rank: Rank,
    name: usize,
    log: &Arc<Mutex<Vec<usize>>>,
) -> JoinHandle<Result<(), GatewayError>> {
    let (lane, log) = (Arc::clone(lane), Arc::clone(log));
    tokio::spawn(async move {
        let _turn = lane.turn(rank, Instant::now() + Duration::from_secs(10_000)).await?;
        log.lock().unwrap().push(name);
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(())
    })
}

#[tokio::test(start_paused = true)]
async fn one_turn_at_a_time_and_a_deadline_for_those_who_wait() {
    let lane = Lane::new(1, 10);
    let first = lane.turn(Rank::Read, soon()).await.unwrap();
    assert_eq!(lane.turn(Rank::Read, soon()).await.unwrap_err(), GatewayError::Deadline { sent: false });
    assert!(lane.turn_now().is_none());
    drop(first);
    lane.turn(Rank::Read, soon()).await.unwrap();
    assert!(lane.turn_now().is_some());
}

#[tokio::test(start_paused = true)]
async fn who_comes_before_another_has_taken_his_free_turn_keeps_his_place() {
    let lane = Lane::new(1, 10);
    let first = lane.place(Rank::Read).unwrap();
    let second = lane.place(Rank::Read).unwrap();
    drop(first.wait().await.expect("it was free"));
    assert!(second.wait().await.is_some(), "nobody sent it away");
    let (left, stays) = (lane.place(Rank::Command).unwrap(), lane.place(Rank::Command).unwrap());
    drop(left);
    assert!(stays.wait().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_refuses_at_once_and_forgets_callers_who_left() {
    let lane = Arc::new(Lane::new(1, 2));
    let _first = lane.turn(Rank::Read, soon()).await.unwrap();
    let log = Arc::default();
    let waiters: Vec<_> = (0..2).map(|n| waiter(&lane, Rank::Read, n, &log)).collect();
    yield_now().await;
    assert_eq!(busy(&lane.turn(Rank::Read, soon()).await.unwrap_err()), 2);
    let command = waiter(&lane, Rank::Command, 9, &log);
    yield_now().await;
    assert_eq!(lane.queued(), 3, "each rank has places of its own");
    for waiter in waiters.iter().chain([&command]) {
        waiter.abort();
    }
    for waiter in waiters {
        let _ = waiter.await;
    }
    assert_eq!(lane.queued(), 0);
}

#[tokio::test(start_paused = true)]
async fn commands_go_before_reads_and_reads_before_polls() {
    let lane = Arc::new(Lane::new(1, 10));
    let first = lane.turn(Rank::Poll, soon()).await.unwrap();
    let log = Arc::default();
    let ranks = [Rank::Poll, Rank::Read, Rank::Command, Rank::Poll, Rank::Read, Rank::Command];
    let waiters: Vec<_> = ranks.iter().enumerate().map(|(n, rank)| waiter(&lane, *rank, n, &log)).collect();
    yield_now().await;
    drop(first);
    for waiter in waiters {
        waiter.await.unwrap().unwrap();
    }
    assert_eq!(*log.lock().unwrap(), [2, 5, 1, 4, 0, 3]);
}

#[tokio::test(start_paused = true)]
async fn how_long_a_queue_takes_follows_from_how_long_calls_took() {
    let lane = Lane::new(2, 10);
    assert_eq!(lane.wait_of(100), SOON, "nothing is known yet");
    for _ in 0..50 {
        let turn = lane.turn(Rank::Read, soon()).await.unwrap();
        tokio::time::advance(Duration::from_secs(3)).await;
        drop(turn);
    }
    assert_eq!(lane.wait_of(10), Duration::from_secs(15), "two at a time");
    assert_eq!(lane.wait_of(1_000), LATE);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_one_that_fell_silent_is_sent_away() {
    let lane = Arc::new(Lane::new(1, 10));
    let first = lane.turn(Rank::Read, soon()).await.unwrap();
    let log = Arc::default();
    let waiting = waiter(&lane, Rank::Read, 0, &log);
    let prober = Arc::clone(&lane);
    let probe = tokio::spawn(async move { prober.turn_anyway(Rank::Command, soon()).await.map(drop) });
    yield_now().await;
    for _ in 0..3 {
        lane.breaker.failed(Failure::Silence, "no answer".into());
    }
    lane.send_away();
    assert!(matches!(waiting.await.unwrap(), Err(GatewayError::NotAsked { .. })));
    assert!(matches!(lane.turn(Rank::Read, soon()).await, Err(GatewayError::NotAsked { .. })));
    assert!(matches!(lane.turn_for_readers(Rank::Read).await, Err(GatewayError::NotAsked { .. })));
    drop(first);
    assert_eq!(probe.await.unwrap(), Ok(()), "but the probe goes on");
    lane.breaker.answered();
    lane.turn(Rank::Read, soon()).await.unwrap();
}

/// What a caller in the property test does.
#[derive(Debug, Clone, Copy)]
struct Caller {
    rank: Rank,
    comes_at: u64,
    keeps_for: u64,
    leaves_after: u64,
}

fn caller() -> impl Strategy<Value = Caller> {
    let rank = prop_oneof![Just(Rank::Command), Just(Rank::Read), Just(Rank::Poll)];
    (rank, 0u64..50, 0u64..20, 0u64..60).prop_map(|(rank, comes_at, keeps_for, leaves_after)| Caller {
        rank,
        comes_at,
        keeps_for,
        leaves_after,
    })
}

/// A call from its coming to its end, or to its caller's leaving, which may be at any moment.
async fn call(lane: &Lane, caller: Caller, out: &Mutex<(usize, usize)>) {
    tokio::time::sleep(Duration::from_millis(caller.comes_at)).await;
    let keep = async {
        let Ok(turn) = lane.turn(caller.rank, soon()).await else { return };
        {
            let mut out = out.lock().unwrap();
            out.0 += 1;
            out.1 = out.1.max(out.0);
        }
        let _leave = Leave(out);
        tokio::time::sleep(Duration::from_millis(caller.keeps_for)).await;
        drop(turn);
    };
    let _ = tokio::time::timeout(Duration::from_millis(caller.leaves_after), keep).await;
}

struct Leave<'a>(&'a Mutex<(usize, usize)>);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().0 -= 1;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]
    /// However callers come, go and leave: never more than allowed at once, and afterwards every turn is
    /// free again and nobody is left in the queue.
    #[test]
    fn no_turn_is_lost_or_given_twice(callers in proptest::collection::vec(caller(), 0..40), in_flight in 1usize..3) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let (lane, out) = (Lane::new(in_flight, 5), Mutex::new((0, 0)));
            let calls = callers.iter().map(|caller| call(&lane, *caller, &out));
            futures_util::future::join_all(calls).await;
            let most = out.lock().unwrap().1;
            assert!(most <= in_flight, "{most} at once");
            assert_eq!(lane.queued(), 0);
            let free: Vec<_> = std::iter::from_fn(|| lane.turn_now()).take(5).collect();
            assert_eq!(free.len(), in_flight);
            let counts: BTreeMap<_, _> = lane.turns.lock().waiting.iter().map(BTreeMap::len).enumerate().collect();
            assert!(counts.values().all(|left| *left == 0));
        });
    }
}
