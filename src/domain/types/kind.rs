use super::units::{Heat, Variant};

/// What the text of a type means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Number(NumberType),
    Enumeration(EnumType),
    Structure(Vec<Field>),
    Array(ArrayType),
    Text(TextType),
}

/// A field of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) unit: Option<String>,
    pub(super) kind: Kind,
}

/// So many of the same.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ArrayType {
    pub(super) count: usize,
    pub(super) element: Box<Kind>,
}

/// Characters, blanks among them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TextType {
    /// Most characters.
    pub(super) most: usize,
    /// Highest code point.
    pub(super) highest: u32,
}

/// A number, described in the catalogue's unit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NumberType {
    /// Resolution; `None` for a floating-point number.
    pub(super) step: Option<f64>,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    pub(super) invalid: Vec<f64>,
    /// What stands in a point of this type before its first poll, as far as known.
    pub(super) unread: Option<f64>,
    /// Set for temperatures, which have a variant in °F.
    pub(super) heat: Option<Heat>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct EnumType {
    /// Names by number, those below zero (`..._NUL`) last.
    pub(super) names: Vec<(i64, String)>,
}

impl Kind {
    /// The parts that a text has one after the other: the members of structures and arrays, also of
    /// those inside.
    pub(super) fn leaves(&self) -> Vec<&Kind> {
        match self {
            Kind::Structure(fields) => fields.iter().flat_map(|field| field.kind.leaves()).collect(),
            Kind::Array(array) => (0..array.count).flat_map(|_| array.element.leaves()).collect(),
            leaf => vec![leaf],
        }
    }

    /// Whether there is a value that means invalid.
    pub(super) fn can_be_invalid(&self) -> bool {
        match self {
            Kind::Number(number) => !number.invalid.is_empty(),
            Kind::Enumeration(names) => names.names.iter().any(|(n, name)| is_null_member(*n, name)),
            Kind::Structure(fields) => fields.iter().any(|field| field.kind.can_be_invalid()),
            Kind::Array(array) => array.element.can_be_invalid(),
            Kind::Text(_) => false,
        }
    }

    /// Whether a temperature is in it.
    pub(super) fn has_heat(&self) -> bool {
        self.leaves().iter().any(|leaf| matches!(leaf, Kind::Number(number) if number.heat.is_some()))
    }

    /// Whether a text is in it.
    pub(super) fn has_text(&self) -> bool {
        self.leaves().iter().any(|leaf| matches!(leaf, Kind::Text(_)))
    }

    /// Whether its numbers are temperatures, every one.
    pub(super) fn is_all_heat(&self) -> bool {
        let mut numbers = self.leaves().into_iter().filter(|leaf| matches!(leaf, Kind::Number(_))).peekable();
        numbers.peek().is_some() && numbers.all(Kind::has_heat)
    }
}

impl NumberType {
    /// Whether a value in the catalogue's unit is one that means invalid, within half a step.
    pub(super) fn is_invalid(&self, value: f64) -> bool {
        let tolerance = self.step.map_or(0.0, |step| step / 2.0);
        self.invalid.iter().any(|invalid| (value - invalid).abs() <= tolerance)
    }

    /// Whether a value in the catalogue's unit is inside the range, rounding forgiven.
    pub(super) fn contains(&self, value: f64) -> bool {
        let slack = |bound: f64| self.step.map_or(bound.abs() * 1e-9, |step| step * 1e-6);
        value >= self.minimum - slack(self.minimum) && value <= self.maximum + slack(self.maximum)
    }

    /// The value in the catalogue's unit of one in a variant's; `None` if that unit is not known.
    pub(super) fn at_home(&self, value: f64, variant: Variant) -> Option<f64> {
        match (variant, self.heat) {
            (Variant::Home, _) => Some(value),
            (Variant::Us, Some(heat)) => Some(self.on_grid(heat.celsius(value))),
            _ => None,
        }
    }

    /// The nearest value that the type holds.
    pub(super) fn on_grid(&self, value: f64) -> f64 {
        match self.step {
            Some(step) => super::number::on_grid(value, step),
            None => value,
        }
    }
}

impl EnumType {
    /// Whether the enumeration has a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|(_, known)| known == name)
    }

    /// Whether a name means invalid.
    pub(super) fn is_invalid(&self, name: &str) -> bool {
        self.names.iter().any(|(number, known)| known == name && is_null_member(*number, known))
    }
}

fn is_null_member(number: i64, name: &str) -> bool {
    number == -1 || name.ends_with("_NUL")
}
