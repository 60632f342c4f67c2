use std::collections::{HashMap, VecDeque};
use std::error::Error;

use bytes::{Bytes, BytesMut};
use futures_util::future::{AbortHandle, Abortable, BoxFuture};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Response};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use url::{Position, Url};

use super::line::{Dialer, Line};
use super::transport::{Event, Post, Transport};
use crate::xml::Limits;

/// Largest answer read. Servers put all that waits into one body, so it may be many stanzas.
const ANSWER_BYTES: usize = 8 * Limits::BODY.bytes;
/// Connections kept: as many as a session has requests out.
const LINES: usize = 2;

/// Posts requests over HTTP/1.1 connections of its own.
///
/// Not over `reqwest`: that neither opens a connection ahead of its first request nor tells when a
/// request has been written, and a successor must not be sent before that moment (ejabberd parks
/// a request that overtakes its predecessor). So connections are dialled here, each carries one
/// request at a time, and [`Event::Written`] follows the last byte's hand-over to the kernel.
/// There are no redirects, proxies or repetitions: what fails is reported, and the session decides.
#[derive(Debug)]
pub(crate) struct HttpTransport {
    target: Target,
    /// Idle connections; the one that has been idle longest is used next, so that none is left
    /// idle until the server closes it.
    idle: VecDeque<Line>,
    work: FuturesUnordered<Abortable<BoxFuture<'static, Done>>>,
    aborts: HashMap<u64, AbortHandle>,
    written: (UnboundedSender<u64>, UnboundedReceiver<u64>),
}

/// Where requests go.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    dialer: Dialer,
    address: Url,
    host: String,
    path: String,
    /// Largest answer read.
    most: usize,
}

impl Target {
    pub(crate) fn new(dialer: Dialer, address: Url) -> Self {
        Target {
            host: address[Position::BeforeHost..Position::AfterPort].to_owned(),
            path: address[Position::BeforePath..Position::AfterQuery].to_owned(),
            dialer,
            address,
            most: ANSWER_BYTES,
        }
    }

    /// The same, where no answer of more than `bytes` is expected.
    pub(crate) fn at_most(self, bytes: usize) -> Self {
        Target { most: bytes, ..self }
    }
}

/// The end of a piece of work, with its connection if that can be used again.
enum Done {
    Prepared(Option<Line>),
    Posted { rid: u64, line: Option<Line>, outcome: Result<(u16, String), String> },
}

impl HttpTransport {
    pub(crate) fn new(target: Target) -> Self {
        HttpTransport {
            target,
            idle: VecDeque::new(),
            work: FuturesUnordered::new(),
            aborts: HashMap::new(),
            written: mpsc::unbounded_channel(),
        }
    }

    fn keep(&mut self, line: Option<Line>) {
        self.idle.retain(|line| !line.is_closed());
        if let Some(line) = line.filter(|line| !line.is_closed() && self.idle.len() < LINES) {
            self.idle.push_back(line);
        }
    }

    fn finish(&mut self, done: Done) -> Option<Event> {
        match done {
            Done::Prepared(line) => {
                self.keep(line);
                None
            }
            Done::Posted { rid, line, outcome } => {
                self.keep(line);
                self.aborts.remove(&rid);
                Some(match outcome {
                    Ok((status, body)) => Event::Answered { rid, status, body },
                    Err(error) => Event::Failed { rid, error },
                })
            }
        }
    }
}

impl Transport for HttpTransport {
    fn prepare(&mut self) {
        if self.idle.len() + self.aborts.len() < LINES {
            let target = self.target.clone();
            let dial = async move { Done::Prepared(target.dialer.dial(&target.address).await.ok()) };
            let (handle, registration) = AbortHandle::new_pair();
            drop(handle);
            self.work.push(Abortable::new(Box::pin(dial), registration));
        }
    }

    fn post(&mut self, post: Post) {
        self.idle.retain(|line| !line.is_closed());
        let (handle, registration) = AbortHandle::new_pair();
        self.aborts.insert(post.rid, handle);
        let exchange = exchange(self.target.clone(), self.idle.pop_front(), post, self.written.0.clone());
        self.work.push(Abortable::new(Box::pin(exchange), registration));
    }

    fn abort(&mut self, rid: u64) {
        if let Some(handle) = self.aborts.remove(&rid) {
            handle.abort();
        }
    }

    async fn event(&mut self) -> Event {
        loop {
            let done = tokio::select! {
                biased;
                Some(rid) = self.written.1.recv() => return Event::Written { rid },
                Some(done) = self.work.next() => done,
                else => std::future::pending().await,
            };
            if let Ok(done) = done
                && let Some(event) = self.finish(done)
            {
                return event;
            }
        }
    }
}

async fn exchange(target: Target, line: Option<Line>, post: Post, written: UnboundedSender<u64>) -> Done {
    let rid = post.rid;
    let usable = match line {
        // Waits until the previous exchange is done with; fails when the peer has closed.
        Some(mut line) => line.sender.ready().await.is_ok().then_some(line),
        None => None,
    };
    let usable = match usable {
        Some(line) => Ok(line),
        None => target.dialer.dial(&target.address).await,
    };
    match usable {
        Err(error) => Done::Posted { rid, line: None, outcome: Err(error) },
        Ok(line) if !post.start.take() => {
            Done::Posted { rid, line: Some(line), outcome: Err("no longer wanted".into()) }
        }
        Ok(mut line) => {
            line.tell_when_written(rid, post.body.len(), written);
            let outcome = send(&target, &mut line, post.body).await;
            let line = outcome.is_ok().then_some(line);
            Done::Posted { rid, line, outcome }
        }
    }
}

/// Sends one request over a connection and reads its answer.
pub(crate) async fn send(target: &Target, line: &mut Line, body: Bytes) -> Result<(u16, String), String> {
    let request = Request::post(&target.path)
        .header(HOST, &target.host)
        .header(CONTENT_TYPE, "text/xml; charset=utf-8")
        .header(USER_AGENT, concat!("nocgate/", env!("CARGO_PKG_VERSION")))
        .body(Full::new(body))
        .map_err(|error| error.to_string())?;
    let response = line.sender.send_request(request).await.map_err(|error| in_full(&error))?;
    let status = response.status().as_u16();
    Ok((status, read(response, target.most).await?))
}

/// Reads an answer, and stops when it is larger than any that is taken.
async fn read(response: Response<Incoming>, most: usize) -> Result<String, String> {
    let mut body = response.into_body();
    let too_large = || Err(format!("an answer of more than {most} bytes"));
    if body.size_hint().lower() > most as u64 {
        return too_large();
    }
    let mut text = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| in_full(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        if text.len() + data.len() > most {
            return too_large();
        }
        text.extend_from_slice(&data);
    }
    String::from_utf8(text.into()).map_err(|_| "an answer that is not UTF-8".into())
}

/// An error with its causes.
fn in_full(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
#[path = "http_tests.rs"]
mod tests;
