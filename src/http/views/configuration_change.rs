use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::ValueSchema;
use super::configuration::DriverView;
use crate::domain::DataPointName;
use crate::gateway::{ConfigurationChange, FieldUnit, NewPoint, PointMember as Member, ValueText};
use crate::http::problem::HttpError;

/// Longest text of a member, in characters.
const TEXT_MAX: usize = 2_000;
/// Longest name, format or unit.
const NAME_MAX: usize = 200;
/// Most presets, and most units.
const LIST_MAX: usize = 100;
/// Longest time: a week.
const TIME_MAX: f64 = 604_800_000.0;
/// Largest number that the schema's integers hold.
const INT_MAX: i64 = i32::MAX as i64;

/// A member that may be erased: absent is no change, null erases.
type Erasable<T> = Option<Option<T>>;

/// What changes of a data point's configuration; what is not named stays. Null erases a member, where it
/// may be erased.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConfigurationChange)]
pub(crate) struct ConfigurationChangeView {
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    alias: Erasable<String>,
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = bool, required = false)]
    hidden: Option<bool>,
    /// SmartServers take 201 characters (manual 4-7).
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<String>, max_length = 201)]
    description: Erasable<String>,
    /// Whole format name. Values and presets that are not named keep their old texts.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200,
        example = "#0000000000000000[0].SNVT_switch")]
    format: Option<String>,
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = NewDirection, inline, required = false)]
    direction: Option<NewDirection>,
    /// Bytes.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = u16, required = false, maximum = 65535)]
    length: Option<u16>,
    /// Whether the value outlives a restart of the SmartServer.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = bool, required = false)]
    persist: Option<bool>,
    /// Value after a start.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<NewValueView>)]
    default_output: Erasable<NewValueView>,
    /// All units.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<Vec<NewUnitView>>, max_items = 100)]
    units: Erasable<Vec<NewUnitView>>,
    /// As `BT_STRUCT`.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    base_type: Erasable<String>,
    /// Digits behind the point.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<u8>, maximum = 20)]
    precision: Erasable<u8>,
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 604800000)]
    max_send_time_ms: Erasable<f64>,
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 604800000)]
    min_send_time_ms: Erasable<f64>,
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 604800000)]
    max_receive_time_ms: Erasable<f64>,
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<NewValueView>)]
    send_delta: Erasable<NewValueView>,
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<NewValueView>)]
    minimum: Erasable<NewValueView>,
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<NewValueView>)]
    maximum: Erasable<NewValueView>,
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<NewValueView>)]
    invalid: Erasable<NewValueView>,
    /// All presets; each name once.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<Vec<NewPresetView>>, max_items = 100)]
    presets: Erasable<Vec<NewPresetView>>,
    /// What its driver keeps of it.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = BusChangeView, required = false)]
    bus: Option<BusChangeView>,
}

/// What changes of the driver's part. A member that the driver does not have is refused.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BusChange)]
pub(crate) struct BusChangeView {
    /// Milliseconds between two polls.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 604800000)]
    poll_rate_ms: Erasable<f64>,
    /// As `DDT_STATIC`; LON.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    dynamic: Erasable<String>,
    /// LON.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = bool, required = false)]
    use_authentication: Option<bool>,
    /// Modbus.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    base_type: Option<String>,
    /// Modbus.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    table: Option<String>,
    /// Modbus.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = i64, required = false, minimum = 0, maximum = 2147483647)]
    start_address: Option<i64>,
    /// Modbus.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = i64, required = false, minimum = 0, maximum = 2147483647)]
    start_bit: Option<i64>,
    /// Modbus.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 2147483647)]
    bit_length: Erasable<i64>,
    /// Modbus.
    #[serde(default, deserialize_with = "named")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    data_ordering: Option<String>,
    /// M-Bus.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    mbus_type: Erasable<String>,
    /// M-Bus.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    mbus_protocol: Erasable<String>,
    /// Virtual points.
    #[serde(default, deserialize_with = "erasable")]
    #[schema(value_type = Option<String>, max_length = 200)]
    programmatic_name: Erasable<String>,
}

/// A data point to be made on a SmartServer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewDataPoint)]
pub(crate) struct NewDataPointView {
    /// Whole name: network, channel, device, functional block, data point.
    #[schema(min_length = 1, max_length = 512, example = "Net/LON/iLON App/VirtFb/nviSwitch")]
    name: String,
    /// The driver that it belongs to.
    driver: DriverView,
    /// Its configuration; `format` is needed.
    configuration: ConfigurationChangeView,
}

/// Direction as the SmartServer sees it.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NewDirection {
    In,
    Out,
    /// Neither is said.
    InOut,
}

/// A value: exactly one of `value` and `raw`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewConfiguredValue, example = json!({"value": 21.5}))]
pub(crate) struct NewValueView {
    /// Typed value.
    #[serde(default)]
    #[schema(value_type = Option<ValueSchema>)]
    value: Option<serde_json::Value>,
    /// The SmartServer's own text.
    #[serde(default)]
    #[schema(max_length = 2000)]
    raw: Option<String>,
}

/// A preset: its name, and exactly one of `value` and `raw`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPreset, example = json!({"name": "DIM", "value": {"value": 20, "state": 1}}))]
pub(crate) struct NewPresetView {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Typed value.
    #[serde(default)]
    #[schema(value_type = Option<ValueSchema>)]
    value: Option<serde_json::Value>,
    /// The SmartServer's own text.
    #[serde(default)]
    #[schema(max_length = 2000)]
    raw: Option<String>,
}

/// A unit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewUnit)]
pub(crate) struct NewUnitView {
    /// Field of a structure; absent: the whole value.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    field: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    unit: String,
}

fn erasable<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Erasable<T>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Null is no value of a member that cannot be erased.
fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl TryFrom<NewDataPointView> for NewPoint {
    type Error = HttpError;

    fn try_from(view: NewDataPointView) -> Result<Self, HttpError> {
        let name: DataPointName =
            view.name.parse().map_err(|error| HttpError::Shape(format!("name: {error}")))?;
        if view.configuration.format.is_none() {
            return Err(HttpError::Shape("configuration.format: needed".into()));
        }
        Ok(NewPoint { name, bus: view.driver.into(), configuration: view.configuration.try_into()? })
    }
}

impl TryFrom<ConfigurationChangeView> for ConfigurationChange {
    type Error = HttpError;

    fn try_from(view: ConfigurationChangeView) -> Result<Self, HttpError> {
        let mut texts = Texts::default();
        texts.text(Member::Alias, view.alias, NAME_MAX)?;
        texts.flag(Member::Hidden, view.hidden);
        texts.text(Member::Description, view.description, 201)?;
        texts.text(Member::Format, view.format.map(Some), NAME_MAX)?;
        texts.add(Member::Direction, view.direction.map(|direction| Some(direction.word().to_owned())));
        texts.add(Member::Length, view.length.map(|bytes| Some(bytes.to_string())));
        texts.flag(Member::Persist, view.persist);
        texts.text(Member::BaseType, view.base_type, NAME_MAX)?;
        texts.int(Member::Precision, view.precision.map(|digits| digits.map(Into::into)), 20)?;
        texts.millis(Member::MaxSendTime, view.max_send_time_ms)?;
        texts.millis(Member::MinSendTime, view.min_send_time_ms)?;
        texts.millis(Member::MaxReceiveTime, view.max_receive_time_ms)?;
        let values = [
            (Member::DefaultOutput, view.default_output),
            (Member::SendDelta, view.send_delta),
            (Member::Minimum, view.minimum),
            (Member::Maximum, view.maximum),
            (Member::Invalid, view.invalid),
        ];
        let named = values.into_iter().filter_map(|(member, value)| Some((member, value?)));
        let value = |(member, value): (Member, Option<NewValueView>)| {
            let text = value.map(|value| one_of(member.word(), value.value, value.raw));
            Ok((member, text.transpose()?))
        };
        Ok(ConfigurationChange {
            generic: texts.0,
            values: named.map(value).collect::<Result<_, HttpError>>()?,
            units: view.units.map(|units| units.unwrap_or_default()).map(checked_units).transpose()?,
            presets: view
                .presets
                .map(|presets| presets.unwrap_or_default())
                .map(checked_presets)
                .transpose()?,
            bus: view.bus.map_or_else(|| Ok(Vec::new()), bus_members)?,
        })
    }
}

fn bus_members(view: BusChangeView) -> Result<Vec<(Member, Option<String>)>, HttpError> {
    let mut texts = Texts::default();
    texts.millis(Member::PollRate, view.poll_rate_ms)?;
    texts.text(Member::Dynamic, view.dynamic, NAME_MAX)?;
    texts.flag(Member::UseAuthentication, view.use_authentication);
    texts.text(Member::BaseType, view.base_type.map(Some), NAME_MAX)?;
    texts.text(Member::ModbusTable, view.table.map(Some), NAME_MAX)?;
    texts.int(Member::StartAddress, view.start_address.map(Some), INT_MAX)?;
    texts.int(Member::StartBit, view.start_bit.map(Some), INT_MAX)?;
    texts.int(Member::BitLength, view.bit_length, INT_MAX)?;
    texts.text(Member::DataOrdering, view.data_ordering.map(Some), NAME_MAX)?;
    texts.text(Member::MbusType, view.mbus_type, NAME_MAX)?;
    texts.text(Member::MbusProtocol, view.mbus_protocol, NAME_MAX)?;
    texts.text(Member::ProgrammaticName, view.programmatic_name, NAME_MAX)?;
    Ok(texts.0)
}

/// Members that are named, with the texts that SmartServers take.
#[derive(Default)]
struct Texts(Vec<(Member, Option<String>)>);

impl Texts {
    fn add(&mut self, member: Member, text: Erasable<String>) {
        self.0.extend(text.map(|text| (member, text)));
    }

    fn text(&mut self, member: Member, text: Erasable<String>, most: usize) -> Result<(), HttpError> {
        if let Some(Some(text)) = &text {
            check_text(member.word(), text, most)?;
        }
        self.add(member, text);
        Ok(())
    }

    fn flag(&mut self, member: Member, flag: Option<bool>) {
        self.add(member, flag.map(|flag| Some(u8::from(flag).to_string())));
    }

    fn int(&mut self, member: Member, number: Erasable<i64>, most: i64) -> Result<(), HttpError> {
        if number.flatten().is_some_and(|number| !(0..=most).contains(&number)) {
            return Err(HttpError::Shape(format!("{}: 0 to {most}", member.word())));
        }
        self.add(member, number.map(|number| number.map(|number| number.to_string())));
        Ok(())
    }

    /// SmartServers count seconds.
    fn millis(&mut self, member: Member, time: Erasable<f64>) -> Result<(), HttpError> {
        if time.flatten().is_some_and(|time| !(0.0..=TIME_MAX).contains(&time)) {
            return Err(HttpError::Shape(format!("{}: 0 to {TIME_MAX}", member.word())));
        }
        self.add(member, time.map(|time| time.map(|time| (time / 1_000.0).to_string())));
        Ok(())
    }
}

impl NewDirection {
    fn word(self) -> &'static str {
        match self {
            NewDirection::In => "DIR_IN",
            NewDirection::Out => "DIR_OUT",
            NewDirection::InOut => "DIR_NUL",
        }
    }
}

/// A text without blanks around it, which SmartServers do not keep, and without control characters.
fn check_text(what: &str, text: &str, most: usize) -> Result<(), HttpError> {
    let fits = (1..=most).contains(&text.chars().count());
    if fits && text.trim() == text && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let rule = format!("1 to {most} characters, no blanks around them, no control characters");
    Err(HttpError::Shape(format!("{what}: {rule}")))
}

fn one_of(what: &str, value: Option<serde_json::Value>, raw: Option<String>) -> Result<ValueText, HttpError> {
    match (value, raw) {
        (Some(value), None) => Ok(ValueText::Typed(value)),
        (None, Some(raw)) => check_text(&format!("{what}.raw"), &raw, TEXT_MAX).map(|()| ValueText::Raw(raw)),
        _ => Err(HttpError::Shape(format!("{what}: exactly one of value and raw"))),
    }
}

fn checked_units(units: Vec<NewUnitView>) -> Result<Vec<FieldUnit>, HttpError> {
    if units.len() > LIST_MAX {
        return Err(HttpError::Shape(format!("units: at most {LIST_MAX}")));
    }
    let unit = |NewUnitView { field, unit }: NewUnitView| {
        check_text("units.unit", &unit, NAME_MAX)?;
        field.as_deref().map_or(Ok(()), |field| check_text("units.field", field, NAME_MAX))?;
        Ok(FieldUnit { field, unit })
    };
    units.into_iter().map(unit).collect()
}

fn checked_presets(presets: Vec<NewPresetView>) -> Result<Vec<(String, ValueText)>, HttpError> {
    if presets.len() > LIST_MAX {
        return Err(HttpError::Shape(format!("presets: at most {LIST_MAX}")));
    }
    let mut checked: Vec<(String, ValueText)> = Vec::new();
    for NewPresetView { name, value, raw } in presets {
        check_text("presets.name", &name, NAME_MAX)?;
        if checked.iter().any(|(known, _)| *known == name) {
            return Err(HttpError::Shape(format!("presets: {name:?} stands there twice")));
        }
        let value = one_of(&format!("preset {name}"), value, raw)?;
        checked.push((name, value));
    }
    Ok(checked)
}
