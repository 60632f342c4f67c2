use serde::{Deserialize, Serialize};

use super::catalogue::{Meaning, meaning};
use super::kind::{Kind, NumberType};
use super::number;
use crate::domain::{FormatName, Value};

/// A system of units. Only temperatures differ: °C and °F; all else has one unit (manual 4-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitSystem {
    /// Degrees Celsius.
    Si,
    /// Degrees Fahrenheit.
    Us,
}

/// Which units a format's text is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// The catalogue's: `#SI`, or no variant.
    Home,
    /// `#US`: temperatures are in °F. Of other numbers nobody knows.
    Us,
    /// `#LO` and others: nobody knows.
    Other,
}

/// How a temperature becomes one in °F.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heat {
    Absolute,
    /// A difference of temperatures, also one per time.
    Difference,
}

impl Heat {
    /// Of a type, and the unit of it or of its field.
    pub(super) fn of(type_name: &str, unit: Option<&str>) -> Option<Heat> {
        match unit? {
            "°C" if type_name.contains("diff") => Some(Heat::Difference),
            "°C" => Some(Heat::Absolute),
            unit => unit.starts_with("°C/").then_some(Heat::Difference),
        }
    }

    pub(super) fn fahrenheit(self, celsius: f64) -> f64 {
        celsius * 1.8 + self.zero()
    }

    pub(super) fn celsius(self, fahrenheit: f64) -> f64 {
        (fahrenheit - self.zero()) / 1.8
    }

    fn zero(self) -> f64 {
        match self {
            Heat::Absolute => 32.0,
            Heat::Difference => 0.0,
        }
    }
}

impl Variant {
    pub(super) fn of(format: &FormatName) -> Variant {
        match format.variant() {
            None | Some("SI") => Variant::Home,
            Some("US") => Variant::Us,
            Some(_) => Variant::Other,
        }
    }
}

impl From<UnitSystem> for Variant {
    fn from(system: UnitSystem) -> Variant {
        match system {
            UnitSystem::Si => Variant::Home,
            UnitSystem::Us => Variant::Us,
        }
    }
}

impl NumberType {
    /// This temperature's range in °F, with the decimals that SmartServers print there, which are those of
    /// °C; so is the resolution, although the SmartServer rounds to the nearest step in °C.
    pub(super) fn in_fahrenheit(&self, heat: Heat) -> NumberType {
        let largest = f64::from(f32::MAX);
        let of = |celsius| self.fahrenheit(heat, celsius).clamp(-largest, largest);
        let step = self.step.map(number::decimal);
        let inside = |bound: f64, round: fn(f64) -> f64| match step {
            // Three decimals more than there can be: what is left is noise.
            Some(step) => number::on_grid(round(number::rounded(bound / step, 3)) * step, step),
            None => bound,
        };
        NumberType {
            step,
            minimum: inside(of(self.minimum), f64::ceil),
            maximum: inside(of(self.maximum), f64::floor),
            ..self.clone()
        }
    }

    /// To one digit more than SmartServers print, which is exact.
    fn fahrenheit(&self, heat: Heat, celsius: f64) -> f64 {
        let value = heat.fahrenheit(celsius);
        match self.step {
            Some(step) => number::rounded(value, number::decimals(step) + 1),
            None => number::seven_digits(value),
        }
    }

    fn celsius(&self, heat: Heat, fahrenheit: f64) -> f64 {
        match self.step {
            Some(_) => self.on_grid(heat.celsius(fahrenheit)),
            None => number::seven_digits(heat.celsius(fahrenheit)),
        }
    }
}

/// The format whose variant tells the units of a value: the value's own if it has a variant, else that of
/// the data point's configuration, if it is of the same type. Without both the units are those of SI.
pub fn format_of_units<'f>(
    of_value: Option<&'f FormatName>,
    configured: Option<&'f FormatName>,
) -> Option<&'f FormatName> {
    let Some(own) = of_value else { return configured };
    let says_more = |other: &&FormatName| {
        own.variant().is_none() && other.variant().is_some() && other.type_name() == own.type_name()
    };
    Some(configured.filter(says_more).unwrap_or(own))
}

/// The system of units that a format's temperatures are in; `None` of types without temperatures, and of
/// formats whose units are not known.
pub fn system_of(format: &FormatName) -> Option<UnitSystem> {
    let Meaning { kind, variant, .. } = meaning(format)?;
    match variant {
        _ if !kind.has_heat() => None,
        Variant::Home => Some(UnitSystem::Si),
        Variant::Us => Some(UnitSystem::Us),
        Variant::Other => None,
    }
}

/// A value with its temperatures in a system of units, given the format that it came in: differences of
/// temperatures as such, and also those inside structures. What has no variant stays as it is.
pub fn convert(format: &FormatName, value: &Value, to: UnitSystem) -> Value {
    match (meaning(format), system_of(format)) {
        (Some(Meaning { kind, .. }), Some(from)) if from != to => converted(kind, value, to),
        _ => value.clone(),
    }
}

fn converted(kind: &Kind, value: &Value, to: UnitSystem) -> Value {
    match (kind, value) {
        (Kind::Number(NumberType { heat: Some(heat), .. }), Value::Number(value)) => {
            let Kind::Number(number) = kind else { return Value::Number(*value) };
            Value::Number(match to {
                UnitSystem::Us => number.fahrenheit(*heat, *value),
                UnitSystem::Si => number.celsius(*heat, *value),
            })
        }
        (Kind::Structure(fields), Value::Fields(values)) => Value::Fields(
            fields
                .iter()
                .zip(values)
                .map(|(field, (name, value))| (name.clone(), converted(&field.kind, value, to)))
                .collect(),
        ),
        (Kind::Array(array), Value::List(values)) => {
            Value::List(values.iter().map(|value| converted(&array.element, value, to)).collect())
        }
        _ => value.clone(),
    }
}

/// A unit's words in a system of units.
pub fn unit_in(unit: &str, system: UnitSystem) -> String {
    match system {
        UnitSystem::Us => unit.replace("°C", "°F").replace("degrees Celsius", "degrees Fahrenheit"),
        UnitSystem::Si => unit.replace("°F", "°C").replace("degrees Fahrenheit", "degrees Celsius"),
    }
}

/// The same format in the variant of a system of units, as `…SNVT_temp_p#US` (manual 3-4).
pub(super) fn with_variant(format: &FormatName, system: UnitSystem) -> FormatName {
    let name = format.type_name();
    let before = format.as_str().split(name).next().unwrap_or_default();
    let variant = match system {
        UnitSystem::Si => "SI",
        UnitSystem::Us => "US",
    };
    let field = format.field().map(|field| format!(".{field}")).unwrap_or_default();
    FormatName::from(format!("{before}{name}#{variant}{field}").as_str())
}

#[cfg(test)]
#[path = "units_tests.rs"]
mod tests;
