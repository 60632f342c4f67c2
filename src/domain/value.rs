use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A typed value of a data point.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The type says invalid, or the point was never read.
    Null,
    /// A scalar in the unit of its type.
    Number(f64),
    /// An enumeration's name, or text.
    Text(String),
    /// A structure's fields in the order of its type.
    Fields(Vec<(String, Value)>),
    /// An array's elements.
    List(Vec<Value>),
}

impl Value {
    /// Value of a structure's field.
    pub fn field(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Fields(fields) => fields.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_none(),
            Value::Number(number) => serializer.serialize_f64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Fields(fields) => {
                let mut map = serializer.serialize_map(Some(fields.len()))?;
                for (name, value) in fields {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            Value::List(values) => values.serialize(serializer),
        }
    }
}
