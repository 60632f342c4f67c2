//! Alarms of the fleet as callers see them, and what they do to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use jiff::Timestamp;

use super::alarms::AlarmOutcome;
use super::listing::Page;
use super::{Gateway, GatewayError, Thing, Unit};
use crate::domain::{Alarm, AlarmId, AlarmState, AlarmVerdict, SmartServerId};
use crate::smartserver::{AlarmAcknowledgement, AlarmKey};
use crate::store::AlarmFilter;

/// Which alarms of the fleet are listed. All conditions hold.
#[derive(Debug, Clone, Default)]
pub struct FleetAlarmFilter {
    /// Key or UUID of the SmartServer.
    pub smartserver: Option<String>,
    /// A tag of the SmartServer.
    pub tag: Option<String>,
    /// Site of the SmartServer.
    pub site: Option<String>,
    /// Only active or cleared ones.
    pub state: Option<AlarmState>,
    /// Only those that are acknowledged, or are not.
    pub acknowledged: Option<bool>,
    /// Raised from this time on.
    pub since: Option<Timestamp>,
    /// Raised before this time.
    pub until: Option<Timestamp>,
    /// Part of data point, text, comment, user or status, in any case.
    pub q: Option<String>,
}

/// What is done to alarms, and by whom.
#[derive(Debug, Clone)]
pub struct AlarmOrder {
    /// What.
    pub verdict: AlarmVerdict,
    /// Comment of at most 80 characters; the one that there is stays if absent.
    pub comment: Option<String>,
    /// Who does it, in at most 31 characters.
    pub user: String,
}

/// An alarm to which something was done.
#[derive(Debug, Clone)]
pub struct JudgedAlarm {
    /// What became of that.
    pub outcome: AlarmOutcome,
    /// The alarm after it, read back where that was possible.
    pub alarm: Alarm,
}

impl Gateway {
    /// Alarms of the fleet, newest first: those raised before the one of this time and id.
    ///
    /// # Errors
    /// `Unknown` SmartServer; `Store`.
    pub async fn fleet_alarms(
        &self,
        filter: FleetAlarmFilter,
        before: Option<(Timestamp, AlarmId)>,
        limit: usize,
    ) -> Result<Page<Alarm, (Timestamp, AlarmId)>, GatewayError> {
        let smartservers = self.smartservers_of(&filter)?;
        let FleetAlarmFilter { state, acknowledged, since, until, q, .. } = filter;
        let filter = AlarmFilter { smartservers, state, acknowledged, since, until, q };
        let mut items = self.0.store.alarms().list(&filter, before, limit + 1).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| (last.raised_at, last.id));
        Ok(Page { items, next })
    }

    fn smartservers_of(&self, filter: &FleetAlarmFilter) -> Result<Option<Vec<SmartServerId>>, GatewayError> {
        let FleetAlarmFilter { smartserver, tag, site, .. } = filter;
        let units = match smartserver {
            Some(key) => vec![self.unit(key)?],
            None if tag.is_none() && site.is_none() => return Ok(None),
            None => self.0.fleet.units_from(std::ops::Bound::Unbounded),
        };
        let fits = |unit: &Arc<Unit>| {
            let info = unit.info();
            tag.as_ref().is_none_or(|tag| info.tags.contains(tag))
                && site.as_ref().is_none_or(|site| info.site.as_ref() == Some(site))
        };
        Ok(Some(units.iter().filter(|unit| fits(unit)).map(|unit| unit.id).collect()))
    }

    /// An alarm of the fleet.
    ///
    /// # Errors
    /// `Unknown` alarm; `Store`.
    pub async fn fleet_alarm(&self, id: AlarmId) -> Result<Alarm, GatewayError> {
        let alarm = self.0.store.alarms().get(id).await?;
        alarm.ok_or(GatewayError::Unknown { what: Thing::Alarm })
    }

    /// Acknowledges, clears or comments an alarm: one message to its SmartServer, never sent again, and the
    /// notifier's logs read back.
    ///
    /// # Errors
    /// `Unknown` alarm; those of a call that certainly changed nothing.
    pub async fn judge_alarm(&self, id: AlarmId, order: &AlarmOrder) -> Result<JudgedAlarm, GatewayError> {
        let judged = self.judge_alarms(vec![id], order).await.pop();
        judged.unwrap_or(Err(GatewayError::Unknown { what: Thing::Alarm }))
    }

    /// The same for many, in their order. Those of one SmartServer one after the other; once one of them was
    /// not answered, or could not be sent, the others are not sent.
    pub async fn judge_alarms(
        &self,
        ids: Vec<AlarmId>,
        order: &AlarmOrder,
    ) -> Vec<Result<JudgedAlarm, GatewayError>> {
        let mut results: Vec<Option<Result<JudgedAlarm, GatewayError>>> = ids.iter().map(|_| None).collect();
        let mut by_unit: BTreeMap<SmartServerId, Vec<(usize, Alarm)>> = BTreeMap::new();
        for (n, id) in ids.into_iter().enumerate() {
            match self.fleet_alarm(id).await {
                Ok(alarm) => by_unit.entry(alarm.smartserver_id).or_default().push((n, alarm)),
                Err(error) => results[n] = Some(Err(error)),
            }
        }
        let all = by_unit.into_values().map(|alarms| self.judge_of_one(alarms, order));
        for (n, result) in join_all(all).await.into_iter().flatten() {
            results[n] = Some(result);
        }
        let lost = || Err(GatewayError::Unknown { what: Thing::Alarm });
        results.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
    }

    /// Alarms of one SmartServer.
    async fn judge_of_one(
        &self,
        alarms: Vec<(usize, Alarm)>,
        order: &AlarmOrder,
    ) -> Vec<(usize, Result<JudgedAlarm, GatewayError>)> {
        let smartserver = alarms.first().map(|(_, alarm)| alarm.smartserver_id.to_string());
        let unit = match self.unit(&smartserver.unwrap_or_default()) {
            Ok(unit) => unit,
            Err(error) => return alarms.into_iter().map(|(n, _)| (n, Err(error.clone()))).collect(),
        };
        let (mut judged, mut failed) = (Vec::with_capacity(alarms.len()), Vec::new());
        let mut stop = None::<GatewayError>;
        for (n, alarm) in alarms {
            if let Some(why) = &stop {
                failed.push((n, Err(why.clone())));
                continue;
            }
            match self.send_verdict(&unit, &alarm, order).await {
                Ok(outcome) => {
                    if matches!(outcome, AlarmOutcome::Unknown(_)) {
                        stop = Some(GatewayError::Deadline { sent: false });
                    }
                    judged.push((n, JudgedAlarm { outcome, alarm }));
                }
                Err(error) => {
                    stop = Some(error.clone());
                    failed.push((n, Err(error)));
                }
            }
        }
        self.read_back_alarms(&unit, &mut judged, order).await;
        judged.into_iter().map(|(n, judged)| (n, Ok(judged))).chain(failed).collect()
    }

    async fn send_verdict(
        &self,
        unit: &Unit,
        alarm: &Alarm,
        order: &AlarmOrder,
    ) -> Result<AlarmOutcome, GatewayError> {
        let key = AlarmKey { name: alarm.point.clone(), alarm_time: alarm.alarm_time.clone() };
        let message = AlarmAcknowledgement {
            notifier: alarm.notifier.clone(),
            alarms: vec![key],
            verdict: order.verdict,
            // SmartServers may keep only what the last message said.
            comment: order.comment.clone().or_else(|| alarm.comment.clone()),
            user: Some(order.user.clone()),
        };
        let outcomes = self.acknowledge_alarms(&unit.id.to_string(), message).await?;
        let outcome = outcomes.into_iter().next().map(|(_, outcome)| outcome);
        Ok(outcome.unwrap_or_else(|| AlarmOutcome::Unknown("the answer does not tell".to_owned())))
    }
}
