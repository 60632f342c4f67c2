use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use serde_json::json;
use tokio::time::timeout;

use crate::field::{DOMAIN, PASSWORD};
use crate::http::{Connection, post_xml};
use crate::process::Process;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServerKind {
    Ejabberd,
    Prosody,
}

impl ServerKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            ServerKind::Ejabberd => "ejabberd",
            ServerKind::Prosody => "Prosody",
        }
    }
}

/// A real server, out of a folder, on a core of its own.
#[derive(Debug)]
pub(crate) struct XmppServer {
    pub(crate) kind: ServerKind,
    pub(crate) process: Process,
    pub(crate) bosh_port: u16,
    pub(crate) c2s_port: u16,
    core: usize,
    folder: PathBuf,
}

impl XmppServer {
    pub(crate) async fn start(kind: ServerKind, core: usize, folder: &Path) -> anyhow::Result<XmppServer> {
        let [bosh_port, c2s_port] = free_ports()?;
        let folder = folder.join(kind.name());
        std::fs::create_dir_all(&folder)?;
        let process = launch(kind, core, &folder, bosh_port, c2s_port)?;
        let mut server = XmppServer { kind, process, bosh_port, c2s_port, core, folder };
        server.ready().await?;
        Ok(server)
    }

    /// Ends it as an operator would, and starts it again on the same ports with the same accounts.
    /// Returns once it answers.
    pub(crate) async fn restart(self) -> anyhow::Result<XmppServer> {
        let XmppServer { kind, process, bosh_port, c2s_port, core, folder } = self;
        process.stop().await?;
        let process = launch(kind, core, &folder, bosh_port, c2s_port)?;
        let mut server = XmppServer { kind, process, bosh_port, c2s_port, core, folder };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let port = self.bosh_port;
        let answers = async move || {
            let ask =
                async { Connection::open(port).await?.exchange(&post_xml("/http-bind", "")).await.map(drop) };
            matches!(timeout(Duration::from_secs(1), ask).await, Ok(Ok(())))
        };
        self.process.until(answers).await
    }

    pub(crate) fn bosh_url(&self) -> String {
        format!("http://127.0.0.1:{}/http-bind", self.bosh_port)
    }

    /// Registers accounts, all with the same password.
    pub(crate) async fn register(&self, users: impl Iterator<Item = String>) -> anyhow::Result<()> {
        match self.kind {
            ServerKind::Ejabberd => {
                let mut api = Connection::open(self.bosh_port).await?;
                for user in users {
                    let account = json!({"user": user, "host": DOMAIN, "password": PASSWORD});
                    api.json("POST", "/api/register", None, Some(&account)).await?;
                }
            }
            ServerKind::Prosody => {
                let folder = self.folder.join("data").join(encoded(DOMAIN)).join("accounts");
                std::fs::create_dir_all(&folder)?;
                for user in users {
                    let text = format!("return {{ [\"password\"] = \"{PASSWORD}\"; }};\n");
                    std::fs::write(folder.join(format!("{}.dat", encoded(&user))), text)?;
                }
            }
        }
        Ok(())
    }
}

/// A name as Prosody writes it in file names; an account by another name is not found.
fn encoded(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
        _ => format!("%{byte:02x}"),
    };
    name.bytes().map(encode).collect()
}

fn launch(kind: ServerKind, core: usize, folder: &Path, bosh: u16, c2s: u16) -> anyhow::Result<Process> {
    let name = kind.name().to_lowercase();
    let script = format!("{}/dev/xmpp/{name}.sh", env!("CARGO_MANIFEST_DIR"));
    let mut command = Command::new(script);
    command.arg(folder).env("DOMAIN", DOMAIN);
    command.env("BOSH_PORT", bosh.to_string()).env("C2S_PORT", c2s.to_string());
    // Who has thousands of SmartServers in its roster gets the presence of all of them at once.
    command.env("MAX_ACK_QUEUE", "100000");
    Process::start(&name, core, &command, folder)
}

/// Loopback ports that nobody uses now.
pub(crate) fn free_ports<const N: usize>() -> anyhow::Result<[u16; N]> {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0"));
    let mut ports = [0; N];
    for (port, listener) in ports.iter_mut().zip(held) {
        *port = listener.and_then(|listener| listener.local_addr()).context("no free port")?.port();
    }
    Ok(ports)
}
