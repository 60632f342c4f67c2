use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// All types.
#[derive(Debug, Deserialize)]
pub(super) struct Schema {
    pub(super) types: HashMap<String, Content>,
    pub(super) enumerations: HashMap<String, Vec<String>>,
}

/// What an element holds: what its base does, then elements in this order.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) base: Option<String>,
    #[serde(default)]
    pub(super) elements: Vec<Particle>,
    #[serde(default)]
    pub(super) attributes: Vec<Attribute>,
}

/// An element at its place.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Particle {
    pub(super) name: String,
    #[serde(default)]
    pub(super) optional: bool,
    /// How many there may be; null is any number.
    #[serde(default = "one")]
    pub(super) most: Option<usize>,
    #[serde(rename = "type")]
    pub(super) type_name: Option<String>,
    pub(super) content: Option<Content>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Attribute {
    pub(super) name: String,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(rename = "type")]
    pub(super) type_name: String,
}

fn one() -> Option<usize> {
    Some(1)
}

pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../fixtures/smartserver-schema.json")).expect("the schema")
});

impl Schema {
    /// Whether a type is another or extends it.
    pub(super) fn extends(&self, name: &str, ancestor: &str) -> bool {
        let base = || self.types.get(name)?.base.as_deref();
        name == ancestor || base().is_some_and(|base| self.extends(base, ancestor))
    }

    /// Elements and attributes of a content, those of its bases first.
    pub(super) fn flat<'a>(&'a self, content: &'a Content) -> (Vec<&'a Particle>, Vec<&'a Attribute>) {
        let base = content.base.as_ref().and_then(|base| self.types.get(base));
        let (mut elements, mut attributes) = base.map(|base| self.flat(base)).unwrap_or_default();
        elements.extend(&content.elements);
        attributes.extend(&content.attributes);
        (elements, attributes)
    }
}
