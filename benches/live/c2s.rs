use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::field::{DOMAIN, PASSWORD};

/// A stream over TCP (RFC 6120), logged in, bound and available.
#[derive(Debug)]
pub(crate) struct C2s {
    pub(crate) stream: TcpStream,
    received: Vec<u8>,
}

impl C2s {
    pub(crate) async fn login(port: u16, user: &str, resource: &str) -> anyhow::Result<C2s> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        let mut c2s = C2s { stream, received: Vec::with_capacity(1 << 14) };
        c2s.open().await?;
        c2s.ask(&auth(user), "<success", "</stream:")
            .await
            .with_context(|| format!("{user} cannot log in"))?;
        c2s.open().await?;
        c2s.ask(&bind(resource), "</iq>", "<bad").await.context("binding")?;
        c2s.stream.write_all(b"<presence/>").await?;
        Ok(c2s)
    }

    async fn open(&mut self) -> anyhow::Result<()> {
        let header = format!(
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             to='{DOMAIN}' version='1.0'>"
        );
        self.ask(&header, "</stream:features>", "</stream:stream>").await
    }

    /// Says something and waits for what shows that it was heard.
    async fn ask(&mut self, what: &str, good: &str, bad: &str) -> anyhow::Result<()> {
        self.stream.write_all(what.as_bytes()).await?;
        loop {
            self.receive().await?;
            let text = self.text();
            if text.contains(good) {
                self.received.clear();
                return Ok(());
            }
            if text.contains(bad) || text.contains("<failure") {
                bail!("the server says {text}");
            }
        }
    }

    /// Waits for more.
    pub(crate) async fn receive(&mut self) -> anyhow::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => bail!("the server closed the stream"),
            _ => Ok(()),
        }
    }

    /// What came and was not consumed, as far as it is whole characters.
    pub(crate) fn text(&self) -> &str {
        match str::from_utf8(&self.received) {
            Ok(text) => text,
            Err(error) => str::from_utf8(&self.received[..error.valid_up_to()]).unwrap_or_default(),
        }
    }

    pub(crate) fn consume(&mut self, bytes: usize) {
        self.received.drain(..bytes);
    }
}

/// SASL PLAIN.
pub(crate) fn auth(user: &str) -> String {
    let credentials = STANDARD.encode(format!("\0{user}\0{PASSWORD}"));
    format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{credentials}</auth>")
}

pub(crate) fn bind(resource: &str) -> String {
    format!(
        "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <resource>{resource}</resource></bind></iq>"
    )
}
