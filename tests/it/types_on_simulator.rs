//! Every standard type is read by the gateway and, on its own, by the simulated SmartServer: values of
//! all of them go through both, as text, field by field and as bytes.
//!
//! What the two readings differ in is open in the manual, and leaves a value the same:
//! - Blanks at the ends of a text inside a structure (`SNVT_str_int`, `SNVT_geo_loc`): the gateway sends and
//!   keeps them, the SmartServer may not. Values are compared without them.
//! - Arrays inside a structure (`SNVT_alarm`, `location`): the gateway has them as one array, the simulated
//!   SmartServer tells their elements as numbers with one blank between, which is the same text.
//! - Characters beyond ASCII in texts of one byte each: the gateway sends them, the SmartServer may refuse.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use nocgate::domain::types::{TypeInfo, TypeKind, decode, describe, encode, equal};
use nocgate::domain::{DataPointName, FormatName, Priority};
use nocgate::simulator::Profile;
use nocgate::smartserver::{
    BusKind, FieldText, FieldWrite, PointItem, PointKind, PointMember, WriteItem, WritePayload,
};
use serde_json::{Value as Json, json};

use super::codec_on_simulator::{AT_ONCE, Site, deadline};

const CATALOGUE: &str = include_str!("../../src/domain/types/snvt-catalogue.json");

/// Types with members of which the catalogue is sure.
fn types() -> Vec<TypeInfo> {
    let catalogue: Json = serde_json::from_str(CATALOGUE).unwrap();
    let names = catalogue["types"].as_object().unwrap().keys();
    let all = names.map(|name| describe(&FormatName::from(name.as_str())));
    all.filter(|info| info.kind != TypeKind::Text || info.max_length.is_some()).collect()
}

fn point(info: &TypeInfo) -> DataPointName {
    format!("Net/LON/Device 1/VirtFb/{}", info.name).parse().unwrap()
}

fn format_of(info: &TypeInfo) -> FormatName {
    FormatName::from(format!("#0000000000000000[0].{}", info.name).as_str())
}

/// A row of fractions, another one for each part of a value.
struct Seed(f64);

impl Seed {
    fn next(&mut self) -> f64 {
        let now = self.0;
        self.0 = (now * 7.3 + 0.137).fract();
        now
    }

    fn value(&mut self, info: &TypeInfo) -> Json {
        match info.count {
            Some(count) => {
                let element = TypeInfo { count: None, ..info.clone() };
                Json::Array((0..count).map(|_| self.one(&element)).collect())
            }
            None => self.one(info),
        }
    }

    fn one(&mut self, info: &TypeInfo) -> Json {
        if !info.fields.is_empty() {
            let fields = info.fields.iter().map(|field| (field.name.clone(), self.value(field)));
            return Json::Object(fields.collect());
        }
        if let Some(longest) = info.max_length {
            let length = (self.next() * longest as f64) as usize;
            return json!(
                "Aula 2, <Foyer> & \"x\" -7".chars().cycle().take(length).collect::<String>().trim()
            );
        }
        match info.values.as_slice() {
            [] => self.number(info),
            // The last one means invalid, if there is one that does.
            [names @ .., _] => json!(names[(self.next() * names.len() as f64) as usize % names.len()]),
        }
    }

    fn number(&mut self, info: &TypeInfo) -> Json {
        let (minimum, maximum) = (info.minimum.unwrap(), info.maximum.unwrap());
        // Ends are worth as much as all between them.
        let at = (self.next() * 1.2 - 0.1).clamp(0.0, 1.0);
        // A switch may be told that it has no state; that is then no value.
        let minimum = if info.unit.as_deref() == Some("state code") { 0.0 } else { minimum };
        let value = minimum * (1.0 - at) + maximum * at;
        let text = match info.step {
            Some(step) => {
                let decimals = step.to_string().split_once('.').map_or(0, |(_, digits)| digits.len());
                format!("{:.decimals$}", (value / step).round() * step)
            }
            None => format!("{value:.6e}"),
        };
        json!(text.parse::<f64>().unwrap())
    }
}

/// The same value, floating-point numbers to the seven digits that SmartServers print.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= a.abs().max(b.abs()) * 2e-7
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(name, value)| b.get(name).is_some_and(|other| same(value, other)))
        }
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        _ => a == b,
    }
}

fn decoded(format: &FormatName, raw: &str) -> Json {
    serde_json::to_value(decode(Some(format), raw)).unwrap()
}

async fn make(site: &Site, types: &[TypeInfo]) {
    let item = |info: &TypeInfo| {
        let mut item = PointItem::new(PointKind::Bus(BusKind::Lon), point(info));
        item.set(PointMember::Format, Some(format_of(info).as_str()));
        item.set(PointMember::Direction, Some("DIR_IN"));
        item
    };
    let items: Vec<_> = types.iter().map(item).collect();
    for some in items.chunks(AT_ONCE) {
        let set = site.rpc.set_point_items(some, deadline()).await.unwrap().value;
        assert!(set.iter().all(|(_, outcome)| outcome.is_ok()), "{set:?}");
    }
}

async fn write(site: &Site, payloads: Vec<(DataPointName, WritePayload)>) {
    let item = |(name, payload)| WriteItem { name, payload, priority: Priority(255), propagate: true };
    let items: Vec<_> = payloads.into_iter().map(item).collect();
    for some in items.chunks(AT_ONCE) {
        for (item, (_, outcome)) in some.iter().zip(site.rpc.write(some, deadline()).await.unwrap().value) {
            assert_eq!(outcome, Ok(()), "{item:?}");
        }
    }
}

#[tokio::test]
async fn values_of_every_type_are_the_same_on_both_sides() {
    let site = Site::start(Profile::Deterministic).await;
    let types = types();
    assert_eq!(types.len(), 174);
    make(&site, &types).await;
    let names: Vec<_> = types.iter().map(point).collect();
    for seed in [0.0, 0.31, 0.5, 0.77, 1.0] {
        let values: Vec<_> = types.iter().map(|info| Seed(seed).value(info)).collect();
        let texts: Vec<_> =
            types.iter().zip(&values).map(|(info, value)| encode(&format_of(info), value).unwrap()).collect();
        let formatted = |(info, text): (&TypeInfo, &String)| {
            (point(info), WritePayload::Formatted { format: format_of(info), text: text.clone() })
        };
        write(&site, types.iter().zip(&texts).map(formatted).collect()).await;

        let read = site.read(&names, None).await;
        for ((info, data), (value, text)) in types.iter().zip(&read).zip(values.iter().zip(&texts)) {
            let format = format_of(info);
            let found = decoded(&format, &data.raw);
            assert!(same(value, &found), "{}: {value} -> {text:?} -> {:?} -> {found}", info.name, data.raw);
            assert!(equal(Some(&format), text, &data.raw), "{}: {text:?} {:?}", info.name, data.raw);
        }
        fields_are_told(&site, &types, &values).await;
        bytes_are_kept(&site, &types, &values).await;
    }
    site.stop().await;
}

/// Each field by itself is what it is in the whole, and is written as such.
async fn fields_are_told(site: &Site, types: &[TypeInfo], values: &[Json]) {
    let structures: Vec<_> = types.iter().zip(values).filter(|(info, _)| !info.fields.is_empty()).collect();
    for some in structures.chunks(AT_ONCE) {
        let names: Vec<_> = some.iter().map(|(info, _)| point(info)).collect();
        let read = site.rpc.read_fields(&names, deadline()).await.unwrap().value;
        let mut writes = Vec::new();
        for ((info, value), (name, data)) in some.iter().zip(read) {
            let told = data.unwrap().fields;
            let format =
                |field: &FieldText| FormatName::from(format!("{}.{}", info.name, field.name).as_str());
            for field in &told {
                let found = decoded(&format(field), &field.raw);
                assert!(same(&value[&field.name], &found), "{} {field:?}: {value} {found}", info.name);
            }
            assert_eq!(told.len(), info.fields.len(), "{}", info.name);
            let again = told.iter().map(|field| FieldWrite {
                format: format(field),
                text: encode(&format(field), &value[&field.name]).unwrap(),
            });
            writes.push((name, WritePayload::Fields(again.collect())));
        }
        write(site, writes).await;
    }
}

/// Bytes written as they were read leave the value as it was.
async fn bytes_are_kept(site: &Site, types: &[TypeInfo], values: &[Json]) {
    let names: Vec<_> = types.iter().map(point).collect();
    for (some, (types, values)) in
        names.chunks(AT_ONCE).zip(types.chunks(AT_ONCE).zip(values.chunks(AT_ONCE)))
    {
        let bytes = site.rpc.read_raw_hex(some, deadline()).await.unwrap().value;
        let payload = |(name, data): (DataPointName, _)| {
            let data: Result<nocgate::smartserver::PointData, _> = data;
            (name, WritePayload::RawHex(data.unwrap().raw_hex.unwrap()))
        };
        write(site, bytes.into_iter().map(payload).collect()).await;
        for ((info, value), data) in types.iter().zip(values).zip(site.read(some, None).await) {
            assert!(
                same(value, &decoded(&format_of(info), &data.raw)),
                "{}: {value} {:?}",
                info.name,
                data.raw
            );
        }
    }
}
