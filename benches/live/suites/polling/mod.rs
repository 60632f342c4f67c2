mod lag;
mod restart;
mod schedule;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::time::sleep;

use super::Folder;
use super::fleet_stage::{Fleet, FleetStage};
use crate::args::Args;
use crate::cpu;
use crate::fleet::journal::{self, entries};
use crate::fleet::{LOOK, POINTS, point_name, told};
use crate::report::{Failures, Spread, Table};
use crate::xmpp_server::ServerKind;
use lag::Lag;
use schedule::Schedule;

/// Beyond an interval, until every data point was polled for the first time.
const SETTLE: Duration = Duration::from_secs(5);

pub(super) async fn run(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    let (sizes, interval) = (args.poll_sizes(), args.poll_interval());
    println!(
        "\nSmartServers of {POINTS} data points polled every {} s on {}, one process, one identity",
        interval.as_secs(),
        kind.name()
    );
    let mut table = Table::new(&HEAD);
    let mut last = None;
    for smartservers in sizes {
        // Before the next ones come.
        drop(last.take());
        let plan = Fleet { smartservers, back: interval / 6, hidden: args.hidden, settings: Vec::new() };
        let mut stage = FleetStage::set(args, kind, folder, plan).await?;
        table.row(steady(args, smartservers, &mut stage, failures).await?);
        last = Some((stage, smartservers));
    }
    table.print();
    println!(
        "  Deviations are from the interval, as the SmartServers saw it; lag is what the gateway tells."
    );
    match last {
        Some((stage, smartservers)) => restart::run(stage, smartservers, interval, failures).await,
        None => Ok(()),
    }
}

const HEAD: [&str; 13] = [
    "SmartServers",
    "polls/s",
    "requests/poll",
    "CPU us/poll: gateway",
    "server",
    "cores: gateway",
    "server",
    "MiB: gateway",
    "server",
    "lag ms: mean, p50, p99",
    "deviation ms: p50, p99, max",
    "busiest second of mean",
    "too often, seldom",
];

/// Lets the gateway poll for some intervals, and gives what that costs and how regular it is.
async fn steady(
    args: &Args,
    smartservers: usize,
    stage: &mut FleetStage,
    failures: &mut Failures,
) -> anyhow::Result<Vec<String>> {
    let interval = args.poll_interval();
    stage.gateway.poll_all(interval).await.context("polling all data points")?;
    sleep(interval + SETTLE).await;
    let pids = [stage.gateway.process.pid(), stage.server.process.pid()];
    let times = || pids.map(cpu::time_of).into_iter().collect::<anyhow::Result<Vec<_>>>();
    let lag = Lag::read(&stage.gateway.metrics().await?);
    let began = journal::now();
    let mut marks = vec![(began, times()?)];
    for _ in 0..args.poll_intervals {
        sleep(interval).await;
        marks.push((journal::now(), times()?));
    }
    let lag_now = Lag::read(&stage.gateway.metrics().await?);
    let ended = marks.last().map_or(began, |mark| mark.0);
    sleep(2 * LOOK).await;
    let journal = entries(&stage.files.journal, began)?;
    check(smartservers, stage, failures).await?;

    let all = Schedule::of(&journal, interval, (began, ended));
    let gaps = all.gaps(smartservers);
    failures.demand(
        gaps.too_often + gaps.too_seldom == 0,
        format!("polls came too often {} times, too seldom {} times", gaps.too_often, gaps.too_seldom),
    );
    let crowded = journal.iter().filter(|entry| entry.in_flight > 1).count();
    failures.demand(crowded == 0, format!("{crowded} requests met another at their SmartServer"));
    // Interval by interval: CPU microseconds per poll, and share of a core.
    let cost = |process: usize, per: &dyn Fn(f64, Duration, usize) -> f64| {
        Spread::of(marks.windows(2).map(|pair| {
            let [(from, before), (to, after)] = pair else { return f64::NAN };
            let polls = Schedule::of(&journal, interval, (*from, *to)).polls.len();
            per((after[process] - before[process]).as_secs_f64(), *to - *from, polls)
        }))
    };
    let per_poll = |cpu: f64, _: Duration, polls: usize| cpu * 1e6 / polls as f64;
    let share = |cpu: f64, elapsed: Duration, _: usize| cpu / elapsed.as_secs_f64();
    let mib = |pid| anyhow::Ok(format!("{:.0}", cpu::memory_of(pid)? as f64 / f64::from(1 << 20)));
    Ok(vec![
        smartservers.to_string(),
        format!("{:.1}", all.per_second()),
        format!("{:.2}", all.requests_per_poll()),
        cost(0, &per_poll).to_string(),
        cost(1, &per_poll).to_string(),
        format!("{:.3}", cost(0, &share)),
        format!("{:.3}", cost(1, &share)),
        mib(pids[0])?,
        mib(pids[1])?,
        format!(
            "{:.0}, {:.0}, {:.0}",
            lag_now.mean_since(&lag),
            lag_now.part_since(&lag, 0.5),
            lag_now.part_since(&lag, 0.99)
        ),
        format!("{:.0}, {:.0}, {:.0}", gaps.deviation(0.5), gaps.deviation(0.99), gaps.deviation(1.0)),
        format!("{:.2}", all.unevenness()),
        format!("{}, {}", gaps.too_often, gaps.too_seldom),
    ])
}

/// Looks at what the gateway holds of every data point.
async fn check(smartservers: usize, stage: &mut FleetStage, failures: &mut Failures) -> anyhow::Result<()> {
    let points = stage.gateway.pages("/data-points?limit=1000").await?;
    let wrong: Vec<_> = points.iter().filter_map(|point| polled_value(point).err()).collect();
    let missing = (smartservers * POINTS).saturating_sub(points.len());
    let first = wrong.first().map(|error| format!("{error:#}"));
    let first = first.or((missing > 0).then(|| "a data point is missing".to_owned()));
    failures.note_answers("polling", (wrong.len() + missing) as u64, first.as_deref());
    Ok(())
}

/// Checks that a data point holds a value of its own that was polled.
fn polled_value(point: &Value) -> anyhow::Result<()> {
    let reading = &point["reading"];
    let raw = reading["raw"].as_str().with_context(|| format!("no reading: {point}"))?;
    let (smartserver, number, _) = told(raw)?;
    let (key, name) = (point["smartserver"].as_str(), point["name"].as_str());
    ensure!(key == Some(&crate::field::user(smartserver)), "{raw} is a value of s{smartserver}, not {key:?}");
    ensure!(name == Some(&point_name(number)), "{raw} is a value of {}, not {name:?}", point_name(number));
    ensure!(reading["source"] == "poll", "not polled: {reading}");
    Ok(())
}
