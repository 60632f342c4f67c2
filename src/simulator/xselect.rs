use jiff::Timestamp;

/// An `xSelect` (manual 2-13): `//Item` with predicates, all of which must hold.
#[derive(Debug, PartialEq)]
pub(super) struct XSelect {
    /// The first type named.
    pub kind: Option<String>,
    /// `UCPTvalueFormat`, which filters nothing: `VF_FIELDS`, `VF_RAW_HEX`.
    pub value_format: Option<String>,
    predicates: Vec<Vec<Condition>>,
}

#[derive(Debug, PartialEq)]
enum Condition {
    Compare(Operand, Comparison, Operand),
    StartsWith(String, String),
    Contains(String, String),
}

#[derive(Debug, PartialEq)]
enum Operand {
    Type,
    Position,
    /// `last()` less a number.
    Last(f64),
    Number(f64),
    Property(String),
    Literal(String),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl XSelect {
    /// Reads an expression; `None` if it is broken.
    pub(super) fn parse(text: &str) -> Option<XSelect> {
        let mut reader = Reader { rest: text.trim() };
        reader.take("//Item")?;
        let mut select = XSelect { kind: None, value_format: None, predicates: Vec::new() };
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

    /// Positions in the list of what matches, given each entry's properties. Without a base in the
    /// manual's text, the first position is 1, as in XPath.
    pub(super) fn matches<T: Copy>(
        &self,
        all: Vec<T>,
        property: impl Fn(T, &str) -> Option<String>,
    ) -> Vec<T> {
        self.predicates.iter().fold(all, |left, predicate| {
            let last = left.len();
            let holds = |position: usize, entry: T| {
                let scope = Scope { position, last, property: &|name| property(entry, name) };
                predicate.iter().all(|condition| condition.holds(&scope))
            };
            left.iter().enumerate().filter(|(n, e)| holds(n + 1, **e)).map(|(_, e)| *e).collect()
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
                    self.kind.get_or_insert(kind);
                }
                Condition::Compare(Operand::Property(name), Comparison::Equal, Operand::Literal(value))
                    if name == "UCPTvalueFormat" =>
                {
                    self.value_format = Some(value);
                }
                other => left.push(other),
            }
        }
        if !left.is_empty() {
            self.predicates.push(left);
        }
    }
}

struct Scope<'a> {
    position: usize,
    last: usize,
    property: &'a dyn Fn(&str) -> Option<String>,
}

enum Found {
    Number(f64),
    Text(String),
}

impl Condition {
    fn holds(&self, scope: &Scope<'_>) -> bool {
        let text = |name: &str| (scope.property)(name);
        match self {
            Condition::StartsWith(name, part) => text(name).is_some_and(|t| t.starts_with(part)),
            Condition::Contains(name, part) => text(name).is_some_and(|t| t.contains(part)),
            Condition::Compare(left, comparison, right) => match (left.find(scope), right.find(scope)) {
                (Some(left), Some(right)) => comparison.holds(&left, &right),
                _ => false,
            },
        }
    }

    fn is_positional(&self) -> bool {
        let positional = |o: &Operand| matches!(o, Operand::Position | Operand::Last(_));
        matches!(self, Condition::Compare(left, _, right) if positional(left) || positional(right))
    }

    fn is_about(&self, property: &str) -> bool {
        let about = |o: &Operand| matches!(o, Operand::Property(name) if name == property);
        matches!(self, Condition::Compare(left, _, right) if about(left) || about(right))
    }
}

impl Operand {
    fn find(&self, scope: &Scope<'_>) -> Option<Found> {
        match self {
            Operand::Type => None,
            Operand::Position => Some(Found::Number(scope.position as f64)),
            Operand::Last(less) => Some(Found::Number(scope.last as f64 - less)),
            Operand::Number(number) => Some(Found::Number(*number)),
            Operand::Property(name) => (scope.property)(name).map(Found::Text),
            Operand::Literal(text) => Some(Found::Text(text.clone())),
        }
    }
}

impl Comparison {
    /// Compares times as instants, numbers as numbers, else texts.
    fn holds(self, left: &Found, right: &Found) -> bool {
        let order = match (left.time(), right.time(), left.number(), right.number()) {
            (Some(a), Some(b), ..) => a.partial_cmp(&b),
            (.., Some(a), Some(b)) => a.partial_cmp(&b),
            _ => left.text().partial_cmp(&right.text()),
        };
        order.is_some_and(|order| match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        })
    }
}

impl Found {
    fn text(&self) -> String {
        match self {
            Found::Number(number) => number.to_string(),
            Found::Text(text) => text.clone(),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Found::Number(number) => Some(*number),
            Found::Text(text) => text.trim().parse().ok(),
        }
    }

    /// A time; without zone it is UTC (manual 4-7).
    fn time(&self) -> Option<Timestamp> {
        let Found::Text(text) = self else { return None };
        let text = text.trim();
        text.parse().ok().or_else(|| format!("{text}Z").parse().ok())
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(token)?.trim_start();
        Some(())
    }

    fn condition(&mut self) -> Option<Condition> {
        for (name, starts) in [("starts-with", true), ("contains", false)] {
            if self.take(name).is_some() {
                self.take("(")?;
                let property = self.word()?;
                self.take(",")?;
                let part = self.literal()?;
                self.take(")")?;
                let part = part.trim().to_owned();
                return Some(if starts {
                    Condition::StartsWith(property, part)
                } else {
                    Condition::Contains(property, part)
                });
            }
        }
        Some(Condition::Compare(self.operand()?, self.comparison()?, self.operand()?))
    }

    fn operand(&mut self) -> Option<Operand> {
        if self.take("@xsi:type").is_some() {
            return Some(Operand::Type);
        }
        if self.take("position()").is_some() {
            return Some(Operand::Position);
        }
        if self.take("last()").is_some() {
            let less = if self.take("-").is_some() { self.number()? } else { 0.0 };
            return Some(Operand::Last(less));
        }
        if self.rest.starts_with(['"', '\'']) {
            return self.literal().map(|text| Operand::Literal(text.trim().to_owned()));
        }
        self.number().map(Operand::Number).or_else(|| self.word().map(Operand::Property))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ]
        .into_iter()
        .find_map(|(token, comparison)| self.take(token).map(|()| comparison))
    }

    fn literal(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (text, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest.trim_start();
        Some(text.to_owned())
    }

    fn word(&mut self) -> Option<String> {
        self.split(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn number(&mut self) -> Option<f64> {
        if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.split(|c| c.is_ascii_digit() || c == '.')?.parse().ok()
    }

    fn split(&mut self, belongs: impl Fn(char) -> bool) -> Option<String> {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        (!word.is_empty()).then(|| word.to_owned())
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
        assert_eq!(select.matches(NAMES.to_vec(), |_, _| Some("2012-05-02".into())).len(), 4);
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
