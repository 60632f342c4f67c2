use serde::Serialize;

use super::catalogue::{Meaning, meaning};
use super::kind::{Kind, NumberType};
use super::units::{UnitSystem, Variant, system_of, unit_in};
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
    /// So many of the same kind.
    Array,
    /// Text, also of all types that are not typed.
    Text,
}

/// A type or a field of a structure, for forms and help texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TypeInfo {
    /// Name of the type, as `SNVT_switch`, or of the field.
    pub name: String,
    /// What a value looks like.
    pub kind: TypeKind,
    /// Unit; of a structure what the catalogue says of its fields. `None` if not known.
    pub unit: Option<String>,
    /// Smallest number, of an array's elements too; `None` if not known, as in foreign units.
    pub minimum: Option<f64>,
    /// Largest number.
    pub maximum: Option<f64>,
    /// Resolution, of which a number that is written is a multiple; `None` for floating-point numbers.
    pub step: Option<f64>,
    /// Names of an enumeration in the order of their numbers, the one that means invalid last.
    pub values: Vec<String>,
    /// Fields of a structure in order.
    pub fields: Vec<TypeInfo>,
    /// Elements of an array.
    pub count: Option<usize>,
    /// Most characters of a text, if that is known.
    pub max_length: Option<usize>,
}

/// Describes the type that a format names. What is not typed is described as text.
pub fn describe(format: &FormatName) -> TypeInfo {
    describe_in(format, None)
}

/// The same with temperatures in a system of units, as [`super::convert`] gives them.
pub fn describe_in(format: &FormatName, system: Option<UnitSystem>) -> TypeInfo {
    let name = format.type_name();
    let Some(Meaning { kind, unit, variant: own, .. }) = meaning(format) else {
        return blank(name, TypeKind::Text, None);
    };
    let heat = system.filter(|_| system_of(format).is_some()).map_or(own, Variant::from);
    Describer { heat, own }.info(name, kind, unit)
}

/// Variants that temperatures are shown in, and the format's own, in which all else is.
struct Describer {
    heat: Variant,
    own: Variant,
}

impl Describer {
    fn info(&self, name: &str, kind: &Kind, unit: Option<&str>) -> TypeInfo {
        match kind {
            Kind::Number(number) => self.number(name, number, unit),
            Kind::Enumeration(names) => {
                let values = names.names.iter().map(|(_, name)| name.clone()).collect();
                TypeInfo { values, ..blank(name, TypeKind::Enumeration, unit) }
            }
            Kind::Structure(fields) => {
                let field = |f: &super::kind::Field| self.info(&f.name, &f.kind, f.unit.as_deref());
                let fields = fields.iter().map(field).collect();
                TypeInfo { fields, ..blank(name, TypeKind::Structure, unit) }
            }
            Kind::Array(array) => {
                let element = self.info(name, &array.element, unit);
                TypeInfo { kind: TypeKind::Array, count: Some(array.count), ..element }
            }
            Kind::Text(text) => TypeInfo { max_length: Some(text.most), ..blank(name, TypeKind::Text, unit) },
        }
    }

    /// Of foreign units only those of temperatures are known.
    fn number(&self, name: &str, number: &NumberType, unit: Option<&str>) -> TypeInfo {
        let (shown, unit) = match (number.heat, if number.heat.is_some() { self.heat } else { self.own }) {
            (_, Variant::Home) => (number.clone(), unit.map(str::to_owned)),
            (Some(heat), Variant::Us) => {
                (number.in_fahrenheit(heat), unit.map(|unit| unit_in(unit, UnitSystem::Us)))
            }
            _ => return blank(name, TypeKind::Number, None),
        };
        TypeInfo {
            unit,
            minimum: Some(shown.minimum),
            maximum: Some(shown.maximum),
            step: shown.step,
            ..blank(name, TypeKind::Number, None)
        }
    }
}

fn blank(name: &str, kind: TypeKind, unit: Option<&str>) -> TypeInfo {
    TypeInfo {
        name: name.to_owned(),
        kind,
        unit: unit.map(str::to_owned),
        minimum: None,
        maximum: None,
        step: None,
        values: Vec::new(),
        fields: Vec::new(),
        count: None,
        max_length: None,
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
            r#"{"name":"SNVT_temp","kind":"number","unit":"°C","minimum":-274.0,"maximum":6279.5,"step":0.1,"values":[],"fields":[],"count":null,"max_length":null}"#
        );
        assert_eq!(
            json("SNVT_lev_disc"),
            r#"{"name":"SNVT_lev_disc","kind":"enumeration","unit":"level names","minimum":null,"maximum":null,"step":null,"values":["ST_OFF","ST_LOW","ST_MED","ST_HIGH","ST_ON","ST_NUL"],"fields":[],"count":null,"max_length":null}"#
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
        assert_eq!(
            (info.unit.as_deref(), info.minimum),
            (Some("°F"), Some(-459.706)),
            "but for temperatures"
        );
        let info = describe(&FormatName::from("SNVT_temp_f#LO"));
        assert_eq!((info.unit, info.minimum, info.maximum), (None, None, None));
        let info = describe(&FormatName::from("SNVT_press#US"));
        assert_eq!((info.kind, info.unit, info.step), (TypeKind::Number, None, None));
    }

    #[test]
    fn describes_what_is_inside() {
        let info = describe(&FormatName::from("SNVT_alarm"));
        let location = &info.fields[0];
        assert_eq!(
            (location.kind, location.count, location.maximum),
            (TypeKind::Array, Some(6), Some(255.0))
        );
        let info = describe(&FormatName::from("SNVT_program_status"));
        let runtime = info.fields.iter().find(|field| field.name == "runtime").unwrap();
        assert_eq!((runtime.kind, runtime.fields[1].name.as_str()), (TypeKind::Structure, "hour"));
        assert_eq!(runtime.fields[1].maximum, Some(23.0));
        let text = |format: &str| describe(&FormatName::from(format)).max_length;
        assert_eq!((text("SNVT_str_asc"), text("SNVT_date_event.name")), (Some(30), Some(22)));
    }

    #[test]
    fn describes_a_field() {
        let info = describe(&FormatName::from("SNVT_scene.sceneNumber"));
        assert_eq!((info.kind, info.minimum, info.maximum), (TypeKind::Number, Some(1.0), Some(255.0)));
    }
}
