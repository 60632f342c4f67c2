use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A format name, `#<program id>[<scope>].<type>[#<variant>][.<field>]` (manual 3-4), kept as text.
/// The short form without program id and scope is one too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct FormatName(String);

impl FormatName {
    /// Format of points that have none, and of values written as bytes in hexadecimal.
    pub const RAW_HEX: &str = "RAW_HEX";

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type, as `SNVT_temp_f`.
    pub fn type_name(&self) -> &str {
        self.split().0
    }

    /// The variant, as `US`.
    pub fn variant(&self) -> Option<&str> {
        self.split().1
    }

    /// The structure field that a value with this format belongs to.
    pub fn field(&self) -> Option<&str> {
        self.split().2
    }

    /// Whether the type belongs to the standard resource files: program id zero and scope 0, or
    /// the short form. A type of a manufacturer may bear a standard name and mean something else.
    pub fn is_standard(&self) -> bool {
        !self.0.starts_with('#') || self.0.starts_with("#0000000000000000[0].")
    }

    fn split(&self) -> (&str, Option<&str>, Option<&str>) {
        let local = match self.0.strip_prefix('#') {
            Some(rest) => rest.split_once("].").map_or(rest, |(_, local)| local),
            None => &self.0,
        };
        let (head, field) = match local.split_once('.') {
            Some((head, field)) => (head, Some(field)),
            None => (local, None),
        };
        match head.split_once('#') {
            Some((name, variant)) => (name, Some(variant).filter(|v| !v.is_empty()), field),
            // The order of variant and field, when both occur, is not known: accept either.
            None => match field.and_then(|f| f.split_once('#')) {
                Some((field, variant)) => (head, Some(variant), Some(field)),
                None => (head, None, field),
            },
        }
    }
}

impl FromStr for FormatName {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl From<&str> for FormatName {
    fn from(text: &str) -> Self {
        Self(text.trim().to_owned())
    }
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::FormatName;

    #[test]
    fn takes_a_format_name_apart() {
        for (text, name, variant, field) in [
            ("#0000000000000000[0].SNVT_switch", "SNVT_switch", None, None),
            ("#0000000000000000[0].SNVT_switch.state", "SNVT_switch", None, Some("state")),
            ("#0000000000000000[0].SNVT_temp_f#US", "SNVT_temp_f", Some("US"), None),
            ("#0000000000000000[0].SNVT_x#SI.value", "SNVT_x", Some("SI"), Some("value")),
            ("#0000000000000000[0].SNVT_x.value#SI", "SNVT_x", Some("SI"), Some("value")),
            ("SNVT_scene.function", "SNVT_scene", None, Some("function")),
            ("#8000010128000000[4].UFPTdataLogger", "UFPTdataLogger", None, None),
            ("RAW_HEX", "RAW_HEX", None, None),
            ("", "", None, None),
        ] {
            let format = FormatName::from(text);
            assert_eq!(
                (format.type_name(), format.variant(), format.field()),
                (name, variant, field),
                "{text}"
            );
        }
    }

    #[test]
    fn a_manufacturers_type_is_not_standard() {
        assert!(FormatName::from("#0000000000000000[0].SNVT_temp").is_standard());
        assert!(FormatName::from("SNVT_temp").is_standard());
        assert!(!FormatName::from("#8000010128000000[4].SNVT_temp").is_standard());
    }
}
