use jiff::Timestamp;

use super::plan::PointConfig;
use super::value::Value;

/// Weakest priority: nobody holds the point.
pub(super) const FREE: u8 = 255;

/// What the data server and the field device hold of one point.
#[derive(Debug, Clone)]
pub(super) struct PointState {
    /// The data server's copy.
    pub server: Value,
    /// When the copy was made.
    pub updated: Timestamp,
    pub priority: u8,
    /// The device's own value: of an input what it was sent, of an output what was set by hand.
    pub device: Value,
    /// The device's value was set by hand and no longer follows its signal.
    pub pinned: bool,
    /// When the device was last sent a value: until the next switching time of the point's
    /// timetable it keeps it.
    pub written: Option<Timestamp>,
    /// How often a deterministic value changed.
    pub sequence: u64,
    /// Ever heard from.
    pub polled: bool,
    /// Status set by hand.
    pub status: Option<String>,
    /// Taken out of the configuration.
    pub removed: bool,
}

impl PointState {
    pub(super) fn new(config: &PointConfig, now: Timestamp) -> Self {
        PointState {
            server: config.default.clone(),
            updated: now,
            priority: FREE,
            device: config.default.clone(),
            pinned: false,
            written: None,
            sequence: 0,
            polled: true,
            status: None,
            removed: false,
        }
    }

    /// The data server hears a value from the device. A point that somebody holds keeps the
    /// holder's value: what comes from the network has the weakest priority.
    pub(super) fn heard(&mut self, value: Value, at: Timestamp, input: bool) {
        self.polled = true;
        self.updated = at;
        if input || self.priority == FREE {
            self.server = value;
        }
    }

    /// Whether a writer or a reset of this priority may act (manual 4-16, 4-17).
    pub(super) fn yields_to(&self, priority: u8) -> bool {
        priority <= self.priority
    }
}
