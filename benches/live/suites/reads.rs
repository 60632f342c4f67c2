use super::Folder;
use super::contender::{Contender, EAGER, OWN, RESPONDERS, SERVER, SPACED, faster};
use super::stage::Stage;
use crate::args::Args;
use crate::field::{Plan, Point};
use crate::measure::{Sample, Timing};
use crate::report::{Failures, Spread, Table};
use crate::xmpp_server::ServerKind;

/// Stanzas in a body, for the gateway by default and for the yardstick.
const BATCH: usize = 32;
/// Number in flight at which every size is measured.
const USUAL: usize = 64;
const CONTENDERS: [Contender; 4] = [
    Contender::raw_bosh(BATCH, EAGER),
    Contender::Gateway,
    Contender::raw_bosh(BATCH, SPACED),
    Contender::RawTcp,
];

pub(super) async fn run(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    println!("\nLive reads on {}, one identity", kind.name());
    let plans = plans(args)?;
    let smartservers = plans.iter().map(|plan| plan.smartservers()).max().unwrap_or(1);
    let mut stage = Stage::set(args, kind, folder, smartservers).await?;
    let mut table = Table::new(&[
        "in flight",
        "bytes",
        "by",
        "reads/s",
        "of raw BOSH",
        "p50 ms",
        "p99 ms",
        "CPU us/read: own",
        "server",
        "SmartServers",
        "stanzas/body",
    ]);
    for plan in plans {
        let how = (plan, Timing::new(args.window()));
        let samples = Contender::in_turns(CONTENDERS, args.rounds, &mut stage, how, failures).await;
        let yardstick = faster(&samples[0], &samples[2]);
        for (contender, ours) in CONTENDERS.iter().zip(&samples) {
            table.row(row(plan, *contender, ours, &yardstick));
        }
    }
    table.print();
    Ok(())
}

fn plans(args: &Args) -> anyhow::Result<Vec<Plan>> {
    let mut plans = Vec::new();
    for &size in &args.sizes {
        let point = Point::of_size(size)?;
        let wanted = |in_flight: &usize| args.full || point == Point::SMALL || *in_flight == USUAL;
        let in_flight = args.in_flight.iter().copied().filter(wanted).filter(|&in_flight| in_flight > 0);
        plans.extend(in_flight.map(|in_flight| Plan { in_flight, point }));
    }
    anyhow::ensure!(!plans.is_empty(), "nothing to measure: sizes but 500 need 64 in flight, or --full");
    Ok(plans)
}

fn row(plan: Plan, contender: Contender, ours: &[Sample], raw: &[Sample]) -> Vec<String> {
    let spread = |figure: &dyn Fn(&Sample) -> f64| Spread::of(ours.iter().map(figure));
    let ratio = Spread::of_ratios(ours, raw, Sample::per_second);
    let batch = Spread::of(ours.iter().filter_map(|sample| sample.batch));
    vec![
        plan.in_flight.to_string(),
        plan.point.size.to_string(),
        contender.name().to_owned(),
        spread(&Sample::per_second).to_string(),
        format!("{ratio:.2}"),
        format!("{:.1}", spread(&|sample| sample.latency_ms(0.5))),
        format!("{:.1}", spread(&|sample| sample.latency_ms(0.99))),
        spread(&|sample| sample.cpu_per_answer(OWN)).to_string(),
        spread(&|sample| sample.cpu_per_answer(SERVER)).to_string(),
        spread(&|sample| sample.cpu_per_answer(RESPONDERS)).to_string(),
        format!("{batch:.1}"),
    ]
}
