use std::time::Duration;

use tokio::time::Instant;

use super::profile::{Profile, Spacing};
use super::window::{Place, Request, Window};

/// How much longer than `wait` an answer may take, from when its request was written: only so is
/// a dead peer found (checklist, 26).
const ANSWER_MARGIN: Duration = Duration::from_secs(10);
/// How long connecting and writing may take.
const POSTING_LIMIT: Duration = Duration::from_secs(20);
/// How long the whole login may take.
pub(crate) const LOGIN_LIMIT: Duration = Duration::from_secs(40);
/// How long a session may take to say goodbye.
pub(crate) const CLOSING_LIMIT: Duration = Duration::from_secs(3);
/// Whatever a server says, it may have forgotten a session after this.
pub(crate) const MOST_INACTIVITY: Duration = Duration::from_secs(24 * 3_600);
/// Longest time that failed requests are repeated without success.
const MOST_PATIENCE: Duration = Duration::from_secs(10);
/// The same where the stream can be resumed on a new session.
const RESUMABLE_PATIENCE: Duration = Duration::from_secs(2);
/// A request that stayed written this long had a good connection: its failure is a new incident.
pub(crate) const SOUND: Duration = Duration::from_secs(5);

/// A server that holds one request answers it as soon as it gets the next, within milliseconds.
/// When it has not for so long, the path of the older one is dead, or ejabberd has parked the newer
/// one. Where the stream cannot be resumed, a wrong guess may cost every posted call its answer, so
/// a machine that is busy for a moment must not look like either.
pub(crate) const STALLED_AFTER: Duration = Duration::from_secs(4);
/// A request cannot have overtaken one that was written so long before it.
const OVERTAKING: Duration = Duration::from_secs(1);
/// Round trips that the limits above last at least.
const ROUND_TRIPS: u32 = 8;

/// How long to wait for a stanza before an empty request is posted. Who gets an answer often asks
/// the next question at once, and would have to wait for the server's spacing behind it.
const LINGER: Duration = Duration::from_millis(8);
/// The same while answers are awaited: they come with the next request only.
const LINGER_AWAITING: Duration = Duration::from_millis(1);

/// Smoothed round trip and how it varies (as RFC 6298 does), with the latest sample and their number.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RoundTrip {
    smoothed: Option<(Duration, Duration)>,
    pub(crate) latest: Duration,
    pub(crate) samples: u64,
}

impl RoundTrip {
    pub(crate) fn sample(&mut self, sample: Duration) {
        self.latest = sample;
        self.samples += 1;
        self.smoothed = Some(match self.smoothed {
            None => (sample, sample / 2),
            Some((smoothed, varies)) => {
                ((smoothed * 7 + sample) / 8, (varies * 3 + smoothed.abs_diff(sample)) / 4)
            }
        });
    }

    pub(crate) fn get(self) -> Option<Duration> {
        self.smoothed.map(|(smoothed, _)| smoothed)
    }

    /// What hardly any round trip exceeds.
    fn slow(self) -> Duration {
        self.smoothed.map_or(Duration::ZERO, |(smoothed, varies)| smoothed + varies * 4)
    }

    fn at_least(self, limit: Duration) -> Duration {
        self.get().map_or(limit, |trip| limit.max(trip * ROUND_TRIPS))
    }
}

/// How long a session repeats failed requests.
pub(crate) fn patience(inactivity: Option<Duration>, resumable: bool) -> Duration {
    let most = if resumable { RESUMABLE_PATIENCE } else { MOST_PATIENCE };
    inactivity.map_or(most, |inactivity| inactivity.min(most))
}

/// When to repeat a request that failed `tries` times: the first time at once, since a kept
/// connection often turns out closed.
pub(crate) fn retry_at(now: Instant, tries: u32) -> Instant {
    match tries {
        0 => now,
        tries => now + Duration::from_millis(100 << tries.min(4)).min(Duration::from_secs(1)),
    }
}

/// When to give up a request that is neither written nor answered in time.
pub(crate) fn overdue_at(request: &Request, wait: Duration) -> Option<Instant> {
    match request.place {
        _ if request.is_answered() => None,
        Place::Posting(since) => Some(since + POSTING_LIMIT),
        Place::Written(since) => Some(since + wait + ANSWER_MARGIN),
        Place::Broken(_) => None,
    }
}

/// How long after an unanswered request its successor may be written.
pub(crate) fn spacing(profile: &Profile, older: &Request, trip: RoundTrip) -> Duration {
    let Spacing { after_stanzas, after_poll, at_most } = profile.spacing;
    match older.stanzas.is_empty() {
        true => trip.slow().clamp(after_poll, at_most),
        false => after_stanzas,
    }
}

/// How long a session without a request out waits before it posts an empty one.
pub(crate) fn linger(awaiting: bool) -> Duration {
    if awaiting { LINGER_AWAITING } else { LINGER }
}

/// Whether `newer` may have reached ejabberd before `older`, which has no answer: then it is parked,
/// and a second copy of it would crash the session.
pub(crate) fn may_be_parked(profile: &Profile, older: &Request, newer: &Request, trip: RoundTrip) -> bool {
    let (Some(first), Some(second)) = (older.first_written, newer.first_written) else { return false };
    profile.parks && second.saturating_duration_since(first) < trip.at_least(OVERTAKING)
}

/// When the older of two requests is to be taken for stalled: it has had no answer for `patience`
/// although the server has got the newer one, or has even answered it.
pub(crate) fn stalled_at(window: &Window, trip: RoundTrip, patience: Duration) -> Option<Instant> {
    let (older, newer) = window.pair()?;
    let Place::Written(since) = older.place else { return None };
    let known = match &newer.answer {
        Some((answered, _)) => *answered,
        None => newer.written?,
    };
    Some(since.max(known) + trip.at_least(patience))
}
