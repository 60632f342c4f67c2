use std::process::Command;

use anyhow::Context as _;

use super::Folder;
use super::stage::Stage;
use crate::args::Args;
use crate::field::Point;
use crate::http::{Connection, request};
use crate::load::{raw_value, same};
use crate::measure::{Sample, Timing, measure};
use crate::process::Process;
use crate::report::{Failures, Spread, Table};
use crate::xmpp_server::{ServerKind, free_ports};

const CONNECTIONS: [usize; 2] = [1, 64];
/// An answer of any age will do.
const QUERY: &str = "max_age_ms=86400000";

/// One side: where it listens, its process, and what it is asked.
struct Side {
    name: &'static str,
    port: u16,
    pid: u32,
    request: Vec<u8>,
}

pub(super) async fn run(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    println!("\nCached reads, beside an axum handler that has the answer's bytes at hand");
    let stage = Stage::set(args, kind, folder, 1).await?;
    let ask = stage.gateway.requests(Point::SMALL, QUERY).pop().context("no data point")?;
    // Read now, it is of a known age; an answer of any age would be too old for the next who asks.
    let fresh = stage.gateway.requests(Point::SMALL, "max_age_ms=0").pop().context("no data point")?;
    let answer = first_answer(stage.gateway.port, &fresh).await?;
    let value = raw_value(200, &answer)?.to_owned();
    let (bare, port) = start_bare(args, folder, &answer).await?;
    let bare_request = request("GET", "/api/v1/data-points", None, "");
    let sides = [
        Side { name: "bare axum", port, pid: bare.pid(), request: bare_request },
        Side { name: "nocgate", port: stage.gateway.port, pid: stage.gateway.process.pid(), request: ask },
    ];
    let mut table =
        Table::new(&["connections", "by", "reads/s", "of bare axum", "p50 ms", "p99 ms", "CPU us/read"]);
    for connections in CONNECTIONS {
        let mut samples = [const { Vec::new() }; 2];
        for _ in 0..args.rounds {
            for (side, all) in sides.iter().zip(&mut samples) {
                let load = |run| same(side.port, &side.request, &value, connections, run);
                let sample = measure(&stage.ledger, Timing::new(args.window()), &[side.pid], load).await?;
                failures.note(side.name, &sample);
                all.push(sample);
            }
        }
        for (side, all) in sides.iter().zip(&samples) {
            table.row(row(connections, side.name, all, &samples[0]));
        }
    }
    println!("  ({} bytes)", answer.len());
    table.print();
    Ok(())
}

/// Makes the gateway read the point once; later answers come from its cache.
async fn first_answer(port: u16, ask: &[u8]) -> anyhow::Result<String> {
    let mut connection = Connection::open(port).await?;
    connection.exchange(ask).await?;
    Ok(connection.body()?.to_owned())
}

async fn start_bare(args: &Args, folder: &Folder, answer: &str) -> anyhow::Result<(Process, u16)> {
    let path = folder.fresh("bare")?;
    let body = path.join("answer.json");
    std::fs::write(&body, answer)?;
    let [port] = free_ports()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bare", &port.to_string()]).arg(&body);
    let mut bare = Process::start("bare", args.other_core, &command, &path)?;
    bare.until(async move || Connection::open(port).await.is_ok()).await?;
    Ok((bare, port))
}

fn row(connections: usize, name: &str, ours: &[Sample], bare: &[Sample]) -> Vec<String> {
    let spread = |figure: &dyn Fn(&Sample) -> f64| Spread::of(ours.iter().map(figure));
    vec![
        connections.to_string(),
        name.to_owned(),
        spread(&Sample::per_second).to_string(),
        format!("{:.2}", Spread::of_ratios(ours, bare, Sample::per_second)),
        format!("{:.2}", spread(&|sample| sample.latency_ms(0.5))),
        format!("{:.2}", spread(&|sample| sample.latency_ms(0.99))),
        format!("{:.1}", spread(&|sample| sample.cpu_per_answer(0))),
    ]
}
