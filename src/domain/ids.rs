use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A text that is not a UUID where an id was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id (UUIDv7: sorts by the time of its making).
            #[expect(clippy::new_without_default, reason = "two new ids are never equal")]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Uuid::parse_str(text).map(Self).map_err(|_| InvalidId)
            }
        }
    };
}

id!(
    /// Id of an identity.
    IdentityId
);
id!(
    /// Id of a SmartServer.
    SmartServerId
);
id!(
    /// Id of a data point.
    DataPointId
);
id!(
    /// Id of a command.
    CommandId
);
id!(
    /// Id of an API key; not secret.
    ApiKeyId
);
id!(
    /// Id of a device command.
    DeviceCommandId
);
id!(
    /// Id of a poll group.
    PollGroupId
);
id!(
    /// Id of a gap in the history of a SmartServer.
    HistoryGapId
);
