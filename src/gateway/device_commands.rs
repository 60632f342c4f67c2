//! A command to a device: accepted, stored, sent once, followed to its end.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::commands::later;
use super::connections::now;
use super::device_fate::{DeviceFate, fate_of_failure, fate_of_fault, not_sent};
use super::device_follow::marks;
use super::lane::{Rank, Turn};
use super::{Caller, Gateway, GatewayError, Page, Thing, Unit};
use crate::domain::{
    Bus, DataPointName, DeviceCommand, DeviceCommandId, DeviceCommandPhase, DeviceOrder, DeviceOutcome,
    DeviceProgress, Event,
};
use crate::smartserver::{DeviceSet, InvokedCommand, NOT_IN_ANSWER, SetOrder, SmartServerRpc};
use crate::store::{Conflict, StoreError};

/// Deadline of a command when the caller does not say: devices that sleep or hide take minutes.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(600);
/// Pause before an outcome that the database did not take is offered to it again.
const STORED_AGAIN: Duration = Duration::from_secs(5);
/// Longest deadline.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// A command to a device as asked for.
#[derive(Debug, Clone)]
pub struct NewDeviceCommand {
    /// Name of the device.
    pub device: DataPointName,
    /// What to do.
    pub order: DeviceOrder,
    /// Whether the caller knows what taking a device out of its network means.
    pub confirm: bool,
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// When it is given up.
    pub deadline: Option<Duration>,
}

/// A device command that is on disk.
#[derive(Debug)]
pub struct StartedDeviceCommand {
    /// Its id.
    pub id: DeviceCommandId,
    /// Ends when it has its outcome; absent when it was started by an earlier request.
    pub finished: Option<JoinHandle<()>>,
}

/// How an order goes to the SmartServer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    Invoke(InvokedCommand),
    Set(SetOrder),
}

/// A device command under way.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) gateway: Gateway,
    pub(super) unit: Arc<Unit>,
    pub(super) command: DeviceCommand,
    pub(super) deadline: Instant,
}

impl Gateway {
    /// Accepts a command for a LON device under a new id, once the SmartServer said that there is such a
    /// device. When this returns, the command is on disk and under way, whether or not anybody waits.
    ///
    /// # Errors
    /// `Unknown` SmartServer or device, `Invalid` for a device of another bus or what lacks confirmation,
    /// `Conflict` while another command of the device is under way; those of the call.
    pub async fn command_device(
        &self,
        id: DeviceCommandId,
        key: &str,
        new: NewDeviceCommand,
        caller: &Caller,
    ) -> Result<StartedDeviceCommand, GatewayError> {
        if self.0.shutdown.is_cancelled() {
            return Err(GatewayError::Stopping);
        }
        let unit = self.unit(key)?;
        check(&new)?;
        // The same request came before: a crash kept its answer from being stored.
        if self.0.store.device_commands().get(id).await?.is_some() {
            return Ok(StartedDeviceCommand { id, finished: None });
        }
        let device = self.find_device(&unit, &new.device, self.deadline(None)).await?;
        if device.bus != Bus::Lon {
            let message =
                format!("{} is a device of another bus; only LON devices take commands", device.name);
            return Err(GatewayError::Invalid { field: "device", message });
        }
        let timeout = new.deadline.unwrap_or(DEFAULT_DEADLINE).min(LONGEST);
        let command = command(id, &unit, new, timeout, caller);
        match self.0.store.device_commands().insert(&command).await {
            Err(StoreError::Conflict(Conflict::DeviceCommand)) => {
                return Ok(StartedDeviceCommand { id, finished: None });
            }
            done => done?,
        }
        let run = Run { gateway: self.clone(), unit, command, deadline: Instant::now() + timeout };
        run.publish();
        Ok(StartedDeviceCommand { id, finished: Some(self.0.commands.spawn(run.start())) })
    }

    /// A device command.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn device_command(&self, id: DeviceCommandId) -> Result<DeviceCommand, GatewayError> {
        let command = self.0.store.device_commands().get(id).await?;
        command.ok_or(GatewayError::Unknown { what: Thing::DeviceCommand })
    }

    /// Commands to the devices of a SmartServer, newest first, those before `before`.
    ///
    /// # Errors
    /// `Unknown` SmartServer.
    pub async fn device_commands(
        &self,
        key: &str,
        before: Option<(Timestamp, DeviceCommandId)>,
        limit: usize,
    ) -> Result<Page<DeviceCommand, (Timestamp, DeviceCommandId)>, GatewayError> {
        let unit = self.unit(key)?;
        let mut items = self.0.store.device_commands().of_smartserver(unit.id, before, limit + 1).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|command| (command.created_at, command.id));
        Ok(Page { items, next })
    }

    /// Goes on with what an earlier run left: what it had not sent is settled, what it had sent is followed.
    pub(super) async fn go_on_with_devices(&self) -> Result<(), StoreError> {
        for mut command in self.0.store.device_commands().list_unfinished().await? {
            let fate = match (command.progress.phase, self.unit(&command.smartserver_id.to_string())) {
                (DeviceCommandPhase::Queued, _) => {
                    DeviceFate::new(DeviceOutcome::NotSent, "the gateway stopped before it was sent")
                }
                (_, Ok(unit)) if let Way::Set(order) = way(command.order) => {
                    let deadline = Instant::now() + left(&command, now());
                    let run = Run { gateway: self.clone(), unit, command, deadline };
                    self.0.commands.spawn(run.resume(order));
                    continue;
                }
                _ => DeviceFate::new(DeviceOutcome::Unknown, "the gateway stopped before the answer came"),
            };
            tracing::warn!(device_command = %command.id, outcome = ?fate.outcome, "settled after a stop");
            finish(&mut command.progress, fate);
            self.0.store.device_commands().advance(command.id, &command.progress).await?;
        }
        Ok(())
    }
}

impl Run {
    async fn start(mut self) {
        let fate = match way(self.command.order) {
            Way::Invoke(command) => Some(self.invoke(command).await.unwrap_or_else(|fate| fate)),
            Way::Set(order) => match self.set(order).await {
                Ok(()) => self.follow(order).await,
                Err(fate) => Some(fate),
            },
        };
        // One call's time is shorter than that of the command.
        let in_time =
            |fate: &DeviceFate| fate.outcome == DeviceOutcome::Expired && Instant::now() < self.deadline;
        let fate = fate.map(|fate| match in_time(&fate) {
            true => DeviceFate { outcome: DeviceOutcome::NotSent, ..fate },
            false => fate,
        });
        self.conclude(fate).await;
    }

    async fn resume(mut self, order: SetOrder) {
        let fate = self.follow(order).await;
        self.conclude(fate).await;
    }

    /// Lets the SmartServer do it at once.
    async fn invoke(&mut self, command: InvokedCommand) -> Result<DeviceFate, DeviceFate> {
        let turn = self.turn().await?;
        self.advance(DeviceCommandPhase::Sent).await?;
        let device = &self.command.device;
        let ask =
            |rpc: SmartServerRpc, limits| async move { rpc.invoke_device(device, command, limits).await };
        let answer = self.gateway.call_in_turn(&turn, &self.unit, self.call_deadline(), ask).await;
        let answer = answer.map_err(|error| fate_of_failure(&error))?;
        answer.value.map(DeviceFate::done).map_err(|fault| fate_of_fault(&fault))
    }

    /// Orders it by a Set that is made of what the SmartServer tells of the device in the same turn. Ends
    /// with a fate unless the Set was taken, or may have been.
    async fn set(&mut self, order: SetOrder) -> Result<(), DeviceFate> {
        let turn = self.turn().await?;
        let (set, before) = self.prepare(&turn, order).await?;
        self.command.progress.shown_before = Some(before);
        self.advance(DeviceCommandPhase::Sent).await?;
        let ask = |rpc: SmartServerRpc, limits| async move { rpc.set_lon_device(set, limits).await };
        let answer = self.gateway.call_in_turn(&turn, &self.unit, self.call_deadline(), ask).await;
        match answer.map(|answer| answer.value) {
            Ok(Ok(())) => {
                // Sent already: what is not recorded now is by the outcome.
                let _ = self.advance(DeviceCommandPhase::Pending).await;
                Ok(())
            }
            Ok(Err(fault)) if fault.code == NOT_IN_ANSWER => Ok(()),
            Ok(Err(fault)) => Err(fate_of_fault(&fault)),
            Err(error) => match fate_of_failure(&error) {
                fate if fate.outcome == DeviceOutcome::Unknown => Ok(()),
                fate => Err(fate),
            },
        }
    }

    /// The Set, and what the device shows before it.
    async fn prepare(&self, turn: &Turn, order: SetOrder) -> Result<(DeviceSet, String), DeviceFate> {
        let name = &self.command.device;
        let ask = |rpc: SmartServerRpc, limits| async move { rpc.get_lon_device(name, limits).await };
        let answer = self.gateway.call_in_turn(turn, &self.unit, self.call_deadline(), ask).await;
        let device = answer.map_err(|error| not_sent(&error))?.value.map_err(|fault| match fault.code {
            NOT_IN_ANSWER => DeviceFate::new(DeviceOutcome::NotFound, "the SmartServer has no such device"),
            _ => fate_of_fault(&fault),
        })?;
        let before = marks(&device.config.detail, order);
        let set = device.complete.and_then(|complete| complete.order(order));
        let set = set.map_err(|why| DeviceFate::new(DeviceOutcome::Refused, why.to_string()))?;
        Ok((set, before))
    }

    /// Until when one call may be posted, and is waited for at least: as any call, since a command has much
    /// more time than a SmartServer takes to answer.
    fn call_deadline(&self) -> Instant {
        self.deadline.min(self.gateway.deadline(None))
    }

    async fn turn(&self) -> Result<Turn, DeviceFate> {
        let turn =
            self.unit.lane.turn(Rank::Command, self.deadline).await.map_err(|error| not_sent(&error))?;
        let identity = self.unit.info().identity_id;
        let online = self.gateway.0.connections.online(identity, self.deadline).await;
        online.map_err(|error| not_sent(&error))?;
        Ok(turn)
    }

    /// Records how far it has come. When this fails nothing may be sent.
    pub(super) async fn advance(&mut self, phase: DeviceCommandPhase) -> Result<(), DeviceFate> {
        (self.command.progress.phase, self.command.progress.updated_at) = (phase, now());
        let not_sent = |why: String| DeviceFate::new(DeviceOutcome::NotSent, why);
        let commands = self.gateway.0.store.device_commands();
        match commands.advance(self.command.id, &self.command.progress).await {
            Ok(true) => {}
            // Settled already: another gateway was started on this database.
            Ok(false) => return Err(not_sent("it was settled meanwhile".into())),
            Err(error) => return Err(not_sent(format!("it could not be recorded as sent: {error}"))),
        }
        self.publish();
        Ok(())
    }

    /// Stores and tells the outcome; without one the next run goes on.
    async fn conclude(mut self, fate: Option<DeviceFate>) {
        let Some(fate) = fate else { return };
        let outcome = fate.outcome;
        tracing::info!(device_command = %self.command.id, smartserver = self.unit.info().key,
            device = %self.command.device, order = ?self.command.order, ?outcome, detail = fate.detail,
            "device command");
        let word = format!("{outcome:?}").to_lowercase();
        metrics::counter!("nocgate_device_command_outcomes_total", "outcome" => word).increment(1);
        finish(&mut self.command.progress, fate);
        let commands = self.gateway.0.store.device_commands();
        // Without an outcome its device would take no other command.
        while let Err(error) = commands.advance(self.command.id, &self.command.progress).await {
            tracing::error!(device_command = %self.command.id, %error, "outcome not stored");
            let stopped = &self.gateway.0.shutdown;
            if stopped.run_until_cancelled(tokio::time::sleep(STORED_AGAIN)).await.is_none() {
                // The next run finds it without outcome, and follows it.
                return;
            }
        }
        self.publish();
    }

    fn publish(&self) {
        let (smartserver_id, command_id) = (self.unit.id, self.command.id);
        self.gateway.publish(Event::DeviceCommand { smartserver_id, command_id });
    }
}

fn check(new: &NewDeviceCommand) -> Result<(), GatewayError> {
    if new.order == DeviceOrder::Decommission && !new.confirm {
        let message = "taking a device out of its network needs \"confirm\": true".to_owned();
        return Err(GatewayError::Invalid { field: "confirm", message });
    }
    if new.reason.as_ref().is_some_and(|reason| reason.contains('\0')) {
        let message = "it holds the character NUL".to_owned();
        return Err(GatewayError::Invalid { field: "reason", message });
    }
    Ok(())
}

fn command(
    id: DeviceCommandId,
    unit: &Unit,
    new: NewDeviceCommand,
    timeout: Duration,
    caller: &Caller,
) -> DeviceCommand {
    let created_at = now();
    DeviceCommand {
        id,
        smartserver_id: unit.id,
        device: new.device,
        order: new.order,
        reason: new.reason,
        requested_by: caller.name.clone(),
        created_at,
        deadline_at: later(created_at, timeout),
        progress: DeviceProgress {
            phase: DeviceCommandPhase::Queued,
            outcome: None,
            detail: None,
            report: None,
            shown_before: None,
            updated_at: created_at,
        },
    }
}

/// Time that a command of an earlier run has left: none of more than it had, though the clock was put back.
fn left(command: &DeviceCommand, now: Timestamp) -> Duration {
    let whole = command.deadline_at.duration_since(command.created_at);
    let left = command.deadline_at.duration_since(now).min(whole);
    Duration::try_from(left).unwrap_or_default()
}

fn finish(progress: &mut DeviceProgress, fate: DeviceFate) {
    let DeviceFate { outcome, detail, report } = fate;
    progress.phase = DeviceCommandPhase::Finished;
    progress.outcome = Some(outcome);
    (progress.detail, progress.report, progress.updated_at) = (detail, report, now());
}

/// `InvokeCmd` where it is allowed, else `Set` (manual 14-25, 14-30).
fn way(order: DeviceOrder) -> Way {
    match order {
        DeviceOrder::QueryStatus => Way::Invoke(InvokedCommand::QueryStatus),
        DeviceOrder::ClearStatus => Way::Invoke(InvokedCommand::ClearStatus),
        DeviceOrder::RepeatingData => Way::Invoke(InvokedCommand::RepeatingData),
        DeviceOrder::PowerlineData => Way::Invoke(InvokedCommand::PowerlineData),
        DeviceOrder::ProxyData => Way::Invoke(InvokedCommand::ProxyData),
        DeviceOrder::SendServicePin => Way::Invoke(InvokedCommand::SendServicePin),
        DeviceOrder::PpnData => Way::Invoke(InvokedCommand::PpnData),
        DeviceOrder::Wink => Way::Set(SetOrder::Wink),
        DeviceOrder::Reset => Way::Set(SetOrder::Reset),
        DeviceOrder::Online => Way::Set(SetOrder::Online),
        DeviceOrder::Offline => Way::Set(SetOrder::Offline),
        DeviceOrder::Commission => Way::Set(SetOrder::Commission),
        DeviceOrder::Decommission => Way::Set(SetOrder::Decommission),
        DeviceOrder::FetchProgramId => Way::Set(SetOrder::FetchProgId),
        DeviceOrder::FetchNeuronId => Way::Set(SetOrder::FetchNeuronId),
        DeviceOrder::UpdateCpDefaults => Way::Set(SetOrder::UpdateCpDefaults),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DeviceCommandMode, SmartServerId};

    #[test]
    fn a_clock_that_was_put_back_gives_a_command_no_more_time_than_it_had() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let command = DeviceCommand {
            id: DeviceCommandId::new(),
            smartserver_id: SmartServerId::new(),
            device: "Net/LON/Pump 3".parse().unwrap(),
            order: DeviceOrder::Wink,
            reason: None,
            requested_by: "test".into(),
            created_at: at(1_000_000),
            deadline_at: at(1_000_600),
            progress: DeviceProgress {
                phase: DeviceCommandPhase::Pending,
                outcome: None,
                detail: None,
                report: None,
                shown_before: None,
                updated_at: at(1_000_000),
            },
        };
        for (now, seconds) in [(0, 600), (1_000_000, 600), (1_000_590, 10), (2_000_000, 0)] {
            assert_eq!(left(&command, at(now)), Duration::from_secs(seconds), "{now}");
        }
    }

    #[test]
    fn what_is_told_of_an_order_is_what_is_done() {
        let words = [
            "wink",
            "reset",
            "online",
            "offline",
            "commission",
            "decommission",
            "fetch_program_id",
            "fetch_neuron_id",
            "update_cp_defaults",
            "query_status",
            "clear_status",
            "repeating_data",
            "powerline_data",
            "proxy_data",
            "send_service_pin",
            "ppn_data",
        ];
        for word in words {
            let order: DeviceOrder = serde_json::from_value(word.into()).unwrap();
            let mode = match way(order) {
                Way::Invoke(_) => DeviceCommandMode::Invoke,
                Way::Set(_) => DeviceCommandMode::Set,
            };
            assert_eq!(order.mode(), mode, "{word}");
        }
    }
}
