use super::corrections::Correction;
use super::kind::NumberType;
use super::source::Member;

impl NumberType {
    /// The number that a member of the catalogue is; `None` without a size.
    pub(super) fn of(member: &Member, correction: Option<&Correction>) -> Option<NumberType> {
        let number = if member.kind.as_deref() == Some("float") { float(member) } else { scaled(member)? };
        Some(number.corrected(correction))
    }

    fn corrected(mut self, correction: Option<&Correction>) -> NumberType {
        if let Some(range) = correction.and_then(|c| c.range) {
            (self.minimum, self.maximum) = range;
        }
        if let Some(invalid) = correction.and_then(|c| c.invalid) {
            self.invalid = invalid.to_vec();
        }
        self
    }
}

fn float(member: &Member) -> NumberType {
    let largest = f64::from(f32::MAX);
    // The catalogue writes the largest number with six digits.
    let exact = |bound: f64| if bound.abs() > 3.4e38 { largest.copysign(bound) } else { bound };
    NumberType {
        step: None,
        minimum: exact(member.minimum.unwrap_or(-largest)),
        maximum: exact(member.maximum.unwrap_or(largest)),
        invalid: member.invalid.into_iter().collect(),
        unread: Some(-largest),
        heat: None,
    }
}

/// A scaled integer. A range that cannot be right never refuses a value that fits: one that lacks an
/// end, is upside down, or reaches beyond what the size holds is that of the size.
fn scaled(member: &Member) -> Option<NumberType> {
    let size = Size::of(member)?;
    let exact = |value: Option<f64>| value.map(|value| size.exact(value));
    let invalid = exact(member.invalid);
    let (minimum, maximum) = match (exact(member.minimum), exact(member.maximum)) {
        (Some(low), Some(high)) if low < high && size.holds(low) && size.holds(high) => (low, high),
        _ => (size.lowest, size.highest),
    };
    // The value that means invalid often ends the range.
    let inward = |end: f64| {
        let is_end = invalid.is_some_and(|invalid| (invalid - end).abs() < size.scale / 2.0);
        if is_end { size.scale } else { 0.0 }
    };
    Some(NumberType {
        step: Some(size.scale),
        minimum: minimum + inward(minimum),
        maximum: maximum - inward(maximum),
        invalid: invalid.into_iter().collect(),
        unread: (member.signed && size.bits == 16).then_some(size.lowest),
        heat: None,
    })
}

/// What a size, a sign, a scale and an offset hold.
struct Size {
    bits: u32,
    scale: f64,
    lowest: f64,
    highest: f64,
}

impl Size {
    fn of(member: &Member) -> Option<Size> {
        let bits = member.size.filter(|size| (1..=4).contains(size))? * 8;
        let scale = member.scale.unwrap_or(1.0);
        let span = f64::from(bits).exp2();
        let lowest = if member.signed { -span / 2.0 } else { 0.0 };
        let value = |raw: f64| scale * (raw + member.offset);
        Some(Size { bits, scale, lowest: value(lowest), highest: value(lowest + span - 1.0) })
    }

    fn holds(&self, value: f64) -> bool {
        let slack = self.scale / 2.0;
        value > self.lowest - slack && value < self.highest + slack
    }

    /// The catalogue writes 32-bit values with six digits, and the largest unsigned ones as -1 and -2.
    fn exact(&self, value: f64) -> f64 {
        if self.bits < 32 {
            return value;
        }
        let wraps = value < 0.0 && self.lowest == 0.0;
        let value = if wraps { self.highest + self.scale + value } else { value };
        let near = |end: f64| !wraps && (value - end).abs() <= end.abs() * 1e-5;
        [self.lowest, self.highest].into_iter().find(|end| near(*end)).unwrap_or(value)
    }
}
