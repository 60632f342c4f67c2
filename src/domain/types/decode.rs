use super::catalogue::{Field, Kind, Meaning, NumberType, meaning};
use super::number;
use crate::domain::{FormatName, Value};

/// The typed value of a text.
///
/// - A number or name that means invalid is `Null`, and so is an empty text of a type other than
///   text. Values in foreign units (`#US`) are taken as they are.
/// - A structure has all its fields, each typed, those that are invalid `Null`; it is `Null` as a
///   whole when every field that has an invalid value has it, as a switch whose state is -1.
/// - A text that is not of its type, and any of a type that is not typed, is `Text`, unchanged. So
///   is a name that the enumeration does not have: the unit's resource files may be newer.
pub fn decode(format: Option<&FormatName>, raw: &str) -> Value {
    let text = || Value::Text(raw.to_owned());
    let Some(meaning) = format.and_then(meaning) else { return text() };
    if matches!(meaning.kind, Kind::Text(_)) {
        return text();
    }
    if raw.trim().is_empty() {
        return Value::Null;
    }
    typed(&meaning, raw).unwrap_or_else(text)
}

fn typed(meaning: &Meaning, raw: &str) -> Option<Value> {
    let home = meaning.foreign.is_none();
    match meaning.kind {
        Kind::Structure(fields) => structure(fields, home, raw),
        kind => scalar(kind, home, raw.trim()),
    }
}

fn scalar(kind: &Kind, home: bool, text: &str) -> Option<Value> {
    match kind {
        Kind::Number(number) => {
            let value = number::parse(text)?;
            Some(if home && number.is_invalid(value) { Value::Null } else { Value::Number(value) })
        }
        Kind::Enumeration(names) if names.is_invalid(text) => Some(Value::Null),
        Kind::Enumeration(_) => Some(Value::Text(text.to_owned())),
        Kind::Structure(_) | Kind::Text(_) => None,
    }
}

fn structure(fields: &[Field], home: bool, raw: &str) -> Option<Value> {
    let texts: Vec<_> = raw.split_whitespace().collect();
    if texts.len() != fields.len() {
        return None;
    }
    let values = fields.iter().zip(texts).map(|(field, text)| {
        let value = scalar(&field.kind, home, text)?;
        Some((field.name.clone(), value))
    });
    let values = values.collect::<Option<Vec<_>>>()?;
    let mut fallible = fields.iter().zip(&values).filter(|(field, _)| can_be_invalid(&field.kind)).peekable();
    let is_null = fallible.peek().is_some() && fallible.all(|(_, (_, value))| *value == Value::Null);
    Some(if is_null { Value::Null } else { Value::Fields(values) })
}

fn can_be_invalid(kind: &Kind) -> bool {
    match kind {
        Kind::Number(NumberType { invalid, .. }) => !invalid.is_empty(),
        Kind::Enumeration(names) => names.can_be_invalid(),
        Kind::Structure(_) | Kind::Text(_) => false,
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
