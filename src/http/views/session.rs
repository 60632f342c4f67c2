use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::identity::{SessionStateView, SessionView, session_view};
use super::time;
use crate::domain::{RoundTrip, SessionFigures, SessionStatus, SessionTransition};

/// An identity's session and what it has done. Counters run since the start of the process, over all
/// sessions of the identity.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionReport)]
pub(crate) struct SessionReportView {
    #[serde(flatten)]
    session: SessionView,
    /// Whether the server can resume the stream if the session is lost now (XEP-0198).
    resumable: bool,
    /// BOSH requests that the server answered at once: how far away it is. `null` when there was
    /// none in the last minute.
    request_round_trip: Option<RoundTripView>,
    /// Calls to SmartServers, from their posting to their answer. `null` when there was none in the
    /// last minute.
    call_round_trip: Option<RoundTripView>,
    /// Bodies posted per second of the last ten.
    bodies_per_second: f64,
    /// Stanzas sent per second of the last ten.
    stanzas_sent_per_second: f64,
    /// Stanzas received per second of the last ten.
    stanzas_received_per_second: f64,
    /// Stanzas in a body on average, of those that carried any; `null` before the first.
    mean_batch: Option<f64>,
    /// Bodies posted again after a broken connection.
    resent: u64,
    /// How long the latest log-in took.
    last_login_ms: Option<f64>,
    /// How often a session that was online ended, by reason: `requested`, `conflict`, `kicked`,
    /// `removed`, `shutdown`, `expired`, `terminated`, `stream_error`, `lost`, `parked`, `protocol`,
    /// or one of those of `failed_logins`. Reasons that never occurred are left out.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"kicked": 1, "lost": 2}))]
    restarts: BTreeMap<&'static str, u64>,
    /// How often an attempt to log in came to nothing, by reason: `server_unreachable`,
    /// `domain_unknown`, `silent`, `refused`, `login`, or one of those of `restarts`.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({"server_unreachable": 3}))]
    failed_logins: BTreeMap<&'static str, u64>,
    /// Sessions given up since ejabberd had parked a request.
    parked: u64,
    /// Sessions that went on with the stream of the one before: nothing was lost.
    resumed: u64,
    /// Streams that the server would not resume.
    lost_streams: u64,
    /// Answers that nobody waited for any more.
    late_answers: u64,
    /// Answers from somebody who was not asked.
    foreign_answers: u64,
    /// Stanzas that arrived and were beyond what is read.
    unreadable: u64,
    /// Stanzas that the server refused to take.
    refused_stanzas: u64,
    /// Stanzas that arrived when the gateway had no room for them.
    dropped: u64,
    /// The latest 20 changes of state, oldest first.
    transitions: Vec<SessionTransitionView>,
}

/// Round trips of the last minute; a percentile is off by an eighth at most.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RoundTrip)]
pub(crate) struct RoundTripView {
    /// How many there were.
    samples: u64,
    /// What half of them did not exceed.
    p50_ms: f64,
    /// What 95 of 100 did not exceed.
    p95_ms: f64,
    /// What 99 of 100 did not exceed.
    p99_ms: f64,
}

/// A change of a session's state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionTransition)]
pub(crate) struct SessionTransitionView {
    /// When.
    at: String,
    /// The state that it came to.
    state: SessionStateView,
    /// Why, in words; `null` where nothing was wrong.
    reason: Option<String>,
}

impl SessionReportView {
    pub(crate) fn new((status, figures): (SessionStatus, SessionFigures)) -> Self {
        SessionReportView {
            resumable: figures.resumable,
            request_round_trip: round_trip(figures.request_round_trip),
            call_round_trip: round_trip(figures.call_round_trip),
            bodies_per_second: rounded(figures.bodies_per_second),
            stanzas_sent_per_second: rounded(figures.stanzas_sent_per_second),
            stanzas_received_per_second: rounded(figures.stanzas_received_per_second),
            mean_batch: mean(status.stanzas_sent, figures.batches),
            resent: figures.resent,
            last_login_ms: figures.last_login.map(ms),
            restarts: figures.restarts,
            failed_logins: figures.failed_logins,
            parked: figures.parked,
            resumed: figures.resumed,
            lost_streams: figures.lost_streams,
            late_answers: figures.late_answers,
            foreign_answers: figures.foreign_answers,
            unreadable: figures.unreadable,
            refused_stanzas: figures.refused_stanzas,
            dropped: figures.dropped,
            transitions: figures.transitions.into_iter().map(transition).collect(),
            session: session_view(status),
        }
    }
}

fn transition(transition: SessionTransition) -> SessionTransitionView {
    SessionTransitionView {
        at: time(transition.at),
        state: transition.state.into(),
        reason: transition.reason,
    }
}

fn round_trip(trip: RoundTrip) -> Option<RoundTripView> {
    trip.recent.map(|recent| RoundTripView {
        samples: recent.samples,
        p50_ms: ms(recent.p50),
        p95_ms: ms(recent.p95),
        p99_ms: ms(recent.p99),
    })
}

#[allow(clippy::cast_precision_loss, reason = "a mean")]
fn mean(stanzas: u64, batches: u64) -> Option<f64> {
    (batches > 0).then(|| rounded(stanzas as f64 / batches as f64))
}

/// Milliseconds, to a thousandth.
fn ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}

/// To hundredths.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
