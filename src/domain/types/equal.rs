use super::catalogue::{Field, Kind, Meaning, meaning};
use super::number;
use crate::domain::FormatName;

/// Whether two texts in a format are the same value: numbers by value, within half a step or to
/// seven significant digits, all else as text without the blanks at its ends. Of a type that is not
/// known both are tried, part by part; bytes in hexadecimal are compared in either case.
pub fn equal(format: Option<&FormatName>, a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if a == b {
        return true;
    }
    match format.and_then(meaning) {
        None if format.is_some_and(|format| format.as_str() == FormatName::RAW_HEX) => {
            a.eq_ignore_ascii_case(b)
        }
        None => parts_equal(a, b, |_| None),
        Some(Meaning { kind: Kind::Structure(fields), foreign, .. }) => {
            parts_equal(a, b, |index| step(fields, index).filter(|_| foreign.is_none()))
        }
        Some(Meaning { kind: Kind::Number(kind), foreign, .. }) => {
            numbers_equal(a, b, kind.step.filter(|_| foreign.is_none()))
        }
        Some(_) => false,
    }
}

fn step(fields: &[Field], index: usize) -> Option<f64> {
    match &fields.get(index)?.kind {
        Kind::Number(kind) => kind.step,
        _ => None,
    }
}

fn parts_equal(a: &str, b: &str, step: impl Fn(usize) -> Option<f64>) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (a.split_whitespace().collect(), b.split_whitespace().collect());
    let same = |(index, (a, b)): (usize, (&&str, &&str))| a == b || numbers_equal(a, b, step(index));
    a.len() == b.len() && a.iter().zip(&b).enumerate().all(same)
}

fn numbers_equal(a: &str, b: &str, step: Option<f64>) -> bool {
    match (number::parse(a), number::parse(b), step) {
        (Some(a), Some(b), Some(step)) => (a - b).abs() <= step * (0.5 + 1e-6),
        (Some(a), Some(b), None) => number::same_float(a, b),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::equal;
    use crate::domain::FormatName;

    #[test]
    fn compares_values_not_texts() {
        for (format, a, b, expected) in [
            ("SNVT_temp", "21", "21.0", true),
            ("SNVT_temp", "21.04", "21.0", true),
            ("SNVT_temp", "21.1", "21.0", false),
            ("SNVT_temp", "x", "y", false),
            ("SNVT_temp", " x ", "x", true),
            ("SNVT_temp_f", "12345678", "1.234568e+07", true),
            ("SNVT_temp_f", "21.5", "21.50001", false),
            ("SNVT_temp_f#US", "68", "68.0", true),
            ("SNVT_switch", "100 1", "100.0 1", true),
            ("SNVT_switch", "100.0  1", "100.0 1", true),
            ("SNVT_switch", "100.0 0", "100.0 1", false),
            ("SNVT_switch", "100.0", "100.0 1", false),
            ("SNVT_switch.state", "1", "1.0", true),
            ("SNVT_scene", "SC_RECALL 2", "SC_RECALL 2.0", true),
            ("SNVT_scene", "SC_RECALL 2", "SC_LEARN 2", false),
            ("SNVT_hvac_mode", "HVAC_AUTO ", "HVAC_AUTO", true),
            ("SNVT_hvac_mode", "HVAC_AUTO", "HVAC_HEAT", false),
            ("SNVT_str_asc", "7", "7.0", false),
            ("SNVT_str_asc", "a  b", "a b", false),
            ("SNVT_str_asc", " a b ", "a b", true),
            ("#8000010128000000[4].UNVTx", "7", "7.0", true),
            ("RAW_HEX", "c801", "C801", true),
            ("RAW_HEX", "00e1", "00e2", false),
        ] {
            assert_eq!(equal(Some(&FormatName::from(format)), a, b), expected, "{format} {a} {b}");
        }
        assert!(equal(None, "21", "21.0"));
        assert!(!equal(None, "21", ""));
    }
}
