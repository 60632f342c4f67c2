use serde_json::{Map, Value as Json};

use super::catalogue::{Meaning, meaning};
use super::kind::{ArrayType, EnumType, Field, Kind, NumberType, TextType};
use super::number;
use super::units::{UnitSystem, Variant, unit_in, with_variant};
use crate::domain::FormatName;

/// Why a JSON value is no value of a type; for people.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EncodeError {
    /// Another kind of JSON value.
    #[error("{expected} expected, not {found}")]
    Kind {
        /// What the type takes.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
    /// A number outside the type's range.
    #[error("{value} is outside {minimum} to {maximum}{}", .unit.as_ref().map(|u| format!(" ({u})")).unwrap_or_default())]
    Range {
        /// What was given.
        value: String,
        /// Smallest value.
        minimum: String,
        /// Largest value.
        maximum: String,
        /// Unit of all three.
        unit: Option<String>,
    },
    /// A number between two that the type holds.
    #[error(transparent)]
    Step(Box<OffStep>),
    /// A name that the enumeration does not have.
    #[error("{name:?} is none of {}", names.join(", "))]
    Name {
        /// What was given.
        name: String,
        /// What there is.
        names: Vec<String>,
    },
    /// A text longer than the type.
    #[error("the text has {length} characters; the type holds {most}")]
    Length {
        /// Its length.
        length: usize,
        /// The most.
        most: usize,
    },
    /// A control character in a text.
    #[error("the text holds a control character")]
    Control,
    /// A structure without one of its fields.
    #[error("field {0} is missing")]
    Missing(String),
    /// A field that the structure does not have.
    #[error("there is no field {name}; there are: {}", names.join(", "))]
    Unknown {
        /// What was given.
        name: String,
        /// What there is.
        names: Vec<String>,
    },
    /// A character that the type does not hold.
    #[error("the type does not hold the character {character:?}")]
    Character {
        /// The character.
        character: char,
    },
    /// An array of another length.
    #[error("{expected} elements expected, not {found}")]
    Count {
        /// What the type takes.
        expected: usize,
        /// What was given.
        found: usize,
    },
    /// Units asked for that the format cannot be converted to.
    #[error("the units of the data point's format are not known; write in its own")]
    Units,
    /// A member whose value is wrong.
    #[error("field {path}: {error}")]
    Field {
        /// The member, as `start_time.hour` or `location[2]`.
        path: String,
        /// What is wrong with it.
        error: Box<EncodeError>,
    },
}

/// A number between two that a type holds.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{value} is no multiple of {step}; the nearest in {minimum} to {maximum}{} is {nearest}", .unit.as_ref().map(|u| format!(" ({u})")).unwrap_or_default())]
pub struct OffStep {
    /// What was given.
    pub value: String,
    /// The type's resolution.
    pub step: String,
    /// The nearest value that it holds.
    pub nearest: String,
    /// Smallest value.
    pub minimum: String,
    /// Largest value.
    pub maximum: String,
    /// Unit of all of them.
    pub unit: Option<String>,
}

impl EncodeError {
    /// The same of what this member of a structure or an array is.
    pub fn in_member(self, member: &str) -> EncodeError {
        match self {
            EncodeError::Field { path, error } => {
                let point = if path.starts_with('[') { "" } else { "." };
                EncodeError::Field { path: format!("{member}{point}{path}"), error }
            }
            error => EncodeError::Field { path: member.to_owned(), error: Box::new(error) },
        }
    }
}

/// The text of a JSON value in a format.
///
/// A number must be a multiple of the type's resolution, the noise of arithmetic forgiven: what is written
/// is what was given, so that a value read back can be told from another. The value that means invalid is
/// outside most ranges. Of an enumeration every name is taken, also the one that means invalid. A structure
/// needs all its fields, an array all its elements. Types that are not typed take a string as it is, or
/// a number; so do structures whose text form is open to doubt, but for the number.
///
/// # Errors
/// [`EncodeError`], which names what the type takes. `null` and booleans are no values.
pub fn encode(format: &FormatName, value: &Json) -> Result<String, EncodeError> {
    encode_in(format, value, None).map(|(_, text)| text)
}

/// The same for a value whose temperatures are given in a system of units, with the format to write the
/// text in. A value of nothing but temperatures is written in that system's variant and converted by the
/// SmartServer (manual 4-16). In other structures temperatures are converted here, and the format stays:
/// nobody knows what a variant does to the numbers beside them. So does a type without temperatures. A
/// converted temperature is rounded to the type's resolution; as it was given it must have no more decimals
/// than that.
///
/// # Errors
/// As [`encode`]; also when the units of the format are not known.
pub fn encode_in(
    format: &FormatName,
    value: &Json,
    system: Option<UnitSystem>,
) -> Result<(FormatName, String), EncodeError> {
    let Some(Meaning { kind, unit, variant: own, is_doubtful }) = meaning(format) else {
        return Ok((format.clone(), text(value, None)?));
    };
    if is_doubtful && value.is_string() && matches!(kind, Kind::Structure(_)) {
        return Ok((format.clone(), text(value, None)?));
    }
    let given = system.map_or(own, Variant::from);
    let system = system.filter(|_| given != own && kind.is_all_heat());
    let sent = if system.is_some() { given } else { own };
    if kind.has_heat() && sent == Variant::Other && given != sent {
        return Err(EncodeError::Units);
    }
    let text = Encoder { given, sent, own }.parts(kind, unit, value)?.join(" ");
    Ok((system.map_or_else(|| format.clone(), |system| with_variant(format, system)), text))
}

fn text(value: &Json, kind: Option<&TextType>) -> Result<String, EncodeError> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        other => return Err(EncodeError::Kind { expected: "a string", found: kind_of(other) }),
    };
    if text.chars().any(char::is_control) {
        return Err(EncodeError::Control);
    }
    let Some(kind) = kind else { return Ok(text) };
    let length = text.chars().count();
    if length > kind.most {
        return Err(EncodeError::Length { length, most: kind.most });
    }
    match text.chars().find(|c| u32::from(*c) > kind.highest) {
        Some(character) => Err(EncodeError::Character { character }),
        None => Ok(text),
    }
}

/// Variants that temperatures are given and sent in, and the format's own, in which all else is.
struct Encoder {
    given: Variant,
    sent: Variant,
    own: Variant,
}

impl Encoder {
    /// The texts of a value's parts, in order.
    fn parts(&self, kind: &Kind, unit: Option<&str>, value: &Json) -> Result<Vec<String>, EncodeError> {
        match kind {
            Kind::Number(kind) => {
                let number = value
                    .as_f64()
                    .ok_or(EncodeError::Kind { expected: "a number", found: kind_of(value) })?;
                self.number(kind, unit, number).map(|text| vec![text])
            }
            Kind::Enumeration(names) => {
                let name =
                    value.as_str().ok_or(EncodeError::Kind { expected: "a name", found: kind_of(value) })?;
                member(names, name).map(|text| vec![text])
            }
            Kind::Structure(fields) => self.structure(fields, value),
            Kind::Array(array) => self.array(array, unit, value),
            Kind::Text(kind) => text(value, Some(kind)).map(|text| vec![text]),
        }
    }

    fn structure(&self, fields: &[Field], value: &Json) -> Result<Vec<String>, EncodeError> {
        let object = value
            .as_object()
            .ok_or(EncodeError::Kind { expected: "an object of fields", found: kind_of(value) })?;
        check_names(fields, object)?;
        let mut parts = Vec::new();
        for field in fields {
            let value = object.get(&field.name).ok_or_else(|| EncodeError::Missing(field.name.clone()))?;
            let of_field = self.parts(&field.kind, field.unit.as_deref(), value);
            parts.extend(of_field.map_err(|error| error.in_member(&field.name))?);
        }
        Ok(parts)
    }

    fn array(&self, array: &ArrayType, unit: Option<&str>, value: &Json) -> Result<Vec<String>, EncodeError> {
        let elements =
            value.as_array().ok_or(EncodeError::Kind { expected: "an array", found: kind_of(value) })?;
        if elements.len() != array.count {
            return Err(EncodeError::Count { found: elements.len(), expected: array.count });
        }
        let mut parts = Vec::new();
        for (index, value) in elements.iter().enumerate() {
            let of_element = self.parts(&array.element, unit, value);
            parts.extend(of_element.map_err(|error| error.in_member(&format!("[{index}]")))?);
        }
        Ok(parts)
    }

    /// The text of a number that is inside its type's range.
    fn number(&self, kind: &NumberType, unit: Option<&str>, value: f64) -> Result<String, EncodeError> {
        let (given, sent) = if kind.heat.is_some() { (self.given, self.sent) } else { (self.own, self.own) };
        let Some(at_home) = kind.at_home(value, given) else { return Ok(number::float(value)) };
        let range = Range::of(kind, unit, given);
        if !kind.contains(at_home) {
            return Err(range.outside(value));
        }
        if let Some(step) = range.kind.step.filter(|step| !number::is_on_grid(value, *step)) {
            return Err(range.between(value, step));
        }
        Ok(match (kind.heat, sent) {
            _ if sent == given => print(kind, value, sent),
            (Some(heat), Variant::Us) => print(kind, heat.fahrenheit(at_home), sent),
            _ => print(kind, at_home, sent),
        })
    }
}

/// In °F a number has the decimals that it has in °C, as SmartServers print it.
fn print(kind: &NumberType, value: f64, variant: Variant) -> String {
    match (kind.step, variant) {
        (Some(step), Variant::Us) => number::fixed(value, number::decimals(step)),
        (Some(step), _) => number::scaled(value, step),
        (None, _) => number::float(value),
    }
}

/// What a number may be, in the units that it is given in; for messages.
struct Range {
    kind: NumberType,
    unit: Option<String>,
    variant: Variant,
}

impl Range {
    fn of(kind: &NumberType, unit: Option<&str>, variant: Variant) -> Range {
        let shown = match (kind.heat, variant) {
            (Some(heat), Variant::Us) => kind.in_fahrenheit(heat),
            _ => kind.clone(),
        };
        let system = if variant == Variant::Us { UnitSystem::Us } else { UnitSystem::Si };
        Range { kind: shown, unit: unit.map(|unit| unit_in(unit, system)), variant }
    }

    fn print(&self, value: f64) -> String {
        print(&self.kind, value, self.variant)
    }

    fn outside(self, value: f64) -> EncodeError {
        EncodeError::Range {
            value: number::float(value),
            minimum: self.print(self.kind.minimum),
            maximum: self.print(self.kind.maximum),
            unit: self.unit,
        }
    }

    fn between(self, value: f64, step: f64) -> EncodeError {
        EncodeError::Step(Box::new(OffStep {
            value: number::float(value),
            step: number::float(step),
            nearest: self.print(value),
            minimum: self.print(self.kind.minimum),
            maximum: self.print(self.kind.maximum),
            unit: self.unit,
        }))
    }
}

fn member(names: &EnumType, name: &str) -> Result<String, EncodeError> {
    if names.has(name) {
        return Ok(name.to_owned());
    }
    let names = names.names.iter().map(|(_, name)| name.clone()).collect();
    Err(EncodeError::Name { name: name.to_owned(), names })
}

fn check_names(fields: &[Field], object: &Map<String, Json>) -> Result<(), EncodeError> {
    match object.keys().find(|key| fields.iter().all(|field| field.name != **key)) {
        None => Ok(()),
        Some(name) => Err(EncodeError::Unknown {
            name: name.clone(),
            names: fields.iter().map(|field| field.name.clone()).collect(),
        }),
    }
}

fn kind_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
#[path = "encode_tests.rs"]
mod tests;
