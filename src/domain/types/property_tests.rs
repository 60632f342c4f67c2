//! What holds of every type of the catalogue of which it is sure.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::catalogue::CATALOGUE;
use super::kind::{Kind, NumberType};
use super::units::{UnitSystem, Variant};
use super::{convert, decode, encode, encode_in, equal_in, number};
use crate::domain::{FormatName, Value};

/// A value of a type inside its range.
pub(super) fn inside(name: &str, seed: f64) -> Json {
    value(&CATALOGUE[name].kind, &mut Seed(seed), Variant::Home)
}

/// A row of fractions, another one for each part of a value.
struct Seed(f64);

impl Seed {
    fn next(&mut self) -> f64 {
        let now = self.0;
        self.0 = (now * 7.3 + 0.137).fract();
        now
    }
}

/// A value inside the range and on the grid, as the text tells it that a SmartServer would print.
fn value(kind: &Kind, seed: &mut Seed, variant: Variant) -> Json {
    match kind {
        Kind::Number(kind) => json!(inner_number(kind, seed.next(), variant)),
        Kind::Enumeration(names) => {
            let names: Vec<_> = names.names.iter().filter(|(_, name)| !names.is_invalid(name)).collect();
            json!(names[(seed.next() * names.len() as f64) as usize % names.len()].1)
        }
        Kind::Structure(fields) => {
            Json::Object(fields.iter().map(|f| (f.name.clone(), value(&f.kind, seed, variant))).collect())
        }
        Kind::Array(array) => {
            Json::Array((0..array.count).map(|_| value(&array.element, seed, variant)).collect())
        }
        Kind::Text(kind) => {
            json!(
                " Aula 2,  \"Foyer\" <x> "
                    .chars()
                    .cycle()
                    .take((seed.next() * kind.most as f64) as usize)
                    .collect::<String>()
            )
        }
    }
}

fn inner_number(kind: &NumberType, fraction: f64, variant: Variant) -> f64 {
    let shown = match (kind.heat, variant) {
        (Some(heat), Variant::Us) => kind.in_fahrenheit(heat),
        _ => kind.clone(),
    };
    // Ends are worth as much as all between them. In halves, since the span of floats overflows.
    let at = (fraction * 1.2 - 0.1).clamp(0.0, 1.0);
    let given = shown.minimum * (1.0 - at) + shown.maximum * at;
    let text = match (kind.step, variant) {
        (Some(step), Variant::Home) => number::scaled(given, step),
        (Some(step), _) => number::fixed(given, number::decimals(step)),
        (None, _) => return number::seven_digits(given),
    };
    let value: f64 = text.parse().unwrap();
    // A switch's state may be written as what means that there is none.
    if kind.at_home(value, variant).is_some_and(|at_home| kind.is_invalid(at_home)) {
        kind.maximum
    } else {
        value
    }
}

/// The same value with its n-th number put beyond its range.
fn outside(kind: &Kind, json: &mut Json, n: &mut usize, beyond: f64) {
    match kind {
        Kind::Number(number) => {
            if *n == 0 {
                let end = if beyond < 0.0 { number.minimum } else { number.maximum };
                *json = json!(end + beyond * number.step.unwrap_or(end.abs().max(1.0)));
            }
            *n = n.wrapping_sub(1);
        }
        Kind::Structure(fields) => {
            fields.iter().for_each(|field| outside(&field.kind, &mut json[&field.name], n, beyond));
        }
        Kind::Array(array) => {
            (0..array.count).for_each(|index| outside(&array.element, &mut json[index], n, beyond));
        }
        Kind::Enumeration(_) | Kind::Text(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn what_is_inside_the_range_comes_back(seed in 0.0..=1.0f64) {
        let mut types = 0;
        for name in CATALOGUE.keys() {
            let format = FormatName::from(name.as_str());
            let given = inside(name, seed);
            let text = encode(&format, &given);
            prop_assert!(text.is_ok(), "{} {} {:?}", name, given, text);
            let text = text.unwrap();
            let back = serde_json::to_value(decode(Some(&format), &text)).unwrap();
            prop_assert!(same(&given, &back), "{} {} -> {} -> {}", name, given, text, back);
            types += 1;
        }
        prop_assert_eq!(types, 174);
    }

    #[test]
    fn what_is_outside_the_range_is_refused(seed in 0.0..=1.0f64, beyond in 1.0..1e6f64, n in 0..1000usize) {
        for (name, found) in &*CATALOGUE {
            let numbers = found.kind.leaves().iter().filter(|leaf| matches!(leaf, Kind::Number(_))).count();
            if numbers == 0 {
                continue;
            }
            for beyond in [beyond, -beyond] {
                let mut given = inside(name, seed);
                outside(&found.kind, &mut given, &mut (n % numbers), beyond);
                let error = encode(&FormatName::from(name.as_str()), &given).map_err(|e| e.to_string());
                prop_assert!(error.as_ref().is_err_and(|e| e.contains("is outside")), "{} {} {:?}", name, given, error);
            }
        }
    }

    #[test]
    fn temperatures_in_fahrenheit_come_back(seed in 0.0..=1.0f64) {
        let mut types = 0;
        for (name, found) in CATALOGUE.iter().filter(|(_, found)| found.kind.is_all_heat()) {
            let si = FormatName::from(name.as_str());
            let given = value(&found.kind, &mut Seed(seed), Variant::Us);
            let (us, text) = encode_in(&si, &given, Some(UnitSystem::Us)).unwrap();
            prop_assert_eq!(us.as_str(), &format!("{name}#US"));
            let decoded = decode(Some(&us), &text);
            prop_assert!(same(&given, &serde_json::to_value(&decoded).unwrap()), "{} {} -> {}", name, given, text);
            // As the SmartServer would convert it, and show it in its own units.
            let in_si = serde_json::to_value(convert(&us, &decoded, UnitSystem::Si)).unwrap();
            let shown = encode(&si, &in_si);
            prop_assert!(shown.is_ok(), "{} {} {:?}", name, in_si, shown);
            let shown = shown.unwrap();
            prop_assert!(equal_in(&us, &text, &si, &shown), "{} {} {}", name, text, shown);
            prop_assert!(equal_in(&si, &shown, &us, &text), "{} {} {}", name, text, shown);
            types += 1;
        }
        prop_assert_eq!(types, 6);
    }

    #[test]
    fn celsius_survives_fahrenheit(seed in 0.0..=1.0f64) {
        for (name, found) in CATALOGUE.iter().filter(|(_, found)| found.kind.has_heat()) {
            let si = FormatName::from(name.as_str());
            let us = FormatName::from(format!("{name}#US").as_str());
            let given = decode(Some(&si), &encode(&si, &value(&found.kind, &mut Seed(seed), Variant::Home)).unwrap());
            let shown = convert(&si, &given, UnitSystem::Us);
            let back = convert(&us, &shown, UnitSystem::Si);
            prop_assert!(close(&given, &back), "{} {:?} -> {:?} -> {:?}", name, given, shown, back);
        }
    }

    #[test]
    fn never_panics_and_never_loses_text(
        index in 0..174usize,
        tail in "(#[A-Z]{0,2})?(\\.[a-z]{0,8})?",
        raw in "\\PC{0,40}|[-+0-9eE. ]{0,30}",
        format in "\\PC{0,30}",
    ) {
        let name = CATALOGUE.keys().nth(index).unwrap();
        let typed = FormatName::from(format!("{name}{tail}").as_str());
        for format in [Some(typed), Some(FormatName::from(format.as_str())), None] {
            match decode(format.as_ref(), &raw) {
                Value::Text(text) => prop_assert_eq!(text.trim(), raw.trim()),
                Value::Number(number) => prop_assert!(number.is_finite()),
                Value::Fields(_) | Value::List(_) | Value::Null => {}
            }
        }
    }
}

/// JSON values are the same, `1` and `1.0` included; floating-point numbers to seven digits.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            number::seven_digits(a.as_f64().unwrap()) == number::seven_digits(b.as_f64().unwrap())
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => a == b,
    }
}

/// Values are the same within what seven digits in °F tell of °C.
fn close(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => (a - b).abs() <= a.abs().max(40.0) * 1e-6,
        (Value::Fields(a), Value::Fields(b)) => a.iter().zip(b).all(|(a, b)| a.0 == b.0 && close(&a.1, &b.1)),
        _ => a == b,
    }
}
