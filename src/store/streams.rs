use jid::FullJid;
use sqlx::{FromRow, QueryBuilder};

use super::columns::{number, parse};
use super::pool::{ATTEMPTS, ROWS_PER_STATEMENT, in_transaction, on_reader, push_list};
use super::{Store, StoreError};
use crate::domain::IdentityId;

/// The join leaves out identities that have vanished meanwhile. `column1` and so on is what both engines
/// call the columns of `VALUES`.
const KEEP: &str = "INSERT INTO streams (identity_id, stream_id, jid, received) \
     SELECT new.column1, new.column2, new.column3, new.column4 FROM (";
const OF_IDENTITIES: &str = ") AS new JOIN identities ON identities.id = new.column1 WHERE 1 = 1 \
     ON CONFLICT (identity_id) DO UPDATE SET stream_id = excluded.stream_id, jid = excluded.jid, \
     received = excluded.received";

/// The table of streams: what resumes them after a crash. Not sealed, since it is of no use without the
/// account's password.
#[derive(Debug, Clone, Copy)]
pub struct Streams<'a> {
    pub(super) store: &'a Store,
}

/// The stream of an identity (XEP-0198).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStream {
    /// Whose it is.
    pub identity_id: IdentityId,
    /// The server's id of it.
    pub stream_id: String,
    /// The JID that it is bound to.
    pub jid: FullJid,
    /// Stanzas received on it, modulo 2^32.
    pub received: u32,
}

impl Streams<'_> {
    /// Keeps these streams, each in the place of its identity's last one, and forgets those of other
    /// identities; identities that are not there are left out. All of it is done, or nothing.
    pub async fn save(&self, streams: &[StoredStream], gone: &[IdentityId]) -> Result<(), StoreError> {
        for _ in 1..ATTEMPTS {
            match self.try_save(streams, gone).await {
                // Dangling: an identity vanished between the join and the check of its reference.
                Err(error) if matches!(error, StoreError::Busy) || error.is_dangling() => continue,
                done => return done,
            }
        }
        self.try_save(streams, gone).await
    }

    /// All streams, in no particular order.
    pub async fn list(&self) -> Result<Vec<StoredStream>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM streams").fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    async fn try_save(&self, streams: &[StoredStream], gone: &[IdentityId]) -> Result<(), StoreError> {
        in_transaction!(self.store.pool(), tx => {
            for streams in streams.chunks(ROWS_PER_STATEMENT) {
                let mut query = QueryBuilder::new(KEEP);
                query.push_values(streams, |mut tuple, stream| {
                    tuple.push_bind(stream.identity_id.to_string()).push_bind(&stream.stream_id)
                        .push_bind(stream.jid.to_string()).push_bind(i64::from(stream.received));
                });
                query.push(OF_IDENTITIES);
                query.build().persistent(false).execute(&mut *tx).await?;
            }
            for gone in gone.chunks(ROWS_PER_STATEMENT) {
                let mut query = QueryBuilder::new("DELETE FROM streams WHERE identity_id IN ");
                push_list(&mut query, gone.iter().map(ToString::to_string));
                query.build().persistent(false).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }
}

#[derive(FromRow)]
struct Row {
    identity_id: String,
    stream_id: String,
    jid: String,
    received: i64,
}

impl Row {
    fn into_domain(self) -> Result<StoredStream, StoreError> {
        Ok(StoredStream {
            identity_id: parse("streams.identity_id", &self.identity_id)?,
            stream_id: self.stream_id,
            jid: parse("streams.jid", &self.jid)?,
            received: number("streams.received", self.received)?,
        })
    }
}
