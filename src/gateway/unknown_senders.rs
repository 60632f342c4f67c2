//! Who talks to an identity and is not registered: listed, so that somebody who looks for a SmartServer
//! finds its address, and not served.

use std::collections::HashMap;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jid::Jid;
use jiff::Timestamp;

use super::Gateway;
use super::connections::now;
use crate::domain::IdentityId;

/// Senders kept per identity; the one heard of longest ago makes place.
const SENDERS_MAX: usize = 256;

/// How somebody made itself heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Approach {
    /// It sent a request, as SmartServers push values.
    Push,
    /// It asked for the identity's presence.
    Subscription,
    /// It sent a message.
    Message,
}

/// Somebody who is not registered with an identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSender {
    /// Whom it talks to.
    pub identity_id: IdentityId,
    /// Its address, as the XMPP server stamped it: full but for subscriptions.
    pub jid: Jid,
    /// How it made itself heard.
    pub approach: Approach,
    /// When it did so first.
    pub first_seen: Timestamp,
    /// When it did so last.
    pub last_seen: Timestamp,
    /// How often.
    pub count: u64,
    /// What it was told last; `None` where it is not answered.
    pub last_error: Option<String>,
}

/// A sender's place in the list.
pub type UnknownSenderPlace = (IdentityId, Jid, Approach);

impl UnknownSender {
    /// Its place in the list.
    pub fn place(&self) -> UnknownSenderPlace {
        (self.identity_id, self.jid.clone(), self.approach)
    }
}

/// Those of one identity.
type OfIdentity = HashMap<(Jid, Approach), UnknownSender>;

/// Those of all identities, as long as the process runs.
#[derive(Debug, Default)]
pub(super) struct UnknownSenders(Mutex<HashMap<IdentityId, OfIdentity>>);

impl UnknownSenders {
    fn lock(&self) -> MutexGuard<'_, HashMap<IdentityId, OfIdentity>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, heard: UnknownSender) {
        let mut all = self.lock();
        let known = all.entry(heard.identity_id).or_default();
        let key = (heard.jid.clone(), heard.approach);
        if let Some(known) = known.get_mut(&key) {
            (known.last_seen, known.last_error) = (heard.last_seen, heard.last_error);
            known.count += 1;
            return;
        }
        if known.len() >= SENDERS_MAX
            && let Some(oldest) =
                known.iter().min_by_key(|(_, sender)| sender.last_seen).map(|(key, _)| key.clone())
        {
            known.remove(&oldest);
        }
        known.insert(key, heard);
    }

    fn retain(&self, is_unknown: impl Fn(&UnknownSender) -> bool) {
        for known in self.lock().values_mut() {
            known.retain(|_, sender| is_unknown(sender));
        }
    }

    fn all(&self) -> Vec<UnknownSender> {
        let mut all: Vec<_> = self.lock().values().flat_map(HashMap::values).cloned().collect();
        all.sort_by_cached_key(UnknownSender::place);
        all
    }
}

impl Gateway {
    /// Those who talked to identities and are not registered, by identity, address and approach; those
    /// after a place, if one is given. Who is registered meanwhile is left out.
    pub fn unknown_senders(&self, after: Option<&UnknownSenderPlace>) -> Vec<UnknownSender> {
        let senders = &self.0.unknown_senders;
        senders.retain(|sender| self.is_unknown(sender));
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut all = senders.all();
        all.retain(|sender| match after {
            Bound::Excluded(place) => sender.place() > *place,
            _ => true,
        });
        all
    }

    /// Forgets those who talked to identities and are not registered.
    pub fn clear_unknown_senders(&self) {
        self.0.unknown_senders.retain(|_| false);
    }

    pub(super) fn note_unknown(
        &self,
        identity_id: IdentityId,
        jid: &Jid,
        approach: Approach,
        last_error: Option<String>,
    ) {
        metrics::counter!("nocgate_unknown_senders_total", "approach" => approach.name()).increment(1);
        tracing::debug!(from = %jid, ?approach, "not registered");
        let (jid, at) = (jid.clone(), now());
        let heard =
            UnknownSender { identity_id, jid, approach, first_seen: at, last_seen: at, count: 1, last_error };
        self.0.unknown_senders.note(heard);
    }

    fn is_unknown(&self, sender: &UnknownSender) -> bool {
        let is_sender = match sender.jid.try_as_full() {
            Ok(full) => self.0.fleet.sender(sender.identity_id, full).is_some(),
            Err(bare) => self.is_registered(sender.identity_id, bare),
        };
        !is_sender && self.0.connections.get(sender.identity_id).is_ok()
    }
}

impl Approach {
    /// Its name in metrics.
    fn name(self) -> &'static str {
        match self {
            Approach::Push => "push",
            Approach::Subscription => "subscription",
            Approach::Message => "message",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_heard_of_longest_ago_makes_place() {
        let (senders, identity_id) = (UnknownSenders::default(), IdentityId::new());
        let hear = |n: i64, at: i64| {
            let at = Timestamp::from_second(at).unwrap();
            let jid = format!("u{n:03}@x/ilon").parse().unwrap();
            let (approach, last_error) = (Approach::Push, None);
            senders.note(UnknownSender {
                identity_id,
                jid,
                approach,
                first_seen: at,
                last_seen: at,
                count: 1,
                last_error,
            });
        };
        let most = SENDERS_MAX as i64;
        for n in 0..most {
            hear(n, n);
        }
        hear(0, most);
        hear(most, most + 1);
        let all = senders.all();
        assert_eq!(all.len(), SENDERS_MAX);
        let of = |n: i64| all.iter().find(|sender| sender.jid.as_str() == format!("u{n:03}@x/ilon"));
        assert_eq!(of(0).map(|sender| (sender.count, sender.first_seen.as_second())), Some((2, 0)));
        assert!(of(1).is_none() && of(most).is_some(), "{all:?}");
    }
}
