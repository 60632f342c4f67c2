use std::sync::Arc;

use jiff::Timestamp;

use super::super::unit::Unit;
use super::record::Kept;

/// The SmartServer boots. Every point is free and waits for its first poll; an input begins at its
/// default output (manual 4-15); one with `UCPTpersist` has its last value. Commands under way are
/// forgotten. The header's last update is the boot time (manual 2-6).
pub(in super::super) fn restart(unit: &mut Unit, now: Timestamp) {
    (unit.booted, unit.configured) = (now, now);
    for device in &mut unit.network.devices {
        device.commands.clear();
    }
    for n in 0..unit.states.len() {
        restart_point(unit, n, now);
    }
}

fn restart_point(unit: &mut Unit, n: usize, now: Timestamp) {
    let config = unit.config(n);
    let persists = config.kept.as_ref().and_then(|kept| kept.record.text("UCPTpersist"));
    let persists = persists.as_deref() == Some("1");
    let (input, default) = (config.input, config.default.clone());
    let last = unit.states[n].server.clone();
    unit.forget(n);
    let state = &mut unit.states[n];
    state.priority = super::super::point::FREE;
    state.updated = now;
    if persists {
        state.server = last;
    } else if input {
        state.server = default;
    }
}

/// Somebody renames a point on the SmartServer's own pages. Whether it could be.
pub(super) fn rename_point(unit: &mut Unit, n: usize, name: &str, now: Timestamp) -> bool {
    let device = format!("{}/", unit.plan.devices[unit.config(n).device].name);
    if unit.find(name).is_some() || !name.starts_with(&device) {
        return false;
    }
    let mut config = unit.config(n).clone();
    name.clone_into(&mut config.name);
    if let Some(Kept { changed, .. }) = &mut config.kept {
        *changed = now;
    }
    Arc::make_mut(&mut unit.plan).put_point(n, config);
    unit.configured = now;
    true
}
