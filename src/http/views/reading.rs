use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::time;
use crate::domain::types::{self, TypeInfo, UnitSystem};
use crate::domain::{Quality, Reading, Source, Value};
use crate::gateway::{Gateway, Point};

/// Latest state of a data point.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reading)]
pub(crate) struct ReadingView {
    /// The data point.
    data_point_id: Uuid,
    /// Key of its SmartServer.
    #[schema(example = "00-d0-71-00-00-01")]
    smartserver: String,
    /// Its name there.
    #[schema(example = "Net/LON/AHU 1/Supply[0]/nvoTemp")]
    name: String,
    /// Number, text (enumerations by name), object of fields, array, or null when the type says
    /// invalid.
    #[schema(value_type = Option<ValueSchema>, example = json!(21.5))]
    value: serde_json::Value,
    /// Preset that equals the value.
    preset: Option<String>,
    /// A structure's fields in the order of its type, each with its unit; null for other types.
    fields: Option<Vec<FieldView>>,
    /// The text as the SmartServer gave it.
    #[schema(example = "21.5")]
    raw: String,
    /// Unit.
    #[schema(example = "degrees Celsius")]
    unit: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[schema(example = "SNVT_temp_p")]
    type_name: Option<String>,
    /// `UCPTpointStatus` as it came.
    #[schema(example = "AL_NO_CONDITION")]
    status: Option<String>,
    /// What may be said of the reading.
    quality: QualityView,
    /// Priority of the point's holder: 0 strongest, 255 weakest.
    priority: Option<u8>,
    /// Time of the value by the SmartServer's clock, corrected by its offset.
    observed_at: Option<String>,
    /// When it reached the gateway.
    received_at: String,
    /// Upper bound of the value's age in milliseconds; null when nobody knows how long the
    /// SmartServer had kept it.
    age_ms: Option<u64>,
    /// How it came.
    source: SourceView,
    /// Set while the SmartServer refuses to read the point; the value is older then.
    fault: Option<FaultView>,
}

/// A typed value: number, text, object of fields, or array.
#[derive(ToSchema)]
#[serde(untagged)]
#[schema(as = Value)]
#[expect(dead_code, reason = "describes what serde_json::Value holds here")]
pub(crate) enum ValueSchema {
    /// A scalar in its unit.
    Number(f64),
    /// Text, or an enumeration by name.
    Text(String),
    /// A structure's fields by name, values or objects themselves.
    Fields(BTreeMap<String, serde_json::Value>),
    /// An array's elements.
    List(Vec<serde_json::Value>),
}

/// A field of a structure.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ReadingField)]
pub(crate) struct FieldView {
    /// Name.
    #[schema(example = "state")]
    name: String,
    /// Its value.
    #[schema(value_type = Option<ValueSchema>, example = json!(1.0))]
    value: serde_json::Value,
    /// Its unit.
    unit: Option<String>,
}

/// A fault of one item.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ItemFault)]
pub(crate) struct FaultView {
    /// The SmartServer's code.
    code: i32,
    /// Its words.
    text: String,
}

/// First of these that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Quality)]
pub(crate) enum QualityView {
    /// The point or its SmartServer is offline.
    Offline,
    /// The type's invalid value, or status `AL_VALUE_INVALID`.
    Invalid,
    /// Never polled since the SmartServer started, or never read by the gateway.
    NeverRead,
    /// The last read was refused.
    Fault,
    /// Older than allowed.
    Stale,
    /// An alarm status.
    Alarm,
    /// Nothing is wrong.
    Good,
}

/// How a reading came.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Source)]
pub(crate) enum SourceView {
    /// Asked for by a caller.
    Read,
    /// Asked for by a poll group.
    Poll,
    /// Sent unasked.
    Push,
}

impl ReadingView {
    pub(crate) fn new(gateway: &Gateway, point: &Point, reading: &Reading) -> Self {
        ReadingView::in_units(gateway, point, reading, None)
    }

    /// With temperatures in these units; `raw` stays as it came.
    pub(crate) fn in_units(
        gateway: &Gateway,
        point: &Point,
        reading: &Reading,
        units: Option<UnitSystem>,
    ) -> Self {
        let now = Timestamp::now();
        let Shown { value, unit, fields } = Shown::new(point, reading, units);
        let quality = reading.quality(now, gateway.is_offline(&point.unit), gateway.stale_after(point));
        ReadingView {
            data_point_id: point.data.id.0,
            smartserver: point.unit.info().key.clone(),
            name: point.data.name.to_string(),
            value: json(&value),
            preset: reading.preset.clone(),
            fields,
            raw: reading.raw.clone(),
            unit,
            type_name: reading.format.as_ref().map(|format| format.type_name().to_owned()),
            status: reading.status.clone(),
            quality: quality.into(),
            priority: reading.priority.map(|priority| priority.0),
            observed_at: reading.observed_at.map(time),
            received_at: time(reading.received_at),
            age_ms: reading.age(now).map(|age| u64::try_from(age.as_millis()).unwrap_or(u64::MAX)),
            source: reading.source.into(),
            fault: reading.fault.as_ref().map(|f| FaultView { code: f.code, text: f.text.clone() }),
        }
    }
}

fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// What depends on the units of a reading.
struct Shown {
    value: Value,
    unit: Option<String>,
    fields: Option<Vec<FieldView>>,
}

impl Shown {
    fn new(point: &Point, reading: &Reading, units: Option<UnitSystem>) -> Shown {
        let format = types::format_of_units(reading.format.as_ref(), point.data.format.as_ref());
        // What is not typed, or has no other units, stays as it is.
        let is_text = matches!(reading.value, Value::Text(_));
        let units = units.filter(|_| !is_text && format.and_then(types::system_of).is_some());
        let value = match (format, units) {
            (Some(format), Some(units)) => types::convert(format, &reading.value, units),
            _ => reading.value.clone(),
        };
        let unit = match (&reading.unit, units) {
            (Some(unit), Some(units)) => Some(types::unit_in(unit, units)),
            (unit, _) => unit.clone(),
        };
        let info = format.map(|format| types::describe_in(format, units));
        let fields = fields(&value, info.as_ref());
        Shown { value, unit, fields }
    }
}

fn fields(value: &Value, info: Option<&TypeInfo>) -> Option<Vec<FieldView>> {
    let Value::Fields(fields) = value else { return None };
    let unit = |name: &str| info?.fields.iter().find(|f| f.name == name)?.unit.clone();
    let view = |(name, value): &(String, Value)| FieldView {
        name: name.clone(),
        value: json(value),
        unit: unit(name),
    };
    Some(fields.iter().map(view).collect())
}

macro_rules! same_words {
    ($from:ident, $to:ident: $($word:ident),+) => {
        impl From<$from> for $to {
            fn from(from: $from) -> Self {
                match from { $($from::$word => $to::$word),+ }
            }
        }
    };
}

same_words!(Quality, QualityView: Offline, Invalid, NeverRead, Fault, Stale, Alarm, Good);
same_words!(QualityView, Quality: Offline, Invalid, NeverRead, Fault, Stale, Alarm, Good);
same_words!(Source, SourceView: Read, Poll, Push);

pub(super) use same_words;
