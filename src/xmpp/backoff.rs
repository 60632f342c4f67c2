use std::time::Duration;

use super::bosh::{Conflict, End};

const BASE: Duration = Duration::from_millis(250);
const CAP: Duration = Duration::from_secs(30);
/// The first attempts after an outage come closer together: a server that could have the session again
/// is not left waiting...
const OUTAGE_CAP: Duration = Duration::from_secs(1);
/// ...but one that fails so often has another trouble...
const OUTAGE_TRIES: u32 = 12;
/// ...unless a session lasted so long in between.
const BRIEF: Duration = Duration::from_secs(1);
/// After another client took the resource: two gateways with one account must not throw each other
/// out all the time. Doubles with each time...
const REPLACED: Duration = Duration::from_secs(60);
/// ...up to this, which is also how long a session must last for the dispute to count as settled.
const MOST_REPLACED: Duration = Duration::from_secs(480);
/// A session that lasted so long was sound; what ended it is a new incident.
const SOUND: Duration = Duration::from_secs(5);
/// A step of a log-in that is not answered costs so much, at first; twice that the next time...
const STEP: Duration = Duration::from_secs(3);
/// ...up to this. A busy server needs longer; one that lost the request never answers.
const MOST_STEP: Duration = Duration::from_secs(20);

/// Pauses between attempts to log in: doubling, with jitter, so that clients of a server that
/// comes back do not all call at once (checklist, 33, 40 and 42).
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
    /// Those of them that the network, or a server that went away, was to blame for.
    outages: u32,
    replaced: u32,
    silences: u32,
}

impl Backoff {
    /// The pause after an attempt that ended so, `online` being how long its session was; `jitter`
    /// in 0..1.
    pub(crate) fn after(&mut self, end: &End, online: Option<Duration>, jitter: f64) -> Duration {
        let lasted = online.unwrap_or_default();
        if lasted >= SOUND {
            self.failures = 0;
        }
        if lasted >= BRIEF {
            self.outages = 0;
        }
        if lasted >= MOST_REPLACED {
            self.replaced = 0;
        }
        self.silences = if matches!(end, End::Silent(_)) { self.silences + 1 } else { 0 };
        if end.conflict() == Some(Conflict::Replaced) {
            self.replaced += 1;
            return pause(REPLACED, self.replaced - 1, MOST_REPLACED, jitter);
        }
        if end.is_outage() && self.outages < OUTAGE_TRIES {
            self.outages += 1;
            return pause(BASE, self.outages - 1, OUTAGE_CAP, jitter);
        }
        self.failures += 1;
        pause(BASE, self.failures - 1, CAP, jitter)
    }

    /// The session was good for a while, and its successor resumes its stream: no pause.
    pub(crate) fn resumed(&mut self) -> Duration {
        self.silences = 0;
        Duration::ZERO
    }

    /// The server was away and is back: what was tried meanwhile does not count.
    pub(crate) fn server_returned(&mut self) {
        self.failures = 0;
        self.outages = 0;
        self.silences = 0;
    }

    /// How long a step of the next log-in may take.
    pub(crate) fn step_limit(&self) -> Duration {
        MOST_STEP.min(STEP * (1 << self.silences.min(10)))
    }
}

/// `base` doubled `times` times, at most `cap`, less up to half of it.
fn pause(base: Duration, times: u32, cap: Duration, jitter: f64) -> Duration {
    cap.min(base * (1 << times.min(10))).mul_f64(0.5 + jitter / 2.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn stream_error(condition: &str, text: &str) -> End {
        End::StreamError { condition: condition.into(), text: Some(text.into()) }
    }

    fn pauses(backoff: &mut Backoff, end: &End, online: Option<Duration>, count: usize) -> Vec<u128> {
        (0..count).map(|_| backoff.after(end, online, 1.0).as_millis()).collect()
    }

    #[test]
    fn pauses_double_up_to_a_cap_and_begin_anew_after_a_sound_session() {
        let mut backoff = Backoff::default();
        let end = End::Login("temporary-auth-failure".into());
        let expected = [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000];
        assert_eq!(pauses(&mut backoff, &end, None, 9), expected);
        assert_eq!(pauses(&mut backoff, &end, Some(Duration::from_secs(1)), 1), [30_000]);
        assert_eq!(pauses(&mut backoff, &end, Some(SOUND), 1), [250]);
        assert_eq!(backoff.after(&end, Some(SOUND), 0.0), Duration::from_millis(125));
        pauses(&mut backoff, &end, None, 100);
        backoff.server_returned();
        assert_eq!(pauses(&mut backoff, &end, None, 1), [250]);
    }

    #[test]
    fn an_outage_is_tried_again_soon_for_a_while() {
        let mut backoff = Backoff::default();
        for end in [End::Unreachable("reset".into()), stream_error("system-shutdown", "")] {
            let outages = pauses(&mut backoff, &end, None, 14);
            assert_eq!(outages[..3], [250, 500, 1_000]);
            assert!(outages[3..12].iter().all(|pause| *pause == 1_000));
            assert_eq!(outages[12..], [250, 500], "from here on it is a failure like any other");
            assert_eq!(pauses(&mut backoff, &end, Some(BRIEF), 1), [250]);
            backoff.server_returned();
        }
    }

    #[test]
    fn a_second_holder_is_not_fought_and_a_kick_is_an_ordinary_end() {
        let mut backoff = Backoff::default();
        let replaced = stream_error("conflict", "Replaced by new connection");
        let short = Some(Duration::from_secs(60));
        assert_eq!(pauses(&mut backoff, &replaced, short, 5), [60_000, 120_000, 240_000, 480_000, 480_000]);
        assert_eq!(backoff.after(&replaced, Some(MOST_REPLACED), 0.0), Duration::from_secs(30));
        assert_eq!(pauses(&mut backoff, &End::ResourceTaken, None, 1), [120_000]);
        for text in ["by an operator", "User removed"] {
            let kicked = stream_error("conflict", text);
            assert_eq!(pauses(&mut backoff, &kicked, short, 1), [250], "{text}");
        }
    }

    #[test]
    fn a_silent_server_is_given_more_time_each_time() {
        let mut backoff = Backoff::default();
        let limits: Vec<u64> = (0..5)
            .map(|_| {
                let limit = backoff.step_limit();
                backoff.after(&End::Silent(limit), None, 1.0);
                limit.as_secs()
            })
            .collect();
        assert_eq!(limits, [3, 6, 12, 20, 20]);
        backoff.after(&End::Unreachable("refused".into()), None, 1.0);
        assert_eq!(backoff.step_limit(), STEP);
    }
}
