use super::catalogue::{Meaning, meaning};
use super::kind::{ArrayType, Field, Kind, NumberType};
use super::number;
use super::units::Variant;
use super::words::Words;
use crate::domain::{FormatName, Value};

/// The typed value of a text.
///
/// - A number or name that means invalid is `Null`, and so is an empty text of a type other than
///   text. Values in foreign units (`#US`) are taken as they are.
/// - A structure has all its fields, each typed, those that are invalid `Null`; it is `Null` as a
///   whole when every field that has an invalid value has it, as a switch whose state is -1. So is a
///   structure inside.
/// - Text at the end of a structure is all that is left of the text, blanks included.
/// - A text that is not of its type, and any of a type that is not typed, is `Text`, unchanged. So
///   is a name that the enumeration does not have: the unit's resource files may be newer. Of types
///   whose text form is open to doubt, each part must also be inside its range.
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
    let mut decoder =
        Decoder { words: Words::new(raw), variant: meaning.variant, is_strict: meaning.is_doubtful };
    let value = decoder.value(meaning.kind)?;
    decoder.words.is_at_end().then_some(value)
}

struct Decoder<'t> {
    words: Words<'t>,
    variant: Variant,
    is_strict: bool,
}

impl Decoder<'_> {
    fn value(&mut self, kind: &Kind) -> Option<Value> {
        match kind {
            Kind::Number(kind) => self.number(kind),
            Kind::Enumeration(names) => {
                let name = self.words.next()?;
                match () {
                    () if names.is_invalid(name) => Some(Value::Null),
                    () if self.is_strict && !names.has(name) => None,
                    () => Some(Value::Text(name.to_owned())),
                }
            }
            Kind::Structure(fields) => self.structure(fields),
            Kind::Array(array) => self.array(array),
            Kind::Text(kind) => {
                let text = self.words.rest();
                (text.chars().count() <= kind.most).then(|| Value::Text(text.to_owned()))
            }
        }
    }

    fn number(&mut self, kind: &NumberType) -> Option<Value> {
        let value = number::parse(self.words.next()?)?;
        match kind.at_home(value, self.variant) {
            Some(at_home) if kind.is_invalid(at_home) => Some(Value::Null),
            Some(at_home) if self.is_strict && !kind.contains(at_home) => None,
            _ => Some(Value::Number(value)),
        }
    }

    fn structure(&mut self, fields: &[Field]) -> Option<Value> {
        let values = fields.iter().map(|field| Some((field.name.clone(), self.value(&field.kind)?)));
        let values = values.collect::<Option<Vec<_>>>()?;
        let mut fallible = fields.iter().zip(&values).filter(|(f, _)| f.kind.can_be_invalid()).peekable();
        let is_null = fallible.peek().is_some() && fallible.all(|(_, (_, value))| *value == Value::Null);
        Some(if is_null { Value::Null } else { Value::Fields(values) })
    }

    fn array(&mut self, array: &ArrayType) -> Option<Value> {
        (0..array.count).map(|_| self.value(&array.element)).collect::<Option<Vec<_>>>().map(Value::List)
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
