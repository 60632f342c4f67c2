use std::sync::Arc;

use jid::{BareJid, FullJid, Jid};
use jiff::Timestamp;

use super::behaviour::Behaviour;
use super::counts::Counts;
use super::format::{parse, text};
use super::mac::Mac;
use super::push::{PushError, Pushed, publish, push};
use super::shared::{Shared, lock};
use super::unit::Unit;
use super::value::Value;

/// One simulated SmartServer, as a test sees and turns it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) shared: Arc<Shared>,
}

/// Why a point was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There is no such point.
    #[error("there is no data point {0:?}")]
    UnknownName(String),
    /// The text is not a value of the point's type.
    #[error("{0:?} is not a value of this data point")]
    BadText(String),
    /// There is no such data logger or alarm notifier.
    #[error("there is no functional block {0:?}")]
    UnknownBlock(String),
    /// The log is full and drops nothing.
    #[error("the log is full")]
    Full,
    /// The point is held at a stronger priority.
    #[error("the data point is held at a stronger priority")]
    Held,
}

impl Handle {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Handle { shared }
    }

    /// Its MAC ID.
    pub fn mac(&self) -> Mac {
        self.shared.unit().mac
    }

    /// The full JID it logs in with.
    pub fn jid(&self) -> &FullJid {
        &self.shared.jid
    }

    /// How it answers now.
    pub fn behaviour(&self) -> Behaviour {
        lock(&self.shared.behaviour).clone()
    }

    /// Changes how it answers, from the next request on.
    pub fn set_behaviour(&self, behaviour: Behaviour) {
        *lock(&self.shared.behaviour) = behaviour;
    }

    /// Changes some of how it answers, from the next request on.
    pub fn change_behaviour(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut lock(&self.shared.behaviour));
    }

    /// What it has seen and done.
    pub fn counts(&self) -> Counts {
        let unit = self.shared.unit();
        let (polls, network_updates, over_limit) = (unit.polls, unit.network_updates, unit.over_limit);
        drop(unit);
        Counts { polls, network_updates, over_limit, ..lock(&self.shared.counts).clone() }
    }

    /// Names of all configured points, in the order of the configuration.
    pub fn point_names(&self) -> Vec<String> {
        let unit = self.shared.unit();
        unit.all().into_iter().map(|n| unit.config(n).name.clone()).collect()
    }

    /// The value that a Read shows now without polling.
    pub fn value(&self, name: &str) -> Option<String> {
        let mut unit = self.shared.unit();
        let n = unit.find(name)?;
        unit.read(n, None, Timestamp::now());
        let config = unit.config(n);
        Some(text(config.shape(), &unit.states[n].server, config.us))
    }

    /// The priority a point is held at.
    pub fn priority(&self, name: &str) -> Option<u8> {
        let unit = self.shared.unit();
        unit.find(name).map(|n| unit.states[n].priority)
    }

    /// How often a point of the deterministic profile has changed.
    pub fn sequence(&self, name: &str) -> Option<u64> {
        let unit = self.shared.unit();
        unit.find(name).map(|n| unit.states[n].sequence)
    }

    /// Sets what the field device has and tells the data server: a knob was turned there. An
    /// output stays at it. A point that somebody holds keeps its holder's value.
    ///
    /// # Errors
    /// [`ChangeError`]
    pub fn set_value(&self, name: &str, value: &str) -> Result<(), ChangeError> {
        self.change(name, value, |unit, n, value, now| {
            unit.set_device_value(n, value, now);
            Ok(())
        })
    }

    /// Writes as an application on the SmartServer does, a scheduler for one.
    ///
    /// # Errors
    /// [`ChangeError`]; [`ChangeError::Held`] when the priority is too weak.
    pub fn write(&self, name: &str, value: &str, priority: u8) -> Result<(), ChangeError> {
        self.change(name, value, |unit, n, value, now| {
            unit.write(n, value, priority, true, now).map_err(|_| ChangeError::Held)
        })
    }

    /// Sets a point's status (`AL_ALM_CONDITION`); `None` gives it back its own.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn set_status(&self, name: &str, status: Option<&str>) -> Result<(), ChangeError> {
        self.with(name, |unit, n| unit.states[n].status = status.map(str::to_owned))
    }

    /// Makes a point look as before its first poll.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn forget(&self, name: &str) -> Result<(), ChangeError> {
        self.with(name, |unit, n| unit.forget(n))
    }

    /// Cuts off the device behind a point, with all its points, or connects it again.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn set_device_reachable(&self, point: &str, reachable: bool) -> Result<(), ChangeError> {
        self.with(point, |unit, n| {
            let device = unit.config(n).device;
            if reachable {
                unit.unreachable.remove(&device)
            } else {
                unit.unreachable.insert(device)
            };
        })
    }

    /// All outputs of the deterministic profile take their next value, unasked.
    pub fn advance(&self) {
        let mut unit = self.shared.unit();
        unit.all().into_iter().for_each(|n| unit.advance(n, Timestamp::now()));
    }

    /// Outputs of the deterministic profile take their next value, unasked, at this time, which is no earlier
    /// than that of the change before. So hours of changes, which data loggers log, pass in no time.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn advance_at(&self, names: &[&str], at: Timestamp) -> Result<(), ChangeError> {
        names.iter().try_for_each(|name| self.with(name, |unit, n| unit.advance(n, at)))
    }

    /// Says in headers that the configuration changed now.
    pub fn touch_configuration(&self) {
        self.shared.unit().configured = Timestamp::now();
    }

    /// Adds a point to a device that exists; whether it could be. An input's name begins `nvi`.
    pub fn add_point(&self, name: &str, format: &str) -> bool {
        self.shared.unit().add_point(name, format, Timestamp::now())
    }

    /// Takes a point out of the configuration.
    ///
    /// # Errors
    /// [`ChangeError::UnknownName`]
    pub fn remove_point(&self, name: &str) -> Result<(), ChangeError> {
        self.with(name, |unit, n| {
            unit.states[n].removed = true;
            unit.configured = Timestamp::now();
        })
    }

    /// Pushes the present values of points in one Write and waits for the answer.
    ///
    /// # Errors
    /// [`PushError`]
    pub async fn push(&self, names: &[&str], to: &Jid) -> Result<Pushed, PushError> {
        push(&self.shared, &self.numbers(names)?, to).await
    }

    /// Publishes the present values of points, as the message that a push carries, to a node of a pubsub
    /// service (XEP-0060).
    ///
    /// # Errors
    /// [`PushError`]
    pub async fn publish(&self, names: &[&str], service: &BareJid, node: &str) -> Result<(), PushError> {
        publish(&self.shared, &self.numbers(names)?, (service, node)).await
    }

    fn numbers(&self, names: &[&str]) -> Result<Vec<usize>, PushError> {
        let unit = self.shared.unit();
        let find = |name: &&str| unit.find(name).ok_or_else(|| PushError::UnknownName((*name).to_owned()));
        names.iter().map(find).collect()
    }

    /// Waits until it is logged in.
    pub async fn online(&self) {
        // The sender lives as long as this handle.
        let _ = self.shared.online.subscribe().wait_for(Option::is_some).await;
    }

    /// Whether it is logged in.
    pub fn is_online(&self) -> bool {
        self.shared.online.borrow().is_some()
    }

    /// Whether it is meant to be logged in.
    pub fn is_switched_on(&self) -> bool {
        *self.shared.wanted.borrow()
    }

    /// Logs out, which others see as unavailable presence, and waits until that is done. What it
    /// holds in memory stays.
    pub async fn go_offline(&self) {
        self.switch_off();
        let _ = self.shared.running.subscribe().wait_for(|running| !running).await;
    }

    /// Logs in again and waits until it is online.
    pub async fn come_back(&self) {
        self.shared.wanted.send_replace(true);
        self.online().await;
    }

    pub(super) fn switch_off(&self) {
        self.shared.wanted.send_replace(false);
    }

    pub(super) fn with<T>(
        &self,
        name: &str,
        act: impl FnOnce(&mut Unit, usize) -> T,
    ) -> Result<T, ChangeError> {
        let mut unit = self.shared.unit();
        let n = unit.find(name).ok_or_else(|| ChangeError::UnknownName(name.to_owned()))?;
        Ok(act(&mut unit, n))
    }

    fn change(
        &self,
        name: &str,
        value: &str,
        act: impl FnOnce(&mut Unit, usize, Value, Timestamp) -> Result<(), ChangeError>,
    ) -> Result<(), ChangeError> {
        self.with(name, |unit, n| {
            let config = unit.config(n);
            let value = match config.preset(value) {
                Some(preset) => preset.clone(),
                None => parse(config.shape(), value, config.us)
                    .ok_or_else(|| ChangeError::BadText(value.to_owned()))?,
            };
            act(unit, n, value, Timestamp::now())
        })?
    }
}
