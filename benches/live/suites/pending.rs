use std::time::Duration;

use super::Folder;
use super::contender::{Contender, EAGER, OWN, SERVER, SPACED, faster};
use super::stage::Stage;
use crate::args::Args;
use crate::cpu;
use crate::field::{Plan, Point};
use crate::measure::{Sample, Timing};
use crate::report::{Failures, Spread, Table};
use crate::xmpp_server::ServerKind;

const CONTENDERS: [Contender; 3] =
    [Contender::raw_bosh(32, EAGER), Contender::Gateway, Contender::raw_bosh(32, SPACED)];
/// Until the first wave has passed: thousands of questions at once.
const WARM_UP: Duration = Duration::from_secs(4);

pub(super) async fn run(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    let plan = Plan { in_flight: args.pending, point: Point::SLOW };
    println!(
        "\n{} reads in flight on {}, answered after 0.5 to 1 s, one identity",
        args.pending,
        kind.name()
    );
    let mut stage = Stage::set(args, kind, folder, plan.smartservers()).await?;
    let gateway = stage.gateway.process.pid();
    let idle = cpu::memory_of(gateway)?;
    let timing = Timing { warm_up: WARM_UP, window: args.window() * 2 };
    let samples = Contender::in_turns(CONTENDERS, args.rounds, &mut stage, (plan, timing), failures).await;
    let peak = cpu::peak_memory_of(gateway)?;
    let mut table = Table::new(&[
        "by",
        "reads/s",
        "of raw BOSH",
        "p50 ms",
        "p99 ms",
        "CPU us/read: own",
        "server",
        "server's core",
        "stanzas/body",
    ]);
    let yardstick = faster(&samples[0], &samples[2]);
    for (contender, ours) in CONTENDERS.iter().zip(&samples) {
        table.row(row(*contender, ours, &yardstick));
    }
    table.print();
    let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let each = peak.saturating_sub(idle) as f64 / args.pending as f64 / 1024.0;
    println!(
        "  gateway's memory: {:.0} MiB with {} SmartServers known and nothing in flight, then {:.0} MiB at most: \
         {each:.1} KiB per pending call, its HTTP connection included",
        mib(idle),
        stage.smartservers,
        mib(peak)
    );
    Ok(())
}

fn row(contender: Contender, ours: &[Sample], raw: &[Sample]) -> Vec<String> {
    let spread = |figure: &dyn Fn(&Sample) -> f64| Spread::of(ours.iter().map(figure));
    vec![
        contender.name().to_owned(),
        spread(&Sample::per_second).to_string(),
        format!("{:.2}", Spread::of_ratios(ours, raw, Sample::per_second)),
        spread(&|sample| sample.latency_ms(0.5)).to_string(),
        spread(&|sample| sample.latency_ms(0.99)).to_string(),
        spread(&|sample| sample.cpu_per_answer(OWN)).to_string(),
        spread(&|sample| sample.cpu_per_answer(SERVER)).to_string(),
        format!("{:.2}", spread(&|sample| sample.share(SERVER))),
        format!("{:.1}", Spread::of(ours.iter().filter_map(|sample| sample.batch))),
    ]
}
