use std::collections::HashMap;

use jid::Jid;
use jiff::Timestamp;
use sqlx::{Database, Encode, FromRow, QueryBuilder, Type};

use super::columns::{json, millis, number, optional_millis, optional_time, parse, parse_json, time};
use super::page::{Page, PageRequest, folded, substring};
use super::pool::{ROWS_PER_STATEMENT, in_transaction, on_reader, on_writer, push_list};
use super::{Store, StoreError};
use crate::domain::{IdentityId, SmartServer, SmartServerId};

const COLUMNS: &str = "id, key, identity_id, jid, name, site, tags, inventory_at, created_at";
const INSERT: &str = "INSERT INTO smartservers \
     (id, key, identity_id, jid, bare_jid, name, site, tags, search, inventory_at, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const UPDATE: &str = "UPDATE smartservers SET key = $2, identity_id = $3, jid = $4, bare_jid = $5, \
     name = $6, site = $7, tags = $8, search = $9 WHERE id = $1";
const INSERT_TAG: &str = "INSERT INTO smartserver_tags (tag, smartserver_id) VALUES ($1, $2) \
     ON CONFLICT DO NOTHING";

/// The table of SmartServers.
#[derive(Debug, Clone, Copy)]
pub struct SmartServers<'a> {
    pub(super) store: &'a Store,
}

/// Which SmartServers are asked for: those that every condition fits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SmartServerFilter {
    /// Part of the key, the name or the JID, in upper or lower case.
    pub q: Option<String>,
    /// A tag, exactly.
    pub tag: Option<String>,
    /// A site, exactly.
    pub site: Option<String>,
    /// The identity that talks to them.
    pub identity: Option<IdentityId>,
}

impl SmartServers<'_> {
    /// Adds a SmartServer. [`Conflict`](super::Conflict) when its key or JID is taken,
    /// [`StoreError::NotFound`] when its identity is not there.
    pub async fn insert(&self, smartserver: &SmartServer) -> Result<(), StoreError> {
        let done = self.insert_rows(smartserver).await;
        done.map_err(|error| error.or_dangling(StoreError::NotFound("identity")))
    }

    /// The SmartServer with this id.
    pub async fn get(&self, id: SmartServerId) -> Result<Option<SmartServer>, StoreError> {
        self.one("id", id.to_string()).await
    }

    /// The SmartServer with this key.
    pub async fn get_by_key(&self, key: &str) -> Result<Option<SmartServer>, StoreError> {
        self.one("key", key.to_owned()).await
    }

    /// The SmartServer with this JID. A full JID must be the SmartServer's own; a bare one fits
    /// whatever its resource, and when it fits several, the first of them by key is given.
    pub async fn get_by_jid(&self, jid: &Jid) -> Result<Option<SmartServer>, StoreError> {
        let column = if jid.is_full() { "jid" } else { "bare_jid" };
        self.one(column, jid.to_string()).await
    }

    /// SmartServers in the order of their keys.
    pub async fn list(
        &self,
        filter: &SmartServerFilter,
        page: &PageRequest,
    ) -> Result<Page<SmartServer>, StoreError> {
        let after: Option<String> = page.position()?;
        let rows: Vec<Row> = on_reader!(self.store.pool(), db => {
            let mut query = select();
            filter.push(&mut query);
            if let Some(key) = &after {
                query.push(" AND key > ").push_bind(key.as_str());
            }
            query.push(" ORDER BY key LIMIT ").push_bind(page.rows());
            query.build_query_as().fetch_all(db).await?
        });
        let items = rows.into_iter().map(Row::into_domain).collect::<Result<_, _>>()?;
        Page::new(items, page, |smartserver: &SmartServer| smartserver.key.clone())
    }

    /// All SmartServers in the order of their keys.
    pub async fn all(&self) -> Result<Vec<SmartServer>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            select().push(" ORDER BY key").build_query_as().fetch_all(db).await?);
        rows.into_iter().map(Row::into_domain).collect()
    }

    /// How many data points each of these SmartServers has.
    pub async fn count_data_points(
        &self,
        ids: &[SmartServerId],
    ) -> Result<HashMap<SmartServerId, u64>, StoreError> {
        let mut counts: HashMap<_, _> = ids.iter().map(|id| (*id, 0)).collect();
        for ids in ids.chunks(ROWS_PER_STATEMENT) {
            let rows: Vec<(String, i64)> = on_reader!(self.store.pool(), db => {
                let mut query = QueryBuilder::new("SELECT smartserver_id, COUNT(*) FROM data_points");
                query.push(" WHERE smartserver_id IN ");
                push_list(&mut query, ids.iter().map(ToString::to_string));
                query.push(" GROUP BY smartserver_id");
                query.build_query_as().persistent(false).fetch_all(db).await?
            });
            for (id, count) in rows {
                counts.insert(parse("data_points.smartserver_id", &id)?, number("count", count)?);
            }
        }
        Ok(counts)
    }

    /// Changes everything but id and times. [`Conflict`](super::Conflict) when its key or JID is taken,
    /// [`StoreError::NotFound`] when it or its identity is not there.
    pub async fn update(&self, smartserver: &SmartServer) -> Result<(), StoreError> {
        let done = self.update_rows(smartserver).await;
        match done.map_err(|error| error.or_dangling(StoreError::NotFound("identity")))? {
            0 => Err(StoreError::NotFound("SmartServer")),
            _ => Ok(()),
        }
    }

    /// Notes when the inventory was read completely.
    pub async fn set_inventory_at(&self, id: SmartServerId, at: Timestamp) -> Result<(), StoreError> {
        let changed = on_writer!(self.store.pool(), db =>
            sqlx::query("UPDATE smartservers SET inventory_at = $2 WHERE id = $1")
                .bind(id.to_string()).bind(millis(at)).execute(db).await?.rows_affected());
        if changed == 0 { Err(StoreError::NotFound("SmartServer")) } else { Ok(()) }
    }

    /// Removes a SmartServer with its data points and their readings.
    pub async fn delete(&self, id: SmartServerId) -> Result<(), StoreError> {
        let changed = on_writer!(self.store.pool(), db =>
            sqlx::query("DELETE FROM smartservers WHERE id = $1")
                .bind(id.to_string()).execute(db).await?.rows_affected());
        if changed == 0 { Err(StoreError::NotFound("SmartServer")) } else { Ok(()) }
    }

    async fn one(&self, column: &str, value: String) -> Result<Option<SmartServer>, StoreError> {
        let row: Option<Row> = on_reader!(self.store.pool(), db => {
            let mut query = select();
            query.push(" AND ").push(column).push(" = ").push_bind(value).push(" ORDER BY key LIMIT 1");
            query.build_query_as().fetch_optional(db).await?
        });
        row.map(Row::into_domain).transpose()
    }

    async fn insert_rows(&self, smartserver: &SmartServer) -> Result<(), StoreError> {
        let tags = json("smartservers.tags", &smartserver.tags)?;
        let id = smartserver.id.to_string();
        in_transaction!(self.store.pool(), tx => {
            sqlx::query(INSERT)
                .bind(&id).bind(&smartserver.key).bind(smartserver.identity_id.to_string())
                .bind(smartserver.jid.to_string()).bind(smartserver.jid.to_bare().to_string())
                .bind(&smartserver.name).bind(&smartserver.site).bind(tags).bind(search(smartserver))
                .bind(optional_millis(smartserver.inventory_at)).bind(millis(smartserver.created_at))
                .execute(&mut *tx).await?;
            for tag in &smartserver.tags {
                sqlx::query(INSERT_TAG).bind(tag).bind(&id).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    async fn update_rows(&self, smartserver: &SmartServer) -> Result<u64, StoreError> {
        let tags = json("smartservers.tags", &smartserver.tags)?;
        let id = smartserver.id.to_string();
        Ok(in_transaction!(self.store.pool(), tx => {
            let changed = sqlx::query(UPDATE)
                .bind(&id).bind(&smartserver.key).bind(smartserver.identity_id.to_string())
                .bind(smartserver.jid.to_string()).bind(smartserver.jid.to_bare().to_string())
                .bind(&smartserver.name).bind(&smartserver.site).bind(tags).bind(search(smartserver))
                .execute(&mut *tx).await?.rows_affected();
            if changed > 0 {
                sqlx::query("DELETE FROM smartserver_tags WHERE smartserver_id = $1")
                    .bind(&id).execute(&mut *tx).await?;
                for tag in &smartserver.tags {
                    sqlx::query(INSERT_TAG).bind(tag).bind(&id).execute(&mut *tx).await?;
                }
            }
            changed
        }))
    }
}

fn select<DB: Database>() -> QueryBuilder<DB> {
    QueryBuilder::new(format!("SELECT {COLUMNS} FROM smartservers WHERE 1 = 1"))
}

/// What substrings are looked for in; the line ends keep a match within one of the texts.
fn search(smartserver: &SmartServer) -> String {
    folded(&format!("{}\n{}\n{}", smartserver.key, smartserver.name, smartserver.jid))
}

impl SmartServerFilter {
    fn push<DB: Database>(&self, query: &mut QueryBuilder<DB>)
    where
        String: for<'q> Encode<'q, DB> + Type<DB>,
    {
        if let Some(q) = &self.q {
            query.push(" AND search LIKE ").push_bind(substring(q)).push(r" ESCAPE '\'");
        }
        if let Some(tag) = &self.tag {
            query.push(" AND id IN (SELECT smartserver_id FROM smartserver_tags WHERE tag = ");
            query.push_bind(tag.clone()).push(")");
        }
        if let Some(site) = &self.site {
            query.push(" AND site = ").push_bind(site.clone());
        }
        if let Some(identity) = self.identity {
            query.push(" AND identity_id = ").push_bind(identity.to_string());
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    key: String,
    identity_id: String,
    jid: String,
    name: String,
    site: Option<String>,
    tags: String,
    inventory_at: Option<i64>,
    created_at: i64,
}

impl Row {
    fn into_domain(self) -> Result<SmartServer, StoreError> {
        Ok(SmartServer {
            id: parse("smartservers.id", &self.id)?,
            key: self.key,
            identity_id: parse("smartservers.identity_id", &self.identity_id)?,
            jid: parse("smartservers.jid", &self.jid)?,
            name: self.name,
            site: self.site,
            tags: parse_json("smartservers.tags", &self.tags)?,
            inventory_at: optional_time("smartservers.inventory_at", self.inventory_at)?,
            created_at: time("smartservers.created_at", self.created_at)?,
        })
    }
}
