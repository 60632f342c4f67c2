use std::sync::Arc;

use super::super::super::applications::{Block, Input};
use super::super::super::plan::Plan;

const CLIMATE: [&str; 4] = [
    "AHU 1/Supply Air[0]/nvoTemp",
    "AHU 1/Return Air[0]/nvoTemp",
    "AHU 1/Fan[0]/nvoSpeed",
    "AHU 1/Supply Air[0]/nviSetpoint",
];
const METER: [&str; 2] = ["Meter 1/Total/nvoPower", "Meter 1/Total/nvoEnergy"];
const RETURN_AIR: &str = "AHU 1/Return Air[0]/nvoTemp";
const SETPOINT: &str = "AHU 1/Supply Air[0]/nviSetpoint";
const CHILLED_WATER: &str = "Chiller/Evaporator[0]/nvoEnteringTemp";
const CONTACT: &str = "iLON App/Digital Input 1/nvoClsValue_1";

/// Seconds between two entries of a point at least.
const CLIMATE_EVERY: f64 = 300.0;
const METER_EVERY: f64 = 900.0;

/// Two data loggers, and an alarm generator and an alarm notifier with an active alarm: the return
/// air is always warmer than the supply air should be. What is about points that a small building
/// does not have is left out.
pub(in super::super) fn applications(plan: &mut Plan, log_entries: usize) {
    let capacity = log_entries + log_entries / 4;
    let climate = logger(plan, 0, "LT_CIRCULAR", (&CLIMATE, CLIMATE_EVERY), capacity);
    let meter = logger(plan, 1, "LT_HISTORICAL", (&METER, METER_EVERY), capacity);
    let (generator, notifier) = (generator(plan), notifier(plan));
    let blocks = [(climate, log_entries), (meter, log_entries), (generator, 0), (notifier, 0)].into_iter();
    plan.blocks.extend(blocks.filter_map(|(block, history)| Some((Arc::new(block?), history))));
}

fn block(name: &str, index: usize) -> String {
    format!("Net/LON/iLON App/{name}[{index}]")
}

/// The full name, if the building has the point.
fn known(plan: &Plan, path: &str) -> Option<String> {
    Some(format!("Net/LON/{path}")).filter(|name| plan.point(name).is_some())
}

fn logger(
    plan: &Plan,
    index: usize,
    log_type: &str,
    (paths, every): (&[&str], f64),
    capacity: usize,
) -> Option<Block> {
    let names: Vec<String> = paths.iter().filter_map(|path| known(plan, path)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let logger = || Block::data_logger(&block("Data Logger", index), log_type, capacity, &names, every);
    if names.is_empty() { None } else { logger() }
}

fn generator(plan: &Plan) -> Option<Block> {
    let (input, compare) = (known(plan, RETURN_AIR)?, known(plan, SETPOINT)?);
    Block::alarm_generator(&block("Alarm Generator", 0), &input, "FN_GT", &compare)
}

fn notifier(plan: &Plan) -> Option<Block> {
    let names = [RETURN_AIR, CHILLED_WATER, CONTACT].map(|path| known(plan, path));
    let about = [
        ("Return air is warmer than the setpoint", false),
        ("Chilled water is too warm", false),
        ("Door", true),
    ];
    let inputs: Vec<Input<'_>> = names
        .iter()
        .zip(about)
        .filter_map(|(point, (description, clear_required))| {
            Some(Input { point: point.as_deref()?, description, ack_required: true, clear_required })
        })
        .collect();
    if inputs.is_empty() { None } else { Block::alarm_notifier(&block("Alarm Notifier", 0), &inputs) }
}
