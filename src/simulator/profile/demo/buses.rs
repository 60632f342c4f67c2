use super::super::super::network::Bus;
use super::super::super::plan::PointDraft;
use super::super::super::signal::Signal;
use super::builder::{Builder, Presets};

const SEASON: Presets = &[("SUMMER", "OC_UNOCCUPIED"), ("WINTER", "OC_OCCUPIED")];

/// An electric meter on Modbus. Points without a functional block are in `VirtFb` (manual 4-13).
pub(super) fn modbus_meter(b: &mut Builder) {
    b.device_on(Bus::Modbus, "RNI/MODBUS/PM5500");
    for phase in 1..=3 {
        let (current, voltage) = (format!("VirtFb/Ph{phase}Current"), format!("VirtFb/Ph{phase}Voltage"));
        let load = Signal::Busy { low: 12.0, high: 85.0 };
        b.output(&current, "SNVT_amp_f", "Current of the main feed", load);
        let volts = Signal::Walk { low: 227.0, high: 234.0, step: 120.0 };
        b.output(&voltage, "SNVT_volt_f", "Voltage of the main feed", volts);
    }
    let power = Signal::Busy { low: 9000.0, high: 54_000.0 };
    b.output("VirtFb/ActivePower", "SNVT_power_f", "Power of the main feed", power);
    let energy = Signal::Rise { from: 3.1e6, per_hour: 28.0 };
    b.output("VirtFb/ActiveEnergy", "SNVT_elec_kwh_l", "Energy of the main feed", energy);
    let mut period = PointDraft::new("VirtFb/DemandPeriod", "SNVT_time_sec");
    (period.description, period.default, period.input) = ("Period of demand", "900.0", Some(true));
    b.add(&period);
}

/// A heat meter on M-Bus.
pub(super) fn heat_meter(b: &mut Builder) {
    b.device_on(Bus::Mbus, "RNI/MBUS/Heat Meter 1");
    let flow = Signal::Daily { low: 48.0, high: 71.0, peak_hour: 6.0 };
    b.output("VirtFb/FlowTemp", "SNVT_temp_p", "District heat, flow", flow);
    let back = Signal::Walk { low: 34.0, high: 42.0, step: 1800.0 };
    b.output("VirtFb/ReturnTemp", "SNVT_temp_p", "District heat, return", back);
    let heat = Signal::Rise { from: 120_000.0, per_hour: 31.0 };
    b.output("VirtFb/Energy", "SNVT_elec_kwh_l", "Heat used", heat);
    let volume = Signal::Walk { low: 0.2, high: 1.4, step: 900.0 };
    b.output("VirtFb/VolumeFlow", "SNVT_flow_f", "Volume flow", volume);
}

/// Values that stand in the SmartServer alone.
pub(super) fn virtual_device(b: &mut Builder) {
    b.device_on(Bus::Virtual, "Net/Virtual/Site");
    b.input("VirtFb/nviHeatingLimit", "SNVT_temp_p", "15.00", &[], "Heating stops above");
    b.input("VirtFb/nviSeason", "SNVT_occupancy", "OC_OCCUPIED", SEASON, "Winter or summer operation");
    let total = Signal::Busy { low: 11_000.0, high: 61_000.0 };
    b.output("VirtFb/nvoTotalPower", "SNVT_power_f", "Power of the whole site", total);
}
