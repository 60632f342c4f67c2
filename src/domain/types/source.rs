use std::collections::BTreeMap;

use serde::Deserialize;

/// The catalogue as its file has it.
#[derive(Debug, Deserialize)]
pub(super) struct Source {
    pub(super) types: BTreeMap<String, SourceType>,
    pub(super) enumerations: BTreeMap<String, BTreeMap<String, i64>>,
}

/// A type.
#[derive(Debug, Deserialize)]
pub(super) struct SourceType {
    #[serde(default)]
    pub(super) fields: Vec<SourceField>,
    #[serde(flatten)]
    pub(super) member: Member,
}

/// A field of a structure.
#[derive(Debug, Deserialize)]
pub(super) struct SourceField {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) member: Member,
}

/// What a type and a field have in common.
#[derive(Debug, Deserialize)]
pub(super) struct Member {
    pub(super) kind: Option<String>,
    pub(super) unit: Option<String>,
    /// Bytes of a number.
    pub(super) size: Option<u32>,
    #[serde(default)]
    pub(super) signed: bool,
    /// value = scale * (raw + offset)
    pub(super) scale: Option<f64>,
    #[serde(default)]
    pub(super) offset: f64,
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) invalid: Option<f64>,
    /// Name of an enumeration.
    #[serde(rename = "enum")]
    pub(super) enumeration: Option<String>,
    /// Elements of an array.
    pub(super) count: Option<u32>,
    /// Name of a structure inside this one.
    #[serde(rename = "type")]
    pub(super) structure: Option<String>,
    /// Why the source is not sure of this member.
    pub(super) note: Option<String>,
}

impl Source {
    /// The catalogue that is compiled in.
    pub(super) fn compiled_in() -> Source {
        serde_json::from_str(include_str!("snvt-catalogue.json"))
            .expect("the compiled-in catalogue has this form, as its test shows")
    }
}
