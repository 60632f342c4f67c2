//! What is known of a SmartServer's notifiers and their active alarms, and how that comes into the database.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use super::super::connections::now;
use super::super::lane::Rank;
use super::super::logs::LogCursor;
use super::super::{Gateway, GatewayError, Thing, Unit};
use super::look::Asked;
use super::merge::{Circumstances, Look, Moved, merge, print};
use crate::domain::{Alarm, AlarmChange, AlarmPrint, AlarmState, DataPointName, Event};
use crate::smartserver::{AlarmEntry, BlockKind, SmartServerRpc};
use crate::store::{Missing, StoreError, StoredNotifier};

/// A list of notifiers is believed so long at most: some SmartServers may not tell that their configuration
/// changed.
const BELIEVED: Duration = Duration::from_secs(3_600);

/// The notifiers of a SmartServer.
#[derive(Debug, Default)]
pub(super) struct Book {
    notifiers: BTreeMap<DataPointName, Notifier>,
    /// When they were listed, and the time of the inventory then: it is read again when the configuration
    /// changes.
    listed: Option<(Instant, Option<Timestamp>)>,
}

#[derive(Debug, Default)]
struct Notifier {
    place: Place,
    active: HashMap<AlarmPrint, Alarm>,
}

/// How far a notifier's log was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Place {
    /// Whether it ever was.
    pub(super) is_read: bool,
    /// Time by the SmartServer's clock from which on it is read.
    pub(super) since: Option<Timestamp>,
    /// Where it goes on.
    pub(super) cursor: Option<LogCursor>,
}

impl Book {
    pub(super) fn names(&self) -> Vec<DataPointName> {
        self.notifiers.keys().cloned().collect()
    }

    /// Whether the notifiers were listed in this run.
    pub(super) fn is_known(&self) -> bool {
        self.listed.is_some()
    }

    /// An active alarm.
    pub(super) fn active(&self, alarm: &Alarm) -> Option<&Alarm> {
        self.notifiers.get(&alarm.notifier)?.active.get(&alarm.print())
    }

    fn all(&self) -> impl Iterator<Item = &Alarm> {
        self.notifiers.values().flat_map(|notifier| notifier.active.values())
    }

    fn take(&mut self, alarm: Alarm) {
        let active = &mut self.notifiers.entry(alarm.notifier.clone()).or_default().active;
        match alarm.state {
            AlarmState::Active => drop(active.insert(alarm.print(), alarm)),
            AlarmState::Cleared => drop(active.remove(&alarm.print())),
        }
    }
}

impl Place {
    fn restored(stored: &StoredNotifier) -> Place {
        let cursor = stored.cursor.as_deref().and_then(|text| serde_json::from_str(text).ok());
        Place { is_read: true, since: stored.since, cursor: cursor.filter(LogCursor::is_sound) }
    }

    fn stored(&self, unit: &Unit, name: &DataPointName) -> StoredNotifier {
        let cursor = self.cursor.as_ref().and_then(|cursor| serde_json::to_string(cursor).ok());
        StoredNotifier { smartserver_id: unit.id, name: name.clone(), since: self.since, cursor }
    }
}

impl Gateway {
    /// Brings back what the database holds.
    pub(in super::super) async fn restore_alarms(&self) -> Result<(), StoreError> {
        for stored in self.0.store.alarms().notifiers().await? {
            let Some(unit) = self.0.fleet.find(&stored.smartserver_id.to_string()) else { continue };
            let mut book = unit.alarms.book.lock().await;
            book.notifiers.entry(stored.name.clone()).or_default().place = Place::restored(&stored);
        }
        for alarm in self.0.store.alarms().active().await? {
            let Some(unit) = self.0.fleet.find(&alarm.smartserver_id.to_string()) else { continue };
            unit.alarms.book.lock().await.take(alarm);
        }
        for unit in self.0.fleet.units_from(std::ops::Bound::Unbounded) {
            unit.alarms.note_active(unit.alarms.book.lock().await.all());
        }
        Ok(())
    }

    /// Lists a SmartServer's notifiers, if its configuration changed since that was last done. The alarms
    /// of one that is gone are over.
    pub(super) async fn find_notifiers(
        &self,
        unit: &Arc<Unit>,
        book: &mut Book,
        rank: Rank,
    ) -> Result<(), GatewayError> {
        let inventory_at = unit.info().inventory_at;
        if book.listed.is_some_and(|(at, with)| with == inventory_at && at.elapsed() < BELIEVED) {
            return Ok(());
        }
        let list = |rpc: SmartServerRpc, limits| async move {
            rpc.list_blocks(BlockKind::AlarmNotifier, limits).await
        };
        let listed = self.ask_as(rank, unit, self.deadline(None), list).await?.value;
        for gone in book.names().into_iter().filter(|name| !listed.contains(name)) {
            self.forget_notifier(unit, book, &gone).await?;
        }
        for name in listed {
            book.notifiers.entry(name).or_default();
        }
        book.listed = Some((Instant::now(), inventory_at));
        Ok(())
    }

    async fn forget_notifier(
        &self,
        unit: &Arc<Unit>,
        book: &mut Book,
        name: &DataPointName,
    ) -> Result<(), GatewayError> {
        let known = book.notifiers.get(name).map(|notifier| notifier.active.clone()).unwrap_or_default();
        let nothing = Look { is_whole: true, ..Look::default() };
        let moved = self.merged(unit, name, &known, &nothing);
        let alarms: Vec<_> = moved.iter().map(|moved| moved.alarm.clone()).collect();
        self.0.store.alarms().drop_notifier(unit.id, name, &alarms).await?;
        self.tell(unit, book, moved, true);
        book.notifiers.remove(name);
        Ok(())
    }

    /// Looks at one notifier's logs, and keeps and tells what is new.
    pub(super) async fn look_at(
        &self,
        unit: &Arc<Unit>,
        book: &mut Book,
        notifier: &DataPointName,
        rank: Rank,
    ) -> Result<(), GatewayError> {
        let Some(Notifier { place, active }) = book.notifiers.get_mut(notifier) else { return Ok(()) };
        let asked = Asked { gateway: self, unit, notifier, rank };
        let (look, reached) = match asked.look(place, active).await {
            Err(GatewayError::Invalid { field: "cursor", .. }) => {
                // Of another version.
                place.cursor = None;
                asked.look(place, active).await?
            }
            looked => looked?,
        };
        let is_first = !place.is_read;
        let known = self.known(unit, notifier, active, &look).await?;
        // Stored by an attempt whose outcome was not known: else nobody would ever see that they are over.
        let is_doubtful = |(print, alarm): &(&AlarmPrint, &Alarm)| {
            alarm.state == AlarmState::Active && !active.contains_key(*print)
        };
        let stored = known.iter().filter(is_doubtful).map(|(print, alarm)| (print.clone(), alarm.clone()));
        let stored: Vec<_> = stored.collect();
        active.extend(stored);
        let moved = self.merged(unit, notifier, &known, &look);
        if moved.is_empty() && *place == reached {
            return Ok(());
        }
        self.keep_alarms(&reached.stored(unit, notifier), &moved).await?;
        *place = reached;
        self.tell(unit, book, moved, !is_first);
        Ok(())
    }

    /// The active alarms, and those of the look that are known.
    async fn known(
        &self,
        unit: &Unit,
        notifier: &DataPointName,
        active: &HashMap<AlarmPrint, Alarm>,
        look: &Look,
    ) -> Result<HashMap<AlarmPrint, Alarm>, GatewayError> {
        let all = look.history.iter().chain(&look.summary);
        unusable(all.clone());
        let others: Vec<_> =
            all.filter_map(|e| print(notifier, e)).filter(|p| !active.contains_key(p)).collect();
        let mut known = active.clone();
        if !others.is_empty() {
            let stored = self.0.store.alarms().known(unit.id, &others).await?;
            known.extend(stored.into_iter().map(|alarm| (alarm.print(), alarm)));
        }
        Ok(known)
    }

    fn merged(
        &self,
        unit: &Unit,
        notifier: &DataPointName,
        known: &HashMap<AlarmPrint, Alarm>,
        look: &Look,
    ) -> Vec<Moved> {
        let clock = *unit.clock.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (inventory, now) = (unit.points(), now());
        let here = Circumstances { smartserver_id: unit.id, notifier, inventory: &inventory, clock, now };
        let mut moved = merge(known, look, &here);
        // A log that is looked through again may hold what was trimmed already.
        let retention =
            SignedDuration::try_from(self.0.settings.alarms.retention).unwrap_or(SignedDuration::MAX);
        let trimmed = |alarm: &Alarm| {
            alarm.state == AlarmState::Cleared
                && !known.contains_key(&alarm.print())
                && now.duration_since(alarm.raised_at) > retention
        };
        moved.retain(|moved| !trimmed(&moved.alarm));
        moved
    }

    async fn keep_alarms(&self, notifier: &StoredNotifier, moved: &[Moved]) -> Result<(), GatewayError> {
        let alarms: Vec<_> = moved.iter().map(|moved| moved.alarm.clone()).collect();
        match self.0.store.alarms().keep(notifier, &alarms).await {
            // It was removed meanwhile, and its alarms with it.
            Err(StoreError::NotFound(Missing::Reference)) => {
                Err(GatewayError::Unknown { what: Thing::SmartServer })
            }
            kept => Ok(kept?),
        }
    }

    /// Takes what is stored into memory, and tells listeners; of what a log that was never read before holds
    /// only what is active.
    fn tell(&self, unit: &Unit, book: &mut Book, moved: Vec<Moved>, with_past: bool) {
        for Moved { alarm, changes } in moved {
            book.take(alarm.clone());
            let is_news = with_past || alarm.state == AlarmState::Active;
            for change in changes.into_iter().filter(|_| is_news) {
                log(unit, &alarm, change);
                let alarm = Box::new(alarm.clone());
                self.publish(Event::Alarm { smartserver_id: unit.id, change, alarm });
            }
        }
        unit.alarms.note_active(book.all());
    }

    /// Keeps an alarm as an answer to what was asked of it says that it is.
    pub(super) async fn take_alarm(
        &self,
        unit: &Arc<Unit>,
        book: &mut Book,
        alarm: Alarm,
        change: AlarmChange,
    ) -> Result<(), GatewayError> {
        let place = book.notifiers.get(&alarm.notifier).map(|notifier| notifier.place.clone());
        let notifier = place.unwrap_or_default().stored(unit, &alarm.notifier);
        let moved = vec![Moved { alarm, changes: vec![change] }];
        self.keep_alarms(&notifier, &moved).await?;
        self.tell(unit, book, moved, true);
        Ok(())
    }
}

fn log(unit: &Unit, alarm: &Alarm, change: AlarmChange) {
    let info = unit.info();
    tracing::info!(smartserver = info.key, point = %alarm.point, condition = alarm.condition, ?change, "alarm");
}

/// Counts entries that name no data point.
fn unusable<'a>(entries: impl Iterator<Item = &'a AlarmEntry>) {
    let count = entries.filter(|entry| entry.name.parse::<DataPointName>().is_err()).count();
    if count > 0 {
        metrics::counter!("nocgate_alarm_entries_unusable_total").increment(count as u64);
    }
}
