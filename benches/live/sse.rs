use anyhow::{Context as _, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A stream of Server-Sent Events over HTTP/1.1.
#[derive(Debug)]
pub(crate) struct Events {
    stream: TcpStream,
    received: Vec<u8>,
    /// Text out of the chunks, up to the last event that was taken.
    text: Vec<u8>,
}

/// An event.
#[derive(Debug, PartialEq)]
pub(crate) struct SseEvent {
    pub(crate) name: String,
    pub(crate) data: String,
}

impl Events {
    pub(crate) async fn open(port: u16, request: &[u8]) -> anyhow::Result<Events> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        stream.write_all(request).await?;
        let mut events = Events { stream, received: Vec::new(), text: Vec::new() };
        loop {
            events.receive().await?;
            if let Some(end) = find(&events.received, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&events.received[..end]).to_ascii_lowercase();
                ensure!(head.starts_with("http/1.1 200"), "no events: {head}");
                ensure!(head.contains("transfer-encoding: chunked"), "events are not in chunks: {head}");
                events.received.drain(..end + 4);
                return Ok(events);
            }
        }
    }

    async fn receive(&mut self) -> anyhow::Result<()> {
        match self.stream.read_buf(&mut self.received).await? {
            0 => bail!("the events ended"),
            _ => Ok(()),
        }
    }

    /// The next event. May be dropped while it waits.
    pub(crate) async fn next(&mut self) -> anyhow::Result<SseEvent> {
        loop {
            while self.take_chunk()? {}
            if let Some(end) = find(&self.text, b"\n\n") {
                let event: Vec<u8> = self.text.drain(..end + 2).collect();
                let event = event_in(str::from_utf8(&event)?);
                // Comments keep the connection alive.
                if !event.data.is_empty() {
                    return Ok(event);
                }
                continue;
            }
            self.receive().await?;
        }
    }

    /// Moves a whole chunk to the text, if there is one.
    fn take_chunk(&mut self) -> anyhow::Result<bool> {
        let Some(line) = find(&self.received, b"\r\n") else { return Ok(false) };
        let length = str::from_utf8(&self.received[..line])?;
        let length = usize::from_str_radix(length, 16).context("no chunk")?;
        ensure!(length > 0, "the events ended");
        let end = line + 2 + length;
        if self.received.len() < end + 2 {
            return Ok(false);
        }
        self.text.extend_from_slice(&self.received[line + 2..end]);
        self.received.drain(..end + 2);
        Ok(true)
    }
}

fn event_in(text: &str) -> SseEvent {
    let field = |name: &str| {
        let values = text.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        values.map(str::trim_start).collect::<Vec<_>>().join("\n")
    };
    SseEvent { name: field("event"), data: field("data") }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
