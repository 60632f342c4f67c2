//! A TCP proxy that spoils connections.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use url::Url;

use super::spoil::{Spoil, Verdict, Way, bad_gateway, is_whole};

/// Stands between a client and a server; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    target: SocketAddr,
    /// Connections live as long as this number stays.
    generation: watch::Sender<u64>,
    /// Whether bytes are held back.
    stalled: watch::Sender<bool>,
    /// Pause before a new connection is passed on.
    delay_ms: AtomicU64,
    /// Whether the next bytes of a client are to be held back alone.
    hold_next: AtomicBool,
    released: Notify,
    connections: AtomicU64,
    spoil: Spoil,
}

impl Proxy {
    /// A proxy in front of the host and port of `url`.
    pub(crate) async fn start(url: &Url) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let shared = Arc::new(Shared {
            target: url.socket_addrs(|| None).unwrap()[0],
            generation: watch::Sender::new(0),
            stalled: watch::Sender::new(false),
            delay_ms: AtomicU64::new(0),
            hold_next: AtomicBool::new(false),
            released: Notify::new(),
            connections: AtomicU64::new(0),
            spoil: Spoil::default(),
        });
        let address = listener.local_addr().unwrap();
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Proxy { address, shared, listening }
    }

    /// The same address through the proxy.
    pub(crate) fn url(&self, url: &Url) -> Url {
        let mut url = url.clone();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Orders for what it carries.
    pub(crate) fn spoil(&self) -> &Spoil {
        &self.shared.spoil
    }

    /// Cuts all connections.
    pub(crate) fn cut(&self) {
        self.shared.generation.send_modify(|generation| *generation += 1);
    }

    /// Holds all bytes back, or lets them go on.
    pub(crate) fn stall(&self, stalled: bool) {
        self.shared.stalled.send_replace(stalled);
    }

    /// Holds the next request back, while others pass it by.
    pub(crate) fn hold_next(&self) {
        self.shared.hold_next.store(true, Ordering::Relaxed);
    }

    /// Whether a request is held back.
    pub(crate) fn holds(&self) -> bool {
        !self.shared.hold_next.load(Ordering::Relaxed)
    }

    /// Lets the request go that is held back.
    pub(crate) fn release(&self) {
        self.shared.released.notify_one();
    }

    /// Passes new connections on with this delay.
    pub(crate) fn delay_connections(&self, delay: Duration) {
        self.shared.delay_ms.store(delay.as_millis() as u64, Ordering::Relaxed);
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
        self.cut();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((client, _)) = listener.accept().await {
        shared.connections.fetch_add(1, Ordering::Relaxed);
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            let mut generation = shared.generation.subscribe();
            let pause = Duration::from_millis(shared.delay_ms.load(Ordering::Relaxed));
            let carried = async {
                tokio::time::sleep(pause).await;
                let server = TcpStream::connect(shared.target).await?;
                carry(&client, &server, &shared).await
            };
            tokio::select! {
                _ = carried => {}
                _ = generation.changed() => {}
            }
        });
    }
}

/// Carries bytes both ways until either side ends.
async fn carry(client: &TcpStream, server: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    tokio::select! {
        ended = one_way(client, server, shared, Way::Requests) => ended,
        ended = one_way(server, client, shared, Way::Answers) => ended,
    }
}

async fn one_way(from: &TcpStream, to: &TcpStream, shared: &Shared, way: Way) -> std::io::Result<()> {
    let mut stalled = shared.stalled.subscribe();
    let mut buffer = vec![0; 64 << 10];
    // What is not passed on, until it is a whole message.
    let mut kept = Vec::new();
    loop {
        from.readable().await?;
        let read = match from.try_read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        };
        let _ = stalled.wait_for(|stalled| !stalled).await;
        if way == Way::Requests && shared.hold_next.swap(false, Ordering::Relaxed) {
            shared.released.notified().await;
        }
        let bytes = &buffer[..read];
        match shared.spoil.verdict(way, bytes) {
            Verdict::Pass => write_all(to, bytes).await?,
            Verdict::CutAfter(left) => return write_all(to, &bytes[..left]).await,
            Verdict::Swallow => {}
            Verdict::Delay(by) => {
                tokio::time::sleep(by).await;
                write_all(to, bytes).await?;
            }
            Verdict::BadGateway => {
                kept.extend_from_slice(bytes);
                if is_whole(&kept) {
                    kept.clear();
                    write_all(if way == Way::Requests { from } else { to }, &bad_gateway()).await?;
                }
            }
        }
    }
}

async fn write_all(to: &TcpStream, mut rest: &[u8]) -> std::io::Result<()> {
    while !rest.is_empty() {
        to.writable().await?;
        match to.try_write(rest) {
            Ok(written) => rest = &rest[written..],
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
