//! Watches a command that a SmartServer carries out in its own time.

use std::time::Duration;

use tokio::time::Instant;

use super::GatewayError;
use super::calls::LONGEST_CALL;
use super::device_commands::Run;
use super::device_fate::{DeviceFate, state_of};
use crate::domain::{BusItem, Device, DeviceCommandPhase, DeviceOutcome, DeviceProgress, ShownCommand};
use crate::smartserver::{SetOrder, SmartServerRpc};

/// Pause before the first look; it doubles.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Time that a look may take at least, also the last one.
const LOOK: Duration = Duration::from_secs(10);

/// What a device shows of a command that was sent to it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Seen {
    /// Nothing that came of it.
    Nothing,
    /// It is not ended, in these words.
    UnderWay(String),
    Done,
    Failed(String),
}

impl Run {
    /// Looks from time to time until the command has ended or its deadline has passed. `None` when the
    /// gateway stops meanwhile.
    pub(super) async fn follow(&mut self, order: SetOrder) -> Option<DeviceFate> {
        let stopped = self.gateway.0.shutdown.clone();
        stopped.run_until_cancelled(self.watch(order)).await
    }

    async fn watch(&mut self, order: SetOrder) -> DeviceFate {
        let mut pause = FIRST_PAUSE;
        // What was not answered is not waited for longer than a SmartServer works on a request.
        let doubted_until = self.deadline.min(Instant::now() + LONGEST_CALL);
        loop {
            tokio::time::sleep_until(self.deadline.min(Instant::now() + pause)).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
            if self.gateway.unit(&self.unit.id.to_string()).is_err() {
                return DeviceFate::new(DeviceOutcome::Unknown, "the SmartServer was removed");
            }
            let looked_at = Instant::now();
            let (words, report) = match self.look().await {
                Ok(device) => match self.judge(order, &device).await {
                    Ok(fate) => return fate,
                    Err(words) => (words, Some(state_of(&device))),
                },
                Err(fate) if fate.outcome == DeviceOutcome::NotFound => {
                    return DeviceFate::new(DeviceOutcome::Unknown, "the device is gone");
                }
                Err(fate) => (fate.detail.unwrap_or_default(), None),
            };
            // This look may have shown that it was taken.
            let is_taken = self.command.progress.phase == DeviceCommandPhase::Pending;
            if looked_at >= if is_taken { self.deadline } else { doubted_until } {
                return DeviceFate { report, ..DeviceFate::new(DeviceOutcome::Unknown, words) };
            }
        }
    }

    /// The device as it is now.
    async fn look(&self) -> Result<BusItem<Device>, DeviceFate> {
        let unknown = |why: String| DeviceFate::new(DeviceOutcome::Unknown, why);
        let name = self.command.device.clone();
        let ask = |rpc: SmartServerRpc, limits| async move { rpc.get_lon_device(&name, limits).await };
        let until = self.deadline.min(self.gateway.deadline(None)).max(Instant::now() + LOOK);
        let answer = self.gateway.call(&self.unit, until, ask).await;
        let answer = answer
            .map_err(|error: GatewayError| unknown(format!("it could not be looked after: {error}")))?;
        answer.value.map(|device| device.config).map_err(|fault| match fault.is_not_found() {
            true => DeviceFate::new(DeviceOutcome::NotFound, fault.text),
            false => unknown(format!("it could not be looked after: fault {}: {}", fault.code, fault.text)),
        })
    }

    /// The fate that a look tells, or in words why it does not.
    async fn judge(&mut self, order: SetOrder, device: &BusItem<Device>) -> Result<DeviceFate, String> {
        let seen = seen(order, &self.command.progress, &device.detail);
        if seen != Seen::Nothing && self.command.progress.phase == DeviceCommandPhase::Sent {
            // What is not recorded now is by the outcome.
            let _ = self.advance(DeviceCommandPhase::Pending).await;
        }
        match seen {
            Seen::Done => Ok(DeviceFate::done(Some(state_of(device)))),
            Seen::Failed(words) => {
                let report = Some(state_of(device));
                Ok(DeviceFate { report, ..DeviceFate::new(DeviceOutcome::Failed, words) })
            }
            Seen::UnderWay(words) => Err(words),
            Seen::Nothing => Err("the device shows nothing of it".to_owned()),
        }
    }
}

fn seen(order: SetOrder, progress: &DeviceProgress, device: &Device) -> Seen {
    let before: Vec<_> = progress.shown_before.as_deref().unwrap_or_default().lines().collect();
    let is_taken = progress.phase == DeviceCommandPhase::Pending;
    // Without a time, an old entry and its successor look the same; one that was taken has replaced it.
    let is_new = |shown: &ShownCommand| {
        !before.contains(&mark(shown).as_str()) || (is_taken && shown.updated_at.is_none())
    };
    let shown = device.commands.iter().rfind(|shown| shown.command == order.command() && is_new(shown));
    let Some(shown) = shown else { return Seen::Nothing };
    let status = shown.status.as_deref().unwrap_or_default();
    match status {
        "STATUS_DONE" if order.is_met_by(device) => Seen::Done,
        "STATUS_DONE" => {
            Seen::UnderWay("the SmartServer says done, but the device's status has not changed".into())
        }
        "STATUS_FAIL" => Seen::Failed(match &shown.fault {
            Some(fault) => format!("the command failed: fault {}: {}", fault.code, fault.text),
            None => "the command failed".to_owned(),
        }),
        "STATUS_CANCEL" => Seen::Failed("the command was cancelled".to_owned()),
        status => Seen::UnderWay(format!("it had not ended when its deadline passed ({status})")),
    }
}

/// What a device shows of an order's command, one line an entry.
pub(super) fn marks(device: &Device, order: SetOrder) -> String {
    let entries = device.commands.iter().filter(|shown| shown.command == order.command());
    entries.map(mark).collect::<Vec<_>>().join("\n")
}

fn mark(shown: &ShownCommand) -> String {
    let status = shown.status.as_deref().unwrap_or_default();
    let at = shown.updated_at.map(|at| at.to_string()).unwrap_or_default();
    format!("{status} {at}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(command: &str, status: &str, second: Option<i64>) -> ShownCommand {
        ShownCommand {
            command: command.into(),
            status: Some(status.into()),
            updated_at: second.map(|second| jiff::Timestamp::from_second(second).unwrap()),
            fault: None,
        }
    }

    fn device(commands: &[ShownCommand]) -> Device {
        Device {
            application_status: Some("APP_RUNNING".into()),
            commands: commands.to_vec(),
            ..Device::default()
        }
    }

    fn after(before: &[ShownCommand], phase: DeviceCommandPhase) -> DeviceProgress {
        DeviceProgress {
            phase,
            outcome: None,
            detail: None,
            report: None,
            shown_before: Some(marks(&device(before), SetOrder::Wink)),
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_end_from_before_is_not_that_of_this_command() {
        let old = [entry("Wink", "STATUS_DONE", Some(1)), entry("Reset", "STATUS_FAIL", Some(2))];
        for phase in [DeviceCommandPhase::Sent, DeviceCommandPhase::Pending] {
            let progress = after(&old, phase);
            let wink = |commands: &[ShownCommand]| seen(SetOrder::Wink, &progress, &device(commands));
            assert_eq!(wink(&old), Seen::Nothing);
            assert_eq!(wink(&[]), Seen::Nothing);
            assert_eq!(wink(&[entry("Wink", "STATUS_DONE", Some(3))]), Seen::Done);
            let appended = [&old[..], &[entry("Wink", "STATUS_PENDING", Some(3))]].concat();
            assert!(matches!(wink(&appended), Seen::UnderWay(_)));
            assert!(matches!(wink(&[entry("Wink", "STATUS_FAIL", Some(3))]), Seen::Failed(_)));
        }
    }

    #[test]
    fn without_times_only_a_command_that_was_taken_is_believed() {
        let old = [entry("Wink", "STATUS_DONE", None)];
        let sent = after(&old, DeviceCommandPhase::Sent);
        assert_eq!(seen(SetOrder::Wink, &sent, &device(&old)), Seen::Nothing);
        let taken = after(&old, DeviceCommandPhase::Pending);
        assert_eq!(seen(SetOrder::Wink, &taken, &device(&old)), Seen::Done);
    }

    #[test]
    fn done_is_believed_when_the_device_is_in_that_state() {
        let progress = after(&[], DeviceCommandPhase::Pending);
        let done = device(&[entry("ChangeApplicationStatus", "STATUS_DONE", Some(1))]);
        assert_eq!(seen(SetOrder::Online, &progress, &done), Seen::Done);
        assert!(matches!(seen(SetOrder::Offline, &progress, &done), Seen::UnderWay(_)));
    }
}
