//! Configurations of data points: read live, changed by read-modify-write, created, deleted.
//!
//! Set erases what it does not name (manual 14-26) and takes no condition. So a point is read right
//! before it is set, in the same turn, and goes back whole; two changes through us follow one another. What
//! somebody else changes between our Get and our Set is lost all the same: nothing prevents that.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, timeout_at};

use super::config_change::ConfigurationChange;
use super::fleet::Point;
use super::lane::{Rank, Turn};
use super::settle::fate_of_call;
use super::value_forms::only;
use super::{Gateway, GatewayError, Thing, Unit};
use crate::domain::{DataPointId, DataPointName, ItemFault, Outcome};
use crate::smartserver::{BusKind, Difference, PointItem, PointKind, SmartServerRpc};

/// Time that reading a point back may take, also after the deadline of the change.
const READ_BACK: Duration = Duration::from_secs(10);

/// A data point's configuration as the SmartServer has it now.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// The generic view.
    pub generic: PointItem,
    /// The driver's view; `None` if the driver is not known, or does not tell.
    pub bus: Option<PointItem>,
}

/// A configuration that was changed or made.
#[derive(Debug)]
pub struct Configured {
    /// The point in the inventory.
    pub point: Point,
    /// What was read back.
    pub configuration: Configuration,
    /// Where that is not what was sent.
    pub differences: Vec<Difference>,
}

/// A data point to be made.
#[derive(Debug, Clone)]
pub struct NewPoint {
    /// Its name, whole.
    pub name: DataPointName,
    /// Its driver.
    pub bus: BusKind,
    /// Its configuration.
    pub configuration: ConfigurationChange,
}

/// An item that was sent, with what was there before.
type Sent = (Option<PointItem>, PointItem);

impl Gateway {
    /// A point's configuration, asked for now.
    ///
    /// # Errors
    /// Those of the calls; `Fault` when the SmartServer does not have the point.
    pub async fn configuration(
        &self,
        point: &Point,
        timeout: Option<Duration>,
    ) -> Result<Configuration, GatewayError> {
        let deadline = self.deadline(timeout);
        let turn = point.unit.lane.turn(Rank::Command, deadline).await?;
        let (gateway, point) = (self.clone(), point.clone());
        let unit = Arc::clone(&point.unit);
        let call = async move {
            let call = Call { gateway: &gateway, turn: &turn, unit: &point.unit, until: deadline };
            call.configuration(&point.data.name).await
        };
        self.wait_for_call(&unit, deadline, call).await
    }

    /// Changes what is named of a point's configuration, reads it back, and brings the inventory up to
    /// date. To be seen through: it must not stop between Get, Set and the inventory.
    ///
    /// # Errors
    /// Those of the calls. With `Deadline` or `SessionLost` after sending it is not known whether it was
    /// changed; reading back could not tell either.
    pub async fn change_configuration(
        &self,
        id: DataPointId,
        change: ConfigurationChange,
        timeout: Option<Duration>,
    ) -> Result<Configured, GatewayError> {
        let deadline = self.deadline(timeout);
        let Point { unit, data } = self.point(id)?;
        let _only = self.only_change(&unit, deadline).await?;
        let turn = unit.lane.turn(Rank::Command, deadline).await?;
        let call = Call { gateway: self, turn: &turn, unit: &unit, until: deadline };
        let mut sent = Vec::new();
        let done = call.change(&data.name, &change, &mut sent).await;
        call.conclude(&data.name, sent, done).await
    }

    /// Makes a data point on the SmartServer. To be seen through.
    ///
    /// # Errors
    /// Those of [`change_configuration`](Self::change_configuration); `Conflict` when the SmartServer has
    /// a point of this name.
    pub async fn create_data_point(
        &self,
        key: &str,
        new: NewPoint,
        timeout: Option<Duration>,
    ) -> Result<Configured, GatewayError> {
        let deadline = self.deadline(timeout);
        let unit = self.unit(key)?;
        let _only = self.only_change(&unit, deadline).await?;
        let turn = unit.lane.turn(Rank::Command, deadline).await?;
        let call = Call { gateway: self, turn: &turn, unit: &unit, until: deadline };
        let mut sent = Vec::new();
        let done = call.create(&new, &mut sent).await;
        call.conclude(&new.name, sent, done).await
    }

    /// Deletes a data point on the SmartServer, and from the inventory. One that the SmartServer does not
    /// have any more is only forgotten. To be seen through.
    ///
    /// # Errors
    /// Those of the calls; `Conflict` when the SmartServer still has it afterwards.
    pub async fn delete_data_point(
        &self,
        id: DataPointId,
        timeout: Option<Duration>,
    ) -> Result<(), GatewayError> {
        let deadline = self.deadline(timeout);
        let Point { unit, data } = self.point(id)?;
        let _only = self.only_change(&unit, deadline).await?;
        let turn = unit.lane.turn(Rank::Command, deadline).await?;
        let call = Call { gateway: self, turn: &turn, unit: &unit, until: deadline };
        call.delete(&data.name).await?;
        self.update_entry(&unit, &data.name, None).await
    }

    /// Held while a configuration is changed: no other change of ours comes between Get and Set, also
    /// where several calls may be in flight, and no older inventory takes the place of the new entry.
    pub(super) async fn only_change(
        &self,
        unit: &Unit,
        deadline: Instant,
    ) -> Result<OwnedMutexGuard<()>, GatewayError> {
        let lock = timeout_at(deadline, Arc::clone(&unit.syncing).lock_owned()).await;
        lock.map_err(|_late| GatewayError::Deadline { sent: false })
    }
}

/// The calls that a change consists of, all in one turn.
struct Call<'a> {
    gateway: &'a Gateway,
    turn: &'a Turn,
    unit: &'a Arc<Unit>,
    until: Instant,
}

impl Call<'_> {
    async fn get(
        &self,
        kind: PointKind,
        name: &DataPointName,
    ) -> Result<Result<Option<PointItem>, ItemFault>, GatewayError> {
        let names = [name.clone()];
        let get =
            |rpc: SmartServerRpc, limits| async move { rpc.get_point_items(kind, &names, limits).await };
        let answer = self.gateway.call_in_turn(self.turn, self.unit, self.until, get).await?;
        only(name, answer.value)
    }

    async fn set(&self, item: &PointItem) -> Result<(), GatewayError> {
        let items = [item.clone()];
        let set = |rpc: SmartServerRpc, limits| async move { rpc.set_point_items(&items, limits).await };
        let answer = self.gateway.call_in_turn(self.turn, self.unit, self.until, set).await?;
        Ok(only(item.name(), answer.value)??)
    }

    async fn generic(&self, name: &DataPointName) -> Result<PointItem, GatewayError> {
        self.get(PointKind::Generic, name)
            .await??
            .ok_or_else(|| GatewayError::Malformed("the answer is of another type than Dp_Cfg".to_owned()))
    }

    async fn bus(&self, bus: Option<BusKind>, name: &DataPointName) -> Result<PointItem, GatewayError> {
        let bus = bus.ok_or_else(no_driver)?;
        self.get(PointKind::Bus(bus), name).await??.ok_or_else(|| {
            GatewayError::Malformed(format!("the answer is of another type than {}", bus.xsi_type()))
        })
    }

    async fn configuration(&self, name: &DataPointName) -> Result<Configuration, GatewayError> {
        let generic = self.generic(name).await?;
        let bus = match generic.bus() {
            // A driver that does not tell hides nothing of the generic view.
            Some(bus) => self.get(PointKind::Bus(bus), name).await?.ok().flatten(),
            None => None,
        };
        Ok(Configuration { generic, bus })
    }

    async fn change(
        &self,
        name: &DataPointName,
        change: &ConfigurationChange,
        sent: &mut Vec<Sent>,
    ) -> Result<(), GatewayError> {
        let generic = self.generic(name).await?;
        let mut changed = generic.clone();
        change.apply(&mut changed, false)?;
        if !change.bus.is_empty() {
            // Before anything is sent it is known that all of it can be.
            change.apply(&mut self.bus(generic.bus(), name).await?, false)?;
        }
        let driver = generic.bus();
        if change.is_generic() {
            self.send(Some(generic), changed, sent).await?;
        }
        if !change.bus.is_empty() {
            let bus = self.bus(driver, name).await?;
            let mut changed = bus.clone();
            change.apply(&mut changed, false)?;
            self.send(Some(bus), changed, sent).await?;
        }
        Ok(())
    }

    async fn create(&self, new: &NewPoint, sent: &mut Vec<Sent>) -> Result<(), GatewayError> {
        match self.get(PointKind::Generic, &new.name).await? {
            Ok(_) => {
                return Err(GatewayError::Conflict("the SmartServer has a data point of this name".into()));
            }
            Err(fault) if fault.is_not_found() => {}
            Err(fault) => return Err(fault.into()),
        }
        let kind = PointKind::Bus(new.bus);
        let mut bus = PointItem::new(kind, new.name.clone());
        new.configuration.apply(&mut bus, true)?;
        // Before anything is sent it is known that all of it fits.
        new.configuration.apply(&mut PointItem::new(PointKind::Generic, new.name.clone()), false)?;
        self.send(None, bus, sent).await?;
        if new.configuration.is_more_than(kind) {
            let generic = self.generic(&new.name).await?;
            let mut changed = generic.clone();
            new.configuration.apply(&mut changed, false)?;
            self.send(Some(generic), changed, sent).await?;
        }
        Ok(())
    }

    /// Sends an item, unless nothing of it is new, and notes it as sent if it may have been executed. One
    /// that was not answered is taken as done if it is found as it was sent.
    async fn send(
        &self,
        before: Option<PointItem>,
        item: PointItem,
        sent: &mut Vec<Sent>,
    ) -> Result<(), GatewayError> {
        if before.as_ref() == Some(&item) {
            return Ok(());
        }
        let done = match self.set(&item).await {
            Err(error) if may_be_done(&error) => match self.later().get(item.kind(), item.name()).await {
                Ok(Ok(Some(found))) if item.differences(before.as_ref(), &found).is_empty() => Ok(()),
                _ => Err(error),
            },
            done => done,
        };
        if done.as_ref().err().is_none_or(may_be_done) {
            sent.push((before, item));
        }
        done
    }

    /// Reads back what was sent, also in part, and brings the inventory up to date.
    async fn conclude(
        &self,
        name: &DataPointName,
        sent: Vec<Sent>,
        done: Result<(), GatewayError>,
    ) -> Result<Configured, GatewayError> {
        if let (true, Err(error)) = (sent.is_empty(), &done) {
            return Err(error.clone());
        }
        let back = self.later().configuration(name).await;
        if let Ok(configuration) = &back {
            self.gateway.update_entry(self.unit, name, Some(&configuration.generic)).await?;
        }
        done.map_err(in_part)?;
        let configuration = back?;
        let data = self.unit.points().get(name).cloned();
        let data = data.ok_or(GatewayError::Unknown { what: Thing::DataPoint })?;
        let differences = differences(&sent, &configuration);
        Ok(Configured { point: Point { unit: Arc::clone(self.unit), data }, configuration, differences })
    }

    /// The same with some time to read back: the truth about a change is worth some seconds.
    fn later(&self) -> Self {
        Call { until: self.until.max(Instant::now() + READ_BACK), ..*self }
    }

    async fn delete(&self, name: &DataPointName) -> Result<(), GatewayError> {
        let generic = match self.get(PointKind::Generic, name).await? {
            Err(fault) if fault.is_not_found() => return Ok(()),
            found => found?,
        };
        let bus = generic.and_then(|item| item.bus()).ok_or_else(no_driver)?;
        let names = [name.clone()];
        let delete =
            |rpc: SmartServerRpc, limits| async move { rpc.delete_points(bus, &names, limits).await };
        let done = match self.gateway.call_in_turn(self.turn, self.unit, self.until, delete).await {
            Ok(answer) => only(name, answer.value)?.map_err(GatewayError::from),
            Err(error) => Err(error),
        };
        if done.as_ref().is_err_and(|error| !may_be_done(error)) {
            return done;
        }
        match self.later().get(PointKind::Generic, name).await {
            Ok(Err(fault)) if fault.is_not_found() => Ok(()),
            Ok(_) => done.and(Err(GatewayError::Conflict("the SmartServer still has the data point".into()))),
            Err(error) => done.and(Err(error)),
        }
    }
}

fn differences(sent: &[Sent], found: &Configuration) -> Vec<Difference> {
    let mut all = Vec::new();
    for (before, item) in sent {
        let now = match item.kind() {
            PointKind::Generic => Some(&found.generic),
            PointKind::Bus(_) => found.bus.as_ref(),
        };
        let nothing = || PointItem::new(item.kind(), item.name().clone());
        let fresh = item.differences(before.as_ref(), now.unwrap_or(&nothing()));
        all.extend(fresh.into_iter().filter(|difference| !all.contains(difference)).collect::<Vec<_>>());
    }
    all
}

/// Whether what failed so may have been executed all the same.
fn may_be_done(error: &GatewayError) -> bool {
    fate_of_call(error).outcome == Outcome::Unknown
}

/// What went before the step that failed stays done.
fn in_part(error: GatewayError) -> GatewayError {
    match error {
        GatewayError::Fault { code, text } => GatewayError::Fault {
            code,
            text: format!("{text} (part of the configuration had been set before)"),
        },
        error => error,
    }
}

fn no_driver() -> GatewayError {
    GatewayError::Malformed("the SmartServer does not tell the data point's driver".to_owned())
}
