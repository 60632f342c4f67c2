use std::io;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address of the database is not one that the store understands.
    #[error("the database's address is not usable: {0}")]
    Address(String),
    /// The database's file or folder could not be made.
    #[error("cannot make the database's file: {0}")]
    File(#[source] io::Error),
    /// The database's tables could not be brought to the shape that this version needs.
    #[error("the database cannot be brought up to date: {0}")]
    Migration(#[source] Box<MigrateError>),
    /// The SQLite library is one of those that can corrupt a database.
    #[error("SQLite {found} can corrupt a database, at least {needed} is needed")]
    UnsafeSqlite {
        /// Version linked into this program.
        found: String,
        /// Oldest version that is safe.
        needed: &'static str,
    },
    /// The secrets in the database were sealed with another master key.
    #[error(
        "the secrets in the database were sealed with another master key ({sealed_with}) than the one \
         given ({given}): start with the key file that was used before, or register the identities again"
    )]
    WrongMasterKey {
        /// Id of the key that the secrets were sealed with.
        sealed_with: String,
        /// Id of the key in use.
        given: String,
    },
    /// The database does not answer; the call may be repeated later.
    #[error("the database does not answer: {0}")]
    Unavailable(#[source] sqlx::Error),
    /// Another gateway works on the database.
    #[error("another gateway works on this database; each needs a database of its own")]
    Claimed,
    /// Another writer was in the way; nothing was stored, the call may be repeated at once.
    #[error("another writer was in the way")]
    Busy,
    /// What was to be stored contradicts what is there.
    #[error("{0}")]
    Conflict(Conflict),
    /// What was asked for, or something that it refers to, is not in the store.
    #[error("there is no such {0}")]
    NotFound(Missing),
    /// A text holds the character NUL, which PostgreSQL does not store.
    #[error("a text holds the character NUL")]
    Nul,
    /// Something stored cannot be read back.
    #[error("the database holds something that cannot be read: {0}")]
    Corrupt(String),
    /// The statement itself failed: a fault of ours.
    #[error("a statement failed: {0}")]
    Internal(#[source] sqlx::Error),
}

/// What is not in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Missing {
    /// An identity.
    #[error("identity")]
    Identity,
    /// A SmartServer.
    #[error("SmartServer")]
    SmartServer,
    /// An API key.
    #[error("API key")]
    ApiKey,
    /// A poll group.
    #[error("poll group")]
    PollGroup,
    /// A row that another one refers to; whoever knows which says so with `StoreError::or_dangling`.
    #[error("row that this one refers to")]
    Reference,
}

/// What stands against storing something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Conflict {
    /// Another identity has this JID.
    #[error("another identity has this JID")]
    IdentityJid,
    /// SmartServers still use the identity.
    #[error("SmartServers still use this identity")]
    IdentityInUse,
    /// Another SmartServer has this key.
    #[error("another SmartServer has this key")]
    SmartServerKey,
    /// Another SmartServer has this JID.
    #[error("another SmartServer has this JID")]
    SmartServerJid,
    /// Another API key has this name.
    #[error("another API key has this name")]
    ApiKeyName,
    /// Another poll group has this name.
    #[error("another poll group has this name")]
    PollGroupName,
    /// A command with this id is stored already.
    #[error("a command with this id is stored already")]
    Command,
    /// A device command with this id is stored already.
    #[error("a device command with this id is stored already")]
    DeviceCommand,
    /// A command to this device is under way.
    #[error("a command to this device is under way")]
    DeviceBusy,
}

impl Conflict {
    /// The conflict that a unique constraint stands for; both engines name it `table.column`.
    fn from_constraint(name: &str) -> Option<Self> {
        Some(match name {
            "identities.jid" => Self::IdentityJid,
            "smartservers.key" => Self::SmartServerKey,
            "smartservers.jid" => Self::SmartServerJid,
            "api_keys.name" => Self::ApiKeyName,
            "poll_groups.name" => Self::PollGroupName,
            "commands.id" => Self::Command,
            "device_commands.id" => Self::DeviceCommand,
            "device_commands.smartserver_id, device_commands.device" => Self::DeviceBusy,
            _ => return None,
        })
    }
}

impl StoreError {
    /// Puts `error` in the place of a failed reference between tables.
    pub(super) fn or_dangling(self, error: StoreError) -> StoreError {
        if self.is_dangling() { error } else { self }
    }

    /// Whether a reference between tables failed.
    pub(super) fn is_dangling(&self) -> bool {
        matches!(self, Self::NotFound(Missing::Reference))
    }

    /// Something stored in `place` that cannot be read back.
    pub(super) fn corrupt(place: &str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt(format!("{place}: {why}"))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => match from_database(database.as_ref()) {
                Some(known) => known,
                None if is_outage(database.as_ref()) => Self::Unavailable(error),
                None => Self::Internal(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Corrupt(error.to_string()),
            _ => Self::Internal(error),
        }
    }
}

fn from_database(error: &dyn DatabaseError) -> Option<StoreError> {
    match error.kind() {
        ErrorKind::UniqueViolation => {
            let name = error.constraint().or_else(|| error.message().split(": ").last())?;
            Conflict::from_constraint(name).map(StoreError::Conflict)
        }
        ErrorKind::ForeignKeyViolation => Some(StoreError::NotFound(Missing::Reference)),
        _ if error.code().as_deref() == Some("22021") => Some(StoreError::Nul),
        _ => is_contention(error).then_some(StoreError::Busy),
    }
}

/// SQLite: busy, locked. PostgreSQL: serialization failure, deadlock, lock not available.
fn is_contention(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    matches!(&*code, "40001" | "40P01" | "55P03") || matches!(sqlite_code(&code), Some(5 | 6))
}

/// SQLite: out of memory, I/O error, disk full, cannot open. PostgreSQL: connection exceptions,
/// insufficient resources, operator intervention.
fn is_outage(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    let postgres = code.len() == 5 && ["08", "53", "57"].iter().any(|class| code.starts_with(class));
    postgres || matches!(sqlite_code(&code), Some(7 | 8 | 10 | 13 | 14))
}

/// SQLite's primary result code; its extended codes have up to four digits, SQLSTATE has five.
fn sqlite_code(code: &str) -> Option<u32> {
    (code.len() < 5).then(|| code.parse::<u32>().ok()).flatten().map(|code| code & 0xff)
}
