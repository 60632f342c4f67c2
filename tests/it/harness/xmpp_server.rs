//! A real ejabberd or Prosody on loopback, out of a temporary folder.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jid::BareJid;
use nocgate::xmpp::Account;
use reqwest::{Client, Response, StatusCode};
use secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use url::Url;

use super::{crypto, eventually};

const DOMAIN: &str = "nocgate.test";
/// Well beyond the two seconds that ejabberd takes to write an account to disk.
const STORED_AFTER: Duration = Duration::from_secs(15);
/// Accounts registered at the same time.
const AT_ONCE: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerKind {
    Ejabberd,
    Prosody,
}

/// How a server differs from the usual.
#[derive(Debug, Clone, Default)]
pub(crate) struct Setup {
    /// The only SASL mechanisms to offer, separated by blanks.
    pub(crate) mechanisms: &'static str,
    /// Whether BOSH is offered over TLS as well, with a certificate of a CA of its own.
    pub(crate) tls: bool,
    /// Seconds that a BOSH session lives without a request.
    pub(crate) inactivity: Option<u64>,
    /// Seconds that a stream lives without a session; ejabberd only.
    pub(crate) resume_timeout: Option<u64>,
    /// Stanzas that a client need not have acknowledged; ejabberd only.
    pub(crate) max_ack_queue: Option<u32>,
    /// Whether ejabberd stores passwords as SCRAM secrets of this hash (`sha`, `sha256`, `sha512`).
    pub(crate) scram: Option<&'static str>,
    /// Whether Prosody leaves Nagle's algorithm on, as it does by default.
    pub(crate) nagle: bool,
}

/// Stops, without a trace, when it is dropped.
#[derive(Debug)]
pub(crate) struct XmppServer {
    kind: ServerKind,
    setup: Setup,
    folder: TempDir,
    ports: Ports,
    process: Option<Child>,
    http: Client,
    /// The account registered last.
    latest: Mutex<Option<(String, Instant)>>,
    /// Ends the server of a process that cannot do so itself.
    _leash: Option<Child>,
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    bosh: u16,
    tls: u16,
    c2s: u16,
}

impl Ports {
    fn free() -> Ports {
        let held = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [bosh, tls, c2s] = held.each_ref().map(|listener| listener.local_addr().unwrap().port());
        Ports { bosh, tls, c2s }
    }
}

impl XmppServer {
    pub(crate) async fn start(kind: ServerKind) -> XmppServer {
        XmppServer::start_with(kind, Setup::default()).await
    }

    pub(crate) async fn start_with(kind: ServerKind, setup: Setup) -> XmppServer {
        crypto();
        let folder = tempfile::tempdir().unwrap();
        if setup.tls {
            make_certificates(folder.path());
        }
        // Tests share a server and have a runtime each: no connection may outlive its test.
        let http = Client::builder().timeout(Duration::from_secs(30)).pool_max_idle_per_host(0);
        let http = http.no_proxy().build().unwrap();
        let (ports, latest) = (Ports::free(), Mutex::default());
        let mut server = XmppServer { kind, setup, folder, ports, process: None, http, latest, _leash: None };
        // Somebody else may take a free port before the server does.
        for _ in 0..5 {
            if server.launch().await {
                return server;
            }
            server.ports = Ports::free();
        }
        panic!("{kind:?} does not start: {}", server.log());
    }

    /// The server of this kind that all tests share which do it no harm. Starting one takes seconds.
    pub(crate) async fn shared(kind: ServerKind) -> &'static XmppServer {
        static EJABBERD: OnceCell<XmppServer> = OnceCell::const_new();
        static PROSODY: OnceCell<XmppServer> = OnceCell::const_new();
        let cell = match kind {
            ServerKind::Ejabberd => &EJABBERD,
            ServerKind::Prosody => &PROSODY,
        };
        cell.get_or_init(|| async {
            let mut server = XmppServer::start(kind).await;
            server._leash = Some(server.leash());
            server
        })
        .await
    }

    /// Nothing is dropped at the end of a process, but its end of a pipe closes, however it ends.
    fn leash(&self) -> Child {
        Command::new("sh")
            .args(["-c", "trap '' INT TERM HUP; read -r _; kill -9 \"$0\"; rm -rf \"$1\""])
            .arg(self.pid().to_string())
            .arg(self.folder.path())
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh runs")
    }

    pub(crate) fn kind(&self) -> ServerKind {
        self.kind
    }

    pub(crate) fn domain(&self) -> &'static str {
        DOMAIN
    }

    pub(crate) fn bosh_url(&self) -> Url {
        Url::parse(&format!("http://127.0.0.1:{}/http-bind", self.ports.bosh)).unwrap()
    }

    /// The same over TLS. By address, not by name: Prosody refuses names that it does not serve.
    pub(crate) fn bosh_tls_url(&self) -> Url {
        Url::parse(&format!("https://127.0.0.1:{}/http-bind", self.ports.tls)).unwrap()
    }

    /// The CA of the certificate.
    pub(crate) fn ca_pem(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("ca.pem")).unwrap()
    }

    /// An account as a client takes it; the resource is `it`.
    pub(crate) fn account(&self, user: &str, password: &str) -> Account {
        Account {
            jid: BareJid::new(&format!("{user}@{DOMAIN}")).unwrap(),
            resource: "it".into(),
            password: SecretString::from(password),
            addresses: vec![self.bosh_url()],
            plain_on_loopback: true,
            ca_pem: None,
        }
    }

    /// Registers an account, if it is not there.
    pub(crate) async fn register(&self, user: &str, password: &str) {
        *self.latest.lock().unwrap() = Some((user.to_owned(), Instant::now()));
        match self.kind {
            ServerKind::Ejabberd => {
                let account = serde_json::json!({"user": user, "host": DOMAIN, "password": password});
                let status = self.call("register", account).await.status();
                assert!(status.is_success() || status == StatusCode::CONFLICT, "register: {status}");
            }
            ServerKind::Prosody => {
                let folder = self.folder.path().join("data").join(encoded(DOMAIN)).join("accounts");
                std::fs::create_dir_all(&folder).unwrap();
                let text = format!("return {{ [\"password\"] = {password:?}; }};\n");
                std::fs::write(folder.join(format!("{}.dat", encoded(user))), text).unwrap();
            }
        }
    }

    /// Registers many accounts with the same password.
    pub(crate) async fn register_all(&self, users: impl IntoIterator<Item = String>, password: &str) {
        let users: Vec<String> = users.into_iter().collect();
        for some in users.chunks(AT_ONCE) {
            join_all(some.iter().map(|user| self.register(user, password))).await;
        }
    }

    /// Calls a command of ejabberd's API.
    pub(crate) async fn command(&self, name: &str, arguments: serde_json::Value) -> String {
        let answer = self.call(name, arguments).await;
        assert!(answer.status().is_success(), "{name}: {}", answer.status());
        answer.text().await.unwrap()
    }

    async fn call(&self, name: &str, arguments: serde_json::Value) -> Response {
        assert_eq!(self.kind, ServerKind::Ejabberd, "only ejabberd has an API");
        let url = format!("http://127.0.0.1:{}/api/{name}", self.ports.bosh);
        self.http.post(url).json(&arguments).send().await.unwrap()
    }

    /// The server's process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.as_ref().expect("the server runs").id()
    }

    /// Ends the server without a warning; its accounts survive.
    pub(crate) async fn kill(&mut self) {
        if self.kind == ServerKind::Ejabberd {
            eventually("the latest account is on disk", async || self.has_stored().then_some(())).await;
        }
        self.end();
    }

    /// ejabberd acknowledges an account up to two seconds before it is written to the log. From there it
    /// moves to tables, in one form or another, so that an old one may not be found.
    fn has_stored(&self) -> bool {
        let Some((user, at)) = self.latest.lock().unwrap().clone() else { return true };
        let holds = |file: &str| {
            let bytes = std::fs::read(self.folder.path().join("db").join(file)).unwrap_or_default();
            bytes.windows(user.len()).any(|part| part == user.as_bytes())
        };
        at.elapsed() > STORED_AFTER || ["LATEST.LOG", "passwd.DCL", "passwd.DCD"].into_iter().any(holds)
    }

    fn end(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Ends the server as an operator would, and waits for its end.
    pub(crate) async fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        let done = Command::new("kill").arg("-TERM").arg(process.id().to_string()).status().unwrap();
        assert!(done.success());
        eventually("the server stops", async || process.try_wait().unwrap()).await;
    }

    /// Starts the server again, with its data, on the same ports.
    pub(crate) async fn restart(&mut self) {
        self.end();
        for _ in 0..5 {
            if self.launch().await {
                return;
            }
        }
        panic!("{:?} does not start again: {}", self.kind, self.log());
    }

    /// Whether it answers; `false` when it ended at once.
    async fn launch(&mut self) -> bool {
        let script = match self.kind {
            ServerKind::Ejabberd => "ejabberd.sh",
            ServerKind::Prosody => "prosody.sh",
        };
        let output = std::fs::File::create(self.folder.path().join("output")).unwrap();
        let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("dev/xmpp").join(script));
        command
            .arg(self.folder.path())
            .env("DOMAIN", DOMAIN)
            .env("BOSH_PORT", self.ports.bosh.to_string())
            .env("C2S_PORT", self.ports.c2s.to_string())
            .env("SASL_MECHANISMS", self.setup.mechanisms)
            .env("RESUME_TIMEOUT", self.setup.resume_timeout.unwrap_or(300).to_string())
            .env("MAX_ACK_QUEUE", self.setup.max_ack_queue.unwrap_or(5_000).to_string())
            .env("INACTIVITY", self.setup.inactivity.unwrap_or(30).to_string())
            .env("PASSWORD_HASH", self.setup.scram.unwrap_or_default())
            .env("NAGLE", self.setup.nagle.to_string())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        if self.setup.tls {
            command.env("BOSH_TLS_PORT", self.ports.tls.to_string());
            command.env("TLS_PEM", self.folder.path().join("server.pem"));
        }
        let mut process = command.spawn().unwrap();
        let url = self.bosh_url();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).no_proxy().build().unwrap();
        let up =
            eventually("the server answers or ends", async || match http.get(url.clone()).send().await {
                Ok(_) => Some(true),
                Err(_) => process.try_wait().unwrap().map(|_| false),
            });
        let up = up.await;
        self.process = up.then_some(process);
        up
    }

    fn log(&self) -> String {
        let files: [PathBuf; 3] =
            ["output", "log/ejabberd.log", "prosody.log"].map(|name| self.folder.path().join(name));
        files.iter().filter_map(|file| std::fs::read_to_string(file).ok()).collect()
    }
}

impl Drop for XmppServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// Prosody's file names.
fn encoded(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    name.bytes().map(encode).collect()
}

/// A CA (`ca.pem`) and a certificate with its key (`server.pem`) for `localhost`.
fn make_certificates(folder: &Path) {
    std::fs::write(folder.join("san"), format!("subjectAltName=DNS:localhost,DNS:{DOMAIN},IP:127.0.0.1\n"))
        .unwrap();
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    for arguments in [
        format!("req -x509 {key} -days 2 -subj /CN=CA -keyout ca.key -out ca.pem"),
        format!("req -new {key} -subj /CN=localhost -keyout server.key -out server.csr"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile san -out server.crt"
            .to_owned(),
    ] {
        let done = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    let parts = ["server.crt", "server.key"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
    std::fs::write(folder.join("server.pem"), parts.concat()).unwrap();
}
