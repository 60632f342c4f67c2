use super::shape::{Scale, Shape};

/// A value as the field device holds it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Raw number of a scaled type, number of an enumeration's member, or a bit.
    Raw(i64),
    Float(f32),
    Text(String),
    Fields(Vec<Value>),
}

impl Shape {
    /// The value nearest to a number; an enumeration takes it as a member's number.
    pub(super) fn nearest_value(&self, number: f64) -> Value {
        match self {
            Shape::Scaled(scale) => Value::Raw(nearest(scale, number)),
            Shape::Float(_) => Value::Float(number as f32),
            Shape::Enumeration(_) | Shape::Bit => Value::Raw(number as i64),
            Shape::Text { .. } | Shape::Opaque => Value::Text(number.to_string()),
            Shape::Structure(fields) => {
                Value::Fields(fields.iter().map(|f| f.shape.nearest_value(number)).collect())
            }
        }
    }

    /// The number that a scalar stands for.
    pub(super) fn number(&self, value: &Value) -> Option<f64> {
        match (self, value) {
            (Shape::Scaled(scale), Value::Raw(raw)) => Some(scale.value(*raw)),
            (Shape::Float(_), Value::Float(float)) => Some(f64::from(*float)),
            _ => None,
        }
    }

    /// What a point shows before its first poll: the lowest number of floats and of signed
    /// 16-bit integers (seen on units in use), else zero or the member that says "nothing".
    pub(super) fn before_first_poll(&self) -> Value {
        match self {
            Shape::Scaled(scale) if scale.signed && scale.size == 2 => Value::Raw(scale.range().0),
            Shape::Scaled(scale) if scale.signed && scale.size == 1 => Value::Raw(scale.invalid.unwrap_or(0)),
            Shape::Float(_) => Value::Float(f32::MIN),
            Shape::Enumeration(names) => Value::Raw(names.first().map_or(0, |(_, number)| *number)),
            Shape::Structure(fields) => {
                Value::Fields(fields.iter().map(|f| f.shape.before_first_poll()).collect())
            }
            _ => self.zero(),
        }
    }

    /// The value that stands for nothing yet: raw zero, the first proper member, an empty text.
    pub(super) fn zero(&self) -> Value {
        match self {
            Shape::Scaled(scale) => Value::Raw(nearest(scale, 0.0)),
            Shape::Bit => Value::Raw(0),
            Shape::Float(_) => Value::Float(0.0),
            Shape::Enumeration(names) => {
                Value::Raw(names.iter().map(|(_, number)| *number).find(|n| *n >= 0).unwrap_or(0))
            }
            Shape::Text { .. } | Shape::Opaque => Value::Text(String::new()),
            Shape::Structure(fields) => Value::Fields(fields.iter().map(|f| f.shape.zero()).collect()),
        }
    }
}

fn nearest(scale: &Scale, number: f64) -> i64 {
    scale.raw(number).clamp(scale.minimum, scale.maximum)
}

/// The bytes on the network in hexadecimal, as `RAW_HEX` shows them (manual 4-12); `None` for a
/// type whose layout is not known.
pub(super) fn to_hex(shape: &Shape, value: &Value) -> Option<String> {
    let mut bits = Vec::new();
    push_bits(shape, value, &mut bits)?;
    let bytes = bits.chunks(8).map(|byte| byte.iter().fold(0u8, |acc, bit| acc << 1 | u8::from(*bit)));
    Some(bytes.map(|byte| format!("{byte:02x}")).collect())
}

/// Reads what [`to_hex`] writes, in either case of letters.
pub(super) fn from_hex(shape: &Shape, text: &str) -> Option<Value> {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(16)).collect();
    let bits: Vec<bool> =
        digits?.into_iter().flat_map(|digit| (0..4).rev().map(move |n| digit >> n & 1 == 1)).collect();
    if bits.len() != shape.bits()? {
        return None;
    }
    Some(take_bits(shape, &mut bits.into_iter()))
}

fn push_bits(shape: &Shape, value: &Value, out: &mut Vec<bool>) -> Option<()> {
    match (shape, value) {
        (Shape::Structure(fields), Value::Fields(values)) => {
            for (field, value) in fields.iter().zip(values) {
                push_bits(&field.shape, value, out)?;
            }
        }
        (Shape::Text { bytes, wide, .. }, Value::Text(text)) => {
            let bits = character_bits(*wide);
            let codes = text.chars().map(u32::from).chain(std::iter::repeat(0));
            codes.take(8 * bytes / bits).for_each(|code| push_number(i64::from(code), bits, out));
        }
        (Shape::Float(_), Value::Float(float)) => push_number(i64::from(float.to_bits()), 32, out),
        (_, Value::Raw(raw)) => push_number(*raw, shape.bits()?, out),
        _ => return None,
    }
    Some(())
}

fn push_number(number: i64, bits: usize, out: &mut Vec<bool>) {
    out.extend((0..bits).rev().map(|n| number >> n & 1 == 1));
}

fn take_bits(shape: &Shape, bits: &mut impl Iterator<Item = bool>) -> Value {
    let mut number =
        |count: usize| bits.by_ref().take(count).fold(0i64, |acc, bit| acc << 1 | i64::from(bit));
    match shape {
        Shape::Scaled(scale) => Value::Raw(sign(number(8 * scale.size), 8 * scale.size, scale.signed)),
        Shape::Enumeration(_) => Value::Raw(sign(number(8), 8, true)),
        Shape::Bit => Value::Raw(number(1)),
        Shape::Float(_) => Value::Float(f32::from_bits(number(32) as u32)),
        Shape::Text { bytes, wide, .. } => {
            let bits = character_bits(*wide);
            let codes: Vec<i64> = (0..8 * bytes / bits).map(|_| number(bits)).collect();
            let text = codes.iter().take_while(|code| **code != 0);
            Value::Text(text.map(|code| char::from_u32(*code as u32).unwrap_or('\u{fffd}')).collect())
        }
        Shape::Structure(fields) => Value::Fields(fields.iter().map(|f| take_bits(&f.shape, bits)).collect()),
        Shape::Opaque => Value::Text(String::new()),
    }
}

fn character_bits(wide: bool) -> usize {
    if wide { 16 } else { 8 }
}

fn sign(number: i64, bits: usize, signed: bool) -> i64 {
    if signed && number >> (bits - 1) == 1 { number - (1 << bits) } else { number }
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::find;
    use super::super::format::{parse, text};
    use super::*;

    #[test]
    fn bytes_are_written_and_read_back() {
        for (name, value, hex) in [
            ("SNVT_switch", "100.0 1", "c801"),
            ("SNVT_switch", "0.0 -1", "00ff"),
            ("SNVT_temp", "21.0", "0b86"),
            ("SNVT_temp_p", "-1.25", "ff83"),
            ("SNVT_temp_f", "21.5", "41ac0000"),
            ("SNVT_hvac_mode", "HVAC_NUL", "ff"),
            ("SNVT_state", "1 0 0 1 0 0 0 0 0 0 0 0 0 0 0 1", "9001"),
            ("SNVT_count_32", "4294967295", "ffffffff"),
            ("SNVT_setting", "SET_STATE 50.0 -10.00", "0564fe0c"),
            ("SNVT_sblnd_state", "SET_STATE 50.0 -10.00 SBCS_NUL SBE_NUL", "0564fe0cffff"),
            ("SNVT_date_event", "80 -1 a b", "0050ffff61206200000000000000000000000000000000000000"),
            ("SNVT_str_int", "1 Ö", "0100d600000000000000000000000000000000000000000000000000000000"),
        ] {
            let shape = &find(name).unwrap().shape;
            let parsed = parse(shape, value, false).unwrap();
            assert_eq!(to_hex(shape, &parsed).as_deref(), Some(hex), "{name}");
            assert_eq!(text(shape, &from_hex(shape, &hex.to_uppercase()).unwrap(), false), value, "{name}");
        }
    }

    #[test]
    fn hexadecimal_of_the_wrong_length_is_refused() {
        let shape = &find("SNVT_switch").unwrap().shape;
        assert!(["", "c8", "c80100", "zz01"].iter().all(|text| from_hex(shape, text).is_none()));
    }

    #[test]
    fn before_the_first_poll() {
        for (name, expected) in [
            ("SNVT_temp_f", "-3.402823e+38"),
            ("SNVT_count_inc", "-32768"),
            ("SNVT_hvac_mode", "HVAC_NUL"),
            ("SNVT_switch", "0.0 -1"),
            ("SNVT_count", "0"),
        ] {
            let shape = &find(name).unwrap().shape;
            assert_eq!(text(shape, &shape.before_first_poll(), false), expected);
        }
    }
}
