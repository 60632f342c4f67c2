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
    Literal(String),
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
    pub property: &'a dyn Fn(&str) -> Option<String>,
}

enum Found {
    Number(f64),
    Text(String),
}

impl Condition {
    pub(super) fn holds(&self, scope: &Scope<'_>) -> bool {
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

    pub(super) fn is_positional(&self) -> bool {
        let positional = |o: &Operand| matches!(o, Operand::Position | Operand::Last(_));
        matches!(self, Condition::Compare(left, _, right) if positional(left) || positional(right))
    }

    pub(super) fn is_about(&self, property: &str) -> bool {
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
