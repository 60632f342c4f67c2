//! What arrives unasked: pushes, presence, messages.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use jid::Jid;
use tokio::sync::mpsc;

use super::connections::{now, session_state};
use super::fleet::Point;
use super::{Gateway, Unit};
use crate::domain::{DataPointName, Event, Identity, IdentityId, SessionState, Source};
use crate::smartserver::{PointData, push, push_refusal};
use crate::xml::Element;
use crate::xmpp::{Client, Condition, Earlier, ErrorType, Inbound, IqRequest, Presence, StanzaError};

impl Gateway {
    /// Starts an identity's session with the tasks that listen to it.
    pub(super) fn connect(&self, identity: Identity, earlier: Option<Earlier>) {
        let id = identity.id;
        let inbound = self.0.connections.start(identity, earlier);
        let Ok(connection) = self.0.connections.get(id) else { return };
        self.0.tasks.spawn(self.clone().watch_session(id, connection.client.clone()));
        self.0.tasks.spawn(self.clone().watch_stream(connection.client.stream()));
        self.0.tasks.spawn(self.clone().listen(id, connection.client.clone(), inbound));
    }

    async fn watch_session(self, id: IdentityId, client: Client) {
        let mut status = client.status();
        let mut last = None;
        drop(client);
        loop {
            let state = session_state(&status.borrow_and_update().state);
            if last.replace(state) != Some(state) {
                self.publish(Event::Session { identity_id: id, state });
                if state == SessionState::Online
                    && let Ok(connection) = self.0.connections.get(id)
                {
                    self.0.tasks.spawn(self.clone().subscribe_all(id, connection.client.clone()));
                }
                for unit in self.0.fleet.units_of(id) {
                    self.note_health(&unit);
                    if state == SessionState::Online {
                        unit.lane.breaker.nudge();
                    }
                    // It was registered while nobody could ask it.
                    if state == SessionState::Online && unit.info().inventory_at.is_none() {
                        self.sync_in_background(&unit);
                    }
                }
            }
            if status.changed().await.is_err() {
                return;
            }
        }
    }

    async fn listen(self, identity: IdentityId, client: Client, mut inbound: mpsc::Receiver<Inbound>) {
        while let Some(stanza) = inbound.recv().await {
            match stanza {
                Inbound::Iq(request) => self.take_push(identity, &client, &request).await,
                Inbound::Presence(presence) if presence.kind.as_deref() == Some("subscribe") => {
                    self.answer_subscription(identity, &client, &presence.from.to_bare()).await;
                }
                Inbound::Presence(presence) => self.take_presence(identity, &presence),
                Inbound::Message(message) => self.take_message(identity, message),
            }
        }
    }

    async fn take_push(&self, identity: IdentityId, client: &Client, request: &IqRequest) {
        let answer = self.answer_push(identity, request).map(Some).map_err(|error| *error);
        if let Err(error) = client.reply(request, answer).await {
            tracing::warn!(from = %request.from, %error, "push not answered");
        }
    }

    fn answer_push(&self, identity: IdentityId, request: &IqRequest) -> Result<Element, Box<StanzaError>> {
        let Some(unit) = self.sender(identity, &request.from) else {
            metrics::counter!("nocgate_pushes_total", "result" => "unknown_sender").increment(1);
            tracing::warn!(from = %request.from, "push from a sender that is not registered");
            return Err(Box::new(not_registered()));
        };
        match push::parse(&request.payload) {
            Ok(push) => {
                metrics::counter!("nocgate_pushes_total", "result" => "taken").increment(1);
                unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).pushed(now());
                unit.lane.breaker.nudge();
                if let Some(properties) = &push.properties {
                    self.note_pushed_header(&unit, properties);
                }
                let answer = push::answer(&push);
                for item in push.items {
                    self.keep_pushed(&unit, &item.name, item.data);
                }
                self.note_health(&unit);
                Ok(answer)
            }
            Err(error) => {
                metrics::counter!("nocgate_pushes_total", "result" => "malformed").increment(1);
                tracing::warn!(from = %request.from, %error, "push not understood");
                Err(Box::new(push_refusal(&request.payload, &error)))
            }
        }
    }

    pub(super) fn sender(&self, identity: IdentityId, from: &Jid) -> Option<Arc<Unit>> {
        let full = from.clone().try_into_full().ok()?;
        self.0.fleet.sender(identity, &full)
    }

    fn keep_pushed(&self, unit: &Arc<Unit>, name: &DataPointName, data: PointData) {
        match unit.points().get(name) {
            Some(point) => {
                let point = Point { unit: Arc::clone(unit), data: Arc::clone(point) };
                self.keep(&point, data, Some(Duration::ZERO), Source::Push);
            }
            None => {
                metrics::counter!("nocgate_pushed_unknown_points_total").increment(1);
                tracing::debug!(smartserver = unit.info().key, point = %name, "push of a point not in the inventory");
            }
        }
    }

    fn take_presence(&self, identity: IdentityId, presence: &Presence) {
        let Some(unit) = self.sender(identity, &presence.from) else { return };
        let present = match presence.kind.as_deref() {
            None => true,
            Some("unavailable") => false,
            Some(_) => return,
        };
        unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).presence(now(), present);
        if present {
            unit.lane.breaker.nudge();
        }
        self.note_health(&unit);
    }
}

fn not_registered() -> StanzaError {
    StanzaError {
        kind: ErrorType::Auth,
        condition: Condition("forbidden".into()),
        text: Some("this SmartServer is not registered".into()),
        application: None,
        payload: None,
    }
}
