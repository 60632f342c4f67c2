mod clients;
mod tally;

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::time::sleep;

use super::Folder;
use super::fleet_stage::{Fleet, FleetStage};
use crate::args::Args;
use crate::fleet::journal::{Entry, entries};
use crate::fleet::{LOOK, POINTS, point_name};
use crate::gateway::has_setting;
use crate::report::{Failures, Spread, Table};
use crate::xmpp_server::ServerKind;
use clients::{Clients, Targets};
use tally::Tally;

/// SmartServers that clients read at random.
const SMARTSERVERS: usize = 100;
/// Of these, so many are silent.
const SILENT: usize = SMARTSERVERS / 10;
/// How long the gateway waits for an answer, and keeps others from asking the same SmartServer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What two requests may lose of that on their way.
const ON_THE_WAY: Duration = Duration::from_millis(500);
/// How much slower reads of healthy SmartServers may be.
const SLOWER: f64 = 1.2;

pub(super) async fn run(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    println!(
        "\nLive reads by {} clients at random on {}, {SILENT} of {SMARTSERVERS} SmartServers silent, beside the \
         same with none silent",
        args.clients,
        kind.name()
    );
    // Each round silences others, so that none begins with what was learnt of them before.
    let rounds = args.rounds as usize;
    let smartservers = SMARTSERVERS + rounds * SILENT;
    let plan = Fleet { smartservers, back: Duration::ZERO, hidden: false, settings: settings(args)? };
    let mut stage = FleetStage::set(args, kind, folder, plan).await?;
    let requests = requests(&mut stage, smartservers).await?;
    let window = Duration::from_secs_f64(args.silent_seconds / f64::from(args.rounds));
    let mut tallies = [const { Vec::new() }; 2];
    for round in 0..rounds {
        let first_silent = SMARTSERVERS + (rounds - 1 - round) * SILENT;
        let clients = Clients { count: args.clients, port: stage.gateway.port, seed: round as u64, window };
        tallies[0].push(clients.read(&requests, Targets { silent: None }).await?);
        stage.files.silence_from(first_silent)?;
        sleep(2 * LOOK).await;
        tallies[1].push(clients.read(&requests, Targets { silent: Some(first_silent) }).await?);
    }
    sleep(2 * LOOK).await;
    print(&tallies, failures);
    judge_requests(&entries(&stage.files.journal, Duration::ZERO)?, failures);
    Ok(())
}

/// Short deadlines, so that there are many; and no cap on reads that poll devices.
fn settings(args: &Args) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut settings = vec![("NOCGATE__SMARTSERVER__DEADLINE_MS", PATIENCE.as_millis().to_string())];
    if has_setting(&args.nocgate, "forced_polls_per_minute")? {
        settings.push(("NOCGATE__SMARTSERVER__FORCED_POLLS_PER_MINUTE", "1000000".to_owned()));
    }
    Ok(settings)
}

/// The requests that read data points, by SmartServer and data point.
async fn requests(stage: &mut FleetStage, smartservers: usize) -> anyhow::Result<Vec<Vec<Vec<u8>>>> {
    let mut requests = vec![vec![Vec::new(); POINTS]; smartservers];
    for point in stage.gateway.pages("/data-points?limit=1000").await? {
        let (smartserver, number) = place(&point).with_context(|| format!("unknown: {point}"))?;
        let id = point["id"].as_str().context("no id")?;
        let timeout = clients::TIMEOUT.as_millis();
        let path = format!("/data-points/{id}?max_age_ms=0&timeout_ms={timeout}");
        requests[smartserver][number] = stage.gateway.get(&path);
    }
    ensure!(requests.iter().flatten().all(|request| !request.is_empty()), "data points are missing");
    Ok(requests)
}

fn place(point: &Value) -> Option<(usize, usize)> {
    let smartserver = point["smartserver"].as_str()?.strip_prefix('s')?.parse().ok()?;
    let name = point["name"].as_str()?;
    Some((smartserver, (0..POINTS).find(|&number| point_name(number) == name)?))
}

fn print(tallies: &[Vec<Tally>; 2], failures: &mut Failures) {
    let mut table =
        Table::new(&["silent", "reads/s", "p50 ms", "p99 ms", "to silent ones", "answered after s, at most"]);
    for (name, all) in ["none", "1 in 10"].into_iter().zip(tallies) {
        let spread = |figure: &dyn Fn(&Tally) -> f64| Spread::of(all.iter().map(figure));
        table.row([
            name.to_owned(),
            spread(&Tally::per_second).to_string(),
            format!("{:.1}", spread(&|tally| tally.latency_ms(0.5))),
            format!("{:.1}", spread(&|tally| tally.latency_ms(0.99))),
            spread(&|tally| tally.problems() as f64).to_string(),
            format!("{:.2}", spread(&Tally::slowest_problem)),
        ]);
        for tally in all {
            let first = tally.first_failure.as_deref();
            failures.note_answers(&format!("silent: {name}"), tally.failures, first);
        }
    }
    table.print();
    let ratio = |part: f64| {
        Spread::of(
            tallies[0]
                .iter()
                .zip(&tallies[1])
                .map(|(without, with)| with.latency_ms(part) / without.latency_ms(part)),
        )
    };
    let (p50, p99) = (ratio(0.5), ratio(0.99));
    println!(
        "  reads of healthy SmartServers with silent ones beside them: p50 {p50:.2}, p99 {p99:.2} times as long (wanted: at most {SLOWER})"
    );
    let mut problems: Vec<(String, u64)> = Vec::new();
    for (code, count) in tallies[1].iter().flat_map(|tally| &tally.problems) {
        match problems.iter_mut().find(|(known, _)| known == code) {
            Some((_, sum)) => *sum += count,
            None => problems.push((code.clone(), *count)),
        }
    }
    println!("  reads of silent ones ended with: {problems:?}");
}

/// No SmartServer may have seen two requests at a time: an answered one counts until its answer, one
/// that was left unanswered as long as the gateway waits for it.
fn judge_requests(journal: &[Entry], failures: &mut Failures) {
    let most = journal.iter().map(|entry| entry.in_flight).max().unwrap_or(0);
    let mut ignored: Vec<&Entry> = journal.iter().filter(|entry| entry.is_ignored).collect();
    ignored.sort_by_key(|entry| (entry.smartserver, entry.at));
    let closest = ignored
        .windows(2)
        .filter(|pair| pair[0].smartserver == pair[1].smartserver)
        .map(|pair| pair[1].at - pair[0].at)
        .min();
    println!(
        "  most requests in flight at any SmartServer: {most}; silent ones got {} requests{}",
        ignored.len(),
        closest.map_or(String::new(), |gap| format!(", at least {:.2} s apart", gap.as_secs_f64()))
    );
    failures.demand(most <= 1, format!("{most} requests in flight at one SmartServer"));
    failures.demand(
        closest.is_none_or(|gap| gap + ON_THE_WAY >= PATIENCE),
        "a silent SmartServer got a request while another was in flight",
    );
}
