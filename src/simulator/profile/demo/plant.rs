use super::super::super::plan::PointDraft;
use super::super::super::signal::Signal;
use super::builder::{Builder, Presets, SWITCH};

const CAPACITY: Presets = &[("FULL", "100.000"), ("SHED", "60.000"), ("MINIMUM", "20.000")];
const MODE: Presets =
    &[("AUTO", "HVAC_AUTO"), ("HEAT", "HVAC_HEAT"), ("COOL", "HVAC_COOL"), ("OFF", "HVAC_OFF")];

/// The SmartServer's own device.
pub(super) fn smart_server(b: &mut Builder) {
    b.device("iLON App");
    b.input("Digital Output 1/nviClaValue_1", "SNVT_switch", "0.0 0", SWITCH, "Relay 1");
    let contact = Signal::Choice { texts: &["0.0 0", "100.0 1"], every: 1800.0 };
    b.output("Digital Input 1/nvoClsValue_1", "SNVT_switch", "Door contact", contact);
    b.output(
        "Pulse Counter 1/nvoCount",
        "SNVT_count_32",
        "Gas pulses",
        Signal::Rise { from: 5e5, per_hour: 36.0 },
    );
    b.input("VirtFb/nviSiteName", "SNVT_str_asc", "Main building", &[], "Name of the site");
    b.input("VirtFb/nviHoldTime", "SNVT_time_sec", "60.0", &[], "Minimum time between switchings");
    b.input("VirtFb/nviZones", "SNVT_state", "1 1 1 1 0 0 0 0 0 0 0 0 0 0 0 0", &[], "Zones in use");
}

pub(super) fn weather_station(b: &mut Builder) {
    b.device("Weather Station");
    let outdoor = || Signal::Daily { low: 6.0, high: 17.0, peak_hour: 15.0 };
    b.output("Outdoor[0]/nvoOutdoorTemp", "SNVT_temp_f", "Outdoor temperature", outdoor());
    b.output("Outdoor[0]/nvoOutdoorTempUS", "SNVT_temp_f#US", "Outdoor temperature, °F", outdoor());
    let daylight = Signal::Daily { low: 0.0, high: 42_000.0, peak_hour: 13.0 };
    b.output("Outdoor[0]/nvoDaylight", "SNVT_lux", "Daylight", daylight);
    let humidity = Signal::Daily { low: 45.0, high: 88.0, peak_hour: 5.0 };
    b.output("Outdoor[0]/nvoHumidity", "SNVT_lev_percent", "Relative humidity", humidity);
}

pub(super) fn air_handler(b: &mut Builder, n: usize) {
    b.device(format!("AHU {n}"));
    b.timed("Unit Control/nviMode", "SNVT_hvac_mode", ("HVAC_AUTO", "HVAC_OFF"), MODE, "Operating mode");
    b.input("Unit Control/nviFanLimit", "SNVT_lev_percent", "100.000", CAPACITY, "Highest fan speed");
    b.input(
        "Supply Air[0]/nviSetpoint",
        "SNVT_temp_p",
        "18.00",
        &[("COOL", "16.00"), ("SHED", "20.00")],
        "Supply air setpoint",
    );
    b.output(
        "Supply Air[0]/nvoTemp",
        "SNVT_temp_p",
        "Supply air temperature",
        Signal::Walk { low: 15.5, high: 19.5, step: 5400.0 },
    );
    b.output(
        "Supply Air[0]/nvoDuctPress",
        "SNVT_press_p",
        "Duct pressure",
        Signal::Wave { low: 210.0, high: 290.0, period: 1700.0 },
    );
    b.output(
        "Return Air[0]/nvoTemp",
        "SNVT_temp_p",
        "Return air temperature",
        Signal::Daily { low: 20.0, high: 25.0, peak_hour: 16.0 },
    );
    b.input("Return Air[0]/nviHighLimit", "SNVT_temp", "28.0", &[], "Return air is too warm above this");
    b.output("Fan[0]/nvoSpeed", "SNVT_lev_percent", "Fan speed", Signal::Busy { low: 15.0, high: 92.0 });
    b.output("Unit Control/nvoUnitStatus", "SNVT_hvac_status", "State of the unit", unit_status());
    b.output(
        "Unit Control/nvoEmergency",
        "SNVT_hvac_emerg",
        "Emergency mode",
        Signal::Choice { texts: &["EMERG_NORMAL"], every: 3600.0 },
    );
    b.input(
        "Unit Control/nciSetpoints",
        "SNVT_temp_setpt",
        "23.00 25.00 28.00 21.00 19.00 16.00",
        &[],
        "Setpoints",
    );
    b.output("Fan[0]/nvoRunHours", "SNVT_count", "Run hours", Signal::Rise { from: 2000.0, per_hour: 0.6 });
}

fn unit_status() -> Signal {
    let level = |low, high| Signal::Walk { low, high, step: 900.0 };
    Signal::Fields(vec![
        Signal::Choice { texts: &["HVAC_COOL", "HVAC_HEAT", "HVAC_FAN_ONLY"], every: 5400.0 },
        level(0.0, 60.0),
        level(0.0, 10.0),
        level(0.0, 80.0),
        level(10.0, 40.0),
        level(30.0, 95.0),
        Signal::Choice { texts: &["0"], every: 3600.0 },
    ])
}

pub(super) fn chiller(b: &mut Builder) {
    b.device("Chiller");
    b.input("Control/nviEnable", "SNVT_switch", "100.0 1", SWITCH, "Chiller enable");
    b.input("Control/nviCapacityLimit", "SNVT_lev_percent", "100.000", CAPACITY, "Highest capacity");
    b.output(
        "Evaporator[0]/nvoLeavingTemp",
        "SNVT_temp_p",
        "Chilled water, leaving",
        Signal::Walk { low: 6.0, high: 8.0, step: 900.0 },
    );
    b.output(
        "Evaporator[0]/nvoEnteringTemp",
        "SNVT_temp_p",
        "Chilled water, entering",
        Signal::Daily { low: 10.0, high: 14.5, peak_hour: 15.0 },
    );
    b.output(
        "Evaporator[0]/nvoFlow",
        "SNVT_flow",
        "Chilled water flow",
        Signal::Walk { low: 38.0, high: 46.0, step: 600.0 },
    );
    // A few times a week it is too high for an hour or two.
    let mut pressure = PointDraft::new("Condenser[0]/nvoPress", "SNVT_press");
    pressure.description = "Condenser pressure";
    pressure.signal = Signal::Walk { low: 820.0, high: 990.0, step: 10_800.0 };
    pressure.high_limit = Some(982.0);
    b.add(&pressure);
    b.output(
        "Compressor[0]/nvoPower",
        "SNVT_power_kilo",
        "Electric power",
        Signal::Busy { low: 18.0, high: 145.0 },
    );
    b.output("Compressor[0]/nvoStarts", "SNVT_count", "Starts", Signal::Rise { from: 800.0, per_hour: 0.25 });
}

/// The meter of a floor: its power follows the lamps that are on.
pub(super) fn meter(b: &mut Builder, n: usize, lamps: Vec<usize>) {
    b.device(format!("Meter {n}"));
    let base = Box::new(Signal::Busy { low: 900.0, high: 4200.0 });
    b.output(
        "Total/nvoPower",
        "SNVT_power_f",
        "Active power",
        Signal::Load { base, switches: lamps, each: 450.0 },
    );
    b.output("Total/nvoEnergy", "SNVT_elec_kwh_l", "Energy", Signal::Rise { from: 80_000.0, per_hour: 4.3 });
    b.output(
        "Total/nvoEnergyShort",
        "SNVT_elec_kwh",
        "Energy, short count",
        Signal::Rise { from: 100.0, per_hour: 4.3 },
    );
    b.output(
        "Total/nvoPowerFactor",
        "SNVT_pwr_fact",
        "Power factor",
        Signal::Walk { low: 0.88, high: 0.99, step: 900.0 },
    );
    b.output(
        "Total/nvoFrequency",
        "SNVT_freq_f",
        "Frequency",
        Signal::Walk { low: 49.95, high: 50.05, step: 60.0 },
    );
    for phase in 1..=3 {
        let (volt, amp) = (format!("L{phase}/nvoVolt"), format!("L{phase}/nvoAmp"));
        b.output(&volt, "SNVT_volt", "Voltage", Signal::Walk { low: 227.0, high: 234.0, step: 120.0 });
        b.output(&amp, "SNVT_amp", "Current", Signal::Busy { low: 2.0, high: 14.0 });
    }
    b.output(
        "Total/nvoDemand",
        "SNVT_power",
        "Demand of the last quarter",
        Signal::Busy { low: 900.0, high: 4600.0 },
    );
}
