use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ReadingView, time};
use crate::domain::types::{self, TypeInfo, TypeKind, UnitSystem};
use crate::domain::{Direction, Reading};
use crate::gateway::{Gateway, Point};

/// A data point: its configuration and its latest reading.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DataPoint)]
pub(crate) struct DataPointView {
    /// Id.
    id: Uuid,
    /// Key of the SmartServer that holds it.
    smartserver: String,
    /// Id of the same.
    smartserver_id: Uuid,
    /// Name there: network, channel, device, functional block, data point.
    #[schema(example = "Net/LON/AHU 1/Lamp[0]/nviLamp")]
    name: String,
    /// Alias.
    alias: Option<String>,
    /// Description.
    description: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    #[schema(example = "SNVT_switch")]
    type_name: Option<String>,
    /// Whole format name.
    #[schema(example = "#0000000000000000[0].SNVT_switch")]
    format: Option<String>,
    /// Unit.
    unit: Option<String>,
    /// Direction as the SmartServer sees it.
    direction: Option<DirectionView>,
    /// Named values.
    presets: Vec<PresetView>,
    /// When its configuration last changed, by the SmartServer's clock.
    configured_at: Option<String>,
    /// What values the type takes; null while the type is not known.
    type_info: Option<TypeInfoView>,
    /// Latest reading; null if there never was one.
    reading: Option<ReadingView>,
}

/// A page of data points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DataPointPage {
    /// The data points.
    pub(crate) items: Vec<DataPointView>,
    /// Send as `cursor` for the next page; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// A named value.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Preset)]
pub(crate) struct PresetView {
    #[schema(example = "ON")]
    name: String,
    #[schema(example = "100.0 1")]
    raw: String,
}

/// Direction of a data point.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Direction)]
pub(crate) enum DirectionView {
    /// Meant to be written.
    In,
    /// An output.
    Out,
    /// Both.
    InOut,
}

super::reading::same_words!(Direction, DirectionView: In, Out, InOut);

/// What values a type, or a field of a structure, takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = TypeInfo)]
pub(crate) struct TypeInfoView {
    /// Name of the type or of the field.
    #[schema(example = "SNVT_temp_p")]
    name: String,
    kind: KindView,
    unit: Option<String>,
    /// Smallest number, of an array's elements too.
    minimum: Option<f64>,
    maximum: Option<f64>,
    /// Resolution: a number that is written must be a multiple of it.
    step: Option<f64>,
    /// Names of an enumeration.
    values: Vec<String>,
    /// Fields of a structure, in order; they may be structures themselves.
    #[schema(no_recursion)]
    fields: Vec<TypeInfoView>,
    /// Elements of an array.
    count: Option<usize>,
    /// Most characters of a text, if that is known.
    max_length: Option<usize>,
}

/// Shape of a value.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TypeKind)]
pub(crate) enum KindView {
    /// A JSON number.
    Number,
    /// One of `values`.
    Enumeration,
    /// An object of `fields`.
    Structure,
    /// An array of `count` elements.
    Array,
    /// Text.
    Text,
}

super::reading::same_words!(TypeKind, KindView: Number, Enumeration, Structure, Array, Text);

impl DataPointView {
    /// With temperatures in the units asked for, in the reading and in what the type takes.
    pub(crate) fn new(
        gateway: &Gateway,
        point: &Point,
        reading: Option<&Reading>,
        asked: Option<UnitSystem>,
    ) -> Self {
        let data = &point.data;
        let units = asked.filter(|_| data.format.as_ref().and_then(types::system_of).is_some());
        let unit_in = |unit: &String| units.map_or_else(|| unit.clone(), |units| types::unit_in(unit, units));
        DataPointView {
            id: data.id.0,
            smartserver: point.unit.info().key.clone(),
            smartserver_id: data.smartserver_id.0,
            name: data.name.to_string(),
            alias: data.alias.clone(),
            description: data.description.clone(),
            type_name: data.format.as_ref().map(|format| format.type_name().to_owned()),
            format: data.format.as_ref().map(ToString::to_string),
            unit: data.unit.as_ref().map(unit_in),
            direction: data.direction.map(Into::into),
            presets: data
                .presets
                .iter()
                .map(|p| PresetView { name: p.name.clone(), raw: p.raw.clone() })
                .collect(),
            configured_at: data.configured_at.map(time),
            type_info: data.format.as_ref().map(|format| types::describe_in(format, units).into()),
            reading: reading.map(|reading| ReadingView::in_units(gateway, point, reading, asked)),
        }
    }
}

impl From<TypeInfo> for TypeInfoView {
    fn from(info: TypeInfo) -> Self {
        TypeInfoView {
            name: info.name,
            kind: info.kind.into(),
            unit: info.unit,
            minimum: info.minimum,
            maximum: info.maximum,
            step: info.step,
            values: info.values,
            fields: info.fields.into_iter().map(Into::into).collect(),
            count: info.count,
            max_length: info.max_length,
        }
    }
}
