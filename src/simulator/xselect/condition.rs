use jiff::Timestamp;

/// One comparison of a predicate.
#[derive(Debug, PartialEq)]
pub(super) enum Condition {
    Compare(Operand, Comparison, Operand),
    StartsWith(String, String),
    Contains(String, String),
}

#[derive(Debug, PartialEq)]
pub(super) enum Operand {
    Type,
    Position,
    /// `last()` less a number.
    Last(f64),
    Number(f64),
    Property(String),
    Literal(Text),
}

/// A text, and the time that it tells.
#[derive(Debug, PartialEq)]
pub(super) struct Text {
    pub text: String,
    time: Option<Timestamp>,
}

/// A property of an entry.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Property {
    Text(String),
    Time(Timestamp),
}

impl From<String> for Property {
    fn from(text: String) -> Self {
        Property::Text(text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a condition is about: one entry at its place.
pub(super) struct Scope<'a> {
    pub position: usize,
    pub last: usize,
    pub property: &'a dyn Fn(&str) -> Option<Property>,
}

enum Found<'a> {
    Number(f64),
    Literal(&'a Text),
    Property(Property),
}

impl Condition {
    pub(super) fn holds(&self, scope: &Scope<'_>) -> bool {
        let text = |name: &str| (scope.property)(name).map(|p| Found::Property(p).text());
        match self {
            Condition::StartsWith(name, part) => text(name).is_some_and(|t| t.starts_with(part)),
            Condition::Contains(name, part) => text(name).is_some_and(|t| t.contains(part)),
            Condition::Compare(left, comparison, right) => match (left.find(scope), right.find(scope)) {
                (Some(left), Some(right)) => comparison.holds(&left, &right),
                _ => false,
            },
        }
    }

    pub(super) fn is_positional(&self) -> bool {
        let positional = |o: &Operand| matches!(o, Operand::Position | Operand::Last(_));
        matches!(self, Condition::Compare(left, _, right) if positional(left) || positional(right))
    }

    pub(super) fn is_about(&self, property: &str) -> bool {
        let about = |o: &Operand| matches!(o, Operand::Property(name) if name == property);
        matches!(self, Condition::Compare(left, _, right) if about(left) || about(right))
    }
}

impl Text {
    pub(super) fn new(text: &str) -> Text {
        Text { text: text.trim().to_owned(), time: time(text) }
    }
}

impl Operand {
    fn find(&self, scope: &Scope<'_>) -> Option<Found<'_>> {
        match self {
            Operand::Type => None,
            Operand::Position => Some(Found::Number(scope.position as f64)),
            Operand::Last(less) => Some(Found::Number(scope.last as f64 - less)),
            Operand::Number(number) => Some(Found::Number(*number)),
            Operand::Property(name) => (scope.property)(name).map(Found::Property),
            Operand::Literal(text) => Some(Found::Literal(text)),
        }
    }
}

impl Comparison {
    /// Compares times as instants, numbers as numbers, else texts.
    fn holds(self, left: &Found<'_>, right: &Found<'_>) -> bool {
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

impl Found<'_> {
    fn text(&self) -> String {
        match self {
            Found::Number(number) => number.to_string(),
            Found::Literal(text) => text.text.clone(),
            Found::Property(Property::Text(text)) => text.clone(),
            Found::Property(Property::Time(time)) => time.to_string(),
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Found::Number(number) => Some(*number),
            Found::Literal(Text { text, .. }) | Found::Property(Property::Text(text)) => {
                text.trim().parse().ok()
            }
            Found::Property(Property::Time(_)) => None,
        }
    }

    fn time(&self) -> Option<Timestamp> {
        match self {
            Found::Number(_) => None,
            Found::Literal(text) => text.time,
            Found::Property(Property::Text(text)) => time(text),
            Found::Property(Property::Time(time)) => Some(*time),
        }
    }
}

/// A time of the interface; without zone it is UTC (manual 4-7). Offsets like `-8:00` and a day
/// alone are understood too (manual 7-23).
pub(in super::super) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let offset = text.rfind(['+', '-']).filter(|n| text[..*n].contains(':'));
    if let Some((n, (hour, minute))) = offset.and_then(|n| Some((n, text[n + 1..].split_once(':')?))) {
        return format!("{}{hour:0>2}:{minute}", &text[..=n]).parse().ok();
    }
    let midnight = if text.contains(':') { "" } else { "T00:00:00" };
    text.parse().ok().or_else(|| format!("{text}{midnight}Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_in_many_forms() {
        let noon: Timestamp = "2012-05-01T12:00:00Z".parse().unwrap();
        for text in [
            "2012-05-01T12:00:00.000Z",
            " 2012-05-01T12:00:00",
            "2012-05-01 12:00:00",
            "2012-05-01T04:00:00.000-8:00",
            "2012-05-01T14:00:00+02:00",
        ] {
            assert_eq!(time(text), Some(noon), "{text}");
        }
        assert_eq!(time("2012-05-01"), "2012-05-01T00:00:00Z".parse().ok());
        assert!(["", "12", "Net/LON", "2012-13-01", "AL_NUL", "ü"].iter().all(|text| time(text).is_none()));
    }
}
