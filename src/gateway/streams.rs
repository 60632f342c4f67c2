//! Records what resumes the identities' streams after a crash (XEP-0198): which, and how much of them was
//! received. The server keeps for the next run what this one has not acknowledged, and this one
//! acknowledges only what is recorded.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jid::FullJid;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::Gateway;
use crate::domain::{Identity, IdentityId};
use crate::store::StoredStream;
use crate::xmpp::{Client, Resumable};

/// Pause between two records of how much was received; a stream that begins is recorded at once, and so is
/// much at a time.
const PAUSE: Duration = Duration::from_secs(1);
/// Time for the last record when the sessions have ended.
const LAST: Duration = Duration::from_secs(2);

/// The streams as they are in the database.
type Known = HashMap<IdentityId, Resumable>;

/// Streams that are not recorded yet since their counts include answers to commands that are not on disk:
/// ids of the iqs. In the meantime they count on, but a later count would have to wait for later commands,
/// and under load there is always one.
type Held = HashMap<IdentityId, (Resumable, Vec<String>)>;

/// What is new since the last record.
#[derive(Default)]
struct News {
    changed: Vec<(StoredStream, Client)>,
    gone: Vec<IdentityId>,
}

/// The task that records.
#[derive(Debug)]
pub(super) struct Recorder {
    task: JoinHandle<()>,
    stop: CancellationToken,
}

impl Recorder {
    /// Starts it; `known` is what the database holds.
    pub(super) fn start(gateway: Gateway, known: Known) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(gateway, known, stop.clone()));
        Recorder { task, stop }
    }

    /// Records a last time, when the sessions have ended: streams that are over are not resumed.
    pub(super) async fn stop(mut self) {
        self.stop.cancel();
        if timeout(LAST, &mut self.task).await.is_err() {
            tracing::warn!("the end of the streams is not recorded");
            self.task.abort();
        }
    }
}

async fn run(gateway: Gateway, mut known: Known, stop: CancellationToken) {
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut held = Held::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = gateway.0.stream_began.notified() => {}
            () = stop.cancelled() => break,
        }
        gateway.record_streams(&mut known, &mut held).await;
    }
    gateway.record_streams(&mut known, &mut held).await;
}

impl Gateway {
    /// Wakes the recorder whenever an identity's stream begins or ends, and when much comes in on it.
    pub(super) async fn watch_stream(self, mut stream: watch::Receiver<Option<Resumable>>) {
        while stream.changed().await.is_ok() {
            self.0.stream_began.notify_one();
        }
    }

    async fn record_streams(&self, known: &mut Known, held: &mut Held) {
        let News { changed, gone } = self.news(known, held);
        if changed.is_empty() && gone.is_empty() {
            return;
        }
        let (streams, clients): (Vec<_>, Vec<_>) = changed.into_iter().unzip();
        if let Err(error) = self.0.store.streams().save(&streams, &gone).await {
            tracing::error!(%error, streams = streams.len(), "streams not recorded; tried again");
            return;
        }
        gone.iter().for_each(|id| drop(known.remove(id)));
        for (stream, client) in streams.into_iter().zip(clients) {
            let id = stream.identity_id;
            let stream = resumable(stream);
            known.insert(id, stream.clone());
            client.recorded(stream);
        }
    }

    fn news(&self, known: &Known, held: &mut Held) -> News {
        let mut news = News::default();
        let mut gone: HashSet<IdentityId> = known.keys().copied().collect();
        for connection in self.0.connections.all() {
            let id = connection.identity.id;
            let stream = connection.client.stream().borrow().clone();
            let Some(stream) = stream else { continue };
            gone.remove(&id);
            if known.get(&id) == Some(&stream) {
                continue;
            }
            let before = held.remove(&id).filter(|(before, _)| before.id == stream.id);
            let answered = || connection.unsettled.answered(&connection.client);
            let (stream, mut open) = before.unwrap_or_else(|| (stream, answered()));
            open.retain(|iq_id| connection.unsettled.is_answered(iq_id, &connection.client));
            match open.is_empty() {
                true => news.changed.push((stored(id, stream), connection.client.clone())),
                false => drop(held.insert(id, (stream, open))),
            }
        }
        news.gone = gone.into_iter().collect();
        news
    }
}

fn stored(identity_id: IdentityId, stream: Resumable) -> StoredStream {
    let Resumable { id, jid, received } = stream;
    StoredStream { identity_id, stream_id: id, jid, received }
}

pub(super) fn resumable(stream: StoredStream) -> Resumable {
    Resumable { id: stream.stream_id, jid: stream.jid, received: stream.received }
}

/// Whether a stream is still the identity's: it may have been changed since.
pub(super) fn is_of(jid: &FullJid, identity: &Identity) -> bool {
    identity.jid.with_resource_str(&identity.resource).is_ok_and(|own| own == *jid)
}
