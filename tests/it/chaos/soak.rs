//! Random faults for as long as one likes: `make chaos`.

use std::collections::BTreeMap;
use std::time::Instant;

use rand::RngExt as _;

use super::faults::{ACCOUNT, Fault, NETWORK, SERVER};
use super::round::{self, Report};
use super::settings::{self, Settings};
use super::world::World;
use crate::harness::sockets::descriptors;
use crate::harness::xmpp_server::ServerKind;

/// Descriptors that the gateway may have more at the end: connections of its pools.
const POOLS: usize = 16;

/// Each server in turn gets its part of the time, and in it each fault at least once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes as long as it is told to: make chaos"]
async fn random_faults() {
    let servers = settings::servers();
    for kind in &servers {
        soak(*kind, settings::soak() / servers.len() as u32).await;
    }
}

async fn soak(kind: ServerKind, length: std::time::Duration) {
    let settings = Settings::long();
    println!("{kind:?}: random faults for {length:?}, NOCGATE_CHAOS_SEED={}", settings.seed);
    let mut world = World::start(kind, settings).await;
    let all: Vec<Fault> = [&NETWORK[..], &SERVER, &ACCOUNT].concat();
    let all: Vec<Fault> = all.into_iter().filter(|fault| fault.applies(kind)).collect();
    let (begun, mut reports, mut held) = (Instant::now(), Vec::new(), 0);
    while begun.elapsed() < length || reports.len() < all.len() {
        let fault = match all.get(reports.len()) {
            Some(fault) => *fault,
            None => all[world.dice.random_range(0..all.len())],
        };
        let report = round::play(&mut world, fault).await;
        println!("{:>6.0?} {report}", begun.elapsed());
        reports.push(report);
        if reports.len() == all.len() {
            held = descriptors(world.gateway.pid()).len();
        }
    }
    let holds = descriptors(world.gateway.pid()).len();
    summary(&world, &reports);
    println!("descriptors of the gateway: {held} after the first faults, {holds} at the end");
    assert!(reports.iter().all(|report| report.wrong.is_empty()), "see above");
    assert!(holds <= held + POOLS, "descriptors are left");
}

fn summary(world: &World, reports: &[Report]) {
    let mut worst: BTreeMap<Fault, (u32, std::time::Duration)> = BTreeMap::new();
    for report in reports {
        let (rounds, longest) = worst.entry(report.fault).or_default();
        *rounds += 1;
        let back = report.back.map_or(std::time::Duration::ZERO, |(client, gateway)| client.max(gateway));
        *longest = back.max(*longest);
    }
    let wrong: usize = reports.iter().map(|report| report.wrong.len()).sum();
    println!("{:?}: {} rounds, {wrong} wrong", world.kind, reports.len());
    for (fault, (rounds, longest)) in worst {
        println!("  {:<14} {rounds:>4} rounds, back after {longest:.3?} at the latest", format!("{fault:?}"));
    }
    for (what, count) in world.ledger.counts() {
        println!("  {count:>9} {what}");
    }
}
