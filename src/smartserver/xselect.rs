use std::fmt;

use jiff::Timestamp;

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

/// What a time predicate compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At this time or later.
    From(Timestamp),
    /// Later than this.
    After(Timestamp),
    /// At this time or earlier.
    To(Timestamp),
    /// Earlier than this.
    Before(Timestamp),
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
        Ok(self.and(format!("starts-with(UCPTname,{})", literal(prefix)?)))
    }

    /// Only items whose name holds this text.
    ///
    /// # Errors
    /// [`SelectorError`] when the text cannot be a literal.
    pub fn name_contains(self, part: &str) -> Result<Selector, SelectorError> {
        Ok(self.and(format!("contains(UCPTname,{})", literal(part)?)))
    }

    /// Only items with this text in a property, as `UCPTpointName`. Which ones can be filtered on
    /// depends on the operation: those that stand in its answer (manual 2-13).
    ///
    /// # Errors
    /// [`SelectorError`] when the text cannot be a literal.
    pub fn property_is(self, property: &'static str, text: &str) -> Result<Selector, SelectorError> {
        Ok(self.and(format!("{property}={}", literal(text)?)))
    }

    /// Only items whose time in a property, as `UCPTlastUpdate`, lies within a bound.
    pub fn time(self, property: &'static str, bound: Bound) -> Selector {
        let (operator, at) = match bound {
            Bound::From(at) => (">=", at),
            Bound::After(at) => (">", at),
            Bound::To(at) => ("<=", at),
            Bound::Before(at) => ("<", at),
        };
        self.and(format!("{property}{operator}\"{}\"", at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")))
    }

    /// Only the first `count` of the items that are left. One more may come where a SmartServer counts
    /// from 0, which the manual leaves open.
    pub fn first(self, count: usize) -> Selector {
        self.and(format!("position()<={count}"))
    }

    /// Only the items that are left from one position to another, both included, as counted from 1;
    /// where a SmartServer counts from 0 they are the next ones. One predicate, since in XPath a second one
    /// counts anew what the first has left.
    pub fn positions(self, from: usize, to: usize) -> Selector {
        self.and(format!("position()>={from} and position()<={to}"))
    }

    /// Only the last `count` of the items that are left, or one more: samples of the manual count so.
    pub fn last(self, count: usize) -> Selector {
        self.and(format!("position()>=last()-{count}"))
    }

    /// Values in another form, as `VF_FIELDS` (manual 4-12).
    pub fn value_format(self, format: &'static str) -> Selector {
        self.and(format!("UCPTvalueFormat=\"{format}\""))
    }

    fn and(self, condition: String) -> Selector {
        Selector(format!("{self}[{condition}]"))
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
    use super::{Bound, Selector, SelectorError};

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

    #[test]
    fn builds_the_forms_of_logs() {
        let at = "2012-05-01T02:00:00.5+02:00".parse().unwrap();
        let log = Selector::of("UFPTdataLogger_Data")
            .property_is("UCPTpointName", "Net/LON/a b[0]")
            .unwrap()
            .time("UCPTlastUpdate", Bound::From(at))
            .time("UCPTlastUpdate", Bound::Before(at));
        assert_eq!(
            log.clone().first(100).to_string(),
            "//Item[@xsi:type=\"UFPTdataLogger_Data\"][UCPTpointName=\"Net/LON/a b[0]\"]\
             [UCPTlastUpdate>=\"2012-05-01T00:00:00.500Z\"][UCPTlastUpdate<\"2012-05-01T00:00:00.500Z\"]\
             [position()<=100]"
        );
        assert!(log.clone().last(64).to_string().ends_with("[position()>=last()-64]"));
        assert!(log.positions(51, 100).to_string().ends_with("[position()>=51 and position()<=100]"));
        assert_eq!(
            Selector::of("Dp_Cfg").value_format("VF_FIELDS").to_string(),
            "//Item[@xsi:type=\"Dp_Cfg\"][UCPTvalueFormat=\"VF_FIELDS\"]"
        );
        let bad = Selector::of("Dp_Cfg").property_is("UCPTaliasName", "a\"b'c");
        assert_eq!(bad, Err(SelectorError::BothQuotes));
    }
}
