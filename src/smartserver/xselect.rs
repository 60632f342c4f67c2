use std::fmt;

/// A selector (`xSelect`), which is geared to XPath (manual 2-13): the items of one xsi type, with
/// predicates that must all hold. Text from outside only ever becomes a literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector(String);

/// A text that no literal of a selector can hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// A literal is delimited by either kind of quote and has no escapes.
    #[error("a selector cannot hold a text with both kinds of quotes")]
    BothQuotes,
    /// A line break, a tab or worse.
    #[error("a selector cannot hold control characters")]
    Control,
}

impl Selector {
    /// All items of an xsi type, as `Dp_Cfg`.
    pub fn of(xsi_type: &'static str) -> Selector {
        Selector(format!("//Item[@xsi:type=\"{xsi_type}\"]"))
    }

    /// Only items whose name starts with this text.
    ///
    /// # Errors
    /// [`SelectorError`] when the text cannot be a literal.
    pub fn name_starts_with(self, prefix: &str) -> Result<Selector, SelectorError> {
        Ok(Selector(format!("{self}[starts-with(UCPTname,{})]", literal(prefix)?)))
    }

    /// Only items whose name holds this text.
    ///
    /// # Errors
    /// [`SelectorError`] when the text cannot be a literal.
    pub fn name_contains(self, part: &str) -> Result<Selector, SelectorError> {
        Ok(Selector(format!("{self}[contains(UCPTname,{})]", literal(part)?)))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn literal(text: &str) -> Result<String, SelectorError> {
    if text.chars().any(char::is_control) {
        return Err(SelectorError::Control);
    }
    match (text.contains('"'), text.contains('\'')) {
        (false, _) => Ok(format!("\"{text}\"")),
        (true, false) => Ok(format!("'{text}'")),
        (true, true) => Err(SelectorError::BothQuotes),
    }
}

#[cfg(test)]
mod tests {
    use super::{Selector, SelectorError};

    fn starting(prefix: &str) -> Result<String, SelectorError> {
        Selector::of("Dp_Cfg").name_starts_with(prefix).map(|selector| selector.to_string())
    }

    #[test]
    fn builds_the_forms_of_the_manual() {
        assert_eq!(Selector::of("Dp_Cfg").to_string(), "//Item[@xsi:type=\"Dp_Cfg\"]");
        assert_eq!(
            starting("Net/LON/AHU 1").unwrap(),
            "//Item[@xsi:type=\"Dp_Cfg\"][starts-with(UCPTname,\"Net/LON/AHU 1\")]"
        );
        assert_eq!(
            Selector::of("LON_Dp_Cfg").name_contains("DO_Digital").unwrap().to_string(),
            "//Item[@xsi:type=\"LON_Dp_Cfg\"][contains(UCPTname,\"DO_Digital\")]"
        );
    }

    #[test]
    fn text_from_outside_stays_inside_its_literal() {
        assert_eq!(
            starting("x\")][starts-with(UCPTname,\"").unwrap(),
            "//Item[@xsi:type=\"Dp_Cfg\"][starts-with(UCPTname,'x\")][starts-with(UCPTname,\"')]"
        );
        assert_eq!(starting("it's").unwrap(), "//Item[@xsi:type=\"Dp_Cfg\"][starts-with(UCPTname,\"it's\")]");
        assert_eq!(starting("a\"b'c"), Err(SelectorError::BothQuotes));
        assert_eq!(starting("a\nb"), Err(SelectorError::Control));
    }
}
