//! What the sessions of identities have done.

use std::collections::BTreeMap;

use super::connections::{session_state, session_status};
use super::{Gateway, GatewayError};
use crate::domain::{
    Identity, IdentityId, Percentiles, RoundTrip, SessionFigures, SessionStatus, SessionTransition,
};
use crate::xmpp::{Cause, Client, Figures, RoundTrips};

impl Gateway {
    /// An identity's session with its figures.
    ///
    /// # Errors
    /// `Unknown`.
    pub fn session(&self, id: IdentityId) -> Result<(SessionStatus, SessionFigures), GatewayError> {
        let connection = self.0.connections.get(id)?;
        Ok((session_status(&connection.client), session_figures(&connection.client)))
    }

    /// All identities with their sessions and figures, oldest first.
    pub fn sessions(&self) -> impl Iterator<Item = (Identity, SessionStatus, SessionFigures)> {
        self.0.connections.all().into_iter().map(|connection| {
            let client = &connection.client;
            (connection.identity.clone(), session_status(client), session_figures(client))
        })
    }
}

fn session_figures(client: &Client) -> SessionFigures {
    let status = client.status().borrow().clone();
    let Figures { requests, calls, rates, restarts, failed_logins, last_login, transitions } =
        status.figures();
    let transition = |transition: crate::xmpp::Transition| SessionTransition {
        at: transition.at,
        state: session_state(&transition.state),
        reason: transition.reason,
    };
    SessionFigures {
        resumable: client.stream().borrow().is_some(),
        request_round_trip: round_trip(requests),
        call_round_trip: round_trip(calls),
        bodies_per_second: rates.bodies,
        stanzas_sent_per_second: rates.stanzas_sent,
        stanzas_received_per_second: rates.stanzas_received,
        batches: status.batches,
        resent: status.resent,
        last_login,
        restarts: words(restarts),
        failed_logins: words(failed_logins),
        parked: status.parked,
        resumed: status.resumed,
        lost_streams: status.lost_streams,
        late_answers: status.late_answers,
        foreign_answers: status.foreign_answers,
        unreadable: status.unreadable,
        refused_stanzas: status.refused_stanzas,
        dropped: status.dropped,
        transitions: transitions.into_iter().map(transition).collect(),
    }
}

fn words(counts: BTreeMap<Cause, u64>) -> BTreeMap<&'static str, u64> {
    counts.into_iter().map(|(cause, count)| (cause.word(), count)).collect()
}

fn round_trip(trips: RoundTrips) -> RoundTrip {
    let recent = trips.recent.map(|recent| Percentiles {
        samples: recent.samples,
        p50: recent.p50,
        p95: recent.p95,
        p99: recent.p99,
    });
    RoundTrip { count: trips.count, sum: trips.sum, recent }
}
