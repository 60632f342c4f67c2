use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use super::shape::{Field, Heat, Scale, Shape, Type};

const TEXT: &str = include_str!("../domain/types/snvt-catalogue.json");

static CATALOGUE: LazyLock<HashMap<String, Type>> = LazyLock::new(|| {
    let json: Json = serde_json::from_str(TEXT).expect("the catalogue compiled in is JSON");
    types(&json)
});

/// The standard type of this name (`SNVT_switch`), as the resource files have it.
pub(super) fn find(name: &str) -> Option<&'static Type> {
    CATALOGUE.get(name)
}

/// All of them.
#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = &'static Type> {
    CATALOGUE.values()
}

type Names = Arc<Vec<(String, i64)>>;

fn types(json: &Json) -> HashMap<String, Type> {
    let source = Source { types: &json["types"], names: &enumerations(json) };
    let Some(all) = json["types"].as_object() else { return HashMap::new() };
    all.iter().map(|(name, entry)| (name.clone(), source.one_type(name, entry))).collect()
}

/// What the types are made of: they refer to one another.
#[derive(Clone, Copy)]
struct Source<'a> {
    types: &'a Json,
    names: &'a HashMap<String, Names>,
}

fn enumerations(json: &Json) -> HashMap<String, Names> {
    let Some(all) = json["enumerations"].as_object() else { return HashMap::new() };
    all.iter()
        .map(|(name, members)| {
            let mut list: Vec<(String, i64)> = members
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(member, number)| Some((member.clone(), number.as_i64()?)))
                .collect();
            list.sort_by_key(|(_, number)| *number);
            (name.clone(), Arc::new(list))
        })
        .collect()
}

impl Source<'_> {
    fn one_type(self, name: &str, entry: &Json) -> Type {
        Type { name: name.to_owned(), unit: unit(entry), shape: self.shape(name, entry) }
    }

    fn shape(self, name: &str, entry: &Json) -> Shape {
        let difference = name.contains("diff") || name.contains("ror");
        let heat = if difference { Heat::Difference } else { Heat::Absolute };
        match (name, entry["kind"].as_str()) {
            // The generated members of these two are not their true ones.
            ("SNVT_state", _) => Shape::Structure(bits(16)),
            ("SNVT_str_asc", _) => Shape::Text { bytes: 31, longest: 30, wide: false },
            (_, Some("structure")) => self.structure(&entry["fields"]),
            _ => self.simple(entry, heat).unwrap_or(Shape::Opaque),
        }
    }

    /// A structure, or opaque text when a member is uncertain.
    fn structure(self, fields: &Json) -> Shape {
        let fields: Option<Vec<Field>> =
            fields.as_array().into_iter().flatten().map(|f| self.field(f)).collect();
        fields.map_or(Shape::Opaque, Shape::Structure)
    }

    fn field(self, entry: &Json) -> Option<Field> {
        if entry.get("note").is_some() {
            return None;
        }
        let name = entry["name"].as_str()?.to_owned();
        let (shape, unit) = match (entry["type"].as_str(), entry["count"].as_u64()) {
            (Some(other), _) => self.member(other, entry)?,
            (None, Some(count)) => (self.array(entry, usize::try_from(count).ok()?)?, unit(entry)),
            (None, None) => (self.simple(entry, Heat::Absolute)?, unit(entry)),
        };
        Some(Field { name, unit, shape })
    }

    /// A member of another type, which is named without its `SNVT_`.
    fn member(self, other: &str, entry: &Json) -> Option<(Shape, Option<String>)> {
        let name = format!("SNVT_{other}");
        let described = self.types.get(&name)?;
        let shape = self.shape(&name, described);
        let known = !matches!(shape, Shape::Opaque);
        known.then(|| (shape, unit(entry).or_else(|| unit(described))))
    }

    /// Members of the same kind one after the other, or a text if they are characters.
    fn array(self, entry: &Json, count: usize) -> Option<Shape> {
        let wide = entry["size"].as_u64() == Some(2);
        if is_text(entry) {
            let bytes = if wide { 2 * count } else { count };
            return Some(Shape::Text { bytes, longest: count, wide });
        }
        let one = self.simple(entry, Heat::Absolute)?;
        let element = |n: usize| Field { name: n.to_string(), unit: None, shape: one.clone() };
        Some(Shape::Structure((0..count).map(element).collect()))
    }

    fn simple(self, entry: &Json, heat: Heat) -> Option<Shape> {
        let heat = if unit(entry).is_some_and(|u| u.starts_with("°C")) { heat } else { Heat::None };
        if let Some(members) = entry["enum"].as_str() {
            return Some(Shape::Enumeration(Arc::clone(self.names.get(members)?)));
        }
        if entry["kind"].as_str() == Some("float") {
            return Some(Shape::Float(heat));
        }
        scale(entry, heat).map(Shape::Scaled)
    }
}

fn bits(count: usize) -> Vec<Field> {
    (0..count).map(|n| Field { name: format!("bit{n}"), unit: None, shape: Shape::Bit }).collect()
}

/// Whether an array is one of characters: its unit says so, it holds what can be printed, or it
/// is a name.
fn is_text(entry: &Json) -> bool {
    let says = entry["unit"].as_str().is_some_and(|unit| unit.contains("characters"));
    let printable = entry["minimum"].as_i64() == Some(32) && entry["maximum"].as_i64() == Some(126);
    says || printable || entry["name"].as_str() == Some("name")
}

fn scale(entry: &Json, heat: Heat) -> Option<Scale> {
    let resolution = entry["scale"].as_f64().unwrap_or(1.0);
    let (mantissa, decimals) = split_resolution(resolution)?;
    let offset = entry["offset"].as_i64().unwrap_or(0);
    let mut scale = Scale {
        mantissa,
        decimals,
        offset,
        size: usize::try_from(entry["size"].as_u64()?).ok()?,
        signed: entry["signed"].as_bool()?,
        invalid: None,
        minimum: 0,
        maximum: 0,
        heat,
    };
    (scale.minimum, scale.maximum) = declared_range(entry, &scale);
    scale.invalid = entry["invalid"].as_f64().and_then(|invalid| invalid_raw(invalid, &scale));
    Some(scale)
}

/// 0.005 as 5 and three decimals, 10 as 10 and none.
fn split_resolution(resolution: f64) -> Option<(i64, usize)> {
    let text = resolution.to_string();
    let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let digits: i64 = text.replace('.', "").parse().ok()?;
    Some((digits, decimals))
}

/// The declared range in raw numbers. The catalogue rounds the ranges of 32-bit types and has a
/// slip in the one type with an offset: there the size alone limits.
fn declared_range(entry: &Json, scale: &Scale) -> (i64, i64) {
    let (low, high) = scale.range();
    let declared = |key: &str| entry[key].as_f64().map(|value| scale.raw(value).clamp(low, high));
    match (declared("minimum"), declared("maximum")) {
        (Some(min), Some(max)) if min < max && scale.size < 4 && scale.offset == 0 => (min, max),
        _ => (low, high),
    }
}

fn invalid_raw(invalid: f64, scale: &Scale) -> Option<i64> {
    let (low, high) = scale.range();
    if scale.size == 4 {
        return Some(high);
    }
    Some(scale.raw(invalid)).filter(|raw| (low..=high).contains(raw))
}

/// Unit text as a SmartServer prints it (manual 4-13: `°C`).
fn unit(entry: &Json) -> Option<String> {
    entry["unit"].as_str().map(|unit| unit.replace("degrees Celsius", "°C"))
}

#[cfg(test)]
mod tests {
    use super::super::shape::Shape;
    use super::*;

    #[test]
    fn reads_every_type() {
        assert_eq!(CATALOGUE.len(), 209);
        let opaque = CATALOGUE.values().filter(|t| matches!(t.shape, Shape::Opaque)).count();
        // 35 types have members that are not known; one of them, `SNVT_state`, is known otherwise.
        assert_eq!(opaque, 34);
    }

    #[test]
    fn resolution_tells_the_decimals() {
        for (resolution, expected) in
            [(0.5, (5, 1)), (0.005, (5, 3)), (5e-5, (5, 5)), (10.0, (10, 0)), (1.0, (1, 0))]
        {
            assert_eq!(split_resolution(resolution), Some(expected));
        }
    }

    #[test]
    fn temperature_is_shown_in_degree_sign() {
        assert_eq!(find("SNVT_temp").unwrap().unit.as_deref(), Some("°C"));
    }
}
