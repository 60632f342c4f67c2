use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;
use tokio::time::Instant;

use super::{Buffer, Limits, Loss, Seen};
use crate::domain::{
    DataPoint, DataPointId, HistoryRecord, HistoryRow, HistoryRule, Quality, Reading, SeriesId,
    SmartServerId, Source, Value,
};

const QUIET: Duration = Duration::from_secs(10);

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
}

fn point() -> Arc<DataPoint> {
    Arc::new(DataPoint {
        id: DataPointId::new(),
        smartserver_id: SmartServerId::new(),
        name: "Net/p".parse().unwrap(),
        alias: None,
        description: None,
        format: None,
        unit: None,
        direction: None,
        presets: Vec::new(),
        configured_at: None,
    })
}

fn reading(number: f64, received: i64) -> Reading {
    Reading {
        data_point_id: DataPointId::new(),
        value: Value::Number(number),
        preset: None,
        raw: number.to_string(),
        unit: None,
        format: None,
        status: None,
        priority: None,
        never_read: false,
        observed_at: None,
        received_at: at(received),
        age_at_receipt: None,
        source: Source::Poll,
        fault: None,
    }
}

fn on_change(min_interval_ms: u64) -> HistoryRule {
    HistoryRule {
        record: HistoryRecord::Change,
        min_interval: Duration::from_millis(min_interval_ms),
        deadband: None,
        retention_days: None,
        backfill: false,
    }
}

/// A buffer with a clock.
struct Bench {
    buffer: Buffer,
    start: Instant,
    point: Arc<DataPoint>,
}

impl Bench {
    fn new(seconds: u64, bytes: usize) -> Bench {
        let limits = Limits { time: Duration::from_secs(seconds), bytes };
        Bench { buffer: Buffer::new(limits), start: Instant::now(), point: point() }
    }

    fn clock(&self, seconds: u64) -> Instant {
        self.start + Duration::from_secs(seconds)
    }

    fn offer(&mut self, number: f64, seconds: u64) {
        let reading = reading(number, seconds as i64 * 1_000);
        self.buffer.offer(&Arc::clone(&self.point), &on_change(0), &reading, self.clock(seconds));
    }

    /// Writes what waits; the database has `stored` of the point.
    fn write(&mut self, stored: Option<(i64, f64)>) -> Vec<(Timestamp, Value)> {
        let batch = self.buffer.take_in_hand(usize::MAX);
        let series: HashMap<_, _> =
            self.buffer.strangers(&batch).iter().map(|point| (point.id, SeriesId(7))).collect();
        let seen =
            |(millis, number)| Seen { at: at(millis), value: Value::Number(number), quality: Quality::Good };
        let last = stored.map(|stored| (SeriesId(7), seen(stored))).into_iter().collect();
        let rows = self.buffer.rows(batch, &series, &last);
        self.buffer.settle();
        assert!(rows.iter().all(|row| row.series == SeriesId(7)));
        rows.into_iter().map(|row: HistoryRow| (row.at, row.value)).collect()
    }
}

fn row(millis: i64, number: f64) -> (Timestamp, Value) {
    (at(millis), Value::Number(number))
}

#[test]
fn only_changes_are_written() {
    let mut bench = Bench::new(60, 1 << 20);
    for (number, seconds) in [(1.0, 1), (1.0, 2), (2.0, 3), (2.0, 4), (1.0, 5)] {
        bench.offer(number, seconds);
    }
    assert_eq!(bench.write(None), [row(1_000, 1.0), row(3_000, 2.0), row(5_000, 1.0)]);
    assert_eq!(bench.buffer.len(), 0);
    bench.offer(1.0, 6);
    assert_eq!(bench.write(None), []);
}

#[test]
fn the_first_reading_of_a_run_is_compared_with_what_the_database_has() {
    let mut bench = Bench::new(60, 1 << 20);
    bench.offer(1.0, 1);
    assert_eq!(bench.write(Some((0, 1.0))), [], "it is no news");
    bench.offer(1.0, 2);
    bench.offer(2.0, 3);
    assert_eq!(bench.write(None), [row(3_000, 2.0)]);

    let mut bench = Bench::new(60, 1 << 20);
    bench.offer(1.0, 1);
    assert_eq!(bench.write(Some((0, 5.0))), [row(1_000, 1.0)]);
}

#[test]
fn a_value_that_comes_too_soon_is_written_later_unless_it_goes_again() {
    let mut bench = Bench::new(60, 1 << 20);
    let point = Arc::clone(&bench.point);
    let offer = |bench: &mut Bench, number, seconds: u64| {
        let clock = bench.clock(seconds);
        bench.buffer.offer(&point, &on_change(10_000), &reading(number, seconds as i64 * 1_000), clock);
    };
    offer(&mut bench, 1.0, 0);
    offer(&mut bench, 2.0, 3);
    offer(&mut bench, 3.0, 4);
    bench.buffer.tick(bench.clock(9));
    assert_eq!(bench.write(None), [row(0, 1.0)]);
    bench.buffer.tick(bench.clock(10));
    assert_eq!(bench.write(None), [row(4_000, 3.0)], "the last one");

    offer(&mut bench, 4.0, 5);
    offer(&mut bench, 3.0, 6);
    bench.buffer.tick(bench.clock(30));
    assert_eq!(bench.write(None), [], "it is as it was");
}

#[test]
fn nothing_is_lost_within_the_time_and_the_oldest_beyond_it() {
    let mut bench = Bench::new(60, 1 << 20);
    for seconds in 0..=60 {
        bench.offer(seconds as f64, seconds);
    }
    bench.buffer.tick(bench.clock(60));
    assert_eq!(bench.buffer.len(), 61);
    bench.buffer.tick(bench.clock(63));
    assert_eq!(bench.buffer.len(), 58);
    assert_eq!(bench.buffer.take_loss(bench.clock(64), QUIET), None, "it may go on");
    let loss = Loss { from: at(0), to: at(2_000), rows: 3 };
    let smartserver = bench.point.smartserver_id;
    assert_eq!(bench.buffer.take_loss(bench.clock(73), QUIET), Some((smartserver, loss)));
    assert_eq!(bench.buffer.take_loss(bench.clock(73), QUIET), None);
    assert_eq!(bench.write(None).first(), Some(&row(3_000, 3.0)));
}

#[test]
fn memory_is_bounded() {
    let mut bench = Bench::new(600, 10_000);
    for seconds in 0..200 {
        bench.offer(seconds as f64, seconds);
    }
    assert!(bench.buffer.bytes <= 10_000 && bench.buffer.len() < 100);
    let written = bench.write(None);
    assert_eq!(written.last(), Some(&row(199_000, 199.0)), "the newest stay");
    assert_eq!((bench.buffer.bytes, bench.buffer.len()), (0, 0));
}

#[test]
fn large_readings_are_written_a_few_at_a_time() {
    let mut bench = Bench::new(600, 1 << 30);
    for second in 0..20 {
        let mut text = reading(0.0, second * 1_000);
        text.value = Value::Text(second.to_string().repeat(1 << 20));
        let clock = bench.clock(second as u64);
        bench.buffer.offer(&Arc::clone(&bench.point), &on_change(0), &text, clock);
    }
    let mut batches = Vec::new();
    while bench.buffer.len() > 0 {
        batches.push(bench.write(None).len());
    }
    assert_eq!(batches, [7, 5, 3, 3, 2], "of one megabyte, then of two");
    assert_eq!(bench.buffer.bytes, 0);
}

#[test]
fn what_is_held_is_written_at_the_end() {
    let mut bench = Bench::new(60, 1 << 20);
    let point = Arc::clone(&bench.point);
    for (number, seconds) in [(1.0, 0_u64), (2.0, 3)] {
        let clock = bench.clock(seconds);
        bench.buffer.offer(&point, &on_change(10_000), &reading(number, seconds as i64 * 1_000), clock);
    }
    bench.buffer.release_all(bench.clock(4));
    assert_eq!(bench.write(None), [row(0, 1.0), row(3_000, 2.0)]);
}

#[test]
fn what_is_being_written_is_not_given_up() {
    let mut bench = Bench::new(60, 1 << 20);
    bench.offer(1.0, 0);
    let batch = bench.buffer.take_in_hand(10);
    bench.offer(2.0, 1);
    bench.buffer.tick(bench.clock(100));
    assert_eq!((batch.len(), bench.buffer.len()), (1, 1));
    bench.buffer.put_back();
    bench.buffer.tick(bench.clock(100));
    assert_eq!(bench.buffer.len(), 0);
    assert_eq!(bench.buffer.progress(), (2, 2));
}

#[test]
fn a_value_that_was_lost_is_written_when_it_is_seen_again() {
    let mut bench = Bench::new(60, 1 << 20);
    bench.offer(1.0, 0);
    bench.buffer.tick(bench.clock(61));
    bench.offer(1.0, 62);
    assert_eq!(bench.write(None), [row(62_000, 1.0)]);
}

proptest! {
    #[test]
    fn every_reading_is_written_once_in_order_or_counted_as_lost(
        steps in prop::collection::vec((0_u64..20, 0_u8..4), 1..200),
    ) {
        let mut bench = Bench::new(30, 1 << 20);
        let (mut now, mut next, mut written, mut offered) = (0, 0.0, Vec::new(), 0_u64);
        for (pause, step) in steps {
            now += pause;
            match step {
                0 => written.extend(bench.write(None)),
                1 => {
                    bench.buffer.take_in_hand(3);
                    bench.buffer.put_back();
                    bench.buffer.tick(bench.clock(now));
                }
                _ => {
                    next += 1.0;
                    now += 1;
                    offered += 1;
                    bench.offer(next, now);
                }
            }
        }
        written.extend(bench.write(None));
        prop_assert!(written.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let (settled, lost) = bench.buffer.progress();
        prop_assert_eq!(settled, bench.buffer.admitted());
        prop_assert_eq!(written.len() as u64 + lost, offered);
        let told = bench.buffer.take_loss(bench.clock(now + 100), QUIET).map_or(0, |(_, loss)| loss.rows);
        prop_assert_eq!(told, lost);
    }
}
