//! A change of a data point's configuration: what is named, and how it gets into an item.

use serde_json::Value as Json;

use super::GatewayError;
use crate::domain::types::{self, EncodeError};
use crate::domain::{FormatName, Value};
use crate::smartserver::{FieldUnit, FormattedText, PointItem, PointKind, PointMember, PresetDefinition};

/// What a change names; all else stays as it is. `None` in the place of a text erases the member.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ConfigurationChange {
    /// Members of the generic view.
    pub generic: Vec<(PointMember, Option<String>)>,
    /// Values of the generic view.
    pub values: Vec<(PointMember, Option<ValueText>)>,
    /// All units.
    pub units: Option<Vec<FieldUnit>>,
    /// All presets: name and value.
    pub presets: Option<Vec<(String, ValueText)>>,
    /// Members of the driver's view.
    pub bus: Vec<(PointMember, Option<String>)>,
}

/// A value as a caller gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueText {
    /// Typed: number, text or object of fields.
    Typed(Json),
    /// The SmartServer's own text.
    Raw(String),
}

impl ConfigurationChange {
    /// Whether it names anything of the generic view.
    pub(super) fn is_generic(&self) -> bool {
        !(self.generic.is_empty() && self.values.is_empty() && self.units.is_none() && self.presets.is_none())
    }

    /// Whether it names something of the generic view that `bus` lacks.
    pub(super) fn is_more_than(&self, bus: PointKind) -> bool {
        let lacks = |member: &PointMember| !bus.has(*member);
        self.presets.is_some()
            || self.generic.iter().map(|(member, _)| member).any(lacks)
            || self.values.iter().map(|(member, _)| member).any(lacks)
    }

    /// Puts into an item what the change names of its view. Of a driver's view that is its own part, and
    /// with `whole` also what it shares with the generic one.
    ///
    /// # Errors
    /// `Invalid` when the driver has no such member, `Value` when a value does not fit the point's type.
    pub(super) fn apply(&self, item: &mut PointItem, whole: bool) -> Result<(), GatewayError> {
        if item.kind() == PointKind::Generic || whole {
            self.apply_generic(item)?;
        }
        if item.kind() == PointKind::Generic {
            return Ok(());
        }
        for (member, text) in &self.bus {
            if !item.kind().has(*member) {
                let message = format!("{} has no {}", item.kind().xsi_type(), member.word());
                return Err(GatewayError::Invalid { field: "bus", message });
            }
            item.set(*member, text.as_deref());
        }
        Ok(())
    }

    fn apply_generic(&self, item: &mut PointItem) -> Result<(), GatewayError> {
        let kind = item.kind();
        for (member, text) in self.generic.iter().filter(|(member, _)| kind.has(*member)) {
            item.set(*member, text.as_deref());
        }
        // Values are of the type that the point has from now on.
        let format = item.text(PointMember::Format).map(|text| FormatName::from(text.as_str()));
        for (member, value) in self.values.iter().filter(|(member, _)| kind.has(*member)) {
            let is_invalid = *member == PointMember::Invalid;
            let text = value.as_ref().map(|value| encoded(format.as_ref(), value, member.word(), is_invalid));
            item.set_value(*member, text.transpose()?.as_ref());
        }
        if let Some(units) = &self.units {
            item.set_units(units);
        }
        if let Some(presets) = self.presets.as_ref().filter(|_| kind == PointKind::Generic) {
            let preset = |(name, value): &(String, ValueText)| {
                let value = encoded(format.as_ref(), value, &format!("preset {name}"), false)?;
                Ok(PresetDefinition { name: name.clone(), value })
            };
            let presets = presets.iter().map(preset).collect::<Result<Vec<_>, GatewayError>>()?;
            item.set_presets(&presets);
        }
        Ok(())
    }
}

/// A value in the point's format, within the type's range, or with `is_invalid` also the value that means
/// invalid.
fn encoded(
    format: Option<&FormatName>,
    value: &ValueText,
    what: &str,
    is_invalid: bool,
) -> Result<FormattedText, GatewayError> {
    let wrong = |error: EncodeError| GatewayError::Value(error.in_member(what));
    let text = match (value, format) {
        (ValueText::Raw(text), None) => Ok(text.clone()),
        (ValueText::Raw(text), Some(format)) => checked(format, text).map(|()| text.clone()),
        (ValueText::Typed(Json::String(text)), None) => Ok(text.clone()),
        (ValueText::Typed(value), None) => Err(EncodeError::Kind {
            expected: "a string",
            found: if value.is_object() { "an object" } else { "another value" },
        }),
        (ValueText::Typed(value), Some(format)) => typed(format, value, is_invalid),
    };
    Ok(FormattedText { format: format.cloned(), text: text.map_err(wrong)? })
}

/// The value that means invalid lies outside most ranges.
fn typed(format: &FormatName, value: &Json, is_invalid: bool) -> Result<String, EncodeError> {
    let out_of_range = |error| match error {
        EncodeError::Range { .. }
            if is_invalid && types::decode(Some(format), &value.to_string()) == Value::Null =>
        {
            Ok(value.to_string())
        }
        error => Err(error),
    };
    types::encode(format, value).or_else(out_of_range)
}

/// Whether a text is a value of its type. One that means invalid is, also in a field.
fn checked(format: &FormatName, text: &str) -> Result<(), EncodeError> {
    let value = types::decode(Some(format), text);
    if holds_null(&value) {
        return Ok(());
    }
    types::encode(format, &serde_json::to_value(&value).unwrap_or_default()).map(drop)
}

fn holds_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Number(_) | Value::Text(_) => false,
        Value::Fields(fields) => fields.iter().any(|(_, value)| holds_null(value)),
        Value::List(values) => values.iter().any(holds_null),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::smartserver::BusKind;

    fn switch() -> PointItem {
        let mut item = PointItem::new(PointKind::Generic, "a".parse().unwrap());
        item.set(PointMember::Format, Some("#0000000000000000[0].SNVT_switch"));
        item
    }

    fn preset(value: ValueText) -> Result<String, String> {
        let presets = Some(vec![("ON".to_owned(), value)]);
        let mut item = switch();
        let change = ConfigurationChange { presets, ..ConfigurationChange::default() };
        change.apply(&mut item, false).map_err(|error| error.to_string())?;
        Ok(item.presets()[0].value.text.clone())
    }

    #[test]
    fn values_are_checked_by_the_points_type() {
        assert_eq!(preset(ValueText::Typed(json!({"value": 80, "state": 1}))), Ok("80.0 1".into()));
        assert_eq!(preset(ValueText::Raw("80 1".into())), Ok("80 1".into()));
        for value in [
            ValueText::Typed(json!({"value": 180, "state": 1})),
            ValueText::Raw("180 1".into()),
            ValueText::Raw("bright".into()),
            ValueText::Typed(json!(7)),
        ] {
            let error = preset(value).unwrap_err();
            assert!(error.starts_with("field preset ON"), "{error}");
        }
    }

    #[test]
    fn values_are_of_the_type_that_the_change_names() {
        let mut item = switch();
        let mut change = ConfigurationChange {
            generic: vec![(PointMember::Format, Some("SNVT_temp_p".into()))],
            values: vec![
                (PointMember::Minimum, Some(ValueText::Typed(json!(-5.5)))),
                (PointMember::Invalid, Some(ValueText::Typed(json!(327.67)))),
            ],
            ..ConfigurationChange::default()
        };
        change.apply(&mut item, false).unwrap();
        let value =
            |text: &str| Some(FormattedText { format: Some("SNVT_temp_p".into()), text: text.into() });
        assert_eq!(item.value(PointMember::Minimum), value("-5.50"));
        assert_eq!(item.value(PointMember::Invalid), value("327.67"));
        change.values = vec![(PointMember::Minimum, Some(ValueText::Typed(json!(327.67))))];
        assert!(change.apply(&mut item, false).is_err(), "no limit lies outside the range");
        change.values = vec![(PointMember::Minimum, None)];
        change.apply(&mut item, false).unwrap();
        assert_eq!(item.value(PointMember::Minimum), None);
    }

    #[test]
    fn each_view_takes_its_own() {
        let change = ConfigurationChange {
            generic: vec![
                (PointMember::Description, Some("d".into())),
                (PointMember::Precision, Some("1".into())),
            ],
            bus: vec![(PointMember::PollRate, Some("5".into()))],
            ..ConfigurationChange::default()
        };
        let lon = PointKind::Bus(BusKind::Lon);
        let mut bus = PointItem::new(lon, "a".parse().unwrap());
        change.apply(&mut bus, false).unwrap();
        assert_eq!(
            (bus.text(PointMember::PollRate).as_deref(), bus.text(PointMember::Description)),
            (Some("5"), None)
        );
        change.apply(&mut bus, true).unwrap();
        assert_eq!((bus.text(PointMember::Description).as_deref(), bus.others()), (Some("d"), vec![]));
        assert!(change.is_generic() && change.is_more_than(lon));

        let nv = ConfigurationChange {
            bus: vec![(PointMember::UseAuthentication, Some("1".into()))],
            ..ConfigurationChange::default()
        };
        let mut mbus = PointItem::new(PointKind::Bus(BusKind::Mbus), "a".parse().unwrap());
        let error = nv.apply(&mut mbus, false).unwrap_err().to_string();
        assert_eq!(error, "bus: MBS_Dp_Cfg has no use_authentication");
    }
}
