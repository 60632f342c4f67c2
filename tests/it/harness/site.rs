//! A gateway with simulated SmartServers, joined by a real XMPP server.

use std::sync::atomic::{AtomicUsize, Ordering};

use nocgate::simulator::{Fleet, Handle, Mac, Profile, Settings, macs};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::api::{Answer, Api, query, send};
use super::database::{Engine, TestDatabase};
use super::gateway::{Gateway, Overrides};
use super::xmpp_server::{ServerKind, XmppServer};
use super::{PATIENCE, eventually};
use crate::schema::Watch;

/// Password of all accounts; unlike anything else that a log may hold.
pub(crate) const PASSWORD: &str = "9f3k-correct-horse";
/// Resource that the gateway binds.
pub(crate) const RESOURCE: &str = "it";

/// Points of the deterministic profile that tests use.
pub(crate) const SWITCH: &str = "Net/LON/Device 1/Block[0]/nviSwitch_0";
pub(crate) const TEMP: &str = "Net/LON/Device 1/Block[0]/nvoTemp_2";
pub(crate) const FLOAT: &str = "Net/LON/Device 1/Block[0]/nvoTempF_4";
pub(crate) const SETPOINT: &str = "Net/LON/Device 1/Block[1]/nviSetpoint_5";
pub(crate) const LEVEL: &str = "Net/LON/Device 1/Block[0]/nviLevel_6";
pub(crate) const MODE: &str = "Net/LON/Device 1/Block[1]/nviMode_7";
pub(crate) const TEXT: &str = "Net/LON/Device 3/Block[1]/nviText_27";

/// What a test needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    pub(crate) smartservers: usize,
    pub(crate) points: usize,
    pub(crate) overrides: &'static Overrides,
    /// Entries that each data log begins with; without it there are no data loggers, alarm generators and
    /// alarm notifiers.
    pub(crate) log_entries: Option<usize>,
}

impl Default for Needs {
    fn default() -> Self {
        Needs { smartservers: 1, points: 40, overrides: &[], log_entries: None }
    }
}

/// Simulated SmartServers and accounts of their own on a server that others may use too.
pub(crate) struct Field {
    pub(crate) fleet: Fleet,
    /// User part of the gateway's account.
    pub(crate) user: String,
    pub(crate) domain: &'static str,
    pub(crate) bosh_url: String,
    /// Holds what the gateway sends against the schema.
    pub(crate) watch: Watch,
}

impl Field {
    pub(crate) async fn start(server: &XmppServer, smartservers: usize, points: usize) -> Field {
        Field::of(server, Profile::Deterministic, smartservers, points).await
    }

    /// SmartServers of any profile.
    pub(crate) async fn of(
        server: &XmppServer,
        profile: Profile,
        smartservers: usize,
        points: usize,
    ) -> Field {
        let needs = Needs { smartservers, points, ..Needs::default() };
        Field::with(server, profile, &needs).await
    }

    /// The same with all that a test needs of the SmartServers.
    pub(crate) async fn with(server: &XmppServer, profile: Profile, needs: &Needs) -> Field {
        let Needs { smartservers, points, log_entries, .. } = *needs;
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let first_mac = Mac::FIRST.plus(n * 1_000);
        let users = macs(first_mac, smartservers).into_iter().map(|mac| mac.to_string().to_lowercase());
        let user = format!("noc-{n}");
        server.register_all(users.chain([user.clone()]), PASSWORD).await;
        let mut settings = Settings::new(server.bosh_url(), server.domain(), PASSWORD.into());
        (settings.count, settings.points, settings.first_mac) = (smartservers, points, first_mac);
        (settings.profile, settings.log_entries) = (profile, log_entries);
        let watch = Watch::default();
        settings.tap = Some(watch.tap());
        let fleet = Fleet::start(&settings).expect("a fleet");
        timeout(PATIENCE, fleet.online()).await.expect("the SmartServers are online");
        Field { fleet, user, domain: server.domain(), bosh_url: server.bosh_url().to_string(), watch }
    }

    /// The gateway's full JID.
    pub(crate) fn noc(&self) -> jid::Jid {
        format!("{}@{}/{RESOURCE}", self.user, self.domain).parse().expect("a JID")
    }

    /// The gateway's account as the API takes it.
    pub(crate) fn identity(&self) -> Value {
        json!({
            "jid": format!("{}@{}", self.user, self.domain),
            "resource": RESOURCE,
            "bosh_urls": [self.bosh_url],
            "password": PASSWORD,
            "plain_on_loopback": true,
        })
    }

    /// Registers the account and all SmartServers, and waits until their inventories are read.
    pub(crate) async fn register(&self, api: &Api) -> String {
        let identity = register_identity(api, self.identity()).await;
        online(api, &identity).await;
        for handle in self.fleet.smartservers() {
            register_smartserver(api, handle, &identity).await;
        }
        for handle in self.fleet.smartservers() {
            synced(api, &key_of(handle)).await;
        }
        identity
    }

    pub(crate) fn smartserver(&self) -> &Handle {
        &self.fleet.smartservers()[0]
    }

    /// Key of the first SmartServer.
    pub(crate) fn key(&self) -> String {
        key_of(self.smartserver())
    }
}

/// All of it, ready for use.
pub(crate) struct Site {
    pub(crate) kind: ServerKind,
    pub(crate) field: Field,
    pub(crate) gateway: Gateway,
    pub(crate) api: Api,
    /// Id of the identity.
    pub(crate) identity: String,
    pub(crate) database: TestDatabase,
}

impl Site {
    /// One SmartServer on the server that tests share.
    pub(crate) async fn start(kind: ServerKind) -> Site {
        Site::with(kind, Needs::default()).await
    }

    pub(crate) async fn with(kind: ServerKind, needs: Needs) -> Site {
        Site::on(XmppServer::shared(kind).await, needs).await
    }

    pub(crate) async fn on(server: &XmppServer, needs: Needs) -> Site {
        let database = TestDatabase::start(Engine::Sqlite).await;
        let gateway = Gateway::start(&database, needs.overrides).await;
        let field = Field::with(server, Profile::Deterministic, &needs).await;
        let identity = field.register(&gateway.api).await;
        let api = gateway.api.clone();
        Site { kind: server.kind(), field, gateway, api, identity, database }
    }

    pub(crate) fn smartserver(&self) -> &Handle {
        self.field.smartserver()
    }

    pub(crate) fn key(&self) -> String {
        self.field.key()
    }

    /// Id of a point of the first SmartServer.
    pub(crate) async fn point(&self, name: &str) -> String {
        point_of(&self.api, &self.key(), name).await
    }

    /// Reads a point of the first SmartServer; `query` holds the parameters.
    pub(crate) async fn read(&self, name: &str, parameters: &[(&str, &str)]) -> Answer {
        let id = self.point(name).await;
        self.api.get(&query(&format!("/data-points/{id}"), parameters)).await
    }

    /// What the gateway holds of a point, without asking the SmartServer.
    pub(crate) async fn cached(&self, name: &str) -> Value {
        self.read(name, &[("only_if_cached", "true")]).await.ok()["reading"].take()
    }

    /// Orders something of a point and waits for the outcome; gives the command's only item.
    pub(crate) async fn order(&self, name: &str, command: Value) -> Value {
        let id = self.point(name).await;
        let answer = send(writing(&self.api, &id, command).header("prefer", "wait=60")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        only_item(&answer.body)
    }

    /// Reads of any kind in one request.
    pub(crate) async fn reads(&self, request: Value) -> Value {
        self.api.post("/reads", request).await.ok()
    }
}

pub(crate) fn writing(api: &Api, point: &str, command: Value) -> reqwest::RequestBuilder {
    api.request(Method::POST, &format!("/data-points/{point}/writes")).json(&command)
}

/// The item of a command for one point.
#[track_caller]
pub(crate) fn only_item(command: &Value) -> Value {
    let items = command["items"].as_array().expect("items");
    assert_eq!(items.len(), 1);
    items[0].clone()
}

/// A command's only item once it has an outcome.
pub(crate) async fn outcome(api: &Api, command: &str) -> Value {
    eventually("the command ends", async || {
        let command = api.get(&format!("/commands/{command}")).await.ok();
        (command["finished"] == true).then(|| only_item(&command))
    })
    .await
}

pub(crate) async fn register_identity(api: &Api, identity: Value) -> String {
    text(&api.post("/identities", identity).await.ok()["id"])
}

pub(crate) async fn register_smartserver(api: &Api, handle: &Handle, identity: &str) -> Value {
    let new = json!({"jid": handle.jid().to_string(), "identity_id": identity});
    api.post("/smartservers", new).await.ok()
}

/// The session of an identity.
pub(crate) async fn session(api: &Api, identity: &str) -> Value {
    api.get(&format!("/identities/{identity}/session")).await.ok()
}

/// Waits until an identity's session is in a state.
pub(crate) async fn in_state(api: &Api, identity: &str, state: &str) -> Value {
    eventually(state, async || {
        let session = session(api, identity).await;
        (session["state"] == state).then_some(session)
    })
    .await
}

pub(crate) async fn online(api: &Api, identity: &str) -> Value {
    in_state(api, identity, "online").await
}

/// Waits until an inventory was read.
pub(crate) async fn synced(api: &Api, key: &str) -> Value {
    eventually("the inventory is read", async || {
        let smartserver = api.get(&format!("/smartservers/{key}")).await.ok();
        (!smartserver["inventory_at"].is_null()).then_some(smartserver)
    })
    .await
}

/// Id of a point.
pub(crate) async fn point_of(api: &Api, key: &str, name: &str) -> String {
    let page = api.get(&query("/data-points", &[("smartserver", key), ("name", name)])).await.ok();
    text(&page["items"][0]["id"])
}

pub(crate) fn key_of(handle: &Handle) -> String {
    handle.jid().node().expect("a user part").to_string()
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected, not {value}")).to_owned()
}
