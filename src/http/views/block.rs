//! What the configurations of functional blocks have in common, and the limits of what callers give.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{BlockPoint, DataPointName, FormatName, Value};
use crate::http::problem::HttpError;

/// Longest text of a configuration, in characters.
const TEXT_MAX: usize = 1000;
/// Longest description (manual 4-7), in characters.
const DESCRIPTION_MAX: usize = 201;
/// Most items of a list in a configuration.
pub(super) const LIST_MAX: usize = 100;
/// Longest duration or size that is taken.
const NUMBER_MAX: f64 = 1e9;

/// A number, or text.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = Limit)]
#[expect(dead_code, reason = "describes what serde_json::Value holds here")]
pub(crate) enum LimitSchema {
    /// A number.
    Number(f64),
    /// Text of 1000 characters at most.
    Text(String),
}

/// A data point that a functional block refers to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BlockPoint)]
pub(crate) struct BlockPointView {
    /// What the block uses it for.
    #[schema(min_length = 1, max_length = 100, example = "Input")]
    role: String,
    /// Name of the data point.
    #[schema(max_length = 512, example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
    /// Format.
    #[schema(max_length = 512)]
    format: Option<String>,
}

impl From<BlockPoint> for BlockPointView {
    fn from(point: BlockPoint) -> Self {
        let format = point.format.map(|format| format.to_string());
        BlockPointView { role: point.role, name: point.name, format }
    }
}

impl TryFrom<BlockPointView> for BlockPoint {
    type Error = HttpError;

    fn try_from(view: BlockPointView) -> Result<Self, HttpError> {
        if !(1..=100).contains(&view.role.chars().count()) || view.role.chars().any(char::is_control) {
            return Err(wrong("points.role", "1 to 100 characters, no control characters"));
        }
        let name = name("points.name", &view.name)?.to_string();
        Ok(BlockPoint { role: view.role, name, format: format("points.format", view.format)? })
    }
}

pub(super) fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

pub(super) fn limit_json(value: Option<&Value>) -> Option<serde_json::Value> {
    value.map(json)
}

/// Tells `null`, which empties a limit, from absent.
pub(super) fn limit<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(deserializer).map(Some)
}

/// A limit: a number, text, or null, which empties it.
pub(super) fn limit_value(field: &str, value: Option<serde_json::Value>) -> Result<Option<Value>, HttpError> {
    match value {
        None => Ok(None),
        Some(serde_json::Value::Null) => Ok(Some(Value::Null)),
        Some(serde_json::Value::Number(number)) => Ok(number.as_f64().map(Value::Number)),
        Some(serde_json::Value::String(given)) => Ok(text(field, Some(given))?.map(Value::Text)),
        Some(_) => Err(wrong(field, "a number, text or null")),
    }
}

/// A problem with a field.
pub(super) fn wrong(field: &str, message: &str) -> HttpError {
    HttpError::Shape(format!("{field}: {message}"))
}

/// The name of something on a SmartServer.
pub(crate) fn name(field: &str, text: &str) -> Result<DataPointName, HttpError> {
    text.parse().map_err(|_| wrong(field, "1 to 512 characters, no control characters"))
}

pub(super) fn format(field: &str, given: Option<String>) -> Result<Option<FormatName>, HttpError> {
    Ok(text_within(field, given, DataPointName::MAX)?.map(|text| FormatName::from(text.as_str())))
}

pub(super) fn description(given: Option<String>) -> Result<Option<String>, HttpError> {
    text_within("description", given, DESCRIPTION_MAX)
}

pub(super) fn text(field: &str, given: Option<String>) -> Result<Option<String>, HttpError> {
    text_within(field, given, TEXT_MAX)
}

/// A text of one line, within its length.
pub(super) fn text_within(
    field: &str,
    given: Option<String>,
    most: usize,
) -> Result<Option<String>, HttpError> {
    match given {
        Some(text) if text.chars().count() > most || text.chars().any(|c| c.is_control()) => {
            Err(wrong(field, &format!("at most {most} characters, no control characters")))
        }
        text => Ok(text),
    }
}

/// A word of an enumeration as the SmartServer has it, as `LT_CIRCULAR`.
pub(super) fn word(field: &str, prefix: &str, given: Option<String>) -> Result<Option<String>, HttpError> {
    let Some(word) = given else { return Ok(None) };
    let rest = word.strip_prefix(prefix).unwrap_or_default();
    let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if !(1..=60).contains(&rest.len()) || !rest.chars().all(fits) {
        return Err(wrong(field, &format!("a word as {prefix}…, of capitals, digits and _")));
    }
    Ok(Some(word))
}

/// A duration or size.
pub(super) fn size(field: &str, given: Option<f64>) -> Result<Option<f64>, HttpError> {
    within(field, given, NUMBER_MAX)
}

pub(super) fn within(field: &str, given: Option<f64>, most: f64) -> Result<Option<f64>, HttpError> {
    match given {
        Some(number) if !(0.0..=most).contains(&number) => Err(wrong(field, &format!("0 to {most}"))),
        number => Ok(number),
    }
}

/// A list of at most 100 items.
pub(super) fn list<V, T: TryFrom<V, Error = HttpError>>(
    field: &str,
    views: Vec<V>,
) -> Result<Vec<T>, HttpError> {
    if views.len() > LIST_MAX {
        return Err(wrong(field, &format!("at most {LIST_MAX} items")));
    }
    views.into_iter().map(T::try_from).collect()
}
