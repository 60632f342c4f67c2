use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DataPointId, FormatName, SmartServerId};

/// A data point's name, `network/channel/device/functional block/data point`, kept exactly as the
/// SmartServer gives it: it may hold blanks and brackets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct DataPointName(String);

/// A text that cannot be the name of a data point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a data point's name has 1 to {max} characters and no control characters", max = DataPointName::MAX)]
pub struct InvalidName;

impl DataPointName {
    /// Longest name that is accepted, in characters.
    pub const MAX: usize = 512;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts of the name in order: network, channel, device, functional block, data point.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl FromStr for DataPointName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let text = text.trim();
        let fits = (1..=Self::MAX).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }
}

impl fmt::Display for DataPointName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Direction of a data point as seen from the SmartServer (`UCPTdirection`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// An input of its functional block: it is meant to be written.
    In,
    /// An output of its functional block.
    Out,
    /// Both, or not said.
    InOut,
}

/// A named value of a data point (`ValueDef`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    /// Name, as `ON`.
    pub name: String,
    /// The value in the SmartServer's text form, as `100.0 1`.
    pub raw: String,
}

/// A data point of a SmartServer's inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct DataPoint {
    /// Id; stays the same as long as the SmartServer has a point of this name.
    pub id: DataPointId,
    /// The SmartServer that holds it.
    pub smartserver_id: SmartServerId,
    /// Its name there.
    pub name: DataPointName,
    /// `UCPTaliasName`.
    pub alias: Option<String>,
    /// `UCPTdescription`.
    pub description: Option<String>,
    /// `UCPTformatDescription`; `None` while the configuration was never read.
    pub format: Option<FormatName>,
    /// `UCPTunit`, of the whole value or of the fields joined by `, `.
    pub unit: Option<String>,
    /// `UCPTdirection`, or what the annotation says.
    pub direction: Option<Direction>,
    /// `ValueDef`s.
    pub presets: Vec<Preset>,
    /// Time of the last configuration change, by the SmartServer's clock.
    pub configured_at: Option<Timestamp>,
}

impl DataPoint {
    /// Whether it is of this type, as `SNVT_switch`.
    pub fn is_of_type(&self, name: &str) -> bool {
        self.format.as_ref().is_some_and(|format| format.type_name() == name)
    }

    /// Whether name, alias or description hold `part`, in any case.
    pub fn mentions(&self, part: &str) -> bool {
        let part = part.to_lowercase();
        let texts = [Some(self.name.as_str()), self.alias.as_deref(), self.description.as_deref()];
        texts.into_iter().flatten().any(|text| text.to_lowercase().contains(&part))
    }
}
