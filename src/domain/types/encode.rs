use serde_json::{Map, Value as Json};

use super::catalogue::{EnumType, Field, Kind, Meaning, NumberType, meaning};
use super::number;
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
    /// A field whose value is wrong.
    #[error("field {name}: {error}")]
    Field {
        /// The field.
        name: String,
        /// What is wrong with it.
        error: Box<EncodeError>,
    },
}

/// The text of a JSON value in a format.
///
/// A number is rounded to the type's nearest step; the value that means invalid is outside most
/// ranges. Of an enumeration every name is taken, also the one that means invalid. A structure
/// needs all its fields. Types that are not typed take a string as it is, or a number.
///
/// # Errors
/// [`EncodeError`], which names what the type takes. `null` and booleans are no values.
pub fn encode(format: &FormatName, value: &Json) -> Result<String, EncodeError> {
    match meaning(format) {
        None => text(value, None),
        Some(Meaning { kind: Kind::Text(most), .. }) => text(value, *most),
        Some(Meaning { kind: Kind::Structure(fields), foreign, .. }) => {
            structure(fields, foreign.is_none(), value)
        }
        Some(Meaning { kind, unit, foreign }) => scalar(kind, unit, foreign.is_none(), value),
    }
}

fn text(value: &Json, most: Option<usize>) -> Result<String, EncodeError> {
    let text = match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        other => return Err(EncodeError::Kind { expected: "a string", found: kind_of(other) }),
    };
    let length = text.chars().count();
    match most {
        _ if text.chars().any(char::is_control) => Err(EncodeError::Control),
        Some(most) if length > most => Err(EncodeError::Length { length, most }),
        _ => Ok(text),
    }
}

fn scalar(kind: &Kind, unit: Option<&str>, home: bool, value: &Json) -> Result<String, EncodeError> {
    match kind {
        Kind::Number(number) => {
            let given =
                value.as_f64().ok_or(EncodeError::Kind { expected: "a number", found: kind_of(value) })?;
            if home { within(number, unit, given) } else { Ok(number::float(given)) }
        }
        Kind::Enumeration(names) => {
            let name =
                value.as_str().ok_or(EncodeError::Kind { expected: "a name", found: kind_of(value) })?;
            member(names, name)
        }
        Kind::Structure(_) | Kind::Text(_) => text(value, None),
    }
}

/// The text of a number that is inside its type's range.
fn within(number: &NumberType, unit: Option<&str>, value: f64) -> Result<String, EncodeError> {
    let print = |value| match number.step {
        Some(step) => number::scaled(value, step),
        None => number::float(value),
    };
    let tolerance = number.step.unwrap_or_default() * 1e-6;
    if value < number.minimum - tolerance || value > number.maximum + tolerance {
        return Err(EncodeError::Range {
            value: number::float(value),
            minimum: print(number.minimum),
            maximum: print(number.maximum),
            unit: unit.map(str::to_owned),
        });
    }
    Ok(print(value))
}

fn member(names: &EnumType, name: &str) -> Result<String, EncodeError> {
    if names.has(name) {
        return Ok(name.to_owned());
    }
    let names = names.names.iter().map(|(_, name)| name.clone()).collect();
    Err(EncodeError::Name { name: name.to_owned(), names })
}

fn structure(fields: &[Field], home: bool, value: &Json) -> Result<String, EncodeError> {
    let object = value
        .as_object()
        .ok_or(EncodeError::Kind { expected: "an object of fields", found: kind_of(value) })?;
    check_names(fields, object)?;
    let texts = fields.iter().map(|field| {
        let value = object.get(&field.name).ok_or_else(|| EncodeError::Missing(field.name.clone()))?;
        scalar(&field.kind, field.unit.as_deref(), home, value)
            .map_err(|error| EncodeError::Field { name: field.name.clone(), error: Box::new(error) })
    });
    Ok(texts.collect::<Result<Vec<_>, _>>()?.join(" "))
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
