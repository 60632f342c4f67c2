use jiff::Timestamp;

use super::super::behaviour::Behaviour;
use super::super::engine::stamp;
use super::super::unit::Unit;
use super::super::wire::{element, leaf};
use crate::xml::Element;

/// `messageProperties` (manual 2-4, 2-6) of a message about a request received and answered at
/// these times. The last update of the configuration is in UTC, as in the manual's samples, or local,
/// as its text says.
pub(in super::super) fn properties(
    unit: &Unit,
    behaviour: &Behaviour,
    (received, answered): (Timestamp, Timestamp),
) -> Element {
    let took = answered.duration_since(received).as_millis().max(0);
    element("messageProperties").with_children([
        leaf("UCPTtimeStamp", stamp(answered, behaviour.clock_error, unit.utc_offset)),
        leaf("UCPTuniqueId", unit.mac.unique_id()),
        leaf("UCPTipAddress", unit.ip_address()),
        leaf("UCPTport", "80"),
        leaf("UCPTlastUpdate", last_update(unit, behaviour)),
        leaf("UCPTprocessingTime", took.to_string()),
    ])
}

fn last_update(unit: &Unit, behaviour: &Behaviour) -> String {
    if behaviour.local_last_update {
        return stamp(unit.configured, behaviour.clock_error, unit.utc_offset);
    }
    let updated = unit.configured.checked_add(behaviour.clock_error).unwrap_or(unit.configured);
    updated.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
