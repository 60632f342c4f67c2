use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::{Host, Url};

use super::prompt::Prompt;
use super::tls;

/// How long a connection may take to be made, TLS included.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// Makes connections to BOSH addresses.
#[derive(Debug, Clone)]
pub(crate) struct Dialer {
    ca_pem: Option<String>,
    tls: Arc<OnceLock<Result<Arc<rustls::ClientConfig>, String>>>,
}

/// Why no connection was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    /// The address lacks what a connection needs.
    #[error("{0}")]
    Address(String),
    /// No connection to the host.
    #[error("{0}")]
    Tcp(io::Error),
    /// TLS cannot be begun with this CA.
    #[error("{0}")]
    Ca(String),
    /// The TLS handshake failed.
    #[error("{0}")]
    Tls(io::Error),
    /// HTTP cannot be begun.
    #[error("{0}")]
    Http(String),
}

/// A connection to a host, TLS included where the address says so.
#[derive(Debug)]
pub(crate) enum Reached {
    Plain(Prompt),
    Tls(Box<TlsStream<Prompt>>),
}

impl Dialer {
    /// A dialer that trusts this CA (PEM) in place of the platform's.
    pub(crate) fn new(ca_pem: Option<String>) -> Self {
        Dialer { ca_pem, tls: Arc::default() }
    }

    /// Connects to the address.
    pub(crate) async fn dial(&self, address: &Url) -> Result<Line, String> {
        let dial = async { self.reach(address).await?.open().await };
        match tokio::time::timeout(CONNECT_LIMIT, dial).await {
            Ok(line) => line.map_err(|error| error.to_string()),
            Err(_late) => Err("connecting took too long".into()),
        }
    }

    /// Connects to the address, HTTP left out. May take as long as it likes.
    pub(crate) async fn reach(&self, address: &Url) -> Result<Reached, DialError> {
        let without = |what: &str| DialError::Address(format!("the address has no {what}"));
        let host = address.host().ok_or_else(|| without("host"))?;
        let port = address.port_or_known_default().ok_or_else(|| without("port"))?;
        let tcp = match host {
            Host::Domain(name) => TcpStream::connect((name, port)).await,
            Host::Ipv4(ip) => TcpStream::connect((ip, port)).await,
            Host::Ipv6(ip) => TcpStream::connect((ip, port)).await,
        };
        let tcp = tcp.map_err(DialError::Tcp)?;
        tcp.set_nodelay(true).map_err(DialError::Tcp)?;
        let tcp = Prompt(tcp);
        if address.scheme() != "https" {
            return Ok(Reached::Plain(tcp));
        }
        let name = tls::server_name(&host).map_err(DialError::Address)?;
        let config = self.tls.get_or_init(|| tls::config(self.ca_pem.as_deref())).clone();
        let config = config.map_err(DialError::Ca)?;
        let stream = TlsConnector::from(config).connect(name, tcp).await.map_err(DialError::Tls)?;
        Ok(Reached::Tls(Box::new(stream)))
    }
}

impl Reached {
    /// Begins HTTP.
    pub(crate) async fn open(self) -> Result<Line, DialError> {
        match self {
            Reached::Plain(tcp) => Line::open(TokioIo::new(tcp)).await,
            Reached::Tls(stream) => Line::open(TokioIo::new(*stream)).await,
        }
    }

    /// The TLS connection, if it is one.
    pub(crate) fn tls(&self) -> Option<&rustls::ClientConnection> {
        match self {
            Reached::Plain(_) => None,
            Reached::Tls(stream) => Some(stream.get_ref().1),
        }
    }
}

/// One HTTP/1.1 connection.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) sender: SendRequest<Full<Bytes>>,
    watch: Watch,
    driver: AbortHandle,
}

impl Line {
    async fn open<S>(stream: S) -> Result<Line, DialError>
    where
        S: Read + Write + Unpin + Send + 'static,
    {
        let watch = Watch::default();
        let watched = Watched { stream, watch: watch.clone() };
        let (sender, connection) =
            http1::handshake(watched).await.map_err(|e| DialError::Http(e.to_string()))?;
        // Its failure reaches whoever sends on it.
        let driver = tokio::spawn(async move { drop(connection.await) }).abort_handle();
        Ok(Line { sender, watch, driver })
    }

    /// Whether the peer has closed it, as far as is known.
    pub(crate) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Tells `to` the request id as soon as `bytes` have been written from now on.
    pub(crate) fn tell_when_written(&self, rid: u64, bytes: usize, to: UnboundedSender<u64>) {
        *self.watch.lock() = Some(Expected { rid, bytes, to });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

#[derive(Debug, Clone, Default)]
struct Watch(Arc<Mutex<Option<Expected>>>);

#[derive(Debug)]
struct Expected {
    rid: u64,
    bytes: usize,
    to: UnboundedSender<u64>,
}

impl Watch {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Expected>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wrote(&self, bytes: usize) {
        if let Some(expected) = self.lock().as_mut() {
            expected.bytes = expected.bytes.saturating_sub(bytes);
        }
    }

    fn flushed(&self) {
        let mut expected = self.lock();
        if let Some(done) = expected.take_if(|expected| expected.bytes == 0) {
            let _ = done.to.send(done.rid);
        }
    }
}

/// A stream that notices when a request has gone out through it.
struct Watched<S> {
    stream: S,
    watch: Watch,
}

impl<S: Read + Unpin> Read for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: Write + Unpin> Write for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buffer);
        if let Poll::Ready(Ok(bytes)) = &written {
            self.watch.wrote(*bytes);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if let Poll::Ready(Ok(())) = &flushed {
            self.watch.flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, buffers);
        if let Poll::Ready(Ok(bytes)) = &written {
            self.watch.wrote(*bytes);
        }
        written
    }
}
