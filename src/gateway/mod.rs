//! Every rule that is the gateway's own. `http` calls [`Gateway`] and nothing else.

mod access;
mod activity;
mod alarm_collector;
mod alarms;
mod asking;
mod backfill;
mod blocks;
mod breaker;
mod budget;
mod cache;
mod calls;
mod chat;
mod clock;
mod command_list;
mod commands;
mod config_change;
mod configuration;
mod connections;
mod console;
mod data_loggers;
mod demand;
mod desk;
mod device_commands;
mod device_fate;
mod device_follow;
mod devices;
mod earlier;
mod error;
mod events;
mod figures;
mod fleet;
mod fleet_alarms;
mod fleet_order;
mod fleet_summary;
mod freshness;
mod health;
mod history;
mod identities;
mod identity_test;
mod inbound;
mod inventory;
mod known_keys;
mod lane;
mod listing;
mod log_pages;
mod logs;
mod observe;
mod pace;
mod ping;
mod poll_groups;
mod poll_status;
mod polling;
mod presence;
mod probing;
mod pubsub;
mod pubsub_follow;
mod pubsub_items;
mod pushes;
mod ramp;
mod reads;
mod restarts;
mod saver;
mod selection;
mod settle;
mod smartserver_list;
mod smartservers;
mod stale_points;
mod streams;
mod traffic;
mod unknown_senders;
mod unsettled;
mod value_forms;
mod wishes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use cache::Cache;
use connections::Connections;
use demand::Demand;
use events::Events;
use fleet::Fleet;
use known_keys::KnownKeys;
use pace::Pace;
use pubsub::Pubsub;
use ramp::Ramps;
use saver::{Dirty, Saver};
use stale_points::StalePoints;
use streams::Recorder;
use unknown_senders::UnknownSenders;

use crate::domain::{HealthState, IdentityId};
use crate::store::{Store, StoreError};
use crate::xmpp::Resumable;

pub use crate::store::ApiKey;

pub use access::{Caller, NewApiKey, Replay, create_api_key};
pub use activity::ActivityFilter;
pub use alarm_collector::AlarmCollection;
pub use alarms::{AlarmOutcome, LoggedAlarm};
pub use blocks::Changed;
pub use chat::ChatAnswer;
pub use command_list::FleetCommandFilter;
pub use commands::{NewCommand, StartedCommand};
pub use config_change::{ConfigurationChange, ValueText};
pub use configuration::{Configuration, Configured, NewPoint};
pub use connections::SessionSettings;
pub use console::{ConsoleAnswer, Timing};
pub use data_loggers::{DataLogger, LoggedReading};
pub use demand::DemandGuard;
pub use device_commands::{NewDeviceCommand, StartedDeviceCommand};
pub use devices::{BusFilter, BusPlace};
pub use error::{GatewayError, Thing};
pub use events::{After, EventFilter, EventId, EventSettings, Listener, ReadingsOf, Told};
pub use fleet::{Inventory, Point, Unit};
pub use fleet_alarms::{AlarmOrder, FleetAlarmFilter, JudgedAlarm};
pub use fleet_order::{SmartServerOrder, SmartServerPlace, SmartServerSort, SortValue};
pub use fleet_summary::{FleetSummary, HealthCounts, SiteSummary};
pub use history::{HistoryAround, HistoryOf, HistorySettings, HistoryTarget};
pub use identities::NewIdentity;
pub use identity_test::{IdentityReport, StoredSecret};
pub use inventory::SyncReport;
pub use listing::{DataPointFilter, Page};
pub use logs::{LogCursor, LogEntries, LogPart, LogQuery, LoggedValue};
pub use ping::{Clocked, Disco, DiscoIdentity, Ping, Pinged};
pub use poll_groups::{NewPollGroup, PointRef, SelectedPoints};
pub use poll_status::PollStatus;
pub use pubsub::{NewPubsubSubscription, PubsubReport, PubsubState};
pub use reads::{ReadError, ReadOutcome};
pub use selection::{Selection, Target};
pub use smartserver_list::{SmartServerFilter, SmartServerList};
pub use smartservers::{NewSmartServer, SmartServerChange, TagChange};
pub use traffic::{
    Overheard, TrafficDirection, TrafficFilter, TrafficKind, TrafficLane, TrafficListener, TrafficMessage,
    TrafficOutcome,
};
pub use unknown_senders::{Approach, UnknownSender, UnknownSenderPlace};
pub use value_forms::{FieldForm, ValueForms};

pub use crate::smartserver::{AlarmAcknowledgement, AlarmEntry, AlarmKey};
pub use crate::smartserver::{
    BusKind, BusLevel, Difference, FieldUnit, FormattedText, NetworkInfo, PointItem, PointMember,
    PresetDefinition, RealTime, SystemEntry, SystemInfo, SystemSection, SystemTime, SystemValue,
};
pub use crate::xmpp::{TestOutcome, TestStep, Tested};

/// SmartServers of one identity that are probed at once.
const PROBES_AT_ONCE: usize = 16;
/// Inventories that are read at once by way of one identity, if nobody asked for them.
const INVENTORIES_AT_ONCE: usize = 32;

/// Time for what is left when the sessions have ended: all of it ends by itself then.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What the gateway's rules need to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Freshness asked for when a caller does not say.
    pub default_max_age: Duration,
    /// Time a call to a SmartServer may take, waiting included, when a caller does not say.
    pub deadline: Duration,
    /// Requests in flight per SmartServer.
    pub in_flight: usize,
    /// Calls that may wait per SmartServer.
    pub queue: usize,
    /// Data points per message.
    pub batch_items: usize,
    /// Data points per SmartServer and minute that devices may be polled for at a caller's wish.
    pub forced_polls_per_minute: u32,
    /// Longest pause between two probes of a SmartServer that does not answer.
    pub probe_max: Duration,
    /// Pause between two writes of latest readings to the database.
    pub save_interval: Duration,
    /// What is remembered.
    pub history: HistorySettings,
    /// Sessions.
    pub session: SessionSettings,
    /// Events.
    pub events: EventSettings,
    /// Alarms of the fleet.
    pub alarms: AlarmSettings,
}

/// Settings of the collector of alarms.
#[derive(Debug, Clone)]
pub struct AlarmSettings {
    /// How often each alarm notifier is asked; zero: never.
    pub poll_interval: Duration,
    /// How long alarms are kept after they were cleared.
    pub retention: Duration,
}

/// The gateway: cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    store: Store,
    fleet: Fleet,
    cache: Cache,
    known_keys: KnownKeys,
    dirty: Arc<Dirty>,
    history: Arc<history::Recorder>,
    connections: Connections,
    /// Probes of SmartServers that do not answer.
    probes: Pace,
    /// Inventories that are read in the background.
    inventories: Pace,
    /// Calls when a session comes back.
    ramps: Ramps,
    demand: Demand,
    events: Arc<Events>,
    event_tasks: Mutex<Option<events::Tasks>>,
    /// Places for those who listen to the messages of a SmartServer.
    traffic: traffic::Places,
    identity_tests: identity_test::Places,
    unknown_senders: UnknownSenders,
    stale_points: StalePoints,
    pubsub: Pubsub,
    /// Commands under way.
    commands: TaskTracker,
    /// Everything else that goes on by itself.
    tasks: TaskTracker,
    shutdown: CancellationToken,
    saver: Mutex<Option<Saver>>,
    /// Rung when a gap in the history was opened that is to be filled.
    backfill_bell: Notify,
    /// Rung when an identity's stream begins or ends.
    stream_began: Notify,
    recorder: Mutex<Option<Recorder>>,
}

impl Gateway {
    /// Restores what the database holds, settles what a crash left open, and starts the sessions.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn start(settings: Settings, store: Store) -> Result<Gateway, StoreError> {
        let events = Events::load(settings.events.clone(), &store).await?;
        let gateway = Gateway(Arc::new(Inner {
            fleet: Fleet::default(),
            cache: Cache::new(),
            known_keys: KnownKeys::default(),
            dirty: Arc::default(),
            history: Arc::new(history::Recorder::new(&settings.history)),
            connections: Connections::new(settings.session.clone()),
            probes: Pace::new(PROBES_AT_ONCE),
            inventories: Pace::new(INVENTORIES_AT_ONCE),
            ramps: Ramps::default(),
            demand: Demand::default(),
            events,
            event_tasks: Mutex::default(),
            traffic: traffic::Places::default(),
            identity_tests: identity_test::Places::default(),
            unknown_senders: UnknownSenders::default(),
            stale_points: StalePoints::default(),
            pubsub: Pubsub::default(),
            commands: TaskTracker::new(),
            tasks: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            saver: Mutex::default(),
            backfill_bell: Notify::new(),
            stream_began: Notify::new(),
            recorder: Mutex::default(),
            settings,
            store,
        }));
        gateway.start_events();
        let sent = gateway.settle_unsent().await?;
        gateway.restore_fleet().await?;
        let seen_before = gateway.seen_before();
        gateway.restore_poll_groups().await?;
        gateway.restore_alarms().await?;
        gateway.start_saver();
        gateway.start_history();
        let streams = gateway.go_on(sent).await?;
        gateway.restore_pubsub().await?;
        gateway.go_on_with_devices().await?;
        gateway.start_recorder(streams);
        gateway.start_backfill(seen_before);
        gateway.start_polling();
        gateway.start_alarm_collector();
        gateway.0.tasks.spawn(gateway.clone().watch_degraded());
        Ok(gateway)
    }

    /// Stops in order: takes no more commands, waits for those under way until `deadline`, ends the
    /// sessions (a command that still waits ends `unknown`), saves what is unsaved.
    pub async fn stop(&self, deadline: Instant) {
        let inner = &self.0;
        inner.shutdown.cancel();
        inner.commands.close();
        if timeout_at(deadline, inner.commands.wait()).await.is_err() {
            tracing::warn!(commands = inner.commands.len(), "stopped before these had their outcome");
        }
        join_all(inner.connections.all().iter().map(|connection| connection.client.stop())).await;
        let recorder = inner.recorder.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(recorder) = recorder {
            recorder.stop().await;
        }
        inner.tasks.close();
        let rest = async { tokio::join!(inner.commands.wait(), inner.tasks.wait()) };
        if tokio::time::timeout(LAST_WORDS, rest).await.is_err() {
            tracing::warn!("stopped with calls still running; they are settled at the next start");
        }
        let saver = inner.saver.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(saver) = saver {
            saver.stop().await;
        }
        inner.history.stop().await;
        self.stop_events().await;
        inner.store.close().await;
    }

    /// Runs work to its end, also when whoever waits for it goes away; `None` if it panicked.
    pub async fn see_through<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let done = self.0.tasks.spawn(work).await;
        done.inspect_err(|error| tracing::error!(%error, "a task of the gateway failed")).ok()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// `Store` when it does not.
    pub async fn ready(&self) -> Result<(), GatewayError> {
        Ok(self.0.store.ping().await?)
    }

    /// Brings those metrics up to date that are states, not counts; those of sessions are made from
    /// [`Gateway::sessions`].
    pub fn record_gauges(&self) {
        self.record_history_gauges();
        metrics::gauge!("nocgate_poll_groups").set(self.0.demand.enabled() as f64);
        metrics::gauge!("nocgate_poll_demand_data_points").set(self.polled_points() as f64);
        self.0.events.record_gauges();
        let (units, glance) = (self.0.fleet.units_from(std::ops::Bound::Unbounded), self.glance());
        for state in
            [HealthState::Online, HealthState::Degraded, HealthState::Offline, HealthState::NeverSeen]
        {
            let count = units.iter().filter(|unit| glance.state(unit) == state).count();
            metrics::gauge!("nocgate_smartservers", "state" => format!("{state:?}").to_lowercase())
                .set(count as f64);
        }
        let (acknowledged, open) = self.count_alarms(&units);
        metrics::gauge!("nocgate_alarms_active", "acknowledged" => "true").set(acknowledged as f64);
        metrics::gauge!("nocgate_alarms_active", "acknowledged" => "false").set(open as f64);
    }

    fn deadline(&self, timeout: Option<Duration>) -> Instant {
        Instant::now() + timeout.unwrap_or(self.0.settings.deadline)
    }

    fn start_recorder(&self, known: HashMap<IdentityId, Resumable>) {
        let recorder = Recorder::start(self.clone(), known);
        *self.0.recorder.lock().unwrap_or_else(PoisonError::into_inner) = Some(recorder);
    }

    fn start_saver(&self) {
        let inner = &self.0;
        let saver = Saver::start(Arc::clone(&inner.dirty), inner.store.clone(), inner.settings.save_interval);
        *inner.saver.lock().unwrap_or_else(PoisonError::into_inner) = Some(saver);
    }
}
