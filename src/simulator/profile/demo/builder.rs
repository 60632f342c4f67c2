use super::super::super::network::Bus;
use super::super::super::plan::{Plan, PointDraft};
use super::super::super::signal::Signal;

pub(super) type Presets = &'static [(&'static str, &'static str)];

/// The presets that a SmartServer brings along for switches (manual A-6).
pub(super) const SWITCH: Presets = &[("OFF", "0.0 0"), ("ON", "100.0 1")];

/// Builds a plan up to a number of points.
pub(super) struct Builder {
    pub plan: Plan,
    limit: usize,
    next_device: Option<(Bus, String)>,
}

impl Builder {
    pub(super) fn new(limit: usize) -> Self {
        Builder { plan: Plan::default(), limit, next_device: None }
    }

    pub(super) fn has_room(&self) -> bool {
        self.plan.points.len() < self.limit
    }

    /// What follows belongs to this device.
    pub(super) fn device(&mut self, name: impl Into<String>) {
        self.next_device = Some((Bus::Lon, name.into()));
    }

    /// What follows belongs to this device of any network, which has its full name.
    pub(super) fn device_on(&mut self, bus: Bus, name: &str) {
        self.next_device = Some((bus, name.to_owned()));
    }

    /// A point whose device gives it by itself.
    pub(super) fn output(&mut self, path: &str, format: &str, description: &str, signal: Signal) {
        let mut draft = PointDraft::new(path, format);
        (draft.description, draft.signal) = (description, signal);
        draft.presets = if format == "SNVT_switch" { SWITCH } else { &[] };
        self.add(&draft);
    }

    /// A point that takes values, with its default and presets; its index, if there was room.
    pub(super) fn input(
        &mut self,
        path: &str,
        format: &str,
        default: &str,
        presets: Presets,
        description: &str,
    ) -> Option<usize> {
        let mut draft = PointDraft::new(path, format);
        (draft.description, draft.default, draft.presets) = (description, default, presets);
        self.add(&draft)
    }

    /// A point that takes values and is switched by a scheduler.
    pub(super) fn timed(
        &mut self,
        path: &str,
        format: &str,
        (open, closed): (&'static str, &'static str),
        presets: Presets,
        description: &str,
    ) -> Option<usize> {
        let mut draft = PointDraft::new(path, format);
        (draft.description, draft.default, draft.presets) = (description, open, presets);
        draft.signal = Signal::Timetable { open, closed };
        self.add(&draft)
    }

    pub(super) fn add(&mut self, draft: &PointDraft<'_>) -> Option<usize> {
        if !self.has_room() {
            return None;
        }
        match self.next_device.take() {
            Some((Bus::Lon, name)) => self.plan.add_device(&name),
            Some((bus, name)) => self.plan.add_device_on(bus, &name),
            None => 0,
        };
        let device = self.plan.devices.len().checked_sub(1)?;
        let point = draft.build(&self.plan, device);
        debug_assert!(point.is_some(), "{draft:?}");
        Some(self.plan.add_point(point?))
    }
}
