use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::value_forms::json;
use super::{DataPointView, ValueSchema, time};
use crate::domain::types;
use crate::gateway::{
    BusKind, Configuration, Configured, Difference, FieldUnit, FormattedText, Gateway, Point, PointItem,
    PointMember as Member,
};

/// A data point's whole configuration, as the SmartServer has it now. What it does not tell is null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Configuration)]
pub(crate) struct ConfigurationView {
    data_point_id: Uuid,
    /// Key of the SmartServer.
    smartserver: String,
    /// Name of the data point there.
    name: String,
    /// Kind and driver, as `Dp_In;xsi:type="LON_Dp_Cfg"`.
    annotation: Option<String>,
    alias: Option<String>,
    /// Whether the SmartServer's own pages hide it.
    hidden: Option<bool>,
    /// `IS_NOTSYNCED` or `IS_DELETED` where it is not in step with LNS.
    item_status: Option<String>,
    /// Last change, by the SmartServer's clock.
    configured_at: Option<String>,
    description: Option<String>,
    /// Page of the SmartServer that configures it.
    uri: Option<String>,
    /// Whole format name.
    #[schema(example = "#0000000000000000[0].SNVT_switch")]
    format: Option<String>,
    /// Bytes.
    length: Option<i64>,
    /// `DIR_IN`, `DIR_OUT` or `DIR_NUL`.
    direction: Option<String>,
    /// Whether the value outlives a restart of the SmartServer.
    persist: Option<bool>,
    /// Value after a start.
    default_output: Option<FormattedView>,
    /// Units, of a structure one per field.
    units: Vec<UnitView>,
    /// As `BT_STRUCT`.
    base_type: Option<String>,
    /// Digits behind the point.
    precision: Option<i64>,
    /// Fields of a structure.
    max_fields: Option<i64>,
    /// After this time the value is sent again, in milliseconds; 0: never.
    max_send_time_ms: Option<f64>,
    /// Time between two updates at least, in milliseconds.
    min_send_time_ms: Option<f64>,
    /// Without an update for this time the point is offline, in milliseconds; 0: never.
    max_receive_time_ms: Option<f64>,
    /// Change of the value that is sent.
    send_delta: Option<FormattedView>,
    /// Smallest value.
    minimum: Option<FormattedView>,
    /// Largest value.
    maximum: Option<FormattedView>,
    /// Value that means invalid.
    invalid: Option<FormattedView>,
    /// Named values.
    presets: Vec<PresetDefinitionView>,
    /// What its driver knows of it; null if it does not tell.
    bus: Option<BusView>,
    /// Members that are not known here.
    others: Vec<OtherMemberView>,
}

/// A value of a configuration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfiguredValue)]
pub(crate) struct FormattedView {
    /// The SmartServer's text.
    raw: String,
    /// Typed value.
    #[schema(value_type = Option<ValueSchema>)]
    value: serde_json::Value,
    /// Format of the text.
    format: Option<String>,
}

/// A named value of a configuration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfiguredPreset)]
pub(crate) struct PresetDefinitionView {
    #[schema(example = "ON")]
    name: String,
    /// The SmartServer's text.
    #[schema(example = "100.0 1")]
    raw: String,
    /// Typed value.
    #[schema(value_type = Option<ValueSchema>)]
    value: serde_json::Value,
}

/// A unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Unit)]
pub(crate) struct UnitView {
    /// Field of a structure; null: the whole value.
    field: Option<String>,
    unit: String,
}

/// A member that is not known here.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OtherMember)]
pub(crate) struct OtherMemberView {
    /// Name of its element.
    name: String,
    /// Its text.
    text: String,
}

/// A driver.
#[derive(Debug, Clone, Copy, Serialize, serde::Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Driver)]
pub(crate) enum DriverView {
    /// A network variable.
    Lon,
    /// A configuration property of a LON device.
    LonProperty,
    Modbus,
    Mbus,
    /// A value of the SmartServer itself.
    Virtual,
}

super::reading::same_words!(BusKind, DriverView: Lon, LonProperty, Modbus, Mbus, Virtual);
super::reading::same_words!(DriverView, BusKind: Lon, LonProperty, Modbus, Mbus, Virtual);

/// What a driver knows of a data point. Members that its kind of driver does not have are null.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BusConfiguration)]
pub(crate) struct BusView {
    driver: Option<DriverView>,
    /// Key that the driver gave it.
    handle: Option<i64>,
    /// Milliseconds between two polls.
    poll_rate_ms: Option<f64>,
    /// Index of the network variable.
    nv_index: Option<i64>,
    /// Selector of the network variable, in hexadecimal.
    #[schema(example = "0001")]
    nv_selector: Option<String>,
    /// As `DDT_STATIC`.
    dynamic: Option<String>,
    use_authentication: Option<bool>,
    /// Flag of a configuration property.
    read_only: Option<bool>,
    /// Flag of a configuration property.
    device_specific: Option<bool>,
    /// Flag of a configuration property.
    manufacture_only: Option<bool>,
    /// Flag of a configuration property.
    object_disabled: Option<bool>,
    /// Flag of a configuration property.
    offline: Option<bool>,
    /// Flag of a configuration property.
    reset: Option<bool>,
    /// What a configuration property applies to.
    relation: Option<String>,
    /// Type of a Modbus value.
    base_type: Option<String>,
    /// Table of Modbus.
    table: Option<String>,
    /// Address in it.
    start_address: Option<i64>,
    start_bit: Option<i64>,
    bit_length: Option<i64>,
    /// Order of bytes and words.
    data_ordering: Option<String>,
    /// Type of an M-Bus value.
    mbus_type: Option<String>,
    mbus_protocol: Option<String>,
    /// Name of a virtual point in programs.
    programmatic_name: Option<String>,
    /// Members that are not known here.
    others: Vec<OtherMemberView>,
}

/// A configuration that was changed or made, as it was read back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfigurationChanged)]
pub(crate) struct ConfiguredView {
    /// The data point as it stands in the inventory now.
    data_point: DataPointView,
    configuration: ConfigurationView,
    /// Where the SmartServer has something else than what was sent.
    differences: Vec<DifferenceView>,
}

/// A member that is not what it was set to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfigurationDifference)]
pub(crate) struct DifferenceView {
    #[schema(example = "poll_rate_ms")]
    member: String,
    /// The text that was sent; null: erased.
    sent: Option<String>,
    /// The text that was found; null: not there.
    found: Option<String>,
}

impl ConfiguredView {
    pub(crate) fn new(gateway: &Gateway, configured: Configured) -> Self {
        let Configured { point, configuration, differences } = configured;
        ConfiguredView {
            data_point: DataPointView::new(gateway, &point, gateway.cached(&point).as_deref(), None),
            configuration: ConfigurationView::new(&point, &configuration),
            differences: differences.into_iter().map(difference).collect(),
        }
    }
}

impl ConfigurationView {
    pub(crate) fn new(point: &Point, configuration: &Configuration) -> Self {
        let item = &configuration.generic;
        let value = |member| item.value(member).map(|value| formatted(item, value));
        ConfigurationView {
            data_point_id: point.data.id.0,
            smartserver: point.unit.info().key.clone(),
            name: point.data.name.to_string(),
            annotation: item.text(Member::Annotation),
            alias: item.text(Member::Alias),
            hidden: item.flag(Member::Hidden),
            item_status: item.text(Member::ItemStatus),
            configured_at: item.time(Member::LastUpdate).map(time),
            description: item.text(Member::Description),
            uri: item.text(Member::Uri),
            format: item.text(Member::Format),
            length: item.integer(Member::Length),
            direction: item.text(Member::Direction),
            persist: item.flag(Member::Persist),
            default_output: value(Member::DefaultOutput),
            units: item.units().into_iter().map(unit).collect(),
            base_type: item.text(Member::BaseType),
            precision: item.integer(Member::Precision),
            max_fields: item.integer(Member::MaxFields),
            max_send_time_ms: millis(item, Member::MaxSendTime),
            min_send_time_ms: millis(item, Member::MinSendTime),
            max_receive_time_ms: millis(item, Member::MaxReceiveTime),
            send_delta: value(Member::SendDelta),
            minimum: value(Member::Minimum),
            maximum: value(Member::Maximum),
            invalid: value(Member::Invalid),
            presets: presets(item),
            bus: configuration.bus.as_ref().map(bus),
            others: others(item),
        }
    }
}

fn bus(item: &PointItem) -> BusView {
    BusView {
        driver: item.driver().map(Into::into),
        handle: item.integer(Member::Handle),
        poll_rate_ms: millis(item, Member::PollRate),
        nv_index: item.integer(Member::NvIndex),
        nv_selector: item.text(Member::NvSelector),
        dynamic: item.text(Member::Dynamic),
        use_authentication: item.flag(Member::UseAuthentication),
        read_only: item.flag(Member::ReadOnly),
        device_specific: item.flag(Member::DeviceSpecific),
        manufacture_only: item.flag(Member::ManufactureOnly),
        object_disabled: item.flag(Member::ObjectDisabled),
        offline: item.flag(Member::Offline),
        reset: item.flag(Member::Reset),
        relation: item.text(Member::Relation),
        base_type: item.text(Member::BaseType),
        table: item.text(Member::ModbusTable),
        start_address: item.integer(Member::StartAddress),
        start_bit: item.integer(Member::StartBit),
        bit_length: item.integer(Member::BitLength),
        data_ordering: item.text(Member::DataOrdering),
        mbus_type: item.text(Member::MbusType),
        mbus_protocol: item.text(Member::MbusProtocol),
        programmatic_name: item.text(Member::ProgrammaticName),
        others: others(item),
    }
}

/// The SmartServer tells seconds, with 32 bits in some members: no more digits are true.
fn millis(item: &PointItem, member: Member) -> Option<f64> {
    item.number(member).map(|seconds| (seconds * 1e6).round() / 1e3)
}

fn formatted(item: &PointItem, value: FormattedText) -> FormattedView {
    let format = value.format.or_else(|| item.text(Member::Format).map(|text| text.as_str().into()));
    FormattedView {
        value: json(&types::decode(format.as_ref(), &value.text)),
        raw: value.text,
        format: format.map(|format| format.to_string()),
    }
}

fn presets(item: &PointItem) -> Vec<PresetDefinitionView> {
    let view = |preset: crate::gateway::PresetDefinition| {
        let FormattedView { raw, value, .. } = formatted(item, preset.value);
        PresetDefinitionView { name: preset.name, raw, value }
    };
    item.presets().into_iter().map(view).collect()
}

fn unit(FieldUnit { field, unit }: FieldUnit) -> UnitView {
    UnitView { field, unit }
}

fn others(item: &PointItem) -> Vec<OtherMemberView> {
    item.others().into_iter().map(|(name, text)| OtherMemberView { name, text }).collect()
}

fn difference(Difference { member, sent, found }: Difference) -> DifferenceView {
    DifferenceView { member, sent, found }
}
