use std::rc::Rc;

use tokio::io::AsyncWriteExt as _;

use crate::c2s::C2s;
use crate::field::Plan;
use crate::measure::Run;
use crate::raw::Places;
use crate::scan::each_iq;

/// Reads by plan over a TCP stream: what the server gives without BOSH.
pub(crate) async fn load(mut c2s: C2s, plan: Plan, run: Rc<Run>) -> anyhow::Result<()> {
    let mut places = Places::new(plan, "", run);
    let mut waiting: Vec<usize> = (0..plan.in_flight).collect();
    let mut out = String::new();
    loop {
        waiting.drain(..).for_each(|place| places.ask(place, &mut out));
        if places.is_idle() {
            c2s.stream.write_all(b"</stream:stream>").await?;
            return Ok(());
        }
        c2s.stream.write_all(out.as_bytes()).await?;
        out.clear();
        c2s.receive().await?;
        let done = each_iq(c2s.text(), |tag, rest| waiting.extend(places.answered(tag, rest)));
        c2s.consume(done);
    }
}
