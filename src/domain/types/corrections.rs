/// What the catalogue says otherwise of a member than better sources do, or does not say.
pub(super) struct Correction {
    /// Type, and field of a structure.
    pub(super) of: (&'static str, Option<&'static str>),
    /// Range without invalid values.
    pub(super) range: Option<(f64, f64)>,
    /// Values that mean invalid.
    pub(super) invalid: Option<&'static [f64]>,
    /// Unit.
    pub(super) unit: Option<&'static str>,
    /// An array of characters, with the most that it holds.
    pub(super) characters: Option<usize>,
}

impl Correction {
    const fn of(name: &'static str, field: Option<&'static str>) -> Correction {
        Correction { of: (name, field), range: None, invalid: None, unit: None, characters: None }
    }
}

/// Everything else that looks wrong in the catalogue is put right by the rules of `range.rs`.
pub(super) const CORRECTIONS: &[Correction] = &[
    // The catalogue's range, 0 to 3813.5, does not fit its own scale and offset.
    Correction { range: Some((-274.0, 6279.5)), ..Correction::of("SNVT_temp", None) },
    // The lowest raw value is kept out too, as the highest is.
    Correction { range: Some((-214_748_364.6, 214_748_364.6)), ..Correction::of("SNVT_elec_kwh_l", None) },
    // The catalogue's -1.6339 looks like a slip for the largest raw value, 1.63835: both are taken.
    Correction { invalid: Some(&[-1.6339, 1.63835]), ..Correction::of("SNVT_pwr_fact", None) },
    // -1 means that nothing was set, which may be written.
    Correction { range: Some((-1.0, 1.0)), ..Correction::of("SNVT_switch", Some("state")) },
    // The catalogue has no unit.
    Correction { unit: Some("units (delta)"), ..Correction::of("SNVT_count_inc", None) },
    Correction { unit: Some("% of full level"), ..Correction::of("SNVT_setting", Some("setting")) },
    // The last of its bytes is a closing zero.
    Correction { characters: Some(30), ..Correction::of("SNVT_str_asc", Some("ascii_")) },
    // The catalogue does not say that these bytes are characters; their name does.
    Correction { characters: Some(19), ..Correction::of("SNVT_geo_loc", Some("name")) },
];

/// Flat structures that tell a time. SmartServers may print them with colons, as the text of an elapsed
/// time is documented for an earlier model, or as a date.
pub(super) const TIMES: &[&str] = &[
    "SNVT_date_cal",
    "SNVT_date_time",
    "SNVT_elapsed_tm",
    "SNVT_time_passed",
    "SNVT_time_stamp",
    "SNVT_time_stamp_p",
];
