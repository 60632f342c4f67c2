use super::shape::{Scale, Shape};
use super::value::Value;

/// Text of a value: decimals by resolution, floats as C's `%.7g`, enumerations by name, fields of
/// structures with one blank between (manual 4-13), also those of structures within. `us` shows
/// temperatures in Fahrenheit.
pub(super) fn text(shape: &Shape, value: &Value, us: bool) -> String {
    match (shape, value) {
        (Shape::Scaled(scale), Value::Raw(raw)) => scaled(scale, *raw, us),
        (Shape::Float(heat), Value::Float(float)) if us => general(heat.fahrenheit(f64::from(*float)) as f32),
        (_, Value::Float(float)) => general(*float),
        (Shape::Enumeration(names), Value::Raw(number)) => member(names, *number),
        (_, Value::Raw(raw)) => raw.to_string(),
        (_, Value::Text(text)) => text.clone(),
        (Shape::Structure(fields), Value::Fields(values)) => {
            let parts: Vec<String> = fields.iter().zip(values).map(|(f, v)| text(&f.shape, v, us)).collect();
            parts.join(" ").trim_end().to_owned()
        }
        (_, Value::Fields(_)) => String::new(),
    }
}

/// Reads a text in the form that [`text`] writes; `None` is a format error. The declared range
/// does not matter, only what the size can hold.
pub(super) fn parse(shape: &Shape, text: &str, us: bool) -> Option<Value> {
    match shape {
        Shape::Scaled(scale) => {
            let number = number(text)?;
            let raw = scale.raw(if us { scale.heat.celsius(number) } else { number });
            scale.fits(raw).then_some(Value::Raw(raw))
        }
        Shape::Float(heat) => {
            let number = number(text)?;
            let float = (if us { heat.celsius(number) } else { number }) as f32;
            float.is_finite().then_some(Value::Float(float))
        }
        Shape::Enumeration(names) => {
            names.iter().find(|(name, _)| name == text.trim()).map(|(_, number)| Value::Raw(*number))
        }
        Shape::Bit => number(text).filter(|n| *n == 0.0 || *n == 1.0).map(|n| Value::Raw(n as i64)),
        Shape::Text { longest, wide, .. } => {
            let fits = |c: char| c.is_ascii() || *wide && u32::from(c) <= 0xffff;
            (text.chars().count() <= *longest && text.chars().all(fits)).then(|| Value::Text(text.to_owned()))
        }
        Shape::Opaque => Some(Value::Text(text.to_owned())),
        Shape::Structure(_) => {
            let mut rest = text.trim();
            let value = part(shape, &mut rest, us, true)?;
            rest.is_empty().then_some(value)
        }
    }
}

/// Takes one part of a structure's text off the front. A text that is the last member is all that
/// is left, with the blanks in it; any other member ends at a blank.
fn part(shape: &Shape, rest: &mut &str, us: bool, last: bool) -> Option<Value> {
    match shape {
        Shape::Structure(fields) => {
            let end = fields.len().saturating_sub(1);
            let values: Option<Vec<Value>> =
                fields.iter().enumerate().map(|(n, f)| part(&f.shape, rest, us, last && n == end)).collect();
            values.map(Value::Fields)
        }
        Shape::Text { .. } if last => parse(shape, std::mem::take(rest), us),
        _ => {
            let (first, left) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            *rest = left.trim_start();
            parse(shape, first, us)
        }
    }
}

fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'));
    text.parse::<f64>().ok().filter(|n| plain && n.is_finite())
}

fn member(names: &[(String, i64)], number: i64) -> String {
    names.iter().find(|(_, n)| *n == number).map_or_else(|| number.to_string(), |(name, _)| name.clone())
}

fn scaled(scale: &Scale, raw: i64, us: bool) -> String {
    let decimals = scale.decimals;
    if us {
        return format!("{:.decimals$}", scale.heat.fahrenheit(scale.value(raw)));
    }
    let scaled = scale.scaled(raw);
    let power = 10i64.pow(decimals as u32);
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, fraction) = (scaled.abs() / power, scaled.abs() % power);
    if decimals == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction:0decimals$}") }
}

/// `%.7g` of C.
fn general(float: f32) -> String {
    if float == 0.0 || !float.is_finite() {
        return float.to_string();
    }
    let scientific = format!("{:.6e}", f64::from(float));
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..7).contains(&exponent) {
        let decimals = usize::try_from(6 - exponent).unwrap_or(0);
        return without_zeros(&format!("{:.decimals$}", f64::from(float))).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", without_zeros(mantissa), exponent.abs())
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::find;
    use super::*;

    fn again(type_name: &str, input: &str) -> Option<String> {
        let shape = &find(type_name).unwrap().shape;
        parse(shape, input, false).map(|value| text(shape, &value, false))
    }

    #[test]
    fn texts_of_the_manual_and_of_captures_come_back() {
        for (name, value) in [
            ("SNVT_switch", "100.0 1"),
            ("SNVT_switch", "0.0 0"),
            ("SNVT_temp", "21.0"),
            ("SNVT_temp", "-274.0"),
            ("SNVT_temp_p", "21.50"),
            ("SNVT_temp_f", "76.56665"),
            ("SNVT_temp_f", "-3.402823e+38"),
            ("SNVT_temp_f", "1.928575e-38"),
            ("SNVT_temp_setpt", "23.00 25.00 28.00 21.00 19.00 16.00"),
            ("SNVT_lev_percent", "52.500"),
            ("SNVT_lev_percent", "-163.840"),
            ("SNVT_power", "1250.5"),
            ("SNVT_power_f", "1250.5"),
            ("SNVT_elec_kwh", "40321"),
            ("SNVT_elec_kwh_l", "123456.7"),
            ("SNVT_elec_kwh_l", "-0.1"),
            ("SNVT_elec_whr_f", "1.234568e+09"),
            ("SNVT_pwr_fact", "0.95000"),
            ("SNVT_hvac_mode", "HVAC_AUTO"),
            ("SNVT_hvac_status", "HVAC_HEAT 40.000 163.835 0.000 0.000 75.000 0"),
            ("SNVT_setting", "SET_OFF 0.0 0.00"),
            ("SNVT_scene", "SC_RECALL 2"),
            ("SNVT_count_inc", "-32768"),
            ("SNVT_count_32", "4294967295"),
            ("SNVT_state", "1 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0"),
            ("SNVT_str_asc", "Room 214"),
            ("SNVT_date_event", "80 80 HolidayScheduler"),
            ("SNVT_date_event", "80 -1 Day of the dead"),
            ("SNVT_date_event", "1 2"),
            ("SNVT_str_int", "0 Größe 3"),
            ("SNVT_sblnd_state", "SET_STATE 50.0 -10.00 SBCS_NUL SBE_NUL"),
            ("SNVT_preset", "LN_RECALL 7 1 2 3 4 0 6 22 12 333"),
            ("SNVT_environment", "100 230 231 95 41.50 12.5 0.95000 40 1234.5"),
            ("SNVT_geo_loc", "-8.5417000 47.3769000 408.5 Main station"),
        ] {
            assert_eq!(again(name, value).as_deref(), Some(value), "{name}");
        }
    }

    #[test]
    fn numbers_are_rounded_to_the_resolution() {
        assert_eq!(again("SNVT_temp", "20").as_deref(), Some("20.0"));
        assert_eq!(again("SNVT_temp_p", "21.506").as_deref(), Some("21.51"));
        assert_eq!(again("SNVT_temp_f", "9999999.4").as_deref(), Some("9999999"));
        assert_eq!(again("SNVT_temp_f", "99999999").as_deref(), Some("1e+08"));
    }

    #[test]
    fn what_the_type_cannot_hold_is_refused() {
        for (name, value) in [
            ("SNVT_temp", "abc"),
            ("SNVT_temp", "inf"),
            ("SNVT_temp", ""),
            ("SNVT_temp", "7000"),
            ("SNVT_switch", "100.0"),
            ("SNVT_switch", "100.0 1 1"),
            ("SNVT_hvac_mode", "3"),
            ("SNVT_hvac_mode", "HVAC_FOO"),
            ("SNVT_state", "2 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"),
            ("SNVT_temp_f", "1e39"),
            ("SNVT_str_asc", "a text of more than thirty letters"),
            ("SNVT_date_event", "80 80 a name of more than 22 letters"),
            ("SNVT_preset", "LN_RECALL 7 1 2 3 0 6 22 12 333"),
            ("SNVT_preset", "LN_RECALL 7 1 2 3 4 0 6 22 12 333 1"),
        ] {
            assert_eq!(again(name, value), None, "{name} {value}");
        }
    }

    #[test]
    fn us_shows_and_reads_fahrenheit() {
        for (name, celsius, fahrenheit) in [
            ("SNVT_temp_f", "20", "68"),
            ("SNVT_temp_p", "20.00", "68.00"),
            ("SNVT_temp_diff_p", "10.00", "18.00"),
        ] {
            let shape = &find(name).unwrap().shape;
            let value = parse(shape, fahrenheit, true).unwrap();
            assert_eq!(text(shape, &value, false), celsius);
            assert_eq!(text(shape, &value, true), fahrenheit);
        }
        let power = &find("SNVT_power").unwrap().shape;
        assert_eq!(text(power, &parse(power, "5.0", true).unwrap(), true), "5.0");
    }
}
