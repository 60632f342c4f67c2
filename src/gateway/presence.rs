//! Whose presence the XMPP server tells. A SmartServer that dies with a request in hand causes no
//! answer: only its presence ends the call before the deadline, where it lets us know it.

use std::sync::Arc;
use std::time::Duration;

use jid::BareJid;
use tokio::time::Instant;

use super::unknown_senders::Approach;
use super::{Gateway, TrafficDirection, Unit};
use crate::domain::IdentityId;
use crate::xmpp::{Client, IqError, NotSent};

/// Time that the server may take for the account's roster.
const ROSTER_LIMIT: Duration = Duration::from_secs(30);
/// Subscriptions asked for before the server is seen to have taken them.
const AT_ONCE: usize = 256;

impl Gateway {
    /// Asks for the presence of all SmartServers of an identity that just came online, but for those
    /// that tell it already or were asked before.
    pub(super) async fn subscribe_all(self, identity: IdentityId, client: Client) {
        if !self.0.settings.session.subscribe_presence {
            return;
        }
        let units = self.0.fleet.units_of(identity);
        if let Err(error) = subscribe_missing(&client, &units).await {
            tracing::info!(%error, "presence of SmartServers not asked for; calls go on without");
        }
    }

    /// Asks for the presence of one SmartServer, if its identity is online. Else that is done when it
    /// comes online.
    pub(super) fn subscribe(&self, unit: &Unit) {
        let info = unit.info();
        let Ok(connection) = self.0.connections.get(info.identity_id) else { return };
        if !self.0.settings.session.subscribe_presence {
            return;
        }
        // Nobody waits for it: a session that is about to be resumed takes it only then.
        self.0.tasks.spawn(async move {
            match connection.client.subscribe(&info.jid.to_bare()).await {
                Ok(()) | Err(NotSent::Offline) => {}
                Err(error) => tracing::info!(smartserver = info.key, %error, "presence not asked for"),
            }
        });
    }

    /// Wants no presence any more of an account at which no SmartServer of the identity is left.
    pub(super) fn unsubscribe(&self, identity: IdentityId, account: BareJid) {
        let Ok(connection) = self.0.connections.get(identity) else { return };
        if !self.0.settings.session.subscribe_presence || self.is_registered(identity, &account) {
            return;
        }
        self.0.tasks.spawn(async move {
            if let Err(error) = connection.client.forget(&account, Instant::now() + ROSTER_LIMIT).await {
                tracing::debug!(%account, %error, "presence is still told");
            }
        });
    }

    /// A SmartServer may know our presence; nobody else is answered.
    pub(super) async fn answer_subscription(&self, identity: IdentityId, client: &Client, from: &BareJid) {
        if !self.is_registered(identity, from) {
            return self.note_unknown(identity, &from.clone().into(), Approach::Subscription, None);
        }
        self.overhear_presence_of_account(identity, from, TrafficDirection::Received, "subscribe");
        match client.allow_subscription(from).await {
            Ok(()) => {
                self.overhear_presence_of_account(identity, from, TrafficDirection::Sent, "subscribed");
            }
            Err(error) => tracing::debug!(%from, %error, "subscription not answered"),
        }
    }

    pub(super) fn is_registered(&self, identity: IdentityId, account: &BareJid) -> bool {
        self.0.fleet.uses(identity, account)
    }
}

async fn subscribe_missing(client: &Client, units: &[Arc<Unit>]) -> Result<(), IqError> {
    let limit = || Instant::now() + ROSTER_LIMIT;
    let known = client.subscriptions(limit()).await?;
    let accounts = units.iter().map(|unit| unit.info().jid.to_bare());
    let missing: Vec<_> = accounts.filter(|account| !known.contains(account)).collect();
    for some in missing.chunks(AT_ONCE) {
        for account in some {
            client.subscribe(account).await?;
        }
        // Answered once the server has taken what was sent before.
        client.ping_server(limit()).await?;
    }
    Ok(())
}
