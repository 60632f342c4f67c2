//! SQL, one file a table; domain values in and out. SQLite and PostgreSQL give the same answers.
//!
//! A [`Store`] is opened once and cloned freely. Each table has its own small handle
//! (`store.identities()`, …). Times are kept to the millisecond. What a call stored is on disk when it
//! returns. Dropping a call's future leaves nothing half done, but whether it was done is then unknown.

mod alarms;
mod api_keys;
mod claim;
mod columns;
mod command_list;
mod commands;
mod data_points;
mod device_commands;
mod error;
mod gaps;
mod history;
mod idempotency;
mod identities;
mod inventory;
mod journal;
mod journal_search;
mod months;
mod poll_groups;
mod pool;
mod pubsub;
mod readings;
mod secret;
mod series;
mod smartservers;
mod streams;
mod web_sessions;

use std::sync::Arc;

use uuid::Uuid;

pub use alarms::{AlarmFilter, Alarms, StoredNotifier};
pub use api_keys::{ApiKey, ApiKeys, StoredApiKey};
pub use claim::Claim;
pub use command_list::CommandFilter;
pub use commands::{Commands, FinishedItem};
pub use data_points::DataPoints;
pub use device_commands::DeviceCommands;
pub use error::{Conflict, Missing, StoreError};
pub use gaps::{Gaps, NewGap};
pub use history::History;
pub use idempotency::{Begin, Idempotency, StoredResponse};
pub use identities::Identities;
pub use inventory::{InventoryChange, NewDataPoint};
pub use journal::{Journal, JournalBounds, JournalEntry};
pub use journal_search::{JournalPage, JournalSearch};
pub use poll_groups::PollGroups;
pub use pubsub::Pubsub;
pub use readings::Readings;
pub use secret::{MasterKey, MasterKeyError};
pub use series::{NewSeries, SeriesAge, SeriesTable};
pub use smartservers::SmartServers;
pub use streams::{StoredStream, Streams};
pub use web_sessions::{WebSession, WebSessions};

use months::Months;
use pool::{Pool, on_reader, on_writer};

/// The database.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    pool: Pool,
    master_key: MasterKey,
    /// Months of the history that have their partition.
    months: Months,
    /// This process run, told from earlier ones.
    run: Uuid,
}

impl Store {
    /// Opens the database at `url` and brings its tables up to date: `sqlite:` with the path of a
    /// file, which is made when it is not there, or `postgres:`. Refuses a master key that does not
    /// open the secrets in it ([`StoreError::WrongMasterKey`]).
    pub async fn open(url: &str, master_key: MasterKey) -> Result<Self, StoreError> {
        let pool = Pool::open(url).await?;
        let store = Self {
            inner: Arc::new(Inner { pool, master_key, months: Months::default(), run: Uuid::new_v4() }),
        };
        store.identities().check_master_key().await?;
        Ok(store)
    }

    /// Identities.
    pub fn identities(&self) -> Identities<'_> {
        Identities { store: self }
    }

    /// SmartServers.
    pub fn smartservers(&self) -> SmartServers<'_> {
        SmartServers { store: self }
    }

    /// Data points: the SmartServers' inventory.
    pub fn data_points(&self) -> DataPoints<'_> {
        DataPoints { store: self }
    }

    /// The latest reading of each data point.
    pub fn readings(&self) -> Readings<'_> {
        Readings { store: self }
    }

    /// Which data points have a history.
    pub fn series(&self) -> SeriesTable<'_> {
        SeriesTable { store: self }
    }

    /// Remembered readings.
    pub fn history(&self) -> History<'_> {
        History { store: self }
    }

    /// Times of which readings are missing.
    pub fn gaps(&self) -> Gaps<'_> {
        Gaps { store: self }
    }

    /// Poll groups.
    pub fn poll_groups(&self) -> PollGroups<'_> {
        PollGroups { store: self }
    }

    /// Commands.
    pub fn commands(&self) -> Commands<'_> {
        Commands { store: self }
    }

    /// Device commands.
    pub fn device_commands(&self) -> DeviceCommands<'_> {
        DeviceCommands { store: self }
    }

    /// Subscriptions to pubsub nodes.
    pub fn pubsub(&self) -> Pubsub<'_> {
        Pubsub { store: self }
    }

    /// Alarms of the fleet.
    pub fn alarms(&self) -> Alarms<'_> {
        Alarms { store: self }
    }

    /// Streams of identities.
    pub fn streams(&self) -> Streams<'_> {
        Streams { store: self }
    }

    /// What happened, for listeners that come back.
    pub fn journal(&self) -> Journal<'_> {
        Journal { store: self }
    }

    /// API keys.
    pub fn api_keys(&self) -> ApiKeys<'_> {
        ApiKeys { store: self }
    }

    /// Logins to the dashboard.
    pub fn web_sessions(&self) -> WebSessions<'_> {
        WebSessions { store: self }
    }

    /// Requests that must not be executed twice.
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency { store: self }
    }

    /// Whether the database answers, to a reader and to a writer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        on_reader!(self.pool(), db => drop(sqlx::query("SELECT 1").fetch_one(db).await?));
        on_writer!(self.pool(), db => drop(sqlx::query("SELECT 1").fetch_one(db).await?));
        Ok(())
    }

    /// Waits for the calls under way and closes all connections; later calls fail.
    pub async fn close(&self) {
        self.pool().close().await;
    }

    fn pool(&self) -> &Pool {
        &self.inner.pool
    }
}
