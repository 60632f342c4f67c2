use std::rc::Rc;

use anyhow::{Context as _, ensure};
use futures_util::future::try_join_all;
use tokio::time::Instant;

use crate::field::Plan;
use crate::gateway::Gateway;
use crate::http::Connection;
use crate::measure::Run;

/// Reads by plan through the gateway's API: live ones, with a connection for each read in flight.
pub(crate) async fn live(gateway: &Gateway, plan: Plan, run: Rc<Run>) -> anyhow::Result<()> {
    let requests = gateway.requests(plan.point, "max_age_ms=0&timeout_ms=60000");
    let place = async |place| -> anyhow::Result<()> {
        let mut connection = Connection::open(gateway.port).await?;
        for turn in 1.. {
            let smartserver = plan.target(place, turn);
            let request = requests.get(smartserver).context("no such SmartServer")?;
            let sent = Instant::now();
            let status = connection.exchange(request).await?;
            let raw = raw_value(status, connection.body()?);
            run.answered(sent, raw.and_then(|raw| run.ledger.check(smartserver, raw)));
            if run.is_over() {
                break;
            }
        }
        Ok(())
    };
    try_join_all((0..plan.in_flight).map(place)).await.map(drop)
}

/// The same request again and again, over so many connections, to whatever answers it.
pub(crate) async fn same(
    port: u16,
    request: &[u8],
    expected: &str,
    connections: usize,
    run: Rc<Run>,
) -> anyhow::Result<()> {
    let place = async |_| -> anyhow::Result<()> {
        let mut connection = Connection::open(port).await?;
        while !run.is_over() {
            let sent = Instant::now();
            let status = connection.exchange(request).await?;
            let raw = raw_value(status, connection.body()?);
            run.answered(sent, raw.and_then(|raw| is_same(raw, expected)));
        }
        Ok(())
    };
    try_join_all((0..connections).map(place)).await.map(drop)
}

fn is_same(raw: &str, expected: &str) -> anyhow::Result<()> {
    ensure!(raw == expected, "{raw} in place of {expected}");
    Ok(())
}

/// The value in an answer of the API. That it is of the right data point, the value itself tells.
pub(crate) fn raw_value(status: u16, body: &str) -> anyhow::Result<&str> {
    ensure!(status == 200, "status {status}: {body}");
    let (_, rest) = body.split_once("\"raw\":\"").context("no raw value")?;
    rest.split('"').next().context("no raw value")
}
