use std::collections::HashSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::applications::Application;
use super::hours;
use super::mac::Mac;
use super::network::{Device, Network};
use super::plan::{Plan, PointConfig, PointDraft};
use super::point::{FREE, PointState};
use super::shape::Shape;
use super::signal::{Moment, Signal, mix, seed_of, sequence_value};
use super::value::Value;

/// State of one simulated SmartServer with the devices behind it. Knows no clock and no network.
#[derive(Debug)]
pub(super) struct Unit {
    pub mac: Mac,
    pub plan: Arc<Plan>,
    pub states: Vec<PointState>,
    /// Devices that do not answer on their channel.
    pub unreachable: HashSet<usize>,
    pub seed: u64,
    /// Seconds that local time is ahead of UTC.
    pub utc_offset: i32,
    /// Last change of the configuration.
    pub configured: Timestamp,
    pub booted: Timestamp,
    /// How often a device was asked for a value.
    pub polls: u64,
    /// How often a device was sent a value.
    pub network_updates: u64,
    pub network: Network,
    /// How often more was asked for at once than the manual advises.
    pub over_limit: u64,
    /// Data loggers, alarm generators and alarm notifiers.
    pub applications: Vec<Application>,
}

/// The point is held by somebody stronger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held;

/// Minutes for which the first of them has been up when it is made.
const UP_IN_MINUTES: i64 = 600;

const OFFSETS_IN_HOURS: [i32; 4] = [1, 2, 0, -5];

impl Unit {
    pub(super) fn new(mac: Mac, plan: Arc<Plan>, seed: u64, now: Timestamp) -> Self {
        let seed = unit_seed(seed, mac);
        let devices = plan.devices.iter().enumerate();
        let devices = devices.map(|(n, config)| Device::new(config, n, seed, now)).collect();
        let states = plan.points.iter().map(|config| PointState::new(config, now)).collect();
        let up = SignedDuration::from_mins(UP_IN_MINUTES + i64::from(mac.last_byte()));
        let booted = now.checked_sub(up).unwrap_or(now);
        let mut unit = Unit {
            mac,
            plan,
            states,
            unreachable: HashSet::new(),
            seed,
            utc_offset: 3600 * OFFSETS_IN_HOURS[usize::from(mac.last_byte()) % OFFSETS_IN_HOURS.len()],
            configured: booted,
            booted,
            polls: 0,
            network_updates: 0,
            network: Network { since: now, devices },
            over_limit: 0,
            applications: Vec::new(),
        };
        (0..unit.states.len()).for_each(|n| unit.hear(n, now));
        unit.start_applications(now);
        unit
    }

    /// Address of its interface, of a range kept for documents.
    pub(super) fn ip_address(&self) -> String {
        format!("192.0.2.{}", self.mac.last_byte())
    }

    /// Index of a configured point.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.plan.point(name).filter(|n| !self.states[*n].removed)
    }

    /// Indices of all configured points.
    pub(super) fn all(&self) -> Vec<usize> {
        (0..self.states.len()).filter(|n| !self.states[*n].removed).collect()
    }

    pub(super) fn config(&self, n: usize) -> &PointConfig {
        &self.plan.points[n]
    }

    /// Whether the point's device answers, and its application runs.
    pub(super) fn is_reachable(&self, n: usize) -> bool {
        let device = self.config(n).device;
        !self.unreachable.contains(&device) && self.network.devices[device].is_online()
    }

    /// Brings the data server's copy up to date with what the device has sent by itself, then
    /// polls the device if the copy is older than `max_age` seconds; 0 always polls and `None`
    /// never does (manual 4-14).
    pub(super) fn read(&mut self, n: usize, max_age: Option<f64>, now: Timestamp) {
        self.catch_up(n, now);
        let age = now.duration_since(self.states[n].updated).as_secs_f64();
        if max_age.is_some_and(|max_age| max_age <= 0.0 || age > max_age || !self.states[n].polled) {
            self.poll(n, now);
        }
        if !self.applications.is_empty() {
            self.watch_point(n, now);
        }
    }

    /// A write as the data server takes it (manual 4-16). Without `propagate` the device is not
    /// told yet.
    pub(super) fn write(
        &mut self,
        n: usize,
        value: Value,
        priority: u8,
        propagate: bool,
        now: Timestamp,
    ) -> Result<(), Held> {
        if !self.states[n].yields_to(priority) {
            return Err(Held);
        }
        self.before_change(n, now);
        let tells_device = propagate && self.plan.points[n].input && self.is_reachable(n);
        let state = &mut self.states[n];
        state.server = value;
        state.priority = priority;
        state.updated = now;
        state.polled = true;
        if tells_device {
            state.device = state.server.clone();
            state.written = Some(now);
            self.network_updates += 1;
        }
        self.after_change(n, now);
        Ok(())
    }

    /// Frees the priority and leaves the value (manual 4-17).
    pub(super) fn reset(&mut self, n: usize, priority: u8) -> Result<(), Held> {
        if !self.states[n].yields_to(priority) {
            return Err(Held);
        }
        self.states[n].priority = FREE;
        Ok(())
    }

    /// `UCPTpointStatus` of a point.
    pub(super) fn status(&self, n: usize) -> &str {
        let (config, state) = (self.config(n), &self.states[n]);
        let number = config.shape().number(&state.server);
        if !self.is_reachable(n) {
            return "AL_OFFLINE";
        }
        if let Some(status) = &state.status {
            return status;
        }
        if let Some(found) = self.generated(n) {
            return found;
        }
        if config.high_limit.zip(number).is_some_and(|(limit, number)| number > limit) {
            return "AL_HIGH_LMT_ALM_1";
        }
        // Most healthy points of units in use show the first.
        if n % 4 < 3 || !state.polled { "AL_NUL" } else { "AL_NO_CONDITION" }
    }

    /// Sets what the device has, as if somebody had turned a knob there.
    pub(super) fn set_device_value(&mut self, n: usize, value: Value, now: Timestamp) {
        self.before_change(n, now);
        let input = self.config(n).input;
        let state = &mut self.states[n];
        (state.device, state.pinned) = (value.clone(), true);
        state.heard(value, now, input);
        self.after_change(n, now);
    }

    /// The next value of a deterministic point arrives unasked.
    pub(super) fn advance(&mut self, n: usize, now: Timestamp) {
        if self.is_deterministic(n) {
            self.states[n].sequence += 1;
            self.hear(n, now);
        }
    }

    /// Makes a point look as before its first poll.
    pub(super) fn forget(&mut self, n: usize) {
        self.states[n].server = self.config(n).shape().before_first_poll();
        self.states[n].polled = false;
    }

    /// Adds a point to a device that exists: `Net/LON/AHU 1/Block[0]/nvoNew`. Whether it could be.
    pub(super) fn add_point(&mut self, name: &str, format: &str, now: Timestamp) -> bool {
        let of =
            |d: &super::plan::DeviceConfig| name.strip_prefix(&format!("{}/", d.name)).map(str::to_owned);
        let found = self.plan.devices.iter().enumerate().find_map(|(n, d)| Some((n, of(d)?)));
        let Some((device, path)) = found.filter(|_| self.find(name).is_none()) else { return false };
        let Some(point) = PointDraft::new(&path, format).build(&self.plan, device) else { return false };
        self.states.push(PointState::new(&point, now));
        Arc::make_mut(&mut self.plan).add_point(point);
        self.configured = now;
        true
    }

    fn is_deterministic(&self, n: usize) -> bool {
        matches!(self.config(n).signal, Signal::Sequence) && !self.config(n).input && !self.states[n].pinned
    }

    fn poll(&mut self, n: usize, now: Timestamp) {
        self.polls += 1;
        if !self.is_reachable(n) {
            let device = self.config(n).device;
            self.network.devices[device].timeouts += 1;
            return;
        }
        if self.is_deterministic(n) {
            self.states[n].sequence += 1;
        }
        self.hear(n, now);
    }

    fn hear(&mut self, n: usize, at: Timestamp) {
        let value = self.device_value(n, at);
        let input = self.config(n).input;
        self.states[n].heard(value, at, input);
        if self.config(n).signal.beat().is_none() {
            self.after_change(n, at);
        }
    }

    /// Devices send moving values by themselves, each at its own beat.
    pub(super) fn catch_up(&mut self, n: usize, now: Timestamp) {
        let Some(beat) = self.config(n).signal.beat() else { return };
        let phase = i64::try_from(n).unwrap_or(0) * 137 % beat;
        let last = (now.as_millisecond() - phase).div_euclid(beat) * beat + phase;
        let last = Timestamp::from_millisecond(last).unwrap_or(now);
        let state = &self.states[n];
        let sends = !self.config(n).input || self.scheduled(n, last).is_some();
        if sends && state.polled && last > state.updated && self.is_reachable(n) {
            self.hear(n, last);
        }
    }

    /// What the device of a point has.
    pub(super) fn device_value(&self, n: usize, at: Timestamp) -> Value {
        let (config, state) = (self.config(n), &self.states[n]);
        if config.input || state.pinned {
            return self.scheduled(n, at).unwrap_or_else(|| state.device.clone());
        }
        let seed = point_seed(self.seed, &config.name);
        match &config.signal {
            Signal::Still => state.device.clone(),
            Signal::Sequence => sequence_value(config.shape(), seed, state.sequence),
            Signal::Echo(other) => self.device_value(*other, at),
            Signal::Load { base, switches, each } => {
                let base = base.number(self.moment(seed, at)).unwrap_or(0.0);
                let on: f64 = switches.iter().map(|other| self.level(*other, at)).sum();
                config.shape().nearest_value(base + each * on)
            }
            signal => {
                signal.at(config.shape(), self.moment(seed, at)).unwrap_or_else(|| state.device.clone())
            }
        }
    }

    /// What the timetable of an input has set, unless somebody has written since or holds the point.
    fn scheduled(&self, n: usize, at: Timestamp) -> Option<Value> {
        let (config, state) = (self.config(n), &self.states[n]);
        if !matches!(config.signal, Signal::Timetable { .. }) || state.pinned {
            return None;
        }
        let moment = self.moment(point_seed(self.seed, &config.name), at);
        let set_for = moment.seconds - hours::now(moment).since;
        let written = state.written.map(|written| at.duration_since(written).as_secs_f64());
        let is_over = written.is_none_or(|age| age < 0.0 || age > set_for && state.priority == FREE);
        if is_over { config.signal.at(config.shape(), moment) } else { None }
    }

    /// How far a switch is on, 0..1.
    fn level(&self, n: usize, at: Timestamp) -> f64 {
        let (Shape::Structure(fields), Value::Fields(values)) =
            (self.config(n).shape(), self.device_value(n, at))
        else {
            return 0.0;
        };
        match (fields.first(), values.as_slice()) {
            (Some(level), [value, Value::Raw(1)]) => level.shape.number(value).unwrap_or(0.0) / 100.0,
            _ => 0.0,
        }
    }

    fn moment(&self, seed: u64, at: Timestamp) -> Moment {
        Moment { seconds: at.as_millisecond() as f64 / 1000.0 + f64::from(self.utc_offset), seed }
    }
}

/// Seed of a SmartServer in a fleet.
pub(super) fn unit_seed(fleet: u64, mac: Mac) -> u64 {
    mix(fleet, seed_of(&mac.to_string()))
}

/// Seed of a point in a SmartServer.
pub(super) fn point_seed(unit: u64, name: &str) -> u64 {
    mix(unit, seed_of(name))
}
