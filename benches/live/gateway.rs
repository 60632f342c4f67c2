use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::field::{self, DOMAIN, PASSWORD, Point};
use crate::http::{Connection, request};
use crate::process::Process;
use crate::xmpp_server::{XmppServer, free_ports};

/// How long sessions may take to come online, and inventories to be read.
const PATIENCE: Duration = Duration::from_secs(180);
/// And more for each inventory, where there are thousands.
const PER_INVENTORY: Duration = Duration::from_millis(100);

/// The gateway under test: a process of its own on a SQLite file.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) process: Process,
    pub(crate) port: u16,
    key: String,
    control: Connection,
    /// Ids of data points by name of the point and number of the SmartServer.
    points: HashMap<String, Vec<String>>,
}

/// How a gateway is started.
#[derive(Debug, Clone)]
pub(crate) struct Start {
    pub(crate) nocgate: PathBuf,
    pub(crate) core: usize,
    /// Its database and log; kept from one start to the next.
    pub(crate) folder: PathBuf,
    /// Most stanzas in a body, if not the default.
    pub(crate) max_stanzas: Option<usize>,
    /// Variables of its environment.
    pub(crate) settings: Vec<(&'static str, String)>,
}

impl Gateway {
    pub(crate) async fn start(start: &Start) -> anyhow::Result<Gateway> {
        std::fs::create_dir_all(&start.folder)?;
        let key = api_key(start)?;
        let [port] = free_ports()?;
        let mut command = command(start, port);
        command.arg("serve");
        let mut process = Process::start("nocgate", start.core, &command, &start.folder)?;
        process.until(async move || is_ready(port).await.unwrap_or(false)).await?;
        let control = Connection::open(port).await?;
        Ok(Gateway { process, port, key, control, points: HashMap::new() })
    }

    async fn call(&mut self, method: &str, path: &str, body: Option<&Value>) -> anyhow::Result<Value> {
        self.control.json(method, &format!("/api/v1{path}"), Some(&self.key), body).await
    }

    /// Registers an account, and gives its id.
    pub(crate) async fn add_identity(&mut self, server: &XmppServer, user: &str) -> anyhow::Result<String> {
        let identity = json!({
            "jid": format!("{user}@{DOMAIN}"),
            "bosh_urls": [server.bosh_url()],
            "password": PASSWORD,
            "plain_on_loopback": true,
        });
        text(&self.call("POST", "/identities", Some(&identity)).await?["id"])
    }

    /// Waits until so many identities are online; returns how long that took.
    pub(crate) async fn until_online(&mut self, count: usize) -> anyhow::Result<Duration> {
        let began = Instant::now();
        loop {
            let page = self.call("GET", "/identities", None).await?;
            let items = page["items"].as_array().context("no items")?;
            let online = items.iter().filter(|identity| identity["session"]["state"] == "online").count();
            if online >= count {
                return Ok(began.elapsed());
            }
            ensure!(
                began.elapsed() < PATIENCE,
                "{online} of {count} identities are online after {PATIENCE:?}"
            );
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Registers SmartServers, and waits until their inventories are read.
    pub(crate) async fn add_smartservers(&mut self, identity: &str, count: usize) -> anyhow::Result<()> {
        for number in 0..count {
            let smartserver = json!({"jid": field::jid(number), "identity_id": identity});
            self.call("POST", "/smartservers", Some(&smartserver)).await?;
        }
        self.find_points(count).await
    }

    /// Waits until the inventories of so many SmartServers are there, and learns the ids of their points.
    pub(crate) async fn find_points(&mut self, count: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        for point in Point::all() {
            let ids = loop {
                let ids = self.ids_of(point, count).await?;
                if ids.iter().all(|id| !id.is_empty()) {
                    break ids;
                }
                ensure!(began.elapsed() < PATIENCE, "inventories are not read after {PATIENCE:?}");
                sleep(Duration::from_millis(200)).await;
            };
            self.points.insert(point.name(), ids);
        }
        Ok(())
    }

    async fn ids_of(&mut self, point: Point, count: usize) -> anyhow::Result<Vec<String>> {
        let mut ids = vec![String::new(); count];
        let mut cursor = String::new();
        loop {
            let path = format!("/data-points?limit=1000&name={}{cursor}", point.name());
            let page = self.call("GET", &path, None).await?;
            for item in page["items"].as_array().context("no items")? {
                let number =
                    item["smartserver"].as_str().and_then(|key| key.strip_prefix('s')?.parse::<usize>().ok());
                if let Some(id) = number.and_then(|number| ids.get_mut(number)) {
                    *id = text(&item["id"])?;
                }
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(ids),
            }
        }
    }

    /// The request that reads a point, by number of the SmartServer.
    pub(crate) fn requests(&self, point: Point, query: &str) -> Vec<Vec<u8>> {
        let ids = self.points.get(&point.name()).map(Vec::as_slice).unwrap_or_default();
        let path = |id: &String| format!("/api/v1/data-points/{id}?{query}");
        ids.iter().map(|id| request("GET", &path(id), Some(&self.key), "")).collect()
    }

    /// Registers a fleet's SmartServers, and leaves it to the gateway to read their inventories.
    pub(crate) async fn register(&mut self, identity: &str, count: usize) -> anyhow::Result<()> {
        for number in 0..count {
            let smartserver = json!({"jid": field::jid(number), "identity_id": identity});
            self.call("POST", "/smartservers", Some(&smartserver)).await?;
        }
        Ok(())
    }

    /// Waits until the inventories of so many SmartServers are read.
    pub(crate) async fn until_inventories(&mut self, count: usize) -> anyhow::Result<()> {
        let began = Instant::now();
        loop {
            let all = self.pages("/smartservers?limit=1000").await?;
            let known = all.iter().filter(|smartserver| smartserver["inventory_at"].is_string()).count();
            if known >= count {
                return Ok(());
            }
            let patience = PATIENCE + PER_INVENTORY * count as u32;
            ensure!(began.elapsed() < patience, "{known} of {count} inventories are read after {patience:?}");
            sleep(Duration::from_millis(500)).await;
        }
    }

    /// All items of a list; its path has a `limit`.
    pub(crate) async fn pages(&mut self, path: &str) -> anyhow::Result<Vec<Value>> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut page = self.call("GET", &format!("{path}{cursor}"), None).await?;
            all.append(page["items"].as_array_mut().context("no items")?);
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return Ok(all),
            }
        }
    }

    /// Polls every data point that there is.
    pub(crate) async fn poll_all(&mut self, interval: Duration) -> anyhow::Result<()> {
        let group = json!({"name": "all", "selection": {}, "interval_ms": interval.as_millis() as u64});
        self.call("POST", "/poll-groups", Some(&group)).await.map(drop)
    }

    /// Its metrics, as Prometheus gets them.
    pub(crate) async fn metrics(&mut self) -> anyhow::Result<String> {
        let ask = request("GET", "/metrics", Some(&self.key), "");
        let status = self.control.exchange(&ask).await?;
        ensure!(status == 200, "/metrics: {status}");
        Ok(self.control.body()?.to_owned())
    }

    /// A request with the API key.
    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        request("GET", &format!("/api/v1{path}"), Some(&self.key), "")
    }

    /// The full JID of an identity's session.
    pub(crate) async fn session_jid(&mut self, identity: &str) -> anyhow::Result<String> {
        text(&self.call("GET", &format!("/identities/{identity}/session"), None).await?["jid"])
    }

    /// Bodies and stanzas that an identity's session has sent so far.
    pub(crate) async fn sent(&mut self, identity: &str) -> anyhow::Result<(u64, u64)> {
        let session = self.call("GET", &format!("/identities/{identity}/session"), None).await?;
        let count = |name: &str| session[name].as_u64().with_context(|| format!("no {name}"));
        Ok((count("bodies")?, count("stanzas_sent")?))
    }

    /// How often sessions began, of all identities together.
    pub(crate) async fn logins(&mut self) -> anyhow::Result<u64> {
        let page = self.call("GET", "/identities", None).await?;
        let items = page["items"].as_array().context("no items")?;
        Ok(items.iter().filter_map(|identity| identity["session"]["logins"].as_u64()).sum())
    }
}

/// Whether this gateway knows a setting.
pub(crate) fn has_setting(nocgate: &Path, key: &str) -> anyhow::Result<bool> {
    let known = Command::new(nocgate).arg("default-config").output()?;
    Ok(String::from_utf8_lossy(&known.stdout).lines().any(|line| line.starts_with(&format!("{key} ="))))
}

async fn is_ready(port: u16) -> anyhow::Result<bool> {
    let mut connection = Connection::open(port).await?;
    Ok(connection.exchange(&request("GET", "/readyz", None, "")).await? == 200)
}

fn command(start: &Start, port: u16) -> Command {
    let mut command = Command::new(&start.nocgate);
    command.current_dir(&start.folder).env("NOCGATE__HTTP__LISTEN", format!("127.0.0.1:{port}"));
    command.env("NOCGATE__SMARTSERVER__FORCED_POLLS_PER_MINUTE", "1000000");
    if let Some(most) = start.max_stanzas {
        command.env("NOCGATE__SESSION__MAX_STANZAS", most.to_string());
    }
    command.envs(start.settings.iter().map(|(name, value)| (name, value)));
    command
}

/// The API key of this database, made at the first start.
fn api_key(start: &Start) -> anyhow::Result<String> {
    let file = start.folder.join("api-key");
    if !Path::new(&file).exists() {
        let made = command(start, 0).args(["key", "create", "--name", "bench"]).output()?;
        ensure!(made.status.success(), "no API key: {}", String::from_utf8_lossy(&made.stderr));
        std::fs::write(&file, made.stdout)?;
    }
    Ok(std::fs::read_to_string(file)?.trim().to_owned())
}

fn text(value: &Value) -> anyhow::Result<String> {
    Ok(value.as_str().with_context(|| format!("text expected, not {value}"))?.to_owned())
}
