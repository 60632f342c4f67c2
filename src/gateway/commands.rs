//! A write or release of one data point: accepted, stored, sent once, settled honestly.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::connections::now;
use super::fleet::Point;
use super::lane::{Rank, Turn};
use super::settle::{Fate, fate_of_call, fate_of_item, fate_of_read_back};
use super::unsettled::Open;
use super::value_forms::{field_writes, has_fields};
use super::{Caller, Gateway, GatewayError, Thing};
use crate::domain::types::{self, UnitSystem};
use crate::domain::{
    Action, Command, CommandId, CommandItem, DataPointId, Event, FormatName, Outcome, Phase, Preset,
    Priority, Source, WriteValue,
};
use crate::smartserver::{Answer, CallError, Outcomes, PointData, SmartServerRpc, WriteItem, WritePayload};
use crate::store::{Conflict, StoreError};
use crate::xmpp::{IqId, Limits};

/// Time that reading a point back may take, also after the command's own deadline: the truth about a
/// write is worth some seconds.
const READ_BACK: Duration = Duration::from_secs(10);
/// Longest deadline of a command.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A command as asked for.
#[derive(Debug, Clone)]
pub struct NewCommand {
    /// What to do.
    pub action: Action,
    /// When it is given up if it could not be sent; the configured deadline of a call if absent.
    pub deadline: Option<Duration>,
    /// Whether the point is read back.
    pub verify: bool,
    /// Why, in the caller's words.
    pub reason: Option<String>,
}

/// A command that is on disk.
#[derive(Debug)]
pub struct StartedCommand {
    /// Its id.
    pub id: CommandId,
    /// Ends when it has its outcome; absent when the command was started by an earlier request.
    pub finished: Option<JoinHandle<()>>,
}

/// What a command needs to be sent.
#[derive(Debug)]
struct GoAhead {
    turn: Turn,
    iq_id: IqId,
    open: Open,
}

/// The message that a command becomes for one data point.
#[derive(Debug, Clone)]
pub(super) enum Order {
    Write(WriteItem),
    Reset(Priority),
}

impl Gateway {
    /// Accepts a command for one data point under a new id. When this returns, the command is on disk
    /// and under way, whether or not anybody waits for it.
    ///
    /// # Errors
    /// `Unknown`, or `Value`/`Invalid` when the value does not fit the point or the reason cannot be
    /// stored; then nothing is stored.
    pub async fn command_point(
        &self,
        id: CommandId,
        data_point: DataPointId,
        new: NewCommand,
        caller: &Caller,
    ) -> Result<StartedCommand, GatewayError> {
        if self.0.shutdown.is_cancelled() {
            return Err(GatewayError::Stopping);
        }
        let point = self.point(data_point)?;
        let order = order(&point, &new.action)?;
        if new.reason.as_ref().is_some_and(|reason| reason.contains('\0')) {
            let message = "it holds the character NUL".to_owned();
            return Err(GatewayError::Invalid { field: "reason", message });
        }
        let timeout = new.deadline.unwrap_or(self.0.settings.deadline).min(LONGEST);
        let command = command(id, &point, new, timeout, caller);
        match self.0.store.commands().insert(&command).await {
            // The same request came before: a crash kept its answer from being stored.
            Err(StoreError::Conflict(Conflict::Command)) => return Ok(StartedCommand { id, finished: None }),
            done => done?,
        }
        let (gateway, verify) = (self.clone(), command.verify);
        let deadline = Instant::now() + timeout;
        // On a task of its own, so that a caller who hangs up does not stop it half-way.
        let run = async move { gateway.run(id, point, order, deadline, verify).await };
        Ok(StartedCommand { id, finished: Some(self.0.commands.spawn(run)) })
    }

    /// A command and the fate of its data points.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn command(&self, id: CommandId) -> Result<Command, GatewayError> {
        self.0.store.commands().get(id).await?.ok_or(GatewayError::Unknown { what: Thing::Command })
    }

    async fn run(&self, id: CommandId, point: Point, order: Order, deadline: Instant, verify: bool) {
        let (fate, _open) = match self.go_ahead(id, &point, deadline).await {
            Ok(ahead) => self.execute(ahead, &point, &order, deadline, verify).await,
            Err(fate) => (fate, None),
        };
        self.conclude(id, &point, fate).await;
    }

    /// Stores and tells the outcome.
    pub(super) async fn conclude(&self, id: CommandId, point: &Point, fate: Fate) {
        tracing::info!(command = %id, smartserver = point.unit.info().key, point = %point.data.name,
            outcome = ?fate.outcome, reason = fate.reason, "command");
        metrics::counter!("nocgate_command_outcomes_total", "outcome" => fate.outcome_name()).increment(1);
        if let Err(error) =
            self.0.store.commands().finish(id, &[fate.into_finished(point.data.id)], now()).await
        {
            // At the next start the item is still marked sent, and settled as such.
            tracing::error!(command = %id, %error, "outcome not stored");
        }
        self.publish(Event::Command { command_id: id, smartserver_ids: vec![point.unit.id] });
    }

    /// Sends it. Until the outcome is stored, the command is open.
    async fn execute(
        &self,
        ahead: GoAhead,
        point: &Point,
        order: &Order,
        deadline: Instant,
        verify: bool,
    ) -> (Fate, Option<Open>) {
        let GoAhead { turn, iq_id, open } = ahead;
        let sent_at = Instant::now();
        let sent = self
            .call_in_turn(&turn, &point.unit, deadline, |rpc, limits| {
                send(rpc.with_id(iq_id), point, order, limits)
            })
            .await;
        let fate = match sent {
            Ok(answer) => fate_of_item(&point.data.name, answer.value),
            Err(error) => fate_of_call(&error),
        };
        (self.look_back(Some(turn), point, order, verify, Some(sent_at), fate).await, Some(open))
    }

    /// What is known of a command beyond its answer, or the lack of one: the point is read back, if that is
    /// wanted. Without a turn it waits for one.
    pub(super) async fn look_back(
        &self,
        turn: Option<Turn>,
        point: &Point,
        order: &Order,
        verify: bool,
        sent_at: Option<Instant>,
        fate: Fate,
    ) -> Fate {
        // A refusal stands as it is; reading tells who holds the point.
        let is_told_more =
            matches!(fate.outcome, Outcome::Acknowledged | Outcome::Unknown | Outcome::Refused);
        if is_told_more {
            point.unit.desk.doubt(point.data.id);
            self.0.cache.doubt(point.data.id).into_iter().for_each(|doubted| self.0.dirty.add(doubted));
        }
        if !verify || !is_told_more {
            return fate;
        }
        let turn = match turn {
            Some(turn) => Ok(turn),
            None => point.unit.lane.turn(Rank::Command, Instant::now() + READ_BACK).await,
        };
        let back = match turn {
            Ok(turn) => self.read_back(turn, point, order, sent_at).await,
            Err(error) => Err(error),
        };
        let fate = fate_of_read_back(fate, back, |data| matches(point, order, data));
        match order {
            Order::Write(item) => fate.refused_if_held_stronger(item.priority),
            Order::Reset(_) => fate,
        }
    }

    /// Waits for the turn and for the session, then marks the command as sent: from here on a crash
    /// leaves it to the next run, which knows its answer by the id of the iq.
    async fn go_ahead(&self, id: CommandId, point: &Point, deadline: Instant) -> Result<GoAhead, Fate> {
        let turn = point.unit.lane.turn(Rank::Command, deadline).await.map_err(|error| match error {
            GatewayError::Deadline { .. } => {
                Fate::new(Outcome::Expired, "its deadline passed while it waited for its turn")
            }
            error => Fate::new(Outcome::NotSent, error.to_string()),
        })?;
        let not_sent = |why: String| Fate::new(Outcome::NotSent, why);
        let identity = point.unit.info().identity_id;
        let online = self.0.connections.online(identity, deadline).await;
        let client = online.map_err(|error| not_sent(error.to_string()))?;
        let connection = self.0.connections.get(identity).map_err(|error| not_sent(error.to_string()))?;
        let iq_id = client.iq_id();
        let open = connection.unsettled.add(iq_id.as_str());
        let marked = self.0.store.commands().mark_sent(id, &[point.data.id], iq_id.as_str(), now()).await;
        match marked {
            // Settled already: another gateway was started on this database.
            Ok(0) => return Err(not_sent("it was settled meanwhile".into())),
            Ok(_) => {}
            Err(error) => return Err(not_sent(format!("it could not be recorded as sent: {error}"))),
        }
        self.publish(Event::Command { command_id: id, smartserver_ids: vec![point.unit.id] });
        Ok(GoAhead { turn, iq_id, open })
    }

    /// Reads a point back and keeps what comes. It may come from the SmartServer's own cache, which holds
    /// what was written to it: its age is known only if it is what we wrote and sent on to the field, at a
    /// time that is known. The turn is kept until it is answered, also when that is too late for the outcome.
    async fn read_back(
        &self,
        turn: Turn,
        point: &Point,
        order: &Order,
        sent_at: Option<Instant>,
    ) -> Result<Option<PointData>, GatewayError> {
        let until = Instant::now() + READ_BACK;
        // A session lost with the write in hand may be back in time; whether it is, the call tells.
        let _ = self.0.connections.back_online(point.unit.info().identity_id, until).await;
        let (gateway, point, order) = (self.clone(), point.clone(), order.clone());
        let unit = Arc::clone(&point.unit);
        let call = async move {
            let Some(data) = gateway.look(&turn, &point, &order, until).await? else { return Ok(None) };
            let is_ours = order.makes_the_fields_value() && matches(&point, &order, &data);
            let age = sent_at.filter(|_| is_ours).map(|at| at.elapsed());
            gateway.keep(&point, data.clone(), age, Source::Read);
            Ok(Some(data))
        };
        self.wait_for_call(&unit, until, call).await
    }
}

impl Gateway {
    /// Reads a point in the form that tells whether an order was carried out; `None` where the
    /// SmartServer refuses it.
    async fn look(
        &self,
        turn: &Turn,
        point: &Point,
        order: &Order,
        until: Instant,
    ) -> Result<Option<PointData>, GatewayError> {
        let payload = match order {
            Order::Write(item) => Some(&item.payload),
            Order::Reset(_) => None,
        };
        if let Some(WritePayload::Fields(_)) = payload {
            return Ok(self.read_fields_in(turn, point, until).await?.ok());
        }
        let raw_hex = match payload {
            Some(WritePayload::RawHex(_)) => self.raw_hex_in(turn, point, until).await?,
            _ => None,
        };
        let names = [point.data.name.clone()];
        let ask = |rpc: SmartServerRpc, limits| async move { rpc.read(&names, None, limits).await };
        let answer = self.call_in_turn(turn, &point.unit, until, ask).await?;
        let data = answer.value.into_iter().find(|(name, _)| *name == point.data.name);
        Ok(data.and_then(|(_, data)| data.ok()).map(|data| PointData { raw_hex, ..data }))
    }
}

impl Order {
    /// Whether the point's whole value is new when it was carried out, in the field too. Of a value that
    /// was written in part the rest may be of any age, so may the value that a release leaves; what is not
    /// sent on is not what the field has.
    fn makes_the_fields_value(&self) -> bool {
        match self {
            Order::Write(item) => item.propagate && !matches!(item.payload, WritePayload::Fields(_)),
            Order::Reset(_) => false,
        }
    }
}

async fn send(
    rpc: SmartServerRpc,
    point: &Point,
    order: &Order,
    limits: Limits,
) -> Result<Answer<Outcomes<()>>, CallError> {
    match order {
        Order::Write(item) => rpc.write(std::slice::from_ref(item), limits).await,
        Order::Reset(priority) => rpc.reset_priority(&[(point.data.name.clone(), *priority)], limits).await,
    }
}

fn command(id: CommandId, point: &Point, new: NewCommand, timeout: Duration, caller: &Caller) -> Command {
    let created_at = now();
    let item = CommandItem {
        data_point_id: point.data.id,
        smartserver_id: point.unit.id,
        name: point.data.name.clone(),
        phase: Phase::Queued,
        outcome: None,
        reason: None,
        iq_id: None,
        held_at: None,
        raw: None,
        updated_at: created_at,
    };
    Command {
        id,
        action: new.action,
        reason: new.reason,
        verify: new.verify,
        requested_by: caller.name.clone(),
        created_at,
        deadline_at: later(created_at, timeout),
        items: vec![item],
    }
}

pub(super) fn later(at: Timestamp, by: Duration) -> Timestamp {
    SignedDuration::try_from(by).ok().and_then(|by| at.checked_add(by).ok()).unwrap_or(Timestamp::MAX)
}

pub(super) fn order(point: &Point, action: &Action) -> Result<Order, GatewayError> {
    match action {
        Action::Release { priority } => Ok(Order::Reset(*priority)),
        Action::Write { value, priority, propagate } => {
            let (priority, propagate) = (*priority, *propagate);
            let payload = payload(point, value)?;
            Ok(Order::Write(WriteItem { name: point.data.name.clone(), payload, priority, propagate }))
        }
    }
}

fn payload(point: &Point, value: &WriteValue) -> Result<WritePayload, GatewayError> {
    let format = point.data.format.clone();
    match value {
        WriteValue::Value(value) => formatted(format, value, None),
        WriteValue::ValueIn { value, units } => formatted(format, value, Some(*units)),
        WriteValue::Raw(text) => Ok(WritePayload::Raw { format, text: text.clone() }),
        WriteValue::Fields(fields) => Ok(WritePayload::Fields(field_writes(format.as_ref(), fields)?)),
        WriteValue::RawHex(digits) => Ok(WritePayload::RawHex(digits.clone())),
        WriteValue::Preset(name) => {
            let presets = &point.data.presets;
            if presets.iter().any(|preset| preset.name == *name) {
                return Ok(WritePayload::Preset(name.clone()));
            }
            let known: Vec<_> = presets.iter().map(|preset| preset.name.as_str()).collect();
            let message = if known.is_empty() {
                "this data point has no presets".to_owned()
            } else {
                format!("{name:?} is not one of the presets {}", known.join(", "))
            };
            Err(GatewayError::Invalid { field: "action.preset", message })
        }
    }
}

/// A typed value in a format: the point's own, or its variant in these units.
fn formatted(
    format: Option<FormatName>,
    value: &serde_json::Value,
    units: Option<UnitSystem>,
) -> Result<WritePayload, GatewayError> {
    let format = format.ok_or_else(|| GatewayError::Invalid {
        field: "action.value",
        message: "the data point's type is not known; read the inventory, or write raw".into(),
    })?;
    let (format, text) = types::encode_in(&format, value, units)?;
    Ok(WritePayload::Formatted { format, text })
}

/// Whether what was read back is what was ordered: value and priority.
fn matches(point: &Point, order: &Order, back: &PointData) -> bool {
    let Order::Write(item) = order else {
        return back.priority == Some(Priority::WEAKEST);
    };
    let format = point.data.format.as_ref();
    let value = match &item.payload {
        WritePayload::Formatted { format: written_in, text } => {
            // The variant that it was written in may be another than the point's own.
            let read_in = types::format_of_units(back.format.as_ref(), format).unwrap_or(written_in);
            types::equal_in(written_in, text, read_in, &back.raw)
        }
        WritePayload::Raw { text, .. } => types::equal(format, text, &back.raw),
        WritePayload::Preset(name) => {
            let same_text =
                |preset: &Preset| preset.name == *name && types::equal(format, &preset.raw, &back.raw);
            back.preset.as_deref() == Some(name) || point.data.presets.iter().any(same_text)
        }
        WritePayload::Fields(fields) => has_fields(format, fields, back),
        WritePayload::RawHex(digits) => {
            back.raw_hex.as_ref().is_some_and(|found| found.eq_ignore_ascii_case(digits))
        }
    };
    value && back.priority == Some(item.priority)
}
