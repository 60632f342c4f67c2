use std::collections::HashMap;
use std::sync::LazyLock;

use super::selection::{CORRECTIONS, Correction, TEXT, TYPED};
use super::source::{Member, Source, SourceType};
use crate::domain::FormatName;

/// What the text of a type means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number(NumberType),
    Enumeration(EnumType),
    Structure(Vec<Field>),
    /// Text of at most so many characters.
    Text(Option<usize>),
}

/// A field of a structure: a number or an enumeration.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) unit: Option<String>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumberType {
    /// Resolution; `None` for a floating-point number.
    pub(super) step: Option<f64>,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    pub(super) invalid: Vec<f64>,
    /// What stands in a point of this type before its first poll, as far as known.
    pub(super) unread: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct EnumType {
    /// Names by number, those below zero (`..._NUL`) last.
    pub(super) names: Vec<(i64, String)>,
}

/// A type of the catalogue.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) unit: Option<String>,
    pub(super) kind: Kind,
}

/// What a format says of a text.
pub(super) struct Meaning {
    pub(super) kind: &'static Kind,
    pub(super) unit: Option<&'static str>,
    /// Variant other than `SI`: units, and with them ranges, are not those of the catalogue.
    pub(super) foreign: Option<String>,
}

static CATALOGUE: LazyLock<HashMap<String, Type>> = LazyLock::new(|| build(&Source::compiled_in()));

/// What a format means; `None` for types of manufacturers and those that are not typed.
pub(super) fn meaning(format: &FormatName) -> Option<Meaning> {
    if !format.is_standard() {
        return None;
    }
    let found = CATALOGUE.get(format.type_name())?;
    let foreign = format.variant().filter(|variant| *variant != "SI").map(str::to_owned);
    let Some(field) = format.field() else {
        return Some(Meaning { kind: &found.kind, unit: found.unit.as_deref(), foreign });
    };
    let Kind::Structure(fields) = &found.kind else { return None };
    let field = fields.iter().find(|f| same_field(&f.name, field))?;
    Some(Meaning { kind: &field.kind, unit: field.unit.as_deref(), foreign })
}

/// The manual also writes a field's name in camel case (`sceneNumber`, 4-16).
fn same_field(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    plain(a) == plain(b)
}

fn build(source: &Source) -> HashMap<String, Type> {
    let text = TEXT
        .iter()
        .map(|(name, length)| ((*name).to_owned(), Type { unit: None, kind: Kind::Text(*length) }));
    let typed = TYPED.iter().filter_map(|name| {
        let found = source.types.get(*name)?;
        let kind = type_kind(source, name, found)?;
        Some(((*name).to_owned(), Type { unit: unit(&found.member, correction(name, None)), kind }))
    });
    text.chain(typed).collect()
}

fn type_kind(source: &Source, name: &str, found: &SourceType) -> Option<Kind> {
    if found.member.kind.as_deref() != Some("structure") {
        return member_kind(source, &found.member, correction(name, None));
    }
    let fields = found.fields.iter().map(|field| {
        let correction = correction(name, Some(&field.name));
        let kind = member_kind(source, &field.member, correction)?;
        Some(Field { name: field.name.clone(), unit: unit(&field.member, correction), kind })
    });
    fields.collect::<Option<Vec<_>>>().map(Kind::Structure)
}

fn correction(name: &str, field: Option<&str>) -> Option<&'static Correction> {
    CORRECTIONS.iter().find(|correction| correction.of == (name, field))
}

/// A number or an enumeration; `None` for what the source is not sure of, arrays and structures.
fn member_kind(source: &Source, member: &Member, correction: Option<&Correction>) -> Option<Kind> {
    if member.note.is_some() || member.count.is_some() || member.structure.is_some() {
        return None;
    }
    if let Some(name) = &member.enumeration {
        let mut names: Vec<_> =
            source.enumerations.get(name)?.iter().map(|(name, n)| (*n, name.clone())).collect();
        names.sort_by_key(|(number, _)| (*number < 0, *number));
        return Some(Kind::Enumeration(EnumType { names }));
    }
    let number = if member.kind.as_deref() == Some("float") { float(member) } else { scaled(member)? };
    Some(Kind::Number(number.corrected(correction)))
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
    }
}

/// A scaled integer. Where the catalogue's range cannot be right it is that of the raw value, so
/// that no value that fits is refused.
fn scaled(member: &Member) -> Option<NumberType> {
    let bits = i32::try_from(member.size.filter(|size| (1..=4).contains(size))? * 8).ok()?;
    let scale = member.scale.unwrap_or(1.0);
    let span = 2f64.powi(bits);
    let lowest_raw = if member.signed { -span / 2.0 } else { 0.0 };
    let value = |raw: f64| scale * (raw + member.offset);
    let (lowest, highest) = (value(lowest_raw), value(lowest_raw + span - 1.0));
    let invalid = member.invalid.map(|invalid| true_invalid(invalid, (lowest, highest), bits, scale * span));
    let (minimum, maximum) = match (member.minimum, member.maximum) {
        (Some(low), Some(high)) if low <= high && bits < 32 => (low, high),
        _ => (lowest, highest),
    };
    // The value that means invalid often ends the range.
    let ends = invalid.is_some_and(|invalid| (invalid - maximum).abs() < scale / 2.0);
    Some(NumberType {
        step: Some(scale),
        minimum,
        maximum: if ends { maximum - scale } else { maximum },
        invalid: invalid.into_iter().collect(),
        unread: (member.signed && bits == 16).then_some(lowest),
    })
}

/// The catalogue writes 32-bit values with six digits, and the largest unsigned one as -1.
fn true_invalid(invalid: f64, (lowest, highest): (f64, f64), bits: i32, span: f64) -> f64 {
    let invalid = if invalid < 0.0 && lowest == 0.0 { invalid + span } else { invalid };
    let near = |end: f64| bits == 32 && (invalid - end).abs() <= end.abs() * 1e-5;
    [lowest, highest].into_iter().find(|end| near(*end)).unwrap_or(invalid)
}

impl NumberType {
    fn corrected(mut self, correction: Option<&Correction>) -> NumberType {
        if let Some((minimum, maximum)) = correction.and_then(|c| c.range) {
            (self.minimum, self.maximum) = (minimum, maximum);
        }
        if let Some(invalid) = correction.and_then(|c| c.invalid) {
            self.invalid = invalid.to_vec();
        }
        self
    }

    /// Whether a value is one that means invalid, within half a step.
    pub(super) fn is_invalid(&self, value: f64) -> bool {
        let tolerance = self.step.map_or(0.0, |step| step / 2.0);
        self.invalid.iter().any(|invalid| (value - invalid).abs() <= tolerance)
    }
}

impl EnumType {
    /// Whether the enumeration has a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|(_, known)| known == name)
    }

    /// Whether a name means invalid.
    pub(super) fn is_invalid(&self, name: &str) -> bool {
        self.names.iter().any(|(number, known)| known == name && is_null_member(*number, known))
    }

    /// Whether there is a name that means invalid.
    pub(super) fn can_be_invalid(&self) -> bool {
        self.names.iter().any(|(number, name)| is_null_member(*number, name))
    }
}

fn is_null_member(number: i64, name: &str) -> bool {
    number == -1 || name.ends_with("_NUL")
}

/// Unit in the words of SmartServers (manual 4-12), which differ from the catalogue's in this one.
fn unit(member: &Member, correction: Option<&Correction>) -> Option<String> {
    let corrected = correction.and_then(|correction| correction.unit);
    corrected.or(member.unit.as_deref()).map(|unit| unit.replace("degrees Celsius", "°C"))
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
