//! The whole configuration of a data point: the generic view of the data server, and that of the driver
//! of its bus (manual 4-6, 14-42).

mod difference;
mod message;
mod schema;

use jiff::Timestamp;

use super::PointConfig;
use super::dates;
use super::get::config;
use super::item::{element, text_element};
use super::members::Members;
use crate::domain::{DataPointName, FormatName};
use crate::xml::Element;

pub use difference::Difference;
pub use schema::{BusKind, PointKind, PointMember};

/// A data point's configuration in one view, with all that the SmartServer said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct PointItem {
    kind: PointKind,
    name: DataPointName,
    members: Members,
}

/// A text in a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormattedText {
    /// The format, if it is told.
    pub format: Option<FormatName>,
    /// The text.
    pub text: String,
}

/// A preset (`ValueDef`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresetDefinition {
    /// Name.
    pub name: String,
    /// Value.
    pub value: FormattedText,
}

/// A unit, of one field or of the whole value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldUnit {
    /// The field; `None`: the whole value.
    pub field: Option<String>,
    /// The unit.
    pub unit: String,
}

impl PointItem {
    /// The configuration of a new point, with nothing but its name.
    pub fn new(kind: PointKind, name: DataPointName) -> PointItem {
        let members = Members::new(kind.xsi_type(), name.as_str());
        PointItem { kind, name, members }
    }

    /// `None` where a SmartServer answers with another type than was asked for.
    fn of(kind: PointKind, name: &DataPointName, item: &Element) -> Option<PointItem> {
        let members = Members::of(item, kind.xsi_type());
        let is_asked = members.xsi_type() == kind.xsi_type();
        is_asked.then(|| PointItem { kind, name: name.clone(), members })
    }

    /// Which view it is.
    pub fn kind(&self) -> PointKind {
        self.kind
    }

    /// The point.
    pub fn name(&self) -> &DataPointName {
        &self.name
    }

    /// The driver whose view it is; `None` of the generic one.
    pub fn driver(&self) -> Option<BusKind> {
        match self.kind {
            PointKind::Generic => None,
            PointKind::Bus(bus) => Some(bus),
        }
    }

    /// Text of a member, unless it is blank.
    pub fn text(&self, member: PointMember) -> Option<String> {
        let text = self.members.get(member.element())?.text().trim().to_owned();
        Some(text).filter(|text| !text.is_empty())
    }

    /// A flag.
    pub fn flag(&self, member: PointMember) -> Option<bool> {
        self.text(member).map(|text| text != "0" && text != "false")
    }

    /// A number; `None` where the text is none.
    pub fn number(&self, member: PointMember) -> Option<f64> {
        self.text(member)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// A whole number; `None` where the text is none.
    pub fn integer(&self, member: PointMember) -> Option<i64> {
        self.text(member)?.parse().ok()
    }

    /// A time by the SmartServer's clock; `None` where the text is none.
    pub fn time(&self, member: PointMember) -> Option<Timestamp> {
        dates::parse(&self.text(member)?)
    }

    /// A value in its format.
    pub fn value(&self, member: PointMember) -> Option<FormattedText> {
        self.members.get(member.element()).map(formatted)
    }

    /// Units in order.
    pub fn units(&self) -> Vec<FieldUnit> {
        let unit = |element: &Element| FieldUnit {
            field: element.attr("field").map(str::trim).filter(|field| !field.is_empty()).map(str::to_owned),
            unit: element.text().trim().to_owned(),
        };
        self.members.named("UCPTunit").map(unit).filter(|unit| !unit.unit.is_empty()).collect()
    }

    /// Presets in order.
    pub fn presets(&self) -> Vec<PresetDefinition> {
        let preset = |definition: &Element| {
            let name = preset_name(definition)?;
            Some(PresetDefinition { name, value: definition.child("UCPTvalue").map(formatted)? })
        };
        self.members.named("ValueDef").filter_map(preset).collect()
    }

    /// Members that the schema does not have, with their texts.
    pub fn others(&self) -> Vec<(String, String)> {
        let known = |name: &str| self.kind.order().iter().copied().flatten().any(|known| *known == name);
        let others = self.members.all().iter().filter(|member| !known(&member.name));
        others.map(|member| (member.name.clone(), all_text(member))).collect()
    }

    /// The driver, as the annotation tells it.
    pub fn bus(&self) -> Option<BusKind> {
        BusKind::of_annotation(&self.text(PointMember::Annotation)?)
    }

    /// What the inventory keeps of it.
    pub fn summary(&self) -> PointConfig {
        config(&self.name, &self.clone().into_element())
    }

    /// Sets or, with `None`, erases a member's text.
    pub fn set(&mut self, member: PointMember, text: Option<&str>) {
        let name = member.element();
        match text {
            None => self.members.replace(name, []),
            Some(text) if member.is_named() && self.members.get(name).is_none() => {
                let named = text_element(name, text).with_attr("LonFormat", name);
                self.members.replace(name, [named]);
            }
            Some(text) => self.members.set_text(name, text),
        }
    }

    /// Sets or erases a value.
    pub fn set_value(&mut self, member: PointMember, value: Option<&FormattedText>) {
        let name = member.element();
        self.members.replace(name, value.map(|value| in_format(name, value)));
    }

    /// Replaces all units.
    pub fn set_units(&mut self, units: &[FieldUnit]) {
        let unit = |FieldUnit { field, unit }: &FieldUnit| match field {
            Some(field) => text_element("UCPTunit", unit).with_attr("field", field),
            None => text_element("UCPTunit", unit),
        };
        self.members.replace("UCPTunit", units.iter().map(unit));
    }

    /// Replaces all presets. One whose name stays keeps its index; others get new ones.
    pub fn set_presets(&mut self, presets: &[PresetDefinition]) {
        let old: Vec<_> = self.members.named("ValueDef").cloned().collect();
        let index = |definition: &Element| definition.child_text("UCPTindex")?.trim().parse::<i64>().ok();
        let mut next = old.iter().filter_map(index).max().map_or(0, |highest| highest.saturating_add(1));
        let mut definition = |preset: &PresetDefinition| {
            let kept = old.iter().find(|old| preset_name(old).as_deref() == Some(&preset.name));
            let number = kept.and_then(index).unwrap_or_else(|| {
                next += 1;
                next - 1
            });
            element("ValueDef").with_children([
                text_element("UCPTindex", number.to_string()),
                text_element("UCPTname", &preset.name),
                in_format("UCPTvalue", &preset.value),
            ])
        };
        let definitions: Vec<_> = presets.iter().map(&mut definition).collect();
        self.members.replace("ValueDef", definitions);
    }

    fn into_element(self) -> Element {
        self.members.into_item(self.kind.order())
    }
}

fn preset_name(definition: &Element) -> Option<String> {
    definition.child_text("UCPTname").map(|name| name.trim().to_owned()).filter(|name| !name.is_empty())
}

fn formatted(element: &Element) -> FormattedText {
    let format = element.attr("LonFormat").filter(|format| !format.trim().is_empty());
    FormattedText { format: format.map(FormatName::from), text: element.text() }
}

/// The schema wants a format in every value.
fn in_format(name: &str, value: &FormattedText) -> Element {
    let format = value.format.as_ref().map_or(FormatName::RAW_HEX, FormatName::as_str);
    text_element(name, &value.text).with_attr("LonFormat", format)
}

/// The text of an element and of all elements in it.
fn all_text(element: &Element) -> String {
    let mut texts = vec![element.text().trim().to_owned()];
    texts.extend(element.elements().map(all_text));
    texts.retain(|text| !text.is_empty());
    texts.join(" ")
}

#[cfg(test)]
mod tests;
