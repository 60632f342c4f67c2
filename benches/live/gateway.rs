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
