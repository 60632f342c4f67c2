use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::{PartialSchema as _, ToSchema};
use uuid::Uuid;

use super::{UnitSystemView, ValueSchema, time};
use crate::domain::{
    Action, Command, CommandItem, ItemCount, ListedCommand, Outcome, Phase, Priority, WriteValue,
};
use crate::gateway::{Gateway, NewCommand};
use crate::http::extract;
use crate::http::problem::HttpError;

/// Priority that a release resets with when the caller does not say: that of overrides.
const RELEASE_PRIORITY: u8 = 240;

/// Longest text that is written to a data point, in characters.
const RAW_MAX: usize = 2_000;
/// Most digits that are written as bytes.
const HEX_MAX: usize = 512;
/// Most fields that are written at once, and the longest name of one.
const FIELDS_MAX: usize = 100;
const FIELD_NAME_MAX: usize = 100;

/// What is asked of a data point.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCommand)]
pub(crate) struct NewCommandView {
    /// Write or release.
    action: ActionView,
    /// Milliseconds after which it is given up if it could not be sent until then. Once it was sent, its
    /// outcome may come later: the SmartServer has the configured time to answer, and reading back takes
    /// up to ten seconds.
    #[schema(minimum = 1, maximum = 86400000, example = 30000)]
    deadline_ms: Option<u64>,
    /// Whether the point is read back: the outcome is then `verified` instead of `acknowledged`.
    #[serde(default = "yes")]
    #[schema(default = true)]
    verify: bool,
    /// Why, for those who read the log later.
    #[schema(max_length = 500, example = "too warm in room 214")]
    reason: Option<String>,
}

fn yes() -> bool {
    true
}

/// What to do.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = Action)]
#[expect(clippy::large_enum_variant, reason = "there is one of it a request")]
pub(crate) enum ActionView {
    /// Write exactly one of `value`, `preset`, `raw`, `fields` and `raw_hex`.
    #[schema(example = json!({"type": "write", "value": 21.5, "priority": 255}))]
    Write {
        /// Typed value: number, text, or object of all fields. A number must be inside its type's range and a
        /// multiple of its resolution.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(value_type = Option<ValueSchema>)]
        value: Option<serde_json::Value>,
        /// Units of the value's temperatures; those of the data point if absent. Only goes with `value`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        format: Option<UnitSystemView>,
        /// Name of a preset.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 200)]
        preset: Option<String>,
        /// The SmartServer's own text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(max_length = 2000)]
        raw: Option<String>,
        /// Typed values of some fields of a structure, 100 at most; the others stay as they are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(schema_with = fields_schema, required = false)]
        fields: Option<serde_json::Map<String, serde_json::Value>>,
        /// The value's bytes as hexadecimal digits.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schema(pattern = "^([0-9A-Fa-f]{2})+$", min_length = 2, max_length = 512, example = "c801")]
        raw_hex: Option<String>,
        /// 0 strongest, 255 weakest; 255 holds nobody off.
        #[serde(default = "weakest")]
        #[schema(default = 255)]
        priority: u8,
        /// False changes the value in the SmartServer alone: it goes on to the field with the next write that
        /// does. `verified` then means that the SmartServer has it, not the field.
        #[serde(default = "yes")]
        #[schema(default = true)]
        propagate: bool,
    },
    /// Give the point's priority back; its value stays.
    #[schema(example = json!({"type": "release", "priority": 240}))]
    Release {
        /// Priority to reset with: as strong as the holder's or stronger.
        #[serde(default = "release_priority")]
        #[schema(default = 240)]
        priority: u8,
    },
}

/// Names and values of fields, within the limits of [`checked_fields`].
fn fields_schema() -> Schema {
    let name = ObjectBuilder::new().pattern(Some("^[A-Za-z0-9_.]{1,100}$"));
    ObjectBuilder::new()
        .description(Some("Typed values of some fields of a structure; the others stay as they are."))
        .property_names(Some(name))
        .additional_properties(Some(ValueSchema::schema()))
        .min_properties(Some(1))
        .max_properties(Some(FIELDS_MAX))
        .examples([serde_json::json!({"state": 1})])
        .into()
}

fn weakest() -> u8 {
    Priority::WEAKEST.0
}

fn release_priority() -> u8 {
    RELEASE_PRIORITY
}

/// A command and the fate of its data points.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Command)]
pub(crate) struct CommandView {
    id: Uuid,
    action: ActionView,
    reason: Option<String>,
    verify: bool,
    /// Name of the API key that asked.
    requested_by: String,
    created_at: String,
    deadline_at: String,
    /// Whether every data point has its outcome.
    finished: bool,
    /// Data points by outcome; those without one under their phase.
    #[schema(example = json!({"verified": 1}))]
    counts: BTreeMap<String, usize>,
    items: Vec<CommandItemView>,
}

/// A page of commands, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandPage)]
pub(crate) struct CommandPage {
    pub(crate) items: Vec<CommandView>,
    pub(crate) next_cursor: Option<String>,
}

/// One data point of a command.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandItem)]
pub(crate) struct CommandItemView {
    data_point_id: Uuid,
    /// Key of the SmartServer; its id once it is removed.
    smartserver: String,
    name: String,
    phase: PhaseView,
    outcome: Option<OutcomeView>,
    /// Why, in words.
    reason: Option<String>,
    /// Priority of the holder as read back.
    held_at: Option<u8>,
    /// The value's text as read back.
    raw: Option<String>,
    updated_at: String,
}

/// How far a command has come.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Phase)]
pub(crate) enum PhaseView {
    Queued,
    Sent,
    Finished,
}

super::reading::same_words!(Phase, PhaseView: Queued, Sent, Finished);

/// The fate of a command at one data point.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Outcome)]
pub(crate) enum OutcomeView {
    /// Read back from the SmartServer: value and priority are as asked. What the device behind it has, a read
    /// with `max_age_ms` 0 tells.
    Verified,
    /// Answered without fault; not read back, or read back otherwise: see `reason`.
    Acknowledged,
    /// A fault, or a stronger holder kept the point.
    Refused,
    /// The SmartServer has no such point.
    NotFound,
    /// It never reached the SmartServer: safe to repeat.
    NotSent,
    /// Sent and never answered: it may have been executed.
    Unknown,
    /// Its deadline passed before it was sent.
    Expired,
    /// Cancelled before it was sent.
    Cancelled,
}

super::reading::same_words!(Outcome, OutcomeView: Verified, Acknowledged, Refused, NotFound, NotSent, Unknown, Expired, Cancelled);

impl TryFrom<NewCommandView> for NewCommand {
    type Error = HttpError;

    fn try_from(view: NewCommandView) -> Result<Self, HttpError> {
        let deadline = extract::duration("deadline_ms", view.deadline_ms, 1, extract::DAY_MS)?;
        if view.reason.as_ref().is_some_and(|reason| reason.chars().count() > 500) {
            return Err(HttpError::Shape("reason: at most 500 characters".into()));
        }
        Ok(NewCommand { action: view.action.try_into()?, deadline, verify: view.verify, reason: view.reason })
    }
}

impl TryFrom<ActionView> for Action {
    type Error = HttpError;

    fn try_from(view: ActionView) -> Result<Self, HttpError> {
        match view {
            ActionView::Release { priority } => Ok(Action::Release { priority: Priority(priority) }),
            ActionView::Write { value: None, format: Some(_), .. } => {
                Err(HttpError::Shape("action.format: only with value".into()))
            }
            ActionView::Write { value, format, preset, raw, fields, raw_hex, priority, propagate } => {
                let forms = [
                    value.map(|value| Ok(in_units(value, format))),
                    preset.map(|preset| Ok(WriteValue::Preset(preset))),
                    raw.map(checked_raw),
                    fields.map(checked_fields),
                    raw_hex.map(checked_hex),
                ];
                let mut given = forms.into_iter().flatten();
                match (given.next(), given.next()) {
                    (Some(value), None) => {
                        Ok(Action::Write { value: value?, priority: Priority(priority), propagate })
                    }
                    _ => Err(HttpError::Shape(
                        "action: exactly one of value, preset, raw, fields and raw_hex".into(),
                    )),
                }
            }
        }
    }
}

fn in_units(value: serde_json::Value, format: Option<UnitSystemView>) -> WriteValue {
    match format {
        None => WriteValue::Value(value),
        Some(units) => WriteValue::ValueIn { value, units: units.into() },
    }
}

fn checked_raw(raw: String) -> Result<WriteValue, HttpError> {
    if raw.chars().count() > RAW_MAX {
        return Err(HttpError::Shape(format!("action.raw: at most {RAW_MAX} characters")));
    }
    Ok(WriteValue::Raw(raw))
}

fn checked_fields(fields: serde_json::Map<String, serde_json::Value>) -> Result<WriteValue, HttpError> {
    let is_name = |name: &str| {
        (1..=FIELD_NAME_MAX).contains(&name.len())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
    };
    let fits = (1..=FIELDS_MAX).contains(&fields.len()) && fields.keys().all(|name| is_name(name));
    let problem = || HttpError::Shape(format!("action.fields: 1 to {FIELDS_MAX} fields by name"));
    fits.then_some(WriteValue::Fields(fields)).ok_or_else(problem)
}

fn checked_hex(digits: String) -> Result<WriteValue, HttpError> {
    let is_hex = digits.len().is_multiple_of(2) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let problem =
        || HttpError::Shape(format!("action.raw_hex: 2 to {HEX_MAX} hexadecimal digits, an even number"));
    let fits = is_hex && (2..=HEX_MAX).contains(&digits.len());
    fits.then_some(WriteValue::RawHex(digits)).ok_or_else(problem)
}

impl From<Action> for ActionView {
    fn from(action: Action) -> Self {
        match action {
            Action::Release { priority } => ActionView::Release { priority: priority.0 },
            Action::Write { value: what, priority, propagate } => {
                let (mut value, mut format, mut preset) = (None, None, None);
                let (mut raw, mut fields, mut raw_hex) = (None, None, None);
                match what {
                    WriteValue::Value(v) => value = Some(v),
                    WriteValue::ValueIn { value: v, units } => {
                        (value, format) = (Some(v), Some(units.into()));
                    }
                    WriteValue::Preset(p) => preset = Some(p),
                    WriteValue::Raw(r) => raw = Some(r),
                    WriteValue::Fields(f) => fields = Some(f),
                    WriteValue::RawHex(digits) => raw_hex = Some(digits),
                }
                ActionView::Write {
                    value,
                    format,
                    preset,
                    raw,
                    fields,
                    raw_hex,
                    priority: priority.0,
                    propagate,
                }
            }
        }
    }
}

impl CommandView {
    pub(crate) fn new(gateway: &Gateway, command: Command) -> Self {
        let one = |item: &CommandItem| ItemCount { phase: item.phase, outcome: item.outcome, items: 1 };
        let counts = command.items.iter().map(one).collect();
        CommandView::listed(gateway, ListedCommand { command, counts })
    }

    /// With the items that are told of it.
    pub(crate) fn listed(gateway: &Gateway, listed: ListedCommand) -> Self {
        let finished = listed.is_finished();
        let ListedCommand { command, counts: counted } = listed;
        let mut counts = BTreeMap::new();
        for count in counted {
            *counts.entry(count_name(count)).or_default() += count.items;
        }
        CommandView {
            id: command.id.0,
            action: command.action.into(),
            reason: command.reason,
            verify: command.verify,
            requested_by: command.requested_by,
            created_at: time(command.created_at),
            deadline_at: time(command.deadline_at),
            finished,
            counts,
            items: command.items.into_iter().map(|item| item_view(gateway, item)).collect(),
        }
    }
}

fn count_name(count: ItemCount) -> String {
    let name = match count.outcome {
        Some(outcome) => serde_json::to_value(OutcomeView::from(outcome)),
        None => serde_json::to_value(PhaseView::from(count.phase)),
    };
    name.ok().and_then(|name| name.as_str().map(ToOwned::to_owned)).unwrap_or_default()
}

fn item_view(gateway: &Gateway, item: CommandItem) -> CommandItemView {
    let id = item.smartserver_id.to_string();
    let smartserver = gateway.unit(&id).map_or(id, |unit| unit.info().key.clone());
    CommandItemView {
        data_point_id: item.data_point_id.0,
        smartserver,
        name: item.name.to_string(),
        phase: item.phase.into(),
        outcome: item.outcome.map(Into::into),
        reason: item.reason,
        held_at: item.held_at.map(|priority| priority.0),
        raw: item.raw,
        updated_at: time(item.updated_at),
    }
}
