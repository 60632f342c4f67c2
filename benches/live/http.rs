use anyhow::{Context as _, bail, ensure};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One HTTP/1.1 connection that is kept, with as little around it as can be: it is part of every
/// figure.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// Where the latest answer's body begins in what was received.
    body: usize,
}

impl Connection {
    pub(crate) async fn open(port: u16) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { stream, received: Vec::with_capacity(1 << 13), body: 0 })
    }

    /// Sends a whole request and waits for its answer; returns the status.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<u16> {
        self.received.clear();
        self.stream.write_all(request).await?;
        let (status, until) = loop {
            self.receive().await?;
            if let Some(head) = find(&self.received, b"\r\n\r\n") {
                let (status, length) = read_head(&self.received[..head])?;
                self.body = head + 4;
                break (status, self.body + length);
            }
        };
        while self.received.len() < until {
            self.receive().await?;
        }
        Ok(status)
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => bail!("the server closed the connection"),
            _ => Ok(()),
        }
    }

    /// Body of the latest answer.
    pub(crate) fn body(&self) -> anyhow::Result<&str> {
        str::from_utf8(&self.received[self.body..]).context("not UTF-8")
    }

    /// Exchanges JSON; any status but success is an error.
    pub(crate) async fn json(
        &mut self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let request = request(method, path, key, &body.map(Value::to_string).unwrap_or_default());
        let status = self.exchange(&request).await.with_context(|| format!("{method} {path}"))?;
        let body = self.body()?;
        ensure!(status < 300, "{method} {path}: {status} {body}");
        if body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(body).with_context(|| format!("{method} {path}: {body}"))
    }
}

pub(crate) fn request(method: &str, path: &str, key: Option<&str>, body: &str) -> Vec<u8> {
    let key = key.map(|key| format!("Authorization: Bearer {key}\r\n")).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/json\r\n" };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{key}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A BOSH request (XEP-0124, section 5).
pub(crate) fn post_xml(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn read_head(head: &[u8]) -> anyhow::Result<(u16, usize)> {
    let head = str::from_utf8(head).context("not HTTP")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("not HTTP")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Ok((status, length.unwrap_or(0)))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
