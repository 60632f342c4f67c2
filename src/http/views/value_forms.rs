use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ValueSchema, time};
use crate::domain::Value;
use crate::gateway::{FieldForm, Point, ValueForms};

/// A value in all its forms, as the SmartServer has it now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ValueForms)]
pub(crate) struct ValueFormsView {
    data_point_id: Uuid,
    /// Key of the SmartServer.
    smartserver: String,
    /// Name of the data point there.
    name: String,
    /// Format of the text.
    format: Option<String>,
    /// The text.
    #[schema(example = "100.0 1")]
    raw: String,
    /// The bytes in hexadecimal; null if the SmartServer does not tell them.
    #[schema(example = "c801")]
    raw_hex: Option<String>,
    /// Typed value; null if it is invalid, or was never read from the field.
    #[schema(value_type = Option<ValueSchema>)]
    value: serde_json::Value,
    /// Preset that equals the value.
    preset: Option<String>,
    /// Unit; of a structure the names of its fields.
    unit: Option<String>,
    /// Fields of a structure, as the SmartServer tells them one by one.
    fields: Vec<FieldFormView>,
    /// `UCPTpointStatus` as it came.
    status: Option<String>,
    /// Priority of the point's holder.
    priority: Option<u8>,
    /// Time of the value by the SmartServer's own clock.
    updated_at: Option<String>,
}

/// A field in all its forms.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldForm)]
pub(crate) struct FieldFormView {
    #[schema(example = "state")]
    name: String,
    /// Its text.
    #[schema(example = "1")]
    raw: String,
    /// Typed value.
    #[schema(value_type = Option<ValueSchema>)]
    value: serde_json::Value,
    /// Its unit.
    unit: Option<String>,
}

impl ValueFormsView {
    pub(crate) fn new(point: &Point, forms: ValueForms) -> Self {
        ValueFormsView {
            data_point_id: point.data.id.0,
            smartserver: point.unit.info().key.clone(),
            name: point.data.name.to_string(),
            format: forms.format.as_ref().map(ToString::to_string),
            raw: forms.raw,
            raw_hex: forms.raw_hex,
            value: json(&forms.value),
            preset: forms.preset,
            unit: forms.unit,
            fields: forms.fields.into_iter().map(field).collect(),
            status: forms.status,
            priority: forms.priority.map(|priority| priority.0),
            updated_at: forms.updated_at.map(time),
        }
    }
}

fn field(form: FieldForm) -> FieldFormView {
    FieldFormView { name: form.name, raw: form.raw, value: json(&form.value), unit: form.unit }
}

pub(super) fn json(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}
