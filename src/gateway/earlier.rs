//! Goes on where an earlier run of the gateway was stopped: with its streams, and with the commands that it
//! had sent, whose answers may still come on those.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::calls::LONGEST_CALL;
use super::commands::{Order, later, order};
use super::connections::now;
use super::fleet::Point;
use super::lane::Turn;
use super::settle::{Fate, fate_of_call, fate_of_item};
use super::streams::{is_of, resumable};
use super::unsettled::Open;
use super::{Gateway, GatewayError};
use crate::domain::{Command, CommandId, CommandItem, Event, IdentityId, Outcome, Phase};
use crate::smartserver::SmartServerRpc;
use crate::store::StoreError;
use crate::xmpp::{Earlier, EarlierCall, Resumable};

/// Time that an answer gets at least: it may have been at the server for long, but the session has to be
/// resumed first.
const REDELIVERY: Duration = Duration::from_secs(10);

/// A command that an earlier run had sent, or was about to send.
#[derive(Debug)]
struct Left {
    id: CommandId,
    verify: bool,
    point: Point,
    order: Order,
    /// Id of its iq; without it the answer would not be known.
    iq_id: Option<String>,
    /// When its answer is given up.
    until: Instant,
    /// The SmartServer may be at work on it.
    turn: Option<Turn>,
}

impl Gateway {
    /// Settles what an earlier run left unsent, which is safe to repeat. Gives back what was sent.
    pub(super) async fn settle_unsent(&self) -> Result<Vec<(Command, CommandItem)>, StoreError> {
        let mut sent = Vec::new();
        for command in self.0.store.commands().list_unfinished().await? {
            for item in &command.items {
                match item.phase {
                    Phase::Queued => {
                        let fate = Fate::new(Outcome::NotSent, "the gateway stopped before it was sent");
                        self.settle_left_item(&command, item, fate).await?;
                    }
                    Phase::Sent => sent.push((command.clone(), item.clone())),
                    Phase::Finished => {}
                }
            }
        }
        Ok(sent)
    }

    /// Starts the sessions, with the streams that the earlier run left, and settles what it had sent in the
    /// background. Gives back the streams.
    pub(super) async fn go_on(
        &self,
        sent: Vec<(Command, CommandItem)>,
    ) -> Result<HashMap<IdentityId, Resumable>, StoreError> {
        let mut left = Vec::new();
        for (command, item) in sent {
            match self.left(&command, &item) {
                Ok(one) => left.push(one),
                Err(error) => {
                    let why = format!("the gateway stopped before the answer came: {error}");
                    self.settle_left_item(&command, &item, Fate::new(Outcome::Unknown, why)).await?;
                }
            }
        }
        let streams = self.0.store.streams().list().await?;
        let streams: HashMap<_, _> = streams.into_iter().map(|s| (s.identity_id, resumable(s))).collect();
        for identity in self.0.store.identities().list().await? {
            let stream = streams.get(&identity.id).filter(|stream| is_of(&stream.jid, &identity)).cloned();
            // Told before the session starts: answers come as soon as it is resumed.
            let calls = left.iter().filter(|left| left.identity() == identity.id).filter_map(Left::call);
            let earlier = stream.map(|stream| Earlier { stream, calls: calls.collect() });
            self.connect(identity, earlier);
        }
        for left in left {
            let connection = self.0.connections.get(left.identity()).ok();
            let open = left.iq_id.as_ref().zip(connection).map(|(id, of)| of.unsettled.add(id));
            self.0.commands.spawn(self.clone().settle_left(left, open));
        }
        Ok(streams)
    }

    fn left(&self, command: &Command, item: &CommandItem) -> Result<Left, GatewayError> {
        let point = self.point(item.data_point_id)?;
        let patience = self.0.settings.deadline.min(LONGEST_CALL);
        let given = command.deadline_at.min(later(item.updated_at, LONGEST_CALL));
        let given = given.max(later(item.updated_at, patience)).duration_since(now());
        let given = Duration::try_from(given).unwrap_or_default().clamp(REDELIVERY, LONGEST_CALL);
        Ok(Left {
            id: command.id,
            verify: command.verify,
            order: order(&point, &command.action)?,
            iq_id: item.iq_id.clone(),
            until: Instant::now() + given,
            turn: point.unit.lane.turn_now(),
            point,
        })
    }

    /// Waits for the answer and settles the command by it as any other. `_open`: until that is done.
    async fn settle_left(self, left: Left, _open: Option<Open>) {
        let fate = self.answer_to(&left).await.unwrap_or_else(|error| fate_of_left(&error));
        let Left { id, verify, point, order, turn, .. } = left;
        let fate = self.look_back(turn, &point, &order, verify, None, fate).await;
        self.conclude(id, &point, fate).await;
    }

    async fn answer_to(&self, left: &Left) -> Result<Fate, GatewayError> {
        let iq_id = left.iq_id.as_deref().ok_or(GatewayError::SessionLost { sent: true })?;
        let client = self.0.connections.get(left.identity())?.client.clone();
        let rpc = SmartServerRpc::new(client, left.point.unit.info().jid.clone());
        let name = &left.point.data.name;
        let items = match &left.order {
            Order::Write(item) => rpc.earlier_write(iq_id, std::slice::from_ref(item), left.until).await,
            Order::Reset(priority) => {
                rpc.earlier_reset_priority(iq_id, &[(name.clone(), *priority)], left.until).await
            }
        };
        Ok(fate_of_item(name, items?))
    }

    async fn settle_left_item(
        &self,
        command: &Command,
        item: &CommandItem,
        fate: Fate,
    ) -> Result<(), StoreError> {
        tracing::warn!(command = %command.id, point = %item.name, outcome = ?fate.outcome, "settled after a stop");
        let finished = fate.into_finished(item.data_point_id);
        self.0.store.commands().finish(command.id, &[finished], now()).await?;
        self.publish(Event::Command { command_id: command.id, smartserver_ids: vec![item.smartserver_id] });
        Ok(())
    }
}

impl Left {
    fn identity(&self) -> IdentityId {
        self.point.unit.info().identity_id
    }

    fn call(&self) -> Option<EarlierCall> {
        let to = self.point.unit.info().jid.clone();
        self.iq_id.clone().map(|id| EarlierCall { id, to })
    }
}

/// What it means that no usable answer came to this run.
fn fate_of_left(error: &GatewayError) -> Fate {
    let why = match error {
        GatewayError::SessionLost { .. } => "and the session could not go on after it",
        GatewayError::Deadline { .. } => "and none came after it",
        error => return fate_of_call(error),
    };
    Fate::new(Outcome::Unknown, format!("the gateway stopped before the answer came, {why}"))
}
