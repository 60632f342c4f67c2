//! Everything that a fault meets: server, proxy, SmartServers, a client under test and a gateway.

use std::time::Duration;

use futures_util::future::join_all;
use nocgate::xmpp::Account;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use tokio::time::{Instant, timeout};

use super::did::Did;
use super::gateway_load::{GatewayLoad, Known};
use super::journal::Journal;
use super::ledger::Ledger;
use super::load::{Load, Target};
use super::settings::{BACK_WITHIN, INACTIVITY, Settings};
use super::subject::Subject;
use super::values::POINTS;
use crate::harness::database::TestDatabase;
use crate::harness::gateway::GatewayProcess;
use crate::harness::proxy::Proxy;
use crate::harness::simulator::{FleetOf, SimulatorProcess, user_of};
use crate::harness::site::{PASSWORD, register_identity, session, synced};
use crate::harness::sockets::sockets_to;
use crate::harness::xmpp_server::{ServerKind, Setup, XmppServer};
use crate::harness::{PATIENCE, eventually};

/// The client's account and resource.
pub(super) const USER: &str = "noc";
pub(super) const RESOURCE: &str = "chaos";
const GATEWAY: &str = "noc-gateway";
/// Half of them answer late.
const FLEET: FleetOf = FleetOf { smartservers: 12, points: POINTS, slow: 6, slow_by_ms: 200 };
/// Of the others, this many callers ask.
const FAST_CALLERS: usize = 8;
/// What the gateway is told.
const SETTINGS: [(&str, &str); 2] = [("SESSION__WAIT_S", "10"), ("SMARTSERVER__DEADLINE_MS", "4000")];
/// SmartServers that the gateway knows, of either kind.
const KNOWN: [usize; 4] = [0, 1, 10, 11];

pub(super) struct World {
    pub(super) settings: Settings,
    pub(super) kind: ServerKind,
    pub(super) server: XmppServer,
    pub(super) proxy: Proxy,
    pub(super) subject: Subject,
    pub(super) ledger: Ledger,
    pub(super) dice: StdRng,
    pub(super) gateway: GatewayProcess,
    identity: String,
    targets: Vec<Target>,
    known: Vec<Known>,
    simulator: SimulatorProcess,
    _database: TestDatabase,
}

/// What must not grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gauge {
    pub(super) waiters: usize,
    pub(super) tasks: usize,
    pub(super) sockets: usize,
    pub(super) gateway_sockets: usize,
}

/// All callers at work.
pub(super) struct Loads {
    client: Vec<Load>,
    gateway: Option<GatewayLoad>,
}

impl World {
    pub(super) async fn start(kind: ServerKind, settings: Settings) -> World {
        let setup = Setup { inactivity: Some(INACTIVITY), ..Setup::default() };
        let server = XmppServer::start_with(kind, setup).await;
        server.register_all([USER, GATEWAY].map(str::to_owned), PASSWORD).await;
        let simulator = SimulatorProcess::start(&server, FLEET).await;
        let proxy = Proxy::start(&server.bosh_url()).await;
        let database = TestDatabase::in_memory();
        let gateway = GatewayProcess::start(&database, &SETTINGS).await;
        let ledger = Ledger::new(Journal::new(simulator.journal()));
        let subject = Subject::start(account(&server, &proxy), &ledger);
        let targets = simulator.macs().iter().map(|mac| Target::new(*mac, server.domain())).collect();
        let (dice, identity) = (StdRng::seed_from_u64(settings.seed), String::new());
        let mut world = World {
            settings,
            kind,
            server,
            proxy,
            subject,
            ledger,
            dice,
            gateway,
            identity,
            targets,
            known: Vec::new(),
            simulator,
            _database: database,
        };
        world.register().await;
        world.subject.online().await;
        world
    }

    /// Tells the gateway its identity and SmartServers.
    async fn register(&mut self) {
        let api = &self.gateway.api;
        let identity = json!({
            "jid": format!("{GATEWAY}@{}", self.server.domain()),
            "resource": RESOURCE,
            "bosh_urls": [self.proxy.url(&self.server.bosh_url())],
            "password": PASSWORD,
            "plain_on_loopback": true,
        });
        self.identity = register_identity(api, identity).await;
        for mac in KNOWN.map(|n| self.simulator.macs()[n]) {
            let key = user_of(mac);
            let jid = format!("{key}@{}/{}", self.server.domain(), nocgate::simulator::RESOURCE);
            let new = json!({"jid": jid, "identity_id": self.identity, "key": key});
            api.post("/smartservers", new).await.ok();
            synced(api, &key).await;
            self.known.push(Known::find(api, &key, mac).await);
        }
    }

    pub(super) fn begin_load(&self) -> Loads {
        let (fast, slow) = self.targets.split_at(FLEET.smartservers - FLEET.slow);
        let client = vec![
            Load::start(&self.subject, &self.ledger, slow, self.settings.in_flight),
            Load::start(&self.subject, &self.ledger, fast, FAST_CALLERS),
        ];
        let gateway = GatewayLoad::start(&self.gateway.api, &self.ledger, &self.known);
        Loads { client, gateway: Some(gateway) }
    }

    /// One caller alone.
    pub(super) fn begin_little(&self) -> Loads {
        Loads { client: vec![Load::start(&self.subject, &self.ledger, &self.targets, 1)], gateway: None }
    }

    /// Waits until calls of each kind are answered.
    pub(super) async fn flows(&self, loads: &Loads) {
        let kinds = ["write: ok", "read: ok", "API read: ok", "command: verified", "command: acknowledged"];
        let kinds = if loads.gateway.is_some() { &kinds[..] } else { &kinds[..2] };
        let count = || kinds.iter().map(|kind| self.ledger.counted(kind)).collect::<Vec<_>>();
        let before = count();
        let flows = || count().into_iter().zip(&before).all(|(now, before)| now > *before);
        eventually("calls are answered", async || flows().then_some(())).await;
    }

    /// How long client and gateway took to be back since the server was able to have them.
    pub(super) async fn back_since(&self, able: Instant) -> (Duration, Duration) {
        let (subject, gateway) = tokio::join!(self.subject.online(), self.gateway_online());
        let back = (subject.saturating_duration_since(able), gateway.saturating_duration_since(able));
        let limit = BACK_WITHIN + self.settings.margin + self.ledger.machine();
        for (who, back) in [("client", back.0), ("gateway", back.1)] {
            if back > limit {
                let reasons = self.subject.reasons();
                self.ledger
                    .wrong(format!("the {who} was back after {back:?}, not within {limit:?}: {reasons:?}"));
            }
        }
        back
    }

    /// When the gateway's session is online and carries a call to a SmartServer.
    async fn gateway_online(&self) -> Instant {
        eventually("the gateway's session works", async || {
            let session = session(&self.gateway.api, &self.identity).await;
            let works = session["state"] == "online" && self.known[0].answers(&self.gateway.api).await;
            works.then(Instant::now)
        })
        .await
    }

    /// Waits until every SmartServer answers the client, and those that it knows the gateway.
    pub(super) async fn all_answer(&self) {
        let client = join_all(self.targets.iter().map(|target| {
            let (client, ledger) = (self.subject.client.clone(), self.ledger.clone());
            let asking = target.clone().answers(client, ledger);
            async { self.subject.spawn(asking).await.expect("no panic") }
        }));
        let gateway = join_all(self.known.iter().map(|known| {
            eventually("a SmartServer answers the gateway", async || {
                known.answers(&self.gateway.api).await.then_some(())
            })
        }));
        timeout(PATIENCE, async { tokio::join!(client, gateway) }).await.expect("every SmartServer answers");
    }

    /// What client and gateway hold when nobody asks anything.
    pub(super) fn gauge(&self) -> Gauge {
        Gauge {
            waiters: self.subject.client.status().borrow().pending,
            tasks: self.subject.tasks(),
            sockets: sockets_to(std::process::id(), self.proxy.port()),
            gateway_sockets: sockets_to(self.gateway.pid(), self.proxy.port()),
        }
    }

    /// What the client has done so far.
    pub(super) fn did(&self) -> Did {
        Did::of(&self.subject.client.status().borrow())
    }

    /// Waits until nothing is held that was not held `before`.
    pub(super) async fn settles(&self, before: Gauge) {
        let settled = || {
            let now = self.gauge();
            now.waiters <= before.waiters
                && now.tasks <= before.tasks
                && now.sockets <= before.sockets
                && now.gateway_sockets <= before.gateway_sockets
        };
        let wait = async {
            while !settled() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(PATIENCE, wait).await.is_err() {
            self.ledger.wrong(format!("something is left: {before:?}, now {:?}", self.gauge()));
        }
        if self.kind == ServerKind::Ejabberd {
            for user in [USER, GATEWAY] {
                let single = async || (self.server.sessions(user).await <= 1).then_some(());
                eventually("each account has a single session", single).await;
            }
        }
    }

    /// Starts the client anew, whatever has become of it.
    pub(super) async fn renew_client(&mut self) {
        self.subject.client.stop().await;
        self.subject = Subject::start(account(&self.server, &self.proxy), &self.ledger);
        self.subject.online().await;
    }

    /// A length of time for a fault.
    pub(super) fn between(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(self.dice.random_range(least..=most))
    }
}

impl Loads {
    pub(super) async fn stop(self) {
        let all = async {
            join_all(self.client.into_iter().map(Load::stop)).await;
            if let Some(gateway) = self.gateway {
                gateway.stop().await;
            }
        };
        timeout(PATIENCE, all).await.expect("every call ends");
    }
}

/// The client's account, by way of the proxy.
fn account(server: &XmppServer, proxy: &Proxy) -> Account {
    let addresses = vec![proxy.url(&server.bosh_url())];
    Account { addresses, resource: RESOURCE.into(), ..server.account(USER, PASSWORD) }
}
