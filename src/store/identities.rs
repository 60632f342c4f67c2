use secrecy::SecretString;
use sqlx::FromRow;
use url::Url;

use super::columns::{json, millis, parse, parse_json, time};
use super::pool::{on_reader, on_writer};
use super::secret::Place;
use super::{Conflict, MasterKey, Missing, Store, StoreError};
use crate::domain::{Identity, IdentityId};

const INSERT: &str = "INSERT INTO identities \
     (id, jid, resource, bosh_urls, password, plain_on_loopback, ca_pem, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const UPDATE: &str = "UPDATE identities SET jid = $2, resource = $3, bosh_urls = $4, password = $5, \
     plain_on_loopback = $6, ca_pem = $7 WHERE id = $1";

/// The table of identities. Passwords are sealed with the master key.
#[derive(Debug, Clone, Copy)]
pub struct Identities<'a> {
    pub(super) store: &'a Store,
}

impl Identities<'_> {
    /// Adds an identity. [`Conflict::IdentityJid`] when there is one with its JID.
    pub async fn insert(&self, identity: &Identity) -> Result<(), StoreError> {
        let row = Row::from_domain(identity, self.master_key())?;
        on_writer!(self.store.pool(), db => sqlx::query(INSERT)
            .bind(row.id).bind(row.jid).bind(row.resource).bind(row.bosh_urls).bind(row.password)
            .bind(row.plain_on_loopback).bind(row.ca_pem).bind(row.created_at)
            .execute(db).await.map(drop)?);
        Ok(())
    }

    /// All identities in the order of their JIDs.
    pub async fn list(&self) -> Result<Vec<Identity>, StoreError> {
        let rows: Vec<Row> = on_reader!(self.store.pool(), db =>
            sqlx::query_as("SELECT * FROM identities ORDER BY jid").fetch_all(db).await?);
        rows.into_iter().map(|row| row.into_domain(self.master_key())).collect()
    }

    /// Changes everything but id and time of registration. [`StoreError::NotFound`] when there is no
    /// identity with this id, [`Conflict::IdentityJid`] when another one has its JID.
    pub async fn update(&self, identity: &Identity) -> Result<(), StoreError> {
        let row = Row::from_domain(identity, self.master_key())?;
        let changed = on_writer!(self.store.pool(), db => sqlx::query(UPDATE)
            .bind(row.id).bind(row.jid).bind(row.resource).bind(row.bosh_urls).bind(row.password)
            .bind(row.plain_on_loopback).bind(row.ca_pem)
            .execute(db).await?.rows_affected());
        if changed == 0 { Err(StoreError::NotFound(Missing::Identity)) } else { Ok(()) }
    }

    /// Removes an identity. [`Conflict::IdentityInUse`] while a SmartServer refers to it,
    /// [`StoreError::NotFound`] when there is none.
    pub async fn delete(&self, id: IdentityId) -> Result<(), StoreError> {
        match self.delete_row(id).await {
            Ok(0) => Err(StoreError::NotFound(Missing::Identity)),
            Ok(_) => Ok(()),
            Err(error) => Err(error.or_dangling(StoreError::Conflict(Conflict::IdentityInUse))),
        }
    }

    /// Whether the secrets were sealed with the master key in use.
    pub(super) async fn check_master_key(&self) -> Result<(), StoreError> {
        let sealed: Vec<String> = on_reader!(self.store.pool(), db =>
            sqlx::query_scalar("SELECT password FROM identities").fetch_all(db).await?);
        sealed.iter().try_for_each(|sealed| self.master_key().check(sealed))
    }

    async fn delete_row(&self, id: IdentityId) -> Result<u64, StoreError> {
        Ok(on_writer!(self.store.pool(), db => sqlx::query("DELETE FROM identities WHERE id = $1")
            .bind(id.to_string()).execute(db).await?.rows_affected()))
    }

    fn master_key(&self) -> &MasterKey {
        &self.store.inner.master_key
    }
}

#[derive(FromRow)]
struct Row {
    id: String,
    jid: String,
    resource: String,
    bosh_urls: String,
    password: String,
    plain_on_loopback: bool,
    ca_pem: Option<String>,
    created_at: i64,
}

impl Row {
    fn from_domain(identity: &Identity, key: &MasterKey) -> Result<Self, StoreError> {
        let id = identity.id.to_string();
        Ok(Self {
            password: key.seal(&password_of(&id), &identity.password)?,
            id,
            jid: identity.jid.to_string(),
            resource: identity.resource.clone(),
            bosh_urls: json("identities.bosh_urls", &identity.bosh_urls)?,
            plain_on_loopback: identity.plain_on_loopback,
            ca_pem: identity.ca_pem.clone(),
            created_at: millis(identity.created_at),
        })
    }

    fn into_domain(self, key: &MasterKey) -> Result<Identity, StoreError> {
        let password: SecretString = key.open(&password_of(&self.id), &self.password)?;
        Ok(Identity {
            id: parse("identities.id", &self.id)?,
            jid: parse("identities.jid", &self.jid)?,
            resource: self.resource,
            bosh_urls: parse_json::<Vec<Url>>("identities.bosh_urls", &self.bosh_urls)?,
            password,
            plain_on_loopback: self.plain_on_loopback,
            ca_pem: self.ca_pem,
            created_at: time("identities.created_at", self.created_at)?,
        })
    }
}

fn password_of(id: &str) -> Place<'_> {
    Place { table: "identities", column: "password", row: id }
}
