use std::sync::Arc;

use jiff::Timestamp;

use super::super::super::applications::{Block, Input};
use super::super::super::network::Bus;
use super::super::super::plan::{Plan, PointConfig};
use super::super::super::point::FREE;
use super::super::super::unit::Unit;
use super::super::Past;

/// Ends of the names of what the second data logger logs: of each the first point that the building has.
const LOGGED: [&str; 12] = [
    "/nvoOutdoorTemp",
    "/nviMode",
    "/Fan[0]/nvoSpeed",
    "/Lamp[0]/nviLamp",
    "/nvoOccupancy",
    "/Thermostat/nviSetpoint",
    "/nvoCO2",
    "/nvoValve",
    "/Total/nvoPower",
    "/Total/nvoEnergy",
    "/Compressor[0]/nvoPower",
    "/Condenser[0]/nvoPress",
];
const TEMPERATURE: &str = "SNVT_temp_p";
const RETURN_AIR: &str = "Net/LON/AHU 1/Return Air[0]/nvoTemp";
const LIMIT: &str = "Net/LON/AHU 1/Return Air[0]/nviHighLimit";
const CONDENSER: &str = "Net/LON/Chiller/Condenser[0]/nvoPress";

/// Seconds between two entries of a point at least.
const EVERY: u32 = 900;
/// Entries of each log where nobody asks for another number.
const ENTRIES: usize = 2_000;

/// Two data loggers, one of the temperatures on LON and one of this and that; an alarm generator of the return
/// air, whose alarm waits for somebody, and an alarm notifier of that and of a pressure that comes and
/// goes by itself. What is about points that a small building does not have is left out.
pub(in super::super) fn applications(plan: &mut Plan, past: Past) {
    let is_logged = |p: &&PointConfig| p.bus == Bus::Lon && p.kind.name == TEMPERATURE;
    let temperatures = plan.points.iter().filter(is_logged).map(name).collect();
    let others = LOGGED.iter().filter_map(|end| plan.points.iter().find(|p| p.name.ends_with(end)).map(name));
    let others = others.collect();
    let loggers = [logger(0, "LT_CIRCULAR", temperatures, past), logger(1, "LT_HISTORICAL", others, past)];
    let alarms = [(generator(plan), 0), (notifier(plan), 0)];
    let blocks = loggers.into_iter().chain(alarms);
    plan.blocks.extend(blocks.filter_map(|(block, history)| Some((Arc::new(block?), history))));
}

/// Turns the limit of the return air down so far that it is too warm.
pub(in super::super) fn raise_alarm(unit: &mut Unit, at: Timestamp) {
    let Some(limit) = unit.find(LIMIT) else { return };
    let config = unit.config(limit);
    if let Some(value) = super::super::super::format::parse(config.shape(), "19.5", config.us) {
        // Nobody holds it yet.
        let _ = unit.write(limit, value, FREE, true, at);
        unit.watch(at);
    }
}

fn name(point: &PointConfig) -> String {
    point.name.clone()
}

fn block(name: &str, index: usize) -> String {
    format!("Net/LON/iLON App/{name}[{index}]")
}

fn logger(index: usize, log_type: &str, points: Vec<String>, past: Past) -> (Option<Block>, usize) {
    let entries = past.entries.unwrap_or_else(|| match past.days {
        0 => ENTRIES,
        // One round more, so that the first is not later than the days begin.
        days => (days * 86_400 / EVERY + 2) as usize * points.len(),
    });
    let names: Vec<&str> = points.iter().map(String::as_str).collect();
    let logger =
        || Block::data_logger(&block("Data Logger", index), log_type, 2 * entries, &names, f64::from(EVERY));
    (if names.is_empty() { None } else { logger() }, entries)
}

fn generator(plan: &Plan) -> Option<Block> {
    plan.point(RETURN_AIR).zip(plan.point(LIMIT))?;
    Block::alarm_generator(&block("Alarm Generator", 0), RETURN_AIR, "FN_GT", LIMIT)
}

fn notifier(plan: &Plan) -> Option<Block> {
    let all = [
        Input {
            point: RETURN_AIR,
            description: "Return air is too warm",
            ack_required: true,
            clear_required: false,
        },
        Input {
            point: CONDENSER,
            description: "Condenser pressure is too high",
            ack_required: false,
            clear_required: false,
        },
    ];
    let inputs: Vec<Input<'_>> = all.into_iter().filter(|input| plan.point(input.point).is_some()).collect();
    if inputs.is_empty() { None } else { Block::alarm_notifier(&block("Alarm Notifier", 0), &inputs) }
}
