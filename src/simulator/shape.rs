use std::sync::Arc;

/// A standard type: what its values look like.
#[derive(Debug)]
pub(super) struct Type {
    pub name: String,
    pub unit: Option<String>,
    pub shape: Shape,
}

/// How a value, or one field of it, is built.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    Scaled(Scale),
    Float(Heat),
    /// Members by rising number.
    Enumeration(Arc<Vec<(String, i64)>>),
    /// Characters, one byte each or, if they are wide, two; what follows the text is zero.
    Text {
        bytes: usize,
        longest: usize,
        wide: bool,
    },
    Bit,
    /// Members one after the other; of an array the names are the indices.
    Structure(Vec<Field>),
    /// A type that is not known well enough: its text is kept as it came.
    Opaque,
}

#[derive(Debug, Clone)]
pub(super) struct Field {
    pub name: String,
    pub unit: Option<String>,
    pub shape: Shape,
}

/// Whether `#US` turns the number into Fahrenheit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heat {
    None,
    Absolute,
    Difference,
}

impl Heat {
    pub(super) fn fahrenheit(self, celsius: f64) -> f64 {
        match self {
            Heat::None => celsius,
            Heat::Absolute => celsius * 1.8 + 32.0,
            Heat::Difference => celsius * 1.8,
        }
    }

    pub(super) fn celsius(self, fahrenheit: f64) -> f64 {
        match self {
            Heat::None => fahrenheit,
            Heat::Absolute => (fahrenheit - 32.0) / 1.8,
            Heat::Difference => fahrenheit / 1.8,
        }
    }
}

/// A scaled integer: value = mantissa / 10^decimals * (raw + offset).
#[derive(Debug, Clone)]
pub(super) struct Scale {
    pub mantissa: i64,
    pub decimals: usize,
    pub offset: i64,
    /// Bytes.
    pub size: usize,
    pub signed: bool,
    pub minimum: i64,
    pub maximum: i64,
    pub invalid: Option<i64>,
    pub heat: Heat,
}

impl Scale {
    /// The raw numbers that fit the size.
    pub(super) fn range(&self) -> (i64, i64) {
        let bits = 8 * self.size.min(7);
        if self.signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) }
    }

    pub(super) fn value(&self, raw: i64) -> f64 {
        self.scaled(raw) as f64 / 10f64.powi(self.decimals as i32)
    }

    /// The value times 10^decimals, exactly.
    pub(super) fn scaled(&self, raw: i64) -> i64 {
        self.mantissa * (raw + self.offset)
    }

    /// The nearest raw number, which may not fit the size.
    pub(super) fn raw(&self, value: f64) -> i64 {
        let resolution = self.mantissa as f64 / 10f64.powi(self.decimals as i32);
        (value / resolution).round() as i64 - self.offset
    }

    pub(super) fn fits(&self, raw: i64) -> bool {
        let (low, high) = self.range();
        (low..=high).contains(&raw)
    }
}

impl Type {
    /// Unit of the type or of one of its fields; `#US` has its own for temperatures.
    pub(super) fn unit_of(&self, field: Option<usize>, us: bool) -> Option<String> {
        let (unit, shape) = match (&self.shape, field) {
            (Shape::Structure(fields), Some(n)) => (fields[n].unit.clone(), &fields[n].shape),
            (Shape::Structure(fields), None) => {
                (self.unit.clone().or_else(|| Some(names(fields))), &self.shape)
            }
            (shape, _) => (self.unit.clone(), shape),
        };
        if us && shape.heat() != Heat::None { unit.map(|u| u.replace("°C", "°F")) } else { unit }
    }

    pub(super) fn field(&self, name: &str) -> Option<usize> {
        self.fields().iter().position(|field| field.name == name)
    }

    pub(super) fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Structure(fields) => fields,
            _ => &[],
        }
    }
}

fn names(fields: &[Field]) -> String {
    let names: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
    names.join(", ")
}

impl Shape {
    pub(super) fn heat(&self) -> Heat {
        match self {
            Shape::Scaled(scale) => scale.heat,
            Shape::Float(heat) => *heat,
            _ => Heat::None,
        }
    }

    /// Size in bits, if it is known.
    pub(super) fn bits(&self) -> Option<usize> {
        match self {
            Shape::Scaled(scale) => Some(8 * scale.size),
            Shape::Float(_) => Some(32),
            Shape::Enumeration(_) => Some(8),
            Shape::Text { bytes, .. } => Some(8 * bytes),
            Shape::Bit => Some(1),
            Shape::Structure(fields) => fields.iter().map(|f| f.shape.bits()).sum(),
            Shape::Opaque => None,
        }
    }
}
