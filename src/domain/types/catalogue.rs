use std::collections::HashMap;
use std::sync::LazyLock;

use super::build::{Type, build};
use super::kind::{Field, Kind};
use super::source::Source;
use super::units::Variant;
use crate::domain::FormatName;

/// What a format says of a text.
pub(super) struct Meaning {
    pub(super) kind: &'static Kind,
    pub(super) unit: Option<&'static str>,
    /// Which units the text is in.
    pub(super) variant: Variant,
    /// Whether the form of the text is open to doubt.
    pub(super) is_doubtful: bool,
}

/// Every type of which the catalogue is sure, by name.
pub(super) static CATALOGUE: LazyLock<HashMap<String, Type>> = LazyLock::new(|| {
    let source = Source::compiled_in();
    source.types.keys().filter_map(|name| Some((name.clone(), build(&source, name)?))).collect()
});

/// What a format means; `None` for types of manufacturers and those of which the catalogue is not sure.
/// A field of a structure inside is written with points (`start_time.second`).
pub(super) fn meaning(format: &FormatName) -> Option<Meaning> {
    if !format.is_standard() {
        return None;
    }
    let found = CATALOGUE.get(format.type_name())?;
    // Localised text whose form is not sure could mean anything.
    if found.is_doubtful && Variant::of(format) == Variant::Other {
        return None;
    }
    let of_type = Meaning {
        kind: &found.kind,
        unit: found.unit.as_deref(),
        variant: Variant::of(format),
        is_doubtful: found.is_doubtful,
    };
    format.field().map_or(Some(of_type), |path| field(found, path, Variant::of(format)))
}

fn field(found: &'static Type, path: &str, variant: Variant) -> Option<Meaning> {
    let (mut kind, mut unit) = (&found.kind, None);
    for name in path.split('.') {
        let Kind::Structure(fields) = kind else { return None };
        let field: &Field = fields.iter().find(|field| same_field(&field.name, name))?;
        (kind, unit) = (&field.kind, field.unit.as_deref());
    }
    Some(Meaning { kind, unit, variant, is_doubtful: found.is_doubtful })
}

/// The manual also writes a field's name in camel case (`sceneNumber`, 4-16).
fn same_field(a: &str, b: &str) -> bool {
    let plain = |text: &str| text.replace('_', "").to_lowercase();
    plain(a) == plain(b)
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
