/// A finite number as SmartServers print it or a person might: signs, exponents and blanks at the
/// ends are tolerated.
pub(super) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    let numeric = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E'));
    if numeric { text.parse().ok().filter(|number: &f64| number.is_finite()) } else { None }
}

/// A number on the grid of a step, with as many decimals as the step needs: 0.5 gives `21.0`.
pub(super) fn scaled(value: f64, step: f64) -> String {
    fixed(on_grid(value, step), decimals(step))
}

/// A number with so many decimals.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    // What was rounded to zero has no sign.
    let is_zero = text.bytes().all(|b| matches!(b, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// The multiple of a step that is nearest, as exact as its decimals tell it.
pub(super) fn on_grid(value: f64, step: f64) -> f64 {
    rounded((value / step).round() * step, decimals(step))
}

/// Whether a number is a multiple of a step. A hundredth of the step is taken as noise: callers who
/// calculate with 32 bits send 21.1 as 21.100000381.
pub(super) fn is_on_grid(value: f64, step: f64) -> bool {
    (value - on_grid(value, step)).abs() <= step / 100.0
}

/// A number rounded to so many decimals.
pub(super) fn rounded(value: f64, decimals: usize) -> f64 {
    format!("{value:.decimals$}").parse().map_or(value, |value: f64| value + 0.0)
}

/// A number rounded to the digits that SmartServers print of floating-point numbers.
pub(super) fn seven_digits(value: f64) -> f64 {
    format!("{value:.6e}").parse().map_or(value, |value: f64| value + 0.0)
}

/// Decimals that a step needs.
pub(super) fn decimals(step: f64) -> usize {
    format!("{step}").split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// Digits after which a 32-bit floating-point number says nothing more.
const FLOAT_DIGITS: i32 = 9;

/// A floating-point number as C prints it with `%.9g`: no zeros at the end, an exponent of two digits
/// where it is below -4 or above 8. SmartServers print seven digits; a 32-bit number holds up to
/// nine.
pub(super) fn float(value: f64) -> String {
    general(value, FLOAT_DIGITS)
}

fn general(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let rounded = format!("{value:.*e}", usize::try_from(digits - 1).unwrap_or_default());
    let Some((mantissa, Ok(exponent))) = rounded.split_once('e').map(|(m, e)| (m, e.parse::<i32>())) else {
        return rounded;
    };
    if (-4..digits).contains(&exponent) {
        return without_zeros(&format!(
            "{value:.*}",
            usize::try_from(digits - 1 - exponent).unwrap_or_default()
        ));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

fn without_zeros(number: &str) -> String {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number.to_owned()
    }
}

/// What the last of the seven significant digits counts.
pub(super) fn last_digit(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { 10f64.powf(value.abs().log10().floor() - 6.0) }
}

/// What the last decimal counts that a step needs.
pub(super) fn decimal(step: f64) -> f64 {
    let decimals = decimals(step);
    rounded(0.1f64.powi(i32::try_from(decimals).unwrap_or_default()), decimals)
}

/// Whether two numbers are the same to the seven significant digits that SmartServers print, of a
/// number that was rounded to 32 bits before.
pub(super) fn same_float(a: f64, b: f64) -> bool {
    let larger = a.abs().max(b.abs());
    a == b || (a - b).abs() <= last_digit(larger) / 2.0 + larger * f64::from(f32::EPSILON) / 2.0
}

#[cfg(test)]
mod tests {
    use super::{float, is_on_grid, parse, same_float, scaled};

    #[test]
    fn reads_numbers_and_nothing_else() {
        for (text, number) in [
            ("21.0", Some(21.0)),
            (" +21 ", Some(21.0)),
            ("-3.402823e+38", Some(-3.402823e38)),
            ("1E3", Some(1000.0)),
            (".5", Some(0.5)),
            ("1e999", None),
            ("inf", None),
            ("NaN", None),
            ("-infinity", None),
            ("", None),
            ("1 2", None),
            ("1,5", None),
            ("0x10", None),
        ] {
            assert_eq!(parse(text), number, "{text}");
        }
    }

    #[test]
    fn prints_the_decimals_that_the_step_needs() {
        for (value, step, text) in [
            (21.0, 0.1, "21.0"),
            (21.04, 0.1, "21.0"),
            (21.06, 0.1, "21.1"),
            (100.0, 0.5, "100.0"),
            (0.0, 0.02, "0.00"),
            (-0.001, 0.02, "0.00"),
            (52.5, 0.005, "52.500"),
            (0.95, 0.00005, "0.95000"),
            (184.4, 1.0, "184"),
            (4_294_967_294.0, 1.0, "4294967294"),
        ] {
            assert_eq!(scaled(value, step), text);
        }
    }

    #[test]
    fn noise_is_on_the_grid_and_half_steps_are_not() {
        for (value, step, expected) in [
            (21.1, 0.1, true),
            (f64::from(21.1f32), 0.1, true),
            (0.1 + 0.2, 0.1, true),
            (21.03, 0.1, false),
            (21.05, 0.1, false),
            (20.5, 1.0, false),
            (100.2, 0.5, false),
            (-0.00005, 0.00005, true),
            (214_748_364.6, 0.1, true),
            (-214_748_364.55, 0.1, false),
            (15.0, 10.0, false),
        ] {
            assert_eq!(is_on_grid(value, step), expected, "{value} {step}");
        }
    }

    #[test]
    fn prints_floats_as_c_does() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (76.56665, "76.56665"),
            (72.5, "72.5"),
            (1250.5, "1250.5"),
            (184.0, "184"),
            (-0.0001, "-0.0001"),
            (0.00001, "1e-05"),
            (123_456_789.0, "123456789"),
            (1.234568e9, "1.234568e+09"),
            (-3.402823e38, "-3.402823e+38"),
            (1.928575e-38, "1.928575e-38"),
            (1e100, "1e+100"),
            (999_999_999.9, "1e+09"),
        ] {
            assert_eq!(float(value), text);
        }
    }

    #[test]
    fn compares_seven_digits() {
        assert!(same_float(12_345_678.0, 1.234568e7));
        assert!(same_float(0.0, -0.0));
        assert!(!same_float(1.0, 1.00001));
        assert!(!same_float(0.0, 1e-30));
    }
}
