//! The filter language of requests.

mod condition;
mod reader;

use condition::{Comparison, Condition, Operand, Scope};
use reader::Reader;

pub(super) use condition::{Property, time};

/// An `xSelect` (manual 2-13): `//Item` with predicates, all of which must hold.
#[derive(Debug, PartialEq)]
pub(super) struct XSelect {
    /// The first type named.
    pub kind: Option<String>,
    /// `UCPTvalueFormat`, which filters nothing: `VF_FIELDS`, `VF_RAW_HEX`.
    pub value_format: Option<String>,
    predicates: Vec<Vec<Condition>>,
    /// The number of the first position. Without a base in the manual's text it is 1, as in XPath.
    first_position: usize,
}

impl XSelect {
    /// Reads an expression; `None` if it is broken.
    pub(super) fn parse(text: &str) -> Option<XSelect> {
        let mut reader = Reader { rest: text.trim() };
        reader.take("//Item")?;
        let mut select =
            XSelect { kind: None, value_format: None, predicates: Vec::new(), first_position: 1 };
        while reader.take("[").is_some() {
            let mut conditions = vec![reader.condition()?];
            while reader.take("and").is_some() {
                conditions.push(reader.condition()?);
            }
            reader.take("]")?;
            select.add(conditions);
        }
        reader.rest.is_empty().then_some(select)
    }

    /// Counts positions from another number than 1; `last()` moves along.
    pub(super) fn counting_from(self, first_position: usize) -> XSelect {
        XSelect { first_position, ..self }
    }

    /// What matches, given each entry's properties. A position is that in the list which the
    /// predicates before have left.
    pub(super) fn matches<T: Copy, P: Into<Property>>(
        &self,
        all: Vec<T>,
        property: impl Fn(T, &str) -> Option<P>,
    ) -> Vec<T> {
        self.predicates.iter().fold(all, |left, predicate| {
            let last = (left.len() + self.first_position).saturating_sub(1);
            let holds = |n: usize, entry: T| {
                let property = |name: &str| property(entry, name).map(Into::into);
                let scope = Scope { position: n + self.first_position, last, property: &property };
                predicate.iter().all(|condition| condition.holds(&scope))
            };
            left.iter().enumerate().filter(|(n, e)| holds(*n, **e)).map(|(_, e)| *e).collect()
        })
    }

    /// The text that a property must be equal to, if there is such a condition.
    pub(super) fn wanted(&self, property: &str) -> Option<&str> {
        self.predicates.iter().flatten().find_map(|condition| match condition {
            Condition::Compare(Operand::Property(name), Comparison::Equal, Operand::Literal(value))
                if name == property =>
            {
                Some(value.text.as_str())
            }
            _ => None,
        })
    }

    /// Drops `position()` if `property` is compared too: so does a Read (manual 4-12).
    pub(super) fn without_position_beside(mut self, property: &str) -> XSelect {
        if self.predicates.iter().flatten().any(|c| c.is_about(property)) {
            for predicate in &mut self.predicates {
                predicate.retain(|condition| !condition.is_positional());
            }
        }
        self
    }

    fn add(&mut self, conditions: Vec<Condition>) {
        let mut left = Vec::new();
        for condition in conditions {
            match condition {
                Condition::Compare(Operand::Type, Comparison::Equal, Operand::Literal(kind)) => {
                    self.kind.get_or_insert(kind.text);
                }
                Condition::Compare(Operand::Property(name), Comparison::Equal, Operand::Literal(value))
                    if name == "UCPTvalueFormat" =>
                {
                    self.value_format = Some(value.text);
                }
                other => left.push(other),
            }
        }
        if !left.is_empty() {
            self.predicates.push(left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 4] = ["Net/LON/A/x", "Net/LON/A/y [0]", "Net/LON/B/x", "Net/LON/B/y [0]"];

    fn select(text: &str) -> Vec<&'static str> {
        let select = XSelect::parse(text).unwrap_or_else(|| panic!("{text}"));
        select.matches(NAMES.to_vec(), |name, property| match property {
            "UCPTname" => Some(name.to_owned()),
            "UCPTlastUpdate" => Some("2012-05-01T12:00:00.000+02:00".to_owned()),
            _ => None,
        })
    }

    #[test]
    fn predicates_filter() {
        assert_eq!(select(r#"//Item[@xsi:type="Dp_Cfg"]"#).len(), 4);
        assert_eq!(select(r#"//Item[@xsi:type="Dp_Cfg"][starts-with(UCPTname,'Net/LON/A/')]"#), NAMES[..2]);
        assert_eq!(
            select(r#"//Item[@xsi:type="Dp_Cfg"] [contains(UCPTname, "y [0]")]"#),
            [NAMES[1], NAMES[3]]
        );
        assert_eq!(select(r#"//Item[UCPTname="Net/LON/B/x"][@xsi:type="Dp_Cfg"]"#), NAMES[2..3]);
        assert_eq!(select(r#"//Item[@xsi:type="Dp_Cfg"][UCPTaliasName="x"]"#), [""; 0]);
    }

    #[test]
    fn positions_count_from_one_and_from_the_last() {
        assert_eq!(select(r#"//Item[@xsi:type="Dp_Cfg"][position()<3]"#), NAMES[..2]);
        assert_eq!(select("//Item[position()>=0 and position()<2]"), NAMES[..1]);
        assert_eq!(select("//Item[position() >= last()-1]"), NAMES[2..]);
        assert_eq!(select(r#"//Item[contains(UCPTname,"y")][position()<=1]"#), NAMES[1..2]);
    }

    #[test]
    fn positions_count_from_zero_when_told_so() {
        let select = |text: &str| {
            let select = XSelect::parse(text).unwrap().counting_from(0);
            select.matches(NAMES.to_vec(), |_, _| None::<String>)
        };
        assert_eq!(select("//Item[position()<2]"), NAMES[..2]);
        assert_eq!(select("//Item[position()>=last()-1]"), NAMES[2..]);
        assert_eq!(select("//Item[position()=0]"), NAMES[..1]);
    }

    #[test]
    fn what_a_property_must_be_is_told() {
        let select = XSelect::parse(r#"//Item[position()<3][UCPTalarmLog="SUMMARY"]"#).unwrap();
        assert_eq!(select.wanted("UCPTalarmLog"), Some("SUMMARY"));
        assert_eq!(select.wanted("UCPTname"), None);
    }

    #[test]
    fn times_compare_as_instants() {
        assert_eq!(select(r#"//Item[UCPTlastUpdate>=" 2012-05-01T10:00:00Z"]"#).len(), 4);
        assert_eq!(select(r#"//Item[UCPTlastUpdate>="2012-05-01T10:00:00.001"]"#).len(), 0);
        assert_eq!(
            select(
                r#"//Item[UCPTlastUpdate>"2012-05-01T09:00:00" and UCPTlastUpdate<"2012-05-01T11:00:00Z"]"#
            )
            .len(),
            4
        );
    }

    #[test]
    fn directives_are_no_filters() {
        let select = XSelect::parse(r#"//Item[@xsi:type="Dp_Data"][UCPTvalueFormat="VF_FIELDS"]"#).unwrap();
        assert_eq!(select.kind.as_deref(), Some("Dp_Data"));
        assert_eq!(select.value_format.as_deref(), Some("VF_FIELDS"));
        assert!(select.predicates.is_empty());
    }

    #[test]
    fn position_is_dropped_beside_a_time_in_a_read() {
        let select = XSelect::parse(r#"//Item[position()<2][UCPTlastUpdate>"2012-05-01"]"#).unwrap();
        let select = select.without_position_beside("UCPTlastUpdate");
        assert_eq!(select.matches(NAMES.to_vec(), |_, _| Some("2012-05-02".to_owned())).len(), 4);
    }

    #[test]
    fn broken_expressions_are_refused() {
        for text in [
            "",
            "Item",
            "//Item[@xsi:type=",
            "//Item[@xsi:type=]",
            r#"//Item[@xsi:type="Dp_Cfg""#,
            r#"//Item[@xsi:type="Dp_Cfg]"#,
            "//Item[@xsi:type=\u{201C}Dp_Cfg\u{201D}]",
            r#"//Item[starts-with(UCPTname)]"#,
            r#"//Item[@xsi:type="A" or @xsi:type="B"]"#,
            r#"//Item[position()<]"#,
            r#"//Item[]"#,
            r#"//Item[@xsi:type="A"] x"#,
        ] {
            assert_eq!(XSelect::parse(text), None, "{text}");
        }
    }
}
