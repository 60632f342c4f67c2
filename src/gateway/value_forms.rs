//! The forms of a value beside its text: one by one by field, and as bytes.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use tokio::time::Instant;

use super::fleet::Point;
use super::lane::{Rank, Turn};
use super::{Gateway, GatewayError};
use crate::domain::types::{self, EncodeError, TypeKind};
use crate::domain::{DataPointName, FormatName, ItemFault, Priority, Value};
use crate::smartserver::{FieldWrite, Outcomes, PointData, SmartServerRpc};

/// A value in all its forms.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueForms {
    /// Typed.
    pub value: Value,
    /// Text, as the SmartServer has it.
    pub raw: String,
    /// Bytes in hexadecimal; `None` if the SmartServer does not tell them.
    pub raw_hex: Option<String>,
    /// Format of the text.
    pub format: Option<FormatName>,
    /// Preset that equals the value.
    pub preset: Option<String>,
    /// Unit, of a structure the names of its fields.
    pub unit: Option<String>,
    /// Fields of a structure as the SmartServer tells them one by one.
    pub fields: Vec<FieldForm>,
    /// `UCPTpointStatus`.
    pub status: Option<String>,
    /// Priority of the point's holder.
    pub priority: Option<Priority>,
    /// Time of the value by the SmartServer's clock.
    pub updated_at: Option<Timestamp>,
}

/// A field in all its forms.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldForm {
    /// Name.
    pub name: String,
    /// Text.
    pub raw: String,
    /// Typed.
    pub value: Value,
    /// Unit.
    pub unit: Option<String>,
}

impl Gateway {
    /// A point's value in all forms, as the SmartServer has it now: two Reads in one turn. Nothing of it
    /// is kept.
    ///
    /// # Errors
    /// Those of the calls; `Fault` when the SmartServer refuses the point.
    pub async fn value_forms(
        &self,
        point: &Point,
        timeout: Option<Duration>,
    ) -> Result<ValueForms, GatewayError> {
        let deadline = self.deadline(timeout);
        let turn = point.unit.lane.turn(Rank::Read, deadline).await?;
        let (gateway, point) = (self.clone(), point.clone());
        let unit = Arc::clone(&point.unit);
        let call = async move {
            let data = gateway.read_fields_in(&turn, &point, deadline).await?.map_err(GatewayError::from)?;
            let raw_hex = gateway.raw_hex_in(&turn, &point, deadline).await?;
            Ok(forms(&point, data, raw_hex))
        };
        self.wait_for_call(&unit, deadline, call).await
    }

    /// The point's value with its fields.
    pub(super) async fn read_fields_in(
        &self,
        turn: &Turn,
        point: &Point,
        deadline: Instant,
    ) -> Result<Result<PointData, ItemFault>, GatewayError> {
        let names = [point.data.name.clone()];
        let ask = |rpc: SmartServerRpc, limits| async move { rpc.read_fields(&names, limits).await };
        let answer = self.call_in_turn(turn, &point.unit, deadline, ask).await?;
        only(&point.data.name, answer.value)
    }

    /// The bytes of the point's value; `None` if the SmartServer does not tell them.
    pub(super) async fn raw_hex_in(
        &self,
        turn: &Turn,
        point: &Point,
        deadline: Instant,
    ) -> Result<Option<String>, GatewayError> {
        let names = [point.data.name.clone()];
        let ask = |rpc: SmartServerRpc, limits| async move { rpc.read_raw_hex(&names, limits).await };
        let answer = self.call_in_turn(turn, &point.unit, deadline, ask).await?;
        Ok(only(&point.data.name, answer.value)?.ok().and_then(|data| data.raw_hex))
    }
}

/// The outcome of the one item that was asked for.
pub(super) fn only<T>(
    name: &DataPointName,
    items: Outcomes<T>,
) -> Result<Result<T, ItemFault>, GatewayError> {
    let item = items.into_iter().find(|(of, _)| of == name);
    item.map(|(_, item)| item)
        .ok_or_else(|| GatewayError::Malformed("it does not mention the data point".to_owned()))
}

fn forms(point: &Point, data: PointData, raw_hex: Option<String>) -> ValueForms {
    let configured = point.data.format.as_ref();
    let value = data.value(configured);
    let format = data.format.clone().or_else(|| configured.cloned());
    let field = |field: crate::smartserver::FieldText| {
        let format = format.as_ref().map(|whole| field_format(whole, &field.name));
        let value = types::decode(format.as_ref(), &field.raw);
        FieldForm { value, name: field.name, raw: field.raw, unit: field.unit }
    };
    ValueForms {
        value,
        fields: data.fields.into_iter().map(field).collect(),
        raw: data.raw,
        raw_hex,
        format,
        preset: data.preset,
        unit: data.unit.or_else(|| point.data.unit.clone()),
        status: data.status,
        priority: data.priority,
        updated_at: data.updated_at,
    }
}

/// Format of a structure's field: of a standard type in the short form, which samples have (manual
/// 4-16); of another the whole name tells whose type it is.
fn field_format(whole: &FormatName, field: &str) -> FormatName {
    if whole.is_standard() {
        FormatName::from(format!("{}.{field}", whole.type_name()).as_str())
    } else {
        FormatName::from(format!("{whole}.{field}").as_str())
    }
}

/// What writing some fields of a point sends: each encoded and checked by its own type. Where the fields
/// of a structure are not known their texts go as they are.
///
/// # Errors
/// `Invalid` where the point has no fields, `Value` where one does not fit.
pub(super) fn field_writes(
    format: Option<&FormatName>,
    fields: &Map<String, Json>,
) -> Result<Vec<FieldWrite>, GatewayError> {
    let invalid = |message: &str| GatewayError::Invalid { field: "action.fields", message: message.into() };
    let format = format
        .ok_or_else(|| invalid("the data point's type is not known; read the inventory, or write raw"))?;
    if format.variant().is_some() {
        return Err(invalid(
            "the data point shows its values in other units than its fields are written in; write the whole value",
        ));
    }
    let info = types::describe(format);
    if matches!(info.kind, TypeKind::Number | TypeKind::Enumeration | TypeKind::Array) {
        return Err(invalid("the data point's type has no fields"));
    }
    let names: Vec<_> = info.fields.into_iter().map(|field| field.name).collect();
    let write = |(name, value): (&String, &Json)| {
        if info.kind == TypeKind::Structure && !names.contains(name) {
            return Err(EncodeError::Unknown { name: name.clone(), names: names.clone() }.into());
        }
        let format = field_format(format, name);
        let text = types::encode(&format, value).map_err(|error| error.in_member(name))?;
        Ok(FieldWrite { format, text })
    };
    fields.iter().map(write).collect()
}

/// Whether a value that was read has these fields, whatever the others are.
pub(super) fn has_fields(format: Option<&FormatName>, fields: &[FieldWrite], back: &PointData) -> bool {
    fields.iter().all(|field| {
        let name = field.format.field().unwrap_or_default();
        let told = back.fields.iter().find(|told| told.name == name).map(|told| told.raw.as_str());
        let found = told.or_else(|| part_of(format?, name, &back.raw));
        found.is_some_and(|found| types::equal(Some(&field.format), &field.text, found))
    })
}

/// Text of a field in that of the whole value, where the SmartServer does not tell fields by themselves.
fn part_of<'r>(format: &FormatName, field: &str, raw: &'r str) -> Option<&'r str> {
    let fields = types::describe(format).fields;
    let parts: Vec<_> = raw.split_whitespace().collect();
    let place = fields.iter().position(|known| known.name == field)?;
    (parts.len() == fields.len()).then(|| parts[place])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::smartserver::FieldText;

    fn writes(format: &str, fields: Json) -> Result<Vec<(String, String)>, String> {
        let Json::Object(fields) = fields else { unreachable!("an object") };
        let writes = field_writes(Some(&FormatName::from(format)), &fields).map_err(|e| e.to_string())?;
        Ok(writes.into_iter().map(|write| (write.format.to_string(), write.text)).collect())
    }

    #[test]
    fn fields_are_encoded_by_their_own_types() {
        let pair = |format: &str, text: &str| (format.to_owned(), text.to_owned());
        let standard = "#0000000000000000[0].SNVT_switch";
        assert_eq!(writes(standard, json!({"value": 50})), Ok(vec![pair("SNVT_switch.value", "50.0")]));
        assert_eq!(
            writes("#8000010128000000[4].UNVT_x", json!({"a": "1 2"})),
            Ok(vec![pair("#8000010128000000[4].UNVT_x.a", "1 2")])
        );
        for (format, fields, problem) in [
            (standard, json!({"value": 101}), "field value: 101"),
            (standard, json!({"valve": 1}), "no field valve; there are: value, state"),
            ("SNVT_temp", json!({"value": 1}), "no fields"),
            ("SNVT_switch#US", json!({"value": 1}), "other units"),
        ] {
            let error = writes(format, fields).unwrap_err();
            assert!(error.contains(problem), "{error}");
        }
        assert!(field_writes(None, &Map::new()).is_err());
    }

    #[test]
    fn only_the_fields_written_are_compared() {
        let format = FormatName::from("SNVT_switch");
        let state = [FieldWrite { format: "SNVT_switch.state".into(), text: "1".into() }];
        let back = |raw: &str, fields: &[(&str, &str)]| PointData {
            raw: raw.into(),
            fields: fields
                .iter()
                .map(|(name, raw)| FieldText { name: (*name).into(), raw: (*raw).into(), unit: None })
                .collect(),
            ..PointData::default()
        };
        for (back, expected) in [
            (back("0.0 1", &[("value", "0.0"), ("state", "1")]), true),
            (back("0.0 1", &[("value", "1"), ("state", "0")]), false),
            (back("0.0 1", &[]), true),
            (back("1 0", &[]), false),
            (back("1", &[]), false),
        ] {
            assert_eq!(has_fields(Some(&format), &state, &back), expected, "{back:?}");
        }
    }
}
