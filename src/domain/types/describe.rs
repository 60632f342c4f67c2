use serde::Serialize;

use super::catalogue::{Field, Kind, Meaning, meaning};
use crate::domain::FormatName;

/// What a value of a type looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TypeKind {
    /// A number in the type's unit.
    Number,
    /// One of a list of names.
    Enumeration,
    /// An object of fields.
    Structure,
    /// Text, also of all types that are not typed.
    Text,
}

/// A type, for forms and help texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypeInfo {
    /// Name of the type, as `SNVT_switch`.
    pub name: String,
    /// What a value looks like.
    pub kind: TypeKind,
    /// Unit; of a structure what the catalogue says of its fields. `None` if not known.
    pub unit: Option<String>,
    /// Smallest number; `None` if not known, as in foreign units.
    pub minimum: Option<f64>,
    /// Largest number.
    pub maximum: Option<f64>,
    /// Resolution; `None` for floating-point numbers.
    pub step: Option<f64>,
    /// Names of an enumeration in the order of their numbers, the one that means invalid last.
    pub values: Vec<String>,
    /// Fields of a structure in order.
    pub fields: Vec<FieldInfo>,
}

/// A field of a structure; its members mean what those of [`TypeInfo`] do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldInfo {
    /// Name of the field.
    pub name: String,
    /// Number or enumeration.
    pub kind: TypeKind,
    /// Unit.
    pub unit: Option<String>,
    /// Smallest number.
    pub minimum: Option<f64>,
    /// Largest number.
    pub maximum: Option<f64>,
    /// Resolution.
    pub step: Option<f64>,
    /// Names of an enumeration.
    pub values: Vec<String>,
}

/// Describes the type that a format names. What is not typed is described as text.
pub fn describe(format: &FormatName) -> TypeInfo {
    let name = format.type_name().to_owned();
    let Some(Meaning { kind, unit, foreign }) = meaning(format) else {
        return type_info(name, &Kind::Text(None), None, None);
    };
    type_info(name, kind, unit, foreign.as_deref())
}

fn type_info(name: String, kind: &Kind, unit: Option<&str>, foreign: Option<&str>) -> TypeInfo {
    let FieldInfo { name, kind: word, unit, minimum, maximum, step, values } =
        field_info(name, kind, unit, foreign);
    let fields = match kind {
        Kind::Structure(fields) => fields.iter().map(|field| of_field(field, foreign)).collect(),
        _ => Vec::new(),
    };
    TypeInfo { name, kind: word, unit, minimum, maximum, step, values, fields }
}

fn of_field(field: &Field, foreign: Option<&str>) -> FieldInfo {
    field_info(field.name.clone(), &field.kind, field.unit.as_deref(), foreign)
}

fn field_info(name: String, kind: &Kind, unit: Option<&str>, foreign: Option<&str>) -> FieldInfo {
    let (word, values) = match kind {
        Kind::Number(_) => (TypeKind::Number, Vec::new()),
        Kind::Enumeration(names) => {
            (TypeKind::Enumeration, names.names.iter().map(|(_, name)| name.clone()).collect())
        }
        Kind::Structure(_) => (TypeKind::Structure, Vec::new()),
        Kind::Text(_) => (TypeKind::Text, Vec::new()),
    };
    let number = match kind {
        Kind::Number(number) if foreign.is_none() => Some(number),
        _ => None,
    };
    FieldInfo {
        name,
        unit: unit_in(word, unit, foreign),
        minimum: number.map(|number| number.minimum),
        maximum: number.map(|number| number.maximum),
        step: number.and_then(|number| number.step),
        kind: word,
        values,
    }
}

/// Of foreign units only that of temperatures is known.
fn unit_in(kind: TypeKind, unit: Option<&str>, foreign: Option<&str>) -> Option<String> {
    match foreign {
        Some("US") if unit == Some("°C") => Some("°F".to_owned()),
        Some(_) if kind == TypeKind::Number => None,
        _ => unit.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::{TypeKind, describe};
    use crate::domain::FormatName;

    fn json(format: &str) -> String {
        serde_json::to_string(&describe(&FormatName::from(format))).unwrap()
    }

    #[test]
    fn describes_numbers_enumerations_structures_and_text() {
        assert_eq!(
            json("#0000000000000000[0].SNVT_temp"),
            r#"{"name":"SNVT_temp","kind":"number","unit":"°C","minimum":-274.0,"maximum":6279.5,"step":0.1,"values":[],"fields":[]}"#
        );
        assert_eq!(
            json("SNVT_lev_disc"),
            r#"{"name":"SNVT_lev_disc","kind":"enumeration","unit":"level names","minimum":null,"maximum":null,"step":null,"values":["ST_OFF","ST_LOW","ST_MED","ST_HIGH","ST_ON","ST_NUL"],"fields":[]}"#
        );
        let switch = describe(&FormatName::from("SNVT_switch"));
        assert_eq!((switch.kind, switch.unit.as_deref()), (TypeKind::Structure, Some("value, state")));
        let fields: Vec<_> =
            switch.fields.iter().map(|f| (f.name.as_str(), f.minimum, f.maximum, f.step)).collect();
        assert_eq!(
            fields,
            [("value", Some(0.0), Some(100.0), Some(0.5)), ("state", Some(-1.0), Some(1.0), Some(1.0))]
        );
        for text in ["SNVT_str_asc", "SNVT_alarm#LO", "#8000010128000000[4].UCPTmine", "RAW_HEX"] {
            assert_eq!(describe(&FormatName::from(text)).kind, TypeKind::Text, "{text}");
        }
    }

    #[test]
    fn foreign_units_have_no_range() {
        let info = describe(&FormatName::from("#0000000000000000[0].SNVT_temp_f#US"));
        assert_eq!((info.unit.as_deref(), info.minimum, info.maximum), (Some("°F"), None, None));
        let info = describe(&FormatName::from("SNVT_press#US"));
        assert_eq!((info.kind, info.unit, info.step), (TypeKind::Number, None, None));
    }

    #[test]
    fn describes_a_field() {
        let info = describe(&FormatName::from("SNVT_scene.sceneNumber"));
        assert_eq!((info.kind, info.minimum, info.maximum), (TypeKind::Number, Some(1.0), Some(255.0)));
    }
}
