/// Types whose values are typed: those of which both the fields and the text form are sure. All
/// others travel as text.
pub(super) const TYPED: &[&str] = &[
    "SNVT_amp",
    "SNVT_amp_ac",
    "SNVT_amp_f",
    "SNVT_amp_mil",
    "SNVT_count",
    "SNVT_count_32",
    "SNVT_count_f",
    "SNVT_count_inc",
    "SNVT_elec_kwh",
    "SNVT_elec_kwh_l",
    "SNVT_elec_whr",
    "SNVT_elec_whr_f",
    "SNVT_flow",
    "SNVT_freq_f",
    "SNVT_freq_hz",
    "SNVT_hvac_emerg",
    "SNVT_hvac_mode",
    "SNVT_hvac_status",
    "SNVT_lev_cont",
    "SNVT_lev_disc",
    "SNVT_lev_percent",
    "SNVT_lux",
    "SNVT_occupancy",
    "SNVT_power",
    "SNVT_power_f",
    "SNVT_power_kilo",
    "SNVT_ppm",
    "SNVT_press",
    "SNVT_press_p",
    "SNVT_pwr_fact",
    "SNVT_scene",
    "SNVT_setting",
    "SNVT_switch",
    "SNVT_temp",
    "SNVT_temp_diff_p",
    "SNVT_temp_f",
    "SNVT_temp_p",
    "SNVT_temp_setpt",
    "SNVT_time_sec",
    "SNVT_volt",
    "SNVT_volt_ac",
    "SNVT_volt_f",
];

/// Types that are text by nature, or whose text form is not known, with the most characters they
/// hold. Their blanks belong to the value.
pub(super) const TEXT: &[(&str, Option<usize>)] = &[
    ("SNVT_str_asc", Some(30)),
    ("SNVT_alarm", None),
    ("SNVT_date_event", None),
    ("SNVT_elapsed_tm", None),
    ("SNVT_obj_status", None),
    ("SNVT_state", None),
    ("SNVT_time_stamp", None),
];

/// What the catalogue says otherwise of a number than better sources do.
pub(super) struct Correction {
    /// Type, and field of a structure.
    pub(super) of: (&'static str, Option<&'static str>),
    /// Range without invalid values.
    pub(super) range: Option<(f64, f64)>,
    /// Values that mean invalid.
    pub(super) invalid: Option<&'static [f64]>,
    /// Unit.
    pub(super) unit: Option<&'static str>,
}

impl Correction {
    const fn of(name: &'static str, field: Option<&'static str>) -> Correction {
        Correction { of: (name, field), range: None, invalid: None, unit: None }
    }
}

pub(super) const CORRECTIONS: &[Correction] = &[
    // The catalogue's range, 0 to 3813.5, does not fit its own scale and offset.
    Correction { range: Some((-274.0, 6279.5)), ..Correction::of("SNVT_temp", None) },
    // The catalogue rounds to six digits.
    Correction { range: Some((-214_748_364.6, 214_748_364.6)), ..Correction::of("SNVT_elec_kwh_l", None) },
    // The catalogue's -1.6339 looks like a slip for the largest raw value, 1.63835: both are taken.
    Correction { invalid: Some(&[-1.6339, 1.63835]), ..Correction::of("SNVT_pwr_fact", None) },
    // The catalogue has no unit.
    Correction { unit: Some("units (delta)"), ..Correction::of("SNVT_count_inc", None) },
    Correction { unit: Some("% of full level"), ..Correction::of("SNVT_setting", Some("setting")) },
];
