use super::super::super::signal::Signal;
use super::builder::{Builder, Presets, SWITCH};

const DIM: Presets =
    &[("FULL", "SET_STATE 100.0 0.00"), ("SHED", "SET_STATE 40.0 0.00"), ("OFF", "SET_OFF 0.0 0.00")];
const SCENE: Presets = &[("WORK", "SC_RECALL 1"), ("CLEANING", "SC_RECALL 2"), ("NIGHT", "SC_RECALL 3")];
const SETPOINT: Presets = &[("COMFORT", "21.5"), ("SHED", "24"), ("SETBACK", "16")];
const OCCUPANCY: Presets =
    &[("OCCUPIED", "OC_OCCUPIED"), ("STANDBY", "OC_STANDBY"), ("UNOCCUPIED", "OC_UNOCCUPIED")];

/// The lamps of a floor; returns the points that switch them.
pub(super) fn lighting(b: &mut Builder, floor: usize) -> Vec<usize> {
    b.device(format!("Lighting Floor {floor}"));
    let mut lamps = Vec::new();
    for n in 0..4 {
        let lamp = format!("Lamp[{n}]/nviLamp");
        let lamp = b.timed(&lamp, "SNVT_switch", ("100.0 1", "0.0 0"), SWITCH, "Row of lamps");
        let Some(lamp) = lamp else { break };
        b.output(&format!("Lamp[{n}]/nvoLampFb"), "SNVT_switch", "State of the lamps", Signal::Echo(lamp));
        lamps.push(lamp);
    }
    b.input("Dimmer[0]/nviSetting", "SNVT_setting", "SET_STATE 100.0 0.00", DIM, "Dimming level");
    b.input("Scene Controller/nviScene", "SNVT_scene", "SC_RECALL 1", SCENE, "Scene");
    let illumination = Signal::Busy { low: 10.0, high: 620.0 };
    b.output("Sensor[0]/nvoLux", "SNVT_lux", "Illumination", illumination);
    let people = Signal::Choice { texts: &["OC_OCCUPIED", "OC_UNOCCUPIED", "OC_STANDBY"], every: 2700.0 };
    b.output("Sensor[0]/nvoOccupancy", "SNVT_occupancy", "Occupancy", people);
    lamps
}

pub(super) fn room(b: &mut Builder, name: &str) {
    b.device(name);
    let space = Signal::Daily { low: 20.5, high: 23.5, peak_hour: 15.5 };
    b.output("Thermostat/nvoSpaceTemp", "SNVT_temp_p", "Room temperature", space);
    b.timed("Thermostat/nviSetpoint", "SNVT_temp_f", ("21.5", "16"), SETPOINT, "Room setpoint");
    let times = ("OC_OCCUPIED", "OC_UNOCCUPIED");
    b.timed("Thermostat/nviOccupancy", "SNVT_occupancy", times, OCCUPANCY, "Occupancy command");
    let air = Signal::Busy { low: 410.0, high: 1050.0 };
    b.output("Air Quality[0]/nvoCO2", "SNVT_ppm", "Carbon dioxide", air);
    let valve = Signal::Daily { low: 0.0, high: 84.0, peak_hour: 6.5 };
    b.output("Thermostat/nvoValve", "SNVT_lev_percent", "Heating valve", valve);
    let surface = Signal::Wave { low: 20.0, high: 21.0, period: 9000.0 };
    b.output("Thermostat/nvoFloorTemp", "SNVT_temp", "Floor temperature", surface);
}
