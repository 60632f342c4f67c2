//! What alarms are after something was done to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::time::timeout_at;

use super::super::alarms::AlarmOutcome;
use super::super::connections::now;
use super::super::fleet_alarms::{AlarmOrder, JudgedAlarm};
use super::super::lane::Rank;
use super::super::{Gateway, Unit};
use super::book::Book;
use crate::domain::{Alarm, AlarmChange, AlarmState, AlarmVerdict, DataPointName};

impl Gateway {
    /// Reads the logs of the notifiers of these alarms, and tells of each what it is now. Where that is not
    /// possible, what was done counts, and the next look tells.
    pub(in super::super) async fn read_back_alarms(
        &self,
        unit: &Arc<Unit>,
        judged: &mut [(usize, JudgedAlarm)],
        order: &AlarmOrder,
    ) {
        let Ok(mut book) = timeout_at(self.deadline(None), unit.alarms.book.lock()).await else { return };
        let notifiers: BTreeSet<_> = judged.iter().map(|(_, judged)| judged.alarm.notifier.clone()).collect();
        let mut is_read = BTreeMap::<DataPointName, bool>::new();
        for notifier in notifiers {
            let looked = self.look_at(unit, &mut book, &notifier, Rank::Command).await;
            if let Err(error) = &looked {
                tracing::debug!(smartserver = unit.info().key, %error, "alarms not read back");
            }
            is_read.insert(notifier, looked.is_ok());
        }
        for (_, judged) in judged {
            let is_read = is_read.get(&judged.alarm.notifier) == Some(&true);
            self.settle_alarm(unit, &mut book, judged, order, is_read).await;
        }
    }

    async fn settle_alarm(
        &self,
        unit: &Arc<Unit>,
        book: &mut Book,
        judged: &mut JudgedAlarm,
        order: &AlarmOrder,
        is_read: bool,
    ) {
        let before = judged.alarm.clone();
        if let Ok(alarm) = self.fleet_alarm(before.id).await {
            judged.alarm = alarm;
        }
        let shows = is_read && shows(&before, &judged.alarm, order.verdict);
        match &mut judged.outcome {
            AlarmOutcome::Done if !shows && (!is_read || book.active(&before).is_none()) => {
                let (expected, change) = expected(judged.alarm.clone(), order);
                if self.take_alarm(unit, book, expected.clone(), change).await.is_ok() {
                    judged.alarm = expected;
                }
            }
            outcome @ AlarmOutcome::Unknown(_) if shows => *outcome = AlarmOutcome::Done,
            AlarmOutcome::Unknown(why) if is_read => *why += "; read back, it does not show",
            _ => {}
        }
    }
}

/// Whether an alarm shows that a verdict was carried out.
fn shows(before: &Alarm, after: &Alarm, verdict: AlarmVerdict) -> bool {
    match verdict {
        AlarmVerdict::Acknowledge => after.is_acknowledged(),
        AlarmVerdict::Clear => after.state == AlarmState::Cleared && after.is_acknowledged(),
        AlarmVerdict::Comment => after.comment != before.comment,
    }
}

/// The alarm as it is after a verdict was carried out.
fn expected(alarm: Alarm, order: &AlarmOrder) -> (Alarm, AlarmChange) {
    let now = now();
    let comment = order.comment.clone().or_else(|| alarm.comment.clone());
    let alarm = Alarm { comment, user: Some(order.user.clone()), updated_at: now, ..alarm };
    let acknowledged_at = alarm.acknowledged_at.or(Some(now));
    let status = |word: &str| Some(word.to_owned());
    match order.verdict {
        AlarmVerdict::Comment => (alarm, AlarmChange::Changed),
        AlarmVerdict::Acknowledge => {
            let is_over = alarm.notifier_status.as_deref() == Some("AUTO_CLEAR");
            let word = if is_over { "MANUAL_ACK_AUTO_CLEAR" } else { "MANUAL_ACK" };
            (Alarm { notifier_status: status(word), acknowledged_at, ..alarm }, AlarmChange::Acknowledged)
        }
        AlarmVerdict::Clear => {
            let cleared_at = alarm.cleared_at.or(Some(now));
            let state = AlarmState::Cleared;
            let word = status("MANUAL_ACK_MANUAL_CLEAR");
            (
                Alarm { state, notifier_status: word, acknowledged_at, cleared_at, ..alarm },
                AlarmChange::Cleared,
            )
        }
    }
}
