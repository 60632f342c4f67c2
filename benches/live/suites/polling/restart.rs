use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::fleet_stage::FleetStage;
use super::schedule::{busiest, polls};
use crate::fleet::journal::{Entry, entries, now};
use crate::fleet::{LOOK, POINTS};
use crate::report::Failures;

/// Intervals in which every SmartServer must have been polled again.
const AGAIN_WITHIN: f64 = 2.0;
/// How many times the steady rate polls may come at for a while.
const HERD: f64 = 2.0;
/// That while is this part of an interval: 5 s of 60.
const WHILE: u32 = 12;
/// Intervals that are looked at.
const WATCHED: u32 = 3;

/// Stops the XMPP server, starts it again, and looks how polling recovers.
pub(super) async fn run(
    stage: FleetStage,
    smartservers: usize,
    interval: Duration,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    let FleetStage { server, fleet: _fleet, gateway: _gateway, files } = stage;
    let stopped = now();
    let _server = server.restart().await?;
    let (returned, since) = (now(), Instant::now());
    while since.elapsed() < interval * WATCHED {
        sleep(LOOK.max(interval / 20)).await;
        if all_polled(&files.journal, smartservers, returned)?.is_some()
            && since.elapsed() > interval.mul_f64(AGAIN_WITHIN)
        {
            break;
        }
    }
    let again = all_polled(&files.journal, smartservers, returned)?;
    let in_intervals = |time: Duration| time.as_secs_f64() / interval.as_secs_f64();
    let took = again.map_or(f64::INFINITY, |again| in_intervals(again.saturating_sub(returned)));
    let outage = returned.saturating_sub(stopped).as_secs_f64();
    println!(
        "  restart of the server, which was away for {outage:.1} s: every SmartServer polled again {took:.2} \
         intervals after it answers"
    );
    failures.demand(took <= AGAIN_WITHIN, "some were polled again too late");
    herd(&entries(&files.journal, stopped)?, smartservers, interval, failures);
    Ok(())
}

/// Compares the busiest while with the steady rate.
fn herd(journal: &[Entry], smartservers: usize, interval: Duration, failures: &mut Failures) {
    let (reads, others): (Vec<&Entry>, Vec<&Entry>) = journal.iter().partition(|entry| entry.is_read());
    let polls = polls(&reads, interval);
    let stretch = interval / WHILE;
    let steady = smartservers as f64 / f64::from(WHILE);
    let most = busiest(&polls, stretch) as f64 / steady;
    println!(
        "  most polls in {:.1} s since it was stopped: {most:.2} times the steady rate, {:.2} requests per poll; \
         beside them {} other requests, {} in the busiest such time",
        stretch.as_secs_f64(),
        reads.len() as f64 / polls.len() as f64,
        others.len(),
        busiest(&others, stretch)
    );
    failures.demand(most <= HERD, "polls came in a herd");
    let crowded = journal.iter().filter(|entry| entry.in_flight > 1).count();
    failures.demand(crowded == 0, format!("{crowded} requests met another at their SmartServer"));
}

/// When the last data point was polled for the first time since then, if all were.
fn all_polled(journal: &Path, smartservers: usize, since: Duration) -> anyhow::Result<Option<Duration>> {
    let mut polled = vec![0_u32; smartservers];
    let mut missing = smartservers;
    for entry in entries(journal, since)?.iter().filter(|entry| entry.is_read()) {
        let points = &mut polled[entry.smartserver];
        let before = points.count_ones() as usize;
        *points |= entry.points;
        if before < POINTS && points.count_ones() as usize == POINTS {
            missing -= 1;
        }
        if missing == 0 {
            return Ok(Some(entry.at));
        }
    }
    Ok(None)
}
