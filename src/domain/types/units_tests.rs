use super::{UnitSystem, convert, format_of_units, system_of, unit_in};
use crate::domain::types::{TypeKind, decode, describe_in, encode_in};
use crate::domain::{FormatName, Value};
use serde_json::{Value as Json, json};

const SI: UnitSystem = UnitSystem::Si;
const US: UnitSystem = UnitSystem::Us;

fn converted(format: &str, raw: &str, to: UnitSystem) -> String {
    let format = FormatName::from(format);
    serde_json::to_string(&convert(&format, &decode(Some(&format), raw), to)).unwrap()
}

#[test]
fn temperatures_and_their_differences_are_converted() {
    for (format, raw, to, expected) in [
        ("SNVT_temp_p", "21.50", US, "70.7"),
        ("#0000000000000000[0].SNVT_temp", "21.1", US, "69.98"),
        ("SNVT_temp_f", "21.16667", US, "70.10001"),
        ("SNVT_temp_f#US", "70.1", SI, "21.16667"),
        ("SNVT_temp#US", "70.0", SI, "21.1"),
        ("SNVT_temp_diff_p", "10.00", US, "18.0"),
        ("SNVT_temp_ror", "10.0", US, "18.0"),
        ("SNVT_temp_p", "327.67", US, "null"),
        ("SNVT_temp_p#SI", "21.50", SI, "21.5"),
        ("SNVT_temp_p#US", "70.70", US, "70.7"),
        ("SNVT_temp_setpt.standby_cool", "20.00", US, "68.0"),
        ("SNVT_power", "12.5", US, "12.5"),
        ("SNVT_temp_p#LO", "21,5", US, r#""21,5""#),
        ("SNVT_temp_p", "warm", US, r#""warm""#),
    ] {
        assert_eq!(converted(format, raw, to), expected, "{format} {raw}");
    }
}

#[test]
fn temperatures_inside_structures_are_converted_alone() {
    let format = FormatName::from("SNVT_environment");
    let info = describe_in(&format, None);
    let texts: Vec<_> =
        info.fields.iter().map(|f| if f.name == "ballastTemp" { "50.00" } else { "1" }).collect();
    let value = decode(Some(&format), &texts.join(" "));
    let shown = convert(&format, &value, US);
    for (name, _) in info.fields.iter().map(|field| (&field.name, ())) {
        let expected = if name == "ballastTemp" { 122.0 } else { 1.0 };
        assert_eq!(shown.field(name), Some(&Value::Number(expected)), "{name}");
    }
    let info = describe_in(&format, Some(US));
    let unit = |name: &str| info.fields.iter().find(|f| f.name == name).unwrap().unit.clone();
    assert_eq!((unit("ballastTemp").as_deref(), unit("power").as_deref()), (Some("°F"), Some("Watts")));

    let given = serde_json::to_value(&shown).unwrap();
    let (sent, text) = encode_in(&format, &given, Some(US)).unwrap();
    assert_eq!(sent, format, "nobody knows what #US does to the other numbers");
    assert_eq!(decode(Some(&format), &text), value);
}

#[test]
fn a_write_is_checked_and_sent_in_its_units() {
    let written = |format: &str, value: Json, system| {
        let written = encode_in(&FormatName::from(format), &value, system).map_err(|e| e.to_string());
        written.map(|(format, text)| format!("{format} {text}"))
    };
    for (format, value, system, expected) in [
        (
            "#0000000000000000[0].SNVT_temp_p",
            json!(68),
            Some(US),
            "#0000000000000000[0].SNVT_temp_p#US 68.00",
        ),
        (
            "#0000000000000000[0].SNVT_temp_f#US",
            json!(20.5),
            Some(SI),
            "#0000000000000000[0].SNVT_temp_f#SI 20.5",
        ),
        ("SNVT_temp_p#US", json!(68), Some(US), "SNVT_temp_p#US 68.00"),
        ("SNVT_temp_p#US", json!(68), None, "SNVT_temp_p#US 68.00"),
        ("SNVT_temp_p", json!(20), Some(SI), "SNVT_temp_p 20.00"),
        ("SNVT_temp_setpt.standby_cool", json!(68), Some(US), "SNVT_temp_setpt#US.standby_cool 68.00"),
        ("SNVT_temp_p#LO", json!(68), Some(US), "SNVT_temp_p#US 68.00"),
        ("SNVT_temp_p", json!(-459.71), Some(US), "SNVT_temp_p#US -459.71"),
        ("SNVT_power", json!(5), Some(US), "SNVT_power 5.0"),
        ("#8000010128000000[4].UNVTx", json!("5"), Some(US), "#8000010128000000[4].UNVTx 5"),
    ] {
        assert_eq!(written(format, value, system).as_deref(), Ok(expected), "{format}");
    }
    assert_eq!(
        written("SNVT_temp_p", json!(700), Some(US)).unwrap_err(),
        "700 is outside -459.70 to 621.78 (°F)"
    );
    assert_eq!(
        written("SNVT_temp", json!(70.55), Some(US)).unwrap_err(),
        "70.55 is no multiple of 0.1; the nearest in -461.2 to 11335.1 (°F) is 70.5",
        "as it was given, whatever °C it becomes"
    );
    assert_eq!(
        written("SNVT_temp_p#US", json!(400), Some(SI)).unwrap_err(),
        "400 is outside -273.17 to 327.66 (°C)"
    );
    let setpoints = json!({"occupied_cool": 73.4, "standby_cool": 77, "unoccupied_cool": 82.4,
        "occupied_heat": 69.8, "standby_heat": 66.2, "unoccupied_heat": 6000});
    assert_eq!(
        written("SNVT_temp_setpt", setpoints, Some(US)).unwrap_err(),
        "field unoccupied_heat: 6000 is outside -459.70 to 621.78 (°F)"
    );
}

#[test]
fn ranges_are_described_in_the_units_asked_for() {
    let info = |format: &str, system| describe_in(&FormatName::from(format), system);
    let us = info("SNVT_temp_p", Some(US));
    assert_eq!((us.unit.as_deref(), us.minimum, us.maximum), (Some("°F"), Some(-459.7), Some(621.78)));
    assert_eq!(us.step, Some(0.01));
    assert_eq!(info("SNVT_temp_p#US", None), us);
    let si = info("SNVT_temp_p#US", Some(SI));
    assert_eq!((si.unit.as_deref(), si.minimum, si.step), (Some("°C"), Some(-273.17), Some(0.01)));
    assert_eq!(info("SNVT_temp_ror", Some(US)).unit.as_deref(), Some("°F/minute"));
    assert_eq!(info("SNVT_power", Some(US)), info("SNVT_power", None));
    let setpoints = info("SNVT_temp_setpt", Some(US));
    assert!(
        setpoints.kind == TypeKind::Structure
            && setpoints.fields.iter().all(|f| f.unit.as_deref() == Some("°F"))
    );
}

#[test]
fn the_variant_of_the_configuration_tells_where_the_value_has_none() {
    let of = |value: Option<&str>, configured: Option<&str>| {
        let (value, configured) = (value.map(FormatName::from), configured.map(FormatName::from));
        format_of_units(value.as_ref(), configured.as_ref()).and_then(system_of)
    };
    assert_eq!(of(Some("SNVT_temp"), Some("#0000000000000000[0].SNVT_temp#US")), Some(US));
    assert_eq!(of(Some("SNVT_temp#SI"), Some("SNVT_temp#US")), Some(SI));
    assert_eq!(of(Some("SNVT_temp"), Some("SNVT_temp_p#US")), Some(SI));
    assert_eq!(of(Some("SNVT_temp"), None), Some(SI));
    assert_eq!(of(None, Some("SNVT_temp#US")), Some(US));
    assert_eq!(
        (of(Some("SNVT_power"), None), of(Some("SNVT_temp#LO"), None), of(None, None)),
        (None, None, None)
    );
}

#[test]
fn units_have_words() {
    assert_eq!((unit_in("°C", US).as_str(), unit_in("°F", SI).as_str()), ("°F", "°C"));
    assert_eq!(unit_in("% of full level", US), "% of full level");
}
