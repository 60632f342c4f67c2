//! What arrives unasked: pushes, presence, messages.

use std::sync::{Arc, PoisonError};

use jid::{BareJid, Jid};
use tokio::sync::{Semaphore, mpsc};

use super::connections::{now, session_state};
use super::{Gateway, TrafficDirection, Unit, pushes};
use crate::domain::{Event, Identity, IdentityId, SessionState};
use crate::xmpp::{Client, Earlier, Inbound, Presence, PubsubEvent};

impl Gateway {
    /// Starts an identity's session with the tasks that listen to it.
    pub(super) fn connect(&self, identity: Identity, earlier: Option<Earlier>) {
        let id = identity.id;
        let inbound = self.0.connections.start(identity, earlier);
        let Ok(connection) = self.0.connections.get(id) else { return };
        let jid = connection.identity.jid.clone();
        self.0.tasks.spawn(self.clone().watch_session(id, jid, connection.client.clone()));
        self.0.tasks.spawn(self.clone().watch_stream(connection.client.stream()));
        self.0.tasks.spawn(self.clone().listen(id, connection.client.clone(), inbound));
    }

    async fn watch_session(self, id: IdentityId, jid: BareJid, client: Client) {
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
                let units = self.0.fleet.units_of(id);
                self.note_health_of_all(&jid, &units).await;
                for unit in units.iter().filter(|_| state == SessionState::Online) {
                    unit.lane.breaker.nudge();
                    // It was registered while nobody could ask it.
                    if unit.info().inventory_at.is_none() {
                        self.sync_in_background(unit);
                    }
                }
            }
            if status.changed().await.is_err() {
                return;
            }
        }
    }

    async fn listen(self, identity: IdentityId, client: Client, mut inbound: mpsc::Receiver<Inbound>) {
        let places = Arc::new(Semaphore::new(pushes::UNDER_WAY));
        while let Some(stanza) = inbound.recv().await {
            match stanza {
                Inbound::Iq(request) => self.take_push(identity, &client, request, &places).await,
                Inbound::Presence(presence) if presence.kind.as_deref() == Some("subscribe") => {
                    self.answer_subscription(identity, &client, &presence.from.to_bare()).await;
                }
                Inbound::Presence(presence) => self.take_presence(identity, &presence),
                Inbound::Message(message) => match PubsubEvent::read(&message) {
                    Some(event) => self.take_event(identity, event),
                    None => self.take_message(identity, message),
                },
            }
        }
    }

    pub(super) fn sender(&self, identity: IdentityId, from: &Jid) -> Option<Arc<Unit>> {
        let full = from.clone().try_into_full().ok()?;
        self.0.fleet.sender(identity, &full)
    }

    fn take_presence(&self, identity: IdentityId, presence: &Presence) {
        let Some(unit) = self.sender(identity, &presence.from) else { return };
        self.overhear_presence(&unit, TrafficDirection::Received, presence.kind.as_deref());
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
