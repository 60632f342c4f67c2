use super::catalogue;
use super::shape::Type;

/// What a `LonFormat` attribute says about the text it stands on (manual 3-4, 4-15, 4-16).
#[derive(Debug, Clone, Copy)]
pub(super) enum LonFormat<'a> {
    /// None given: the point's own.
    Own,
    /// `UCPTvalueDef`: the text names a preset.
    Preset,
    /// `RAW_HEX`: the text is bytes.
    RawHex,
    /// A standard type, with or without the `#…[0].` before it.
    Typed(TypedFormat<'a>),
    /// A type that this SmartServer does not know.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct TypedFormat<'a> {
    pub kind: &'static Type,
    /// `#US`.
    pub us: bool,
    /// `.state`: one field of a structure.
    pub field: Option<&'a str>,
}

pub(super) const STANDARD: &str = "#0000000000000000[0].";

/// Reads a `LonFormat` attribute.
pub(super) fn read(text: Option<&str>) -> LonFormat<'_> {
    match text.map(str::trim) {
        None | Some("") => LonFormat::Own,
        Some("UCPTvalueDef") => LonFormat::Preset,
        Some("RAW_HEX") => LonFormat::RawHex,
        Some(text) => typed(text).map_or(LonFormat::Unknown, LonFormat::Typed),
    }
}

/// Reads a format name. Variant and field may come in either order: which is right when both
/// occur is not known.
pub(super) fn typed(text: &str) -> Option<TypedFormat<'_>> {
    let local = text.strip_prefix(STANDARD).unwrap_or(text);
    let end = local.find(['#', '.']).unwrap_or(local.len());
    let kind = catalogue::find(&local[..end])?;
    let mut format = TypedFormat { kind, us: false, field: None };
    let mut rest = &local[end..];
    while let Some(mark) = rest.chars().next() {
        let end = rest[1..].find(['#', '.']).map_or(rest.len(), |n| n + 1);
        let part = &rest[1..end];
        match (mark, part) {
            ('.', name) => format.field = Some(name),
            (_, "US") => format.us = true,
            (_, "SI" | "LO" | "") => {}
            _ => return None,
        }
        rest = &rest[end..];
    }
    Some(format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form_of_the_manual() {
        for (text, name, us, field) in [
            ("#0000000000000000[0].SNVT_switch", "SNVT_switch", false, None),
            ("#0000000000000000[0].SNVT_switch.value", "SNVT_switch", false, Some("value")),
            ("SNVT_scene.function", "SNVT_scene", false, Some("function")),
            ("#0000000000000000[0].SNVT_temp_f#US", "SNVT_temp_f", true, None),
            ("#0000000000000000[0].SNVT_temp_f#SI", "SNVT_temp_f", false, None),
            (
                "#0000000000000000[0].SNVT_temp_setpt#US.occupied_cool",
                "SNVT_temp_setpt",
                true,
                Some("occupied_cool"),
            ),
            ("SNVT_temp_setpt.occupied_cool#US", "SNVT_temp_setpt", true, Some("occupied_cool")),
        ] {
            let format = typed(text).unwrap();
            assert_eq!((format.kind.name.as_str(), format.us, format.field), (name, us, field), "{text}");
        }
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for text in ["SNVT_nothing", "#8000010128000000[4].UFPTdataLogger", "SNVT_temp_f#XX"] {
            assert!(matches!(read(Some(text)), LonFormat::Unknown), "{text}");
        }
    }
}
