use super::Folder;
use super::contender::{Contender, EAGER, OWN, SERVER};
use super::stage::Stage;
use crate::args::Args;
use crate::field::{Plan, Point};
use crate::measure::{Sample, Timing};
use crate::report::{Failures, Spread, Table};
use crate::xmpp_server::ServerKind;

/// Up to what `session.max_stanzas` allows.
const BATCHES: [usize; 5] = [1, 4, 8, 16, 32];
const PLAN: Plan = Plan { in_flight: 512, point: Point::SMALL };

pub(super) async fn run(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    println!("\nMost stanzas in a body, on {}: {} reads in flight", kind.name(), PLAN.in_flight);
    let mut stage = Stage::set(args, kind, folder, PLAN.smartservers()).await?;
    let mut samples = BATCHES.map(|_| [const { Vec::new() }; 2]);
    for _ in 0..args.rounds {
        for (&batch, all) in BATCHES.iter().zip(&mut samples) {
            stage = stage.restart_gateway(batch).await?;
            for (contender, all) in
                [Contender::raw_bosh(batch, EAGER), Contender::Gateway].into_iter().zip(all)
            {
                all.extend(contender.sample(&mut stage, PLAN, Timing::new(args.window()), failures).await);
            }
        }
    }
    let mut table =
        Table::new(&["most", "by", "reads/s", "p50 ms", "CPU us/read: own", "server", "stanzas/body"]);
    for (batch, [raw, ours]) in BATCHES.into_iter().zip(&samples) {
        table.row(row(batch, Contender::raw_bosh(batch, EAGER), raw));
        table.row(row(batch, Contender::Gateway, ours));
    }
    table.print();
    Ok(())
}

fn row(batch: usize, contender: Contender, samples: &[Sample]) -> Vec<String> {
    let spread = |figure: &dyn Fn(&Sample) -> f64| Spread::of(samples.iter().map(figure));
    vec![
        batch.to_string(),
        contender.name().to_owned(),
        spread(&Sample::per_second).to_string(),
        format!("{:.1}", spread(&|sample| sample.latency_ms(0.5))),
        spread(&|sample| sample.cpu_per_answer(OWN)).to_string(),
        spread(&|sample| sample.cpu_per_answer(SERVER)).to_string(),
        format!("{:.1}", Spread::of(samples.iter().filter_map(|sample| sample.batch))),
    ]
}
