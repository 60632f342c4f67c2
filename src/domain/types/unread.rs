use super::catalogue::meaning;
use super::kind::Kind;
use super::number;
use super::units::Variant;
use crate::domain::FormatName;

/// Whether a value is one that stands in a data point before its first poll.
///
/// Such values look real: the most negative number of 32-bit floating-point and of signed 16-bit
/// types was seen in logs of real units, in points of status `AL_NUL`. That status alone says
/// nothing, since it is what most healthy points show; without a status the value decides. Points of
/// unknown type are compared with both numbers as they are.
pub fn is_unread(format: Option<&FormatName>, raw: &str, status: Option<&str>) -> bool {
    if status.is_some_and(|status| status != "AL_NUL") {
        return false;
    }
    let Some(value) = number::parse(raw) else { return false };
    let is = |unread: f64| number::same_float(value, unread);
    match format.and_then(meaning).map(|meaning| (meaning.kind, meaning.variant)) {
        Some((Kind::Number(kind), variant)) => kind.unread.is_some_and(|unread| match (variant, kind.heat) {
            (Variant::Us, Some(_)) if kind.step.is_some() => kind.at_home(value, variant) == Some(unread),
            _ => is(unread),
        }),
        Some(_) => false,
        None => is(-f64::from(f32::MAX)) || value == f64::from(i16::MIN),
    }
}

#[cfg(test)]
mod tests {
    use super::is_unread;
    use crate::domain::FormatName;

    #[test]
    fn tells_the_values_of_points_that_were_never_polled() {
        for (format, raw, status, expected) in [
            ("SNVT_temp_f", "-3.402823e+38", Some("AL_NUL"), true),
            ("SNVT_temp_f", "-3.402823e+38", None, true),
            ("SNVT_temp_f", "-3.402823e+38", Some("AL_NO_CONDITION"), false),
            ("SNVT_temp_f", "21.5", Some("AL_NUL"), false),
            ("SNVT_count_inc", "-32768", Some("AL_NUL"), true),
            ("SNVT_volt", "-3276.8", Some("AL_NUL"), true),
            ("SNVT_temp_diff_p#US", "-589.82", Some("AL_NUL"), true),
            ("SNVT_temp_diff_p#US", "-327.68", Some("AL_NUL"), false),
            ("SNVT_count", "0", Some("AL_NUL"), false),
            ("SNVT_elec_kwh_l", "-32768", Some("AL_NUL"), false),
            ("SNVT_switch", "0.0 -1", Some("AL_NUL"), false),
            ("SNVT_str_asc", "-32768", Some("AL_NUL"), false),
            ("#8000010128000000[4].UNVTx", "-32768", Some("AL_NUL"), true),
            ("#8000010128000000[4].UNVTx", "-3.402823e+38", Some("AL_NUL"), true),
            ("#8000010128000000[4].UNVTx", "", Some("AL_NUL"), false),
        ] {
            assert_eq!(is_unread(Some(&FormatName::from(format)), raw, status), expected, "{format} {raw}");
        }
        assert!(is_unread(None, "-32768", Some("AL_NUL")));
    }
}
