use serde::{Deserialize, Serialize};

/// Priority of a data point's holder: 0 is the strongest, 255 the weakest (manual 4-16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Priority(pub u8);

impl Priority {
    /// What every data point starts with and returns to when it is released.
    pub const WEAKEST: Priority = Priority(255);

    /// Whether a write at this priority is taken by a point held at `holder` (manual 4-16).
    pub fn overrules(self, holder: Priority) -> bool {
        self.0 <= holder.0
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self::WEAKEST
    }
}
