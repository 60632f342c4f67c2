//! Histories of any length as a stream: a page of the database at a time, held by nobody while a slow client
//! takes it.

mod csv;
mod json;

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use jiff::{Timestamp, ToSpan};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::domain::{HistoryBucket, HistoryGap, HistoryRow};
use crate::gateway::{Gateway, GatewayError, HistoryOf};

/// Readings of one page of the database.
const PAGE: u32 = 5_000;
/// Bytes that are handed on together, and how many such pieces wait for the client.
const PIECE: usize = 64 << 10;
const PIECES: usize = 2;
/// A client that takes nothing for this long is gone.
const PATIENCE: Duration = Duration::from_secs(60);

/// Form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Csv,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub(super) points: Vec<HistoryOf>,
    pub(super) span: Range<Timestamp>,
    /// Length of a bucket in milliseconds; `None`: every reading.
    pub(super) resolution_ms: Option<i64>,
}

/// Writes a form, part by part.
trait Writer: Send {
    fn head(&mut self, export: &Export, out: &mut Vec<u8>);
    fn point(&mut self, of: &HistoryOf, gaps: Vec<HistoryGap>, out: &mut Vec<u8>);
    fn row(&mut self, of: &HistoryOf, row: &HistoryRow, out: &mut Vec<u8>);
    fn bucket(&mut self, of: &HistoryOf, bucket: &HistoryBucket, out: &mut Vec<u8>);
    fn point_end(&mut self, out: &mut Vec<u8>);
    fn end(&mut self, out: &mut Vec<u8>);
}

/// Why an export ended early.
enum Failure {
    Gateway(GatewayError),
    ClientGone,
}

impl From<GatewayError> for Failure {
    fn from(error: GatewayError) -> Self {
        Failure::Gateway(error)
    }
}

/// The export as a body. One that cannot be completed ends as a broken connection, never as an answer that
/// looks whole; it stops when the client hangs up.
pub(super) fn body(gateway: Gateway, export: Export, form: Form) -> Body {
    let (sender, receiver) = mpsc::channel(PIECES);
    let is_whole = Arc::new(AtomicBool::new(false));
    tokio::spawn(run(gateway, export, form, sender, Arc::clone(&is_whole)));
    let pieces = stream::unfold(Some((receiver, is_whole)), |state| async move {
        let (mut receiver, is_whole) = state?;
        match receiver.recv().await {
            Some(piece) => Some((Ok(piece), Some((receiver, is_whole)))),
            None if is_whole.load(Ordering::Acquire) => None,
            None => Some((Err(io::Error::other("the history could not be read to its end")), None)),
        }
    });
    Body::from_stream(pieces)
}

async fn run(
    gateway: Gateway,
    export: Export,
    form: Form,
    sender: mpsc::Sender<Bytes>,
    is_whole: Arc<AtomicBool>,
) {
    let writer: Box<dyn Writer> = match form {
        Form::Json => Box::new(json::Json::default()),
        Form::Csv => Box::new(csv::Csv::default()),
    };
    let mut run = Run { gateway, writer, sender: sender.clone(), buffer: Vec::new() };
    tokio::select! {
        done = run.write(&export) => match done {
            Ok(()) => is_whole.store(true, Ordering::Release),
            Err(Failure::ClientGone) => tracing::debug!("the client of a history went away"),
            Err(Failure::Gateway(error)) => tracing::warn!(%error, "a history was not read to its end"),
        },
        () = sender.closed() => {}
    }
}

struct Run {
    gateway: Gateway,
    writer: Box<dyn Writer>,
    sender: mpsc::Sender<Bytes>,
    buffer: Vec<u8>,
}

impl Run {
    async fn write(&mut self, export: &Export) -> Result<(), Failure> {
        self.writer.head(export, &mut self.buffer);
        for of in &export.points {
            let gaps = self.gateway.history_gaps(of, export.span.clone()).await?;
            self.writer.point(of, gaps, &mut self.buffer);
            match export.resolution_ms {
                Some(resolution_ms) => self.buckets(of, export.span.clone(), resolution_ms).await?,
                None => self.rows(of, export.span.clone()).await?,
            }
            self.writer.point_end(&mut self.buffer);
        }
        self.writer.end(&mut self.buffer);
        self.flush().await
    }

    async fn buckets(
        &mut self,
        of: &HistoryOf,
        span: Range<Timestamp>,
        resolution_ms: i64,
    ) -> Result<(), Failure> {
        for bucket in self.gateway.history_buckets(of.series, span, resolution_ms).await? {
            self.writer.bucket(of, &bucket, &mut self.buffer);
            self.flush_if_full().await?;
        }
        Ok(())
    }

    async fn rows(&mut self, of: &HistoryOf, mut span: Range<Timestamp>) -> Result<(), Failure> {
        loop {
            let page = self.gateway.history_rows(of.series, span.clone(), PAGE).await?;
            for row in &page {
                self.writer.row(of, row, &mut self.buffer);
                self.flush_if_full().await?;
            }
            match page.last().map(|last| after(last.at)) {
                Some(next) if page.len() == PAGE as usize => span.start = next,
                _ => return Ok(()),
            }
        }
    }

    async fn flush_if_full(&mut self) -> Result<(), Failure> {
        if self.buffer.len() < PIECE { Ok(()) } else { self.flush().await }
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        let piece = Bytes::from(std::mem::take(&mut self.buffer));
        match timeout(PATIENCE, self.sender.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Failure::ClientGone),
        }
    }
}

/// The first time after a reading.
pub(super) fn after(at: Timestamp) -> Timestamp {
    at.checked_add(1.millisecond()).unwrap_or(Timestamp::MAX)
}
