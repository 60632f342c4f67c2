//! One fault from its beginning until nothing of it is left.

use std::fmt;
use std::time::Duration;

use super::did::Did;
use super::faults::{Fault, Leaves};
use super::world::World;

/// What came of it.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) fault: Fault,
    /// How long after the server was able the client was back, and the gateway.
    pub(super) back: Option<(Duration, Duration)>,
    pub(super) did: Did,
    /// How late a call ended, at worst, over all rounds.
    pub(super) latest: Duration,
    /// How late the machine ran what was due, at worst.
    pub(super) machine: Duration,
    /// What must not be.
    pub(super) wrong: Vec<String>,
}

/// Lets a fault happen under load, and looks at everything afterwards.
pub(super) async fn play(world: &mut World, fault: Fault) -> Report {
    world.all_answer().await;
    let (before, did) = (world.gauge(), world.did());
    world.subject.forget_reasons();
    let loads = if fault.is_quiet() { world.begin_little() } else { world.begin_load() };
    world.flows(&loads).await;
    let leaves = fault.strike(world).await;
    let back = match leaves {
        Leaves::Able(able) => Some(world.back_since(able).await),
        Leaves::Gone => None,
    };
    if back.is_some() {
        world.all_answer().await;
        world.flows(&loads).await;
    }
    loads.stop().await;
    let did = world.did().since(did);
    if !fault.shows(world.kind, did) {
        world.ledger.wrong(format!("nothing shows that it happened: {did:?}"));
    }
    if back.is_none() {
        world.renew_client().await;
    }
    world.all_answer().await;
    world.settles(before).await;
    let (latest, machine) = (world.ledger.latest(), world.ledger.machine());
    Report { fault, back, did, latest, machine, wrong: world.ledger.judge() }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { fault, back, did, latest, machine, wrong } = self;
        write!(f, "{:<14}", format!("{fault:?}"))?;
        match back {
            Some((client, gateway)) => write!(f, " back after {client:>7.3?} (gateway {gateway:>7.3?})")?,
            None => write!(f, " the client was started anew            ")?,
        }
        write!(f, ", {did}")?;
        write!(f, ", latest call {latest:.3?} after its deadline, machine late by {machine:.3?}")?;
        wrong.iter().try_for_each(|what| write!(f, "\n    WRONG {what}"))
    }
}
