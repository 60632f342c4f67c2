//! Poll groups: what is kept, and what is refused.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::connections::now;
use super::smartservers::check_text;
use super::{Gateway, GatewayError, Page, PollStatus, Thing};
use crate::domain::{
    DataPointName, GroupItem, GroupPoints, HistoryRule, PointSelection, PollGroup, PollGroupId, SmartServerId,
};
use crate::store::StoreError;

/// Most points that all groups together name one by one: twice what a large fleet has.
const ITEMS_IN_ALL: usize = 200_000;
/// Longest text of a condition, in characters.
const CONDITION_MAX: usize = 512;
/// A day: the longest time that a group may set.
const DAY: Duration = PollGroup::LONGEST;

/// A poll group as it is made or replaced.
#[derive(Debug, Clone)]
pub struct NewPollGroup {
    /// Unique name.
    pub name: String,
    /// Whether it has any effect.
    pub enabled: bool,
    /// Its points.
    pub points: SelectedPoints,
    /// How often each point is read.
    pub interval: Option<Duration>,
    /// How old a value the SmartServer may answer a poll with.
    pub max_age: Option<Duration>,
    /// What of the readings is remembered.
    pub history: Option<HistoryRule>,
}

/// Points of the whole fleet, as callers name them.
#[derive(Debug, Clone)]
pub enum SelectedPoints {
    /// All that fit; SmartServers are named by key or UUID.
    Selection {
        /// The SmartServer, if it has to be this one.
        smartserver: Option<String>,
        /// SmartServers, if it has to be one of these.
        smartservers: Option<Vec<String>>,
        /// All other conditions.
        conditions: PointSelection,
    },
    /// These.
    Items(Vec<PointRef>),
}

/// A data point by its name.
#[derive(Debug, Clone)]
pub struct PointRef {
    /// Key or UUID of the SmartServer.
    pub smartserver: String,
    /// The point's name there.
    pub name: String,
}

impl Gateway {
    /// Makes a poll group with this id; the one that has the id already, if there is one: the same request
    /// came before.
    ///
    /// # Errors
    /// `Invalid`, also for a point that does not exist; `Conflict` when the name is taken, or there are as
    /// many groups as may be.
    pub async fn add_poll_group(
        &self,
        id: PollGroupId,
        new: NewPollGroup,
    ) -> Result<(Arc<PollGroup>, PollStatus), GatewayError> {
        let _only = self.0.demand.changing.lock().await;
        if self.0.demand.group(id).is_none() {
            if self.0.demand.groups().len() >= PollGroup::MOST {
                return Err(GatewayError::Conflict(format!("there are {} poll groups", PollGroup::MOST)));
            }
            let group = self.checked(PollGroup { id, created_at: now(), ..self.resolved(new, None)? })?;
            self.0.store.poll_groups().insert(&group).await?;
            tracing::info!(poll_group = group.name, "poll group made");
            self.demand_changed(&self.0.demand.put(group));
        }
        self.poll_group(id)
    }

    /// Poll groups in the order of their names, those after `after`, at most `limit`.
    pub fn poll_groups(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Page<(Arc<PollGroup>, PollStatus), String> {
        let mut groups = self.0.demand.groups();
        groups.retain(|group| after.is_none_or(|after| group.name.as_str() > after));
        groups.sort_by(|one, other| one.name.cmp(&other.name));
        let next = groups.get(limit).and(groups.get(limit.saturating_sub(1))).map(|last| last.name.clone());
        groups.truncate(limit);
        let statuses = self.poll_statuses(&groups);
        Page { items: groups.into_iter().zip(statuses).collect(), next }
    }

    /// A poll group with its status.
    ///
    /// # Errors
    /// `Unknown`.
    pub fn poll_group(&self, id: PollGroupId) -> Result<(Arc<PollGroup>, PollStatus), GatewayError> {
        let group = self.known_group(id)?;
        let status = self.poll_statuses(std::slice::from_ref(&group)).pop().unwrap_or_default();
        Ok((group, status))
    }

    /// Replaces a poll group. Points that it names already may be missing.
    ///
    /// # Errors
    /// `Unknown`, and those of making one.
    pub async fn change_poll_group(
        &self,
        id: PollGroupId,
        new: NewPollGroup,
    ) -> Result<(Arc<PollGroup>, PollStatus), GatewayError> {
        let _only = self.0.demand.changing.lock().await;
        let old = self.known_group(id)?;
        let new = self.resolved(new, Some(&old))?;
        let group = self.checked(PollGroup { id, created_at: old.created_at, ..new })?;
        self.0.store.poll_groups().update(&group).await?;
        tracing::info!(poll_group = group.name, "poll group changed");
        self.demand_changed(&self.0.demand.put(group));
        self.poll_group(id)
    }

    /// Removes a poll group.
    ///
    /// # Errors
    /// `Unknown`.
    pub async fn remove_poll_group(&self, id: PollGroupId) -> Result<(), GatewayError> {
        let _only = self.0.demand.changing.lock().await;
        let group = self.known_group(id)?;
        self.0.store.poll_groups().delete(id).await?;
        tracing::info!(poll_group = group.name, "poll group removed");
        self.demand_changed(&[self.0.demand.remove(id)]);
        Ok(())
    }

    pub(super) async fn restore_poll_groups(&self) -> Result<(), StoreError> {
        for group in self.0.store.poll_groups().all().await? {
            self.demand_changed(&self.0.demand.put(group));
        }
        Ok(())
    }

    pub(super) fn known_group(&self, id: PollGroupId) -> Result<Arc<PollGroup>, GatewayError> {
        self.0.demand.group(id).ok_or(GatewayError::Unknown { what: Thing::PollGroup })
    }

    /// With SmartServers and data points looked up. Id and time of making are to be set.
    fn resolved(&self, new: NewPollGroup, old: Option<&PollGroup>) -> Result<PollGroup, GatewayError> {
        let points = match new.points {
            SelectedPoints::Selection { smartserver, smartservers, conditions } => {
                let unit = smartserver.map(|key| self.unit(&key)).transpose()?;
                let smartserver_id = unit.map(|unit| unit.id);
                let smartserver_ids = smartservers.map(|keys| self.resolved_ids(keys, old)).transpose()?;
                GroupPoints::Selection(PointSelection { smartserver_id, smartserver_ids, ..conditions })
            }
            SelectedPoints::Items(items) if (1..=PollGroup::MOST_ITEMS).contains(&items.len()) => {
                GroupPoints::Items(self.resolved_items(items, old)?)
            }
            SelectedPoints::Items(_) => {
                return Err(invalid("items", format!("1 to {} data points", PollGroup::MOST_ITEMS)));
            }
        };
        let NewPollGroup { name, enabled, interval, max_age, history, .. } = new;
        let (id, created_at) = (PollGroupId::new(), now());
        Ok(PollGroup { id, name, enabled, points, interval, max_age, history, created_at })
    }

    /// Ids of SmartServers. Those that the group names already may be missing.
    fn resolved_ids(
        &self,
        keys: Vec<String>,
        old: Option<&PollGroup>,
    ) -> Result<BTreeSet<SmartServerId>, GatewayError> {
        if !(1..=PollGroup::MOST_SMARTSERVERS).contains(&keys.len()) {
            let bounds = format!("1 to {} SmartServers", PollGroup::MOST_SMARTSERVERS);
            return Err(invalid("selection.smartservers", bounds));
        }
        let before = match old.map(|group| &group.points) {
            Some(GroupPoints::Selection(selection)) => selection.smartserver_ids.as_ref(),
            _ => None,
        };
        let known_before = |key: &str| {
            let id = key.parse::<SmartServerId>().ok();
            id.filter(|id| before.is_some_and(|before| before.contains(id)))
        };
        let resolved = |key: String| {
            let id = self.0.fleet.find(&key).map(|unit| unit.id).or_else(|| known_before(&key));
            let message = || format!("the SmartServer {key} is not registered");
            id.ok_or_else(|| invalid("selection.smartservers", message()))
        };
        keys.into_iter().map(resolved).collect()
    }

    fn resolved_items(
        &self,
        items: Vec<PointRef>,
        old: Option<&PollGroup>,
    ) -> Result<Vec<GroupItem>, GatewayError> {
        let before: HashSet<&GroupItem> = match old.map(|group| &group.points) {
            Some(GroupPoints::Items(items)) => items.iter().collect(),
            _ => HashSet::new(),
        };
        let mut seen = HashSet::new();
        let mut resolved = Vec::with_capacity(items.len());
        for item in items {
            let item = self.resolved_item(&item, &before)?;
            if seen.insert(item.clone()) {
                resolved.push(item);
            }
        }
        Ok(resolved)
    }

    fn resolved_item(
        &self,
        item: &PointRef,
        before: &HashSet<&GroupItem>,
    ) -> Result<GroupItem, GatewayError> {
        let PointRef { smartserver, name } = item;
        let name: DataPointName =
            name.parse().map_err(|error| invalid("items", format!("{name}: {error}")))?;
        let unit = self.0.fleet.find(smartserver);
        let id = unit.as_ref().map(|unit| unit.id).or_else(|| smartserver.parse::<SmartServerId>().ok());
        if let Some(smartserver_id) = id {
            let is_there = unit.as_ref().is_some_and(|unit| unit.points().contains_key(&name));
            let item = GroupItem { smartserver_id, name: name.clone() };
            if is_there || before.contains(&item) {
                return Ok(item);
            }
        }
        Err(invalid(
            "items",
            match unit {
                None => format!("the SmartServer {smartserver} is not registered"),
                Some(unit) if unit.info().inventory_at.is_none() => {
                    format!("the inventory of the SmartServer {smartserver} was not read yet")
                }
                Some(_) => format!("the SmartServer {smartserver} has no data point {name}"),
            },
        ))
    }

    fn checked(&self, group: PollGroup) -> Result<PollGroup, GatewayError> {
        check_text("name", &group.name)?;
        check_times(&group)?;
        if let Some(rule) = &group.history {
            check_rule(rule)?;
        }
        match &group.points {
            GroupPoints::Selection(selection) => check_conditions(selection)?,
            GroupPoints::Items(items) => {
                let others = self.0.demand.groups().into_iter().filter(|other| other.id != group.id);
                let named: usize = others.map(|other| item_count(&other)).sum();
                if named + items.len() > ITEMS_IN_ALL {
                    let message = format!("all poll groups together name at most {ITEMS_IN_ALL} data points");
                    return Err(invalid("items", message));
                }
            }
        }
        Ok(group)
    }
}

fn item_count(group: &PollGroup) -> usize {
    match &group.points {
        GroupPoints::Selection(_) => 0,
        GroupPoints::Items(items) => items.len(),
    }
}

fn check_times(group: &PollGroup) -> Result<(), GatewayError> {
    let within = |time: Option<Duration>| time.is_none_or(|time| (PollGroup::SHORTEST..=DAY).contains(&time));
    let bounds = || format!("{} to {}", PollGroup::SHORTEST.as_millis(), DAY.as_millis());
    if !within(group.interval) {
        return Err(invalid("interval_ms", bounds()));
    }
    if !within(group.max_age) {
        return Err(invalid("max_age_ms", bounds()));
    }
    match (group.interval, group.max_age, &group.history) {
        (None, _, None) => Err(invalid("interval_ms", "without it a group needs `history`")),
        (None, Some(_), _) => Err(invalid("max_age_ms", "only a group with `interval_ms` polls")),
        _ => Ok(()),
    }
}

fn check_rule(rule: &HistoryRule) -> Result<(), GatewayError> {
    if rule.min_interval > DAY {
        return Err(invalid("history.min_interval_ms", format!("0 to {}", DAY.as_millis())));
    }
    if rule.deadband.is_some_and(|deadband| !(deadband.is_finite() && deadband >= 0.0)) {
        return Err(invalid("history.deadband", "a number, 0 or more"));
    }
    let days = 1..=HistoryRule::LONGEST_RETENTION;
    if rule.retention_days.is_some_and(|asked| !days.contains(&asked)) {
        return Err(invalid("history.retention_days", format!("1 to {}", HistoryRule::LONGEST_RETENTION)));
    }
    Ok(())
}

fn check_conditions(selection: &PointSelection) -> Result<(), GatewayError> {
    let PointSelection { tag, site, smartserver_id: _, smartserver_ids: _, prefix, type_name, q } = selection;
    for text in [tag, site, prefix, type_name, q].into_iter().flatten() {
        let fits = (1..=CONDITION_MAX).contains(&text.chars().count());
        if !fits || text.chars().any(char::is_control) {
            let message =
                format!("a condition has 1 to {CONDITION_MAX} characters and no control characters");
            return Err(invalid("selection", message));
        }
    }
    Ok(())
}

fn invalid(field: &'static str, message: impl Into<String>) -> GatewayError {
    GatewayError::Invalid { field, message: message.into() }
}
