//! Metrics of sessions, in the text format of Prometheus. They are written from what there is when
//! somebody asks, so that those of an identity vanish with it: a registry would show them for ever.

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::domain::{Identity, RoundTrip, SessionFigures, SessionState, SessionStatus};

type Session = (Identity, SessionStatus, SessionFigures);

const STATES: [(SessionState, &str); 4] = [
    (SessionState::Online, "online"),
    (SessionState::Connecting, "connecting"),
    (SessionState::Offline, "offline"),
    (SessionState::Refused, "refused"),
];

/// The metrics of these sessions, labelled by identity.
pub(super) fn sessions(sessions: &[Session]) -> String {
    let mut page = Page { text: String::new(), sessions };
    if sessions.is_empty() {
        return page.text;
    }
    page.states();
    page.gauges();
    page.counters();
    page.by_reason("restarts", "Sessions that were online and ended", |figures| &figures.restarts);
    page.by_reason("failed_logins", "Attempts to log in that came to nothing", |figures| {
        &figures.failed_logins
    });
    page.round_trips("request", "Requests that the server answered at once", |f| f.request_round_trip);
    page.round_trips("call", "Calls to SmartServers, from posting to answer", |f| f.call_round_trip);
    page.text
}

struct Page<'a> {
    text: String,
    sessions: &'a [Session],
}

impl Page<'_> {
    fn states(&mut self) {
        self.family("state", "gauge", "1 for the state that the session is in");
        for (identity, status, _) in self.sessions {
            for (state, word) in STATES {
                let labels = [("state", word)];
                line(&mut self.text, "state", identity, &labels, u8::from(status.state == state));
            }
        }
        self.family("info", "gauge", "What was negotiated with the server");
        for (identity, status, _) in self.sessions {
            let number = |value: Option<u64>| value.map(|value| value.to_string()).unwrap_or_default();
            let labels = [
                ("server", status.server.unwrap_or_default()),
                ("mechanism", status.mechanism.as_deref().unwrap_or_default()),
                ("wait_s", &number(status.wait_s)),
                ("hold", &number(status.hold.map(u64::from))),
                ("requests", &number(status.requests.map(u64::from))),
                ("inactivity_s", &number(status.inactivity_s)),
            ];
            line(&mut self.text, "info", identity, &labels, 1);
        }
    }

    fn gauges(&mut self) {
        self.each("online", "gauge", "Whether the session is online", |status, _| {
            Some(u8::from(status.state == SessionState::Online))
        });
        self.each("since_timestamp_seconds", "gauge", "Since when it is in its state", |status, _| {
            Some(status.since.as_duration().as_secs_f64())
        });
        self.each("rid", "gauge", "Request id sent last", |status, _| status.rid);
        self.each("requests_out", "gauge", "Requests without answer", |s, _| Some(s.requests_out));
        self.each("queued", "gauge", "Stanzas waiting to be sent", |status, _| Some(status.queued));
        self.each("pending", "gauge", "Calls waiting for an answer", |status, _| Some(status.pending));
        self.each("resumable", "gauge", "Whether the stream can be resumed", |_, figures| {
            Some(u8::from(figures.resumable))
        });
        self.each("last_login_seconds", "gauge", "How long the latest log-in took", |_, figures| {
            figures.last_login.map(|took| took.as_secs_f64())
        });
    }

    fn counters(&mut self) {
        self.count("bodies", "Bodies posted", |status, _| status.bodies);
        self.count("resent", "Bodies posted again after a broken connection", |_, f| f.resent);
        self.count("batches", "Bodies that carried stanzas", |_, figures| figures.batches);
        self.count("stanzas_sent", "Stanzas sent", |status, _| status.stanzas_sent);
        self.count("stanzas_received", "Stanzas received", |status, _| status.stanzas_received);
        self.count("logins", "Sessions opened", |status, _| status.logins);
        self.count("parked", "Sessions given up since a request was parked", |_, f| f.parked);
        self.count("resumed", "Sessions that resumed a stream", |_, f| f.resumed);
        self.count("lost_streams", "Streams that the server would not resume", |_, f| f.lost_streams);
        self.count("late_answers", "Answers that nobody waited for any more", |_, f| f.late_answers);
        self.count("foreign_answers", "Answers from somebody not asked", |_, f| f.foreign_answers);
        self.count("unreadable", "Stanzas that could not be read", |_, figures| figures.unreadable);
        self.count("refused_stanzas", "Stanzas that the server refused", |_, f| f.refused_stanzas);
        self.count("dropped", "Stanzas that there was no room for", |_, figures| figures.dropped);
    }

    fn by_reason(
        &mut self,
        name: &str,
        help: &str,
        counts: fn(&SessionFigures) -> &BTreeMap<&'static str, u64>,
    ) {
        let name = format!("{name}_total");
        self.family(&name, "counter", help);
        for (identity, _, figures) in self.sessions {
            for (reason, count) in counts(figures) {
                line(&mut self.text, &name, identity, &[("reason", reason)], count);
            }
        }
    }

    fn round_trips(&mut self, name: &str, help: &str, trips: fn(&SessionFigures) -> RoundTrip) {
        let name = format!("{name}_seconds");
        self.family(&name, "summary", &format!("{help}; quantiles of the last minute"));
        for (identity, _, figures) in self.sessions {
            let RoundTrip { count, sum, recent } = trips(figures);
            for (quantile, value) in
                recent.into_iter().flat_map(|r| [("0.5", r.p50), ("0.95", r.p95), ("0.99", r.p99)])
            {
                line(&mut self.text, &name, identity, &[("quantile", quantile)], seconds(value));
            }
            line(&mut self.text, &format!("{name}_sum"), identity, &[], seconds(sum));
            line(&mut self.text, &format!("{name}_count"), identity, &[], count);
        }
    }

    fn count(&mut self, name: &str, help: &str, value: fn(&SessionStatus, &SessionFigures) -> u64) {
        self.each(&format!("{name}_total"), "counter", help, |status, figures| Some(value(status, figures)));
    }

    fn each<V: Display>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        value: impl Fn(&SessionStatus, &SessionFigures) -> Option<V>,
    ) {
        self.family(name, kind, help);
        for (identity, status, figures) in self.sessions {
            if let Some(value) = value(status, figures) {
                line(&mut self.text, name, identity, &[], value);
            }
        }
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ =
            writeln!(self.text, "# HELP nocgate_session_{name} {help}\n# TYPE nocgate_session_{name} {kind}");
    }
}

fn line(text: &mut String, name: &str, identity: &Identity, labels: &[(&str, &str)], value: impl Display) {
    // Writing to a String does not fail.
    let _ = write!(text, "nocgate_session_{name}{{identity=\"{}\"", escaped(identity.jid.as_str()));
    for (label, value) in labels {
        let _ = write!(text, ",{label}=\"{}\"", escaped(value));
    }
    let _ = writeln!(text, "}} {value}");
}

/// What stands between the quotes of a label.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_label_stays_between_its_quotes() {
        assert_eq!(super::escaped("a\"b\\c\nd"), "a\\\"b\\\\c\\nd");
    }
}
