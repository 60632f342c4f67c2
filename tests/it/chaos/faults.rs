//! What goes wrong, and what is to be seen afterwards.

use std::time::Duration;

use nocgate::xml::Element;
use nocgate::xmpp::{Account, Client, IqKind, State};
use rand::RngExt as _;
use tokio::time::{Instant, sleep};

use super::did::Did;
use super::settings::INACTIVITY;
use super::subject::options;
use super::world::{RESOURCE, USER, World};
use crate::harness::site::PASSWORD;
use crate::harness::spoil::Way;
use crate::harness::xmpp_server::ServerKind;
use crate::harness::{PATIENCE, eventually};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// Connections are cut within requests.
    CutRequests,
    /// Connections are cut within answers.
    CutAnswers,
    /// Nothing goes either way for a time.
    Hold,
    /// Requests vanish, and later their connections.
    LoseRequests,
    /// Answers vanish, and later their connections.
    LoseAnswers,
    /// Requests overtake each other.
    Reorder,
    /// A request overtakes an empty one, and nothing else happens: ejabberd parks it for good.
    Park,
    /// A proxy answers 502 with HTML in place of the server.
    BadGateway,
    /// A proxy answers 502 after the server has taken the request.
    BadAnswers,
    /// The path is held until the server has forgotten the session.
    Expiry,
    /// The server's process stops for a time and goes on.
    Freeze,
    /// The server is killed and started again.
    Kill,
    /// The server is stopped in good order and started again.
    Restart,
    /// An administrator ends the session.
    Kick,
    /// Somebody else binds the resource.
    Conflict,
    /// The account is removed.
    Removal,
}

pub(super) const NETWORK: [Fault; 10] = [
    Fault::CutRequests,
    Fault::CutAnswers,
    Fault::Hold,
    Fault::LoseRequests,
    Fault::LoseAnswers,
    Fault::Reorder,
    Fault::Park,
    Fault::BadGateway,
    Fault::BadAnswers,
    Fault::Expiry,
];
pub(super) const SERVER: [Fault; 3] = [Fault::Freeze, Fault::Kill, Fault::Restart];
pub(super) const ACCOUNT: [Fault; 3] = [Fault::Kick, Fault::Conflict, Fault::Removal];

/// What a fault leaves behind.
#[derive(Debug, Clone, Copy)]
pub(super) enum Leaves {
    /// A server that is able to have the session since then.
    Able(Instant),
    /// A client that will not come back soon, or not at all.
    Gone,
}

impl Fault {
    /// Whether the harness can make it happen: only ejabberd has an API.
    pub(super) fn applies(self, kind: ServerKind) -> bool {
        kind == ServerKind::Ejabberd || !matches!(self, Fault::Kick | Fault::Removal)
    }

    /// Whether it needs a client with little to do.
    pub(super) fn is_quiet(self) -> bool {
        self == Fault::Park
    }

    /// Whether what the client did shows that it happened.
    pub(super) fn shows(self, kind: ServerKind, did: Did) -> bool {
        match self {
            Fault::Park => kind == ServerKind::Prosody || did.parked > 0,
            Fault::Expiry | Fault::Kill | Fault::Restart => did.logins > 0,
            Fault::Hold | Fault::Reorder | Fault::Freeze => true,
            // The client is another one afterwards.
            Fault::Kick | Fault::Conflict | Fault::Removal => true,
            _ => did.repeated + did.logins > 0,
        }
    }

    /// Makes it happen, and ends it.
    pub(super) async fn strike(self, world: &mut World) -> Leaves {
        match self {
            Fault::CutRequests => cut(world, Way::Requests).await,
            Fault::CutAnswers => cut(world, Way::Answers).await,
            Fault::Hold => {
                let length = world.between(500, 1_000 * INACTIVITY - 1_000);
                hold(world, length).await;
            }
            Fault::Expiry => {
                let length = world.between(1_000 * INACTIVITY + 2_000, 1_000 * INACTIVITY + 4_000);
                hold(world, length).await;
            }
            Fault::LoseRequests => lose(world, Way::Requests).await,
            Fault::LoseAnswers => lose(world, Way::Answers).await,
            Fault::Reorder => reorder(world).await,
            Fault::Park => park(world).await,
            Fault::BadGateway => bad_gateway(world, Way::Requests).await,
            Fault::BadAnswers => bad_gateway(world, Way::Answers).await,
            Fault::Freeze => {
                world.server.freeze();
                sleep(world.between(500, 4_000)).await;
                world.server.thaw();
                world.server.able().await;
            }
            Fault::Kill => {
                world.server.kill().await;
                sleep(world.between(0, 2_000)).await;
                world.server.restart().await;
                world.server.able().await;
            }
            Fault::Restart => {
                world.server.stop().await;
                world.server.restart().await;
                world.server.able().await;
            }
            Fault::Kick => return kick(world).await,
            Fault::Conflict => return conflict(world).await,
            Fault::Removal => return removal(world).await,
        }
        Leaves::Able(Instant::now())
    }
}

async fn cut(world: &mut World, way: Way) {
    for _ in 0..world.settings.cuts {
        let bytes = match world.dice.random_range(0..4) {
            0 => world.dice.random_range(0..20),
            1 => world.dice.random_range(0..400),
            _ => world.dice.random_range(0..4_000),
        };
        world.proxy.spoil().cut_after(way, bytes);
        eventually("a connection is cut", async || (!world.proxy.spoil().will_cut()).then_some(())).await;
        world.back_since(Instant::now()).await;
    }
}

async fn hold(world: &mut World, length: Duration) {
    world.proxy.stall(true);
    sleep(length).await;
    world.proxy.stall(false);
}

async fn lose(world: &mut World, way: Way) {
    world.proxy.spoil().swallow(way);
    sleep(world.between(500, 3_000)).await;
    heal(world);
}

async fn bad_gateway(world: &mut World, way: Way) {
    world.proxy.spoil().bad_gateway(way);
    sleep(world.between(500, 3_000)).await;
    heal(world);
}

/// What was spoilt can only be carried on anew.
fn heal(world: &World) {
    world.proxy.spoil().heal();
    world.proxy.cut();
}

async fn reorder(world: &mut World) {
    for _ in 0..3 {
        let (every, by) = (world.dice.random_range(2..8), world.between(20, 300));
        world.proxy.spoil().delay_requests(every, by);
        sleep(Duration::from_secs(1)).await;
        world.proxy.spoil().heal();
        world.back_since(Instant::now()).await;
    }
}

async fn park(world: &mut World) {
    let by = world.between(100, 300);
    world.proxy.spoil().delay_polls(by);
    let calls = || world.ledger.counted("write: ok") + world.ledger.counted("read: ok");
    let (parked, answered) = (world.did().parked, calls());
    let enough = || match world.kind {
        ServerKind::Ejabberd => world.did().parked > parked + 1,
        ServerKind::Prosody => calls() > answered + 30,
    };
    eventually("requests overtake polls", async || enough().then_some(())).await;
    world.proxy.spoil().heal();
}

async fn kick(world: &mut World) -> Leaves {
    world.server.kick(USER, RESOURCE).await;
    says_why(world, "conflict").await;
    Leaves::Gone
}

async fn removal(world: &mut World) -> Leaves {
    world.server.unregister(USER).await;
    world.subject.in_state(&State::Refused).await;
    says_why(world, "not-authorized").await;
    let before = world.subject.client.status().borrow().clone();
    assert!(before.reason.is_some() && before.offline.is_some(), "{before:?}");
    world.server.register(USER, PASSWORD).await;
    Leaves::Gone
}

async fn conflict(world: &mut World) -> Leaves {
    // Prosody does not always tell a conflict; of a client whose connections failed a moment ago it
    // cannot be told from a restart, so that each holder takes the resource once more.
    sleep(Duration::from_secs(INACTIVITY + 1)).await;
    let before = world.subject.client.status().borrow().logins;
    let account = Account { resource: RESOURCE.into(), ..world.server.account(USER, PASSWORD) };
    let (second, _inbound) = Client::start(account, options());
    says_why(world, "conflict").await;
    // The first does not fight: the second can work.
    let domain = world.server.domain().parse().expect("a JID");
    for _ in 0..50 {
        let ping = Element::new("urn:xmpp:ping", "ping");
        let answer = second.iq(&domain, IqKind::Get, ping, Instant::now() + PATIENCE).await;
        assert_eq!(answer, Ok(None), "the second holder of the resource lost it");
        sleep(Duration::from_millis(50)).await;
    }
    let did = Did::of(&second.status().borrow());
    assert_eq!(did.logins - did.resumed, 1, "the second holder had to log in again");
    let now = world.subject.client.status().borrow().clone();
    assert!(now.logins <= before && !matches!(now.state, State::Online(_)), "{now:?}");
    second.stop().await;
    Leaves::Gone
}

/// Waits until the client has given a reason with this in it.
async fn says_why(world: &World, text: &str) {
    eventually(&format!("the client says {text:?}"), async || {
        world.subject.reasons().iter().any(|reason| reason.contains(text)).then_some(())
    })
    .await;
}
