use std::collections::HashSet;

use jid::{BareJid, Jid};

use super::client::Client;
use super::error::{IqError, NotSent};
use super::limits::Limits;
use super::stanza::IqKind;
use super::{CLIENT, ROSTER};
use crate::xml::Element;

/// Whose presence is told to this account (RFC 6121, sections 2 and 3). Presence stanzas queue apart
/// from what goes to their addressees, so that subscribing to thousands holds nobody up.
impl Client {
    /// Accounts whose presence is told to this one, and those that were asked and have not refused.
    ///
    /// # Errors
    /// As [`Client::iq`]; `service-unavailable` from a server that keeps no rosters.
    pub async fn subscriptions(&self, limits: impl Into<Limits>) -> Result<HashSet<BareJid>, IqError> {
        let own = Jid::from(self.account().clone());
        let roster = self.iq(&own, IqKind::Get, Element::new(ROSTER, "query"), limits).await?;
        Ok(roster.iter().flat_map(Element::elements).filter_map(subscribed).collect())
    }

    /// Asks an account for its presence (RFC 6121, section 3.1).
    ///
    /// # Errors
    /// [`NotSent`] when it could not be queued.
    pub async fn subscribe(&self, to: &BareJid) -> Result<(), NotSent> {
        self.send_presence(to, "subscribe").await
    }

    /// Lets an account know this one's presence (RFC 6121, section 3.1.4).
    ///
    /// # Errors
    /// [`NotSent`] when it could not be queued.
    pub async fn allow_subscription(&self, to: &BareJid) -> Result<(), NotSent> {
        self.send_presence(to, "subscribed").await
    }

    /// Ends the subscriptions to an account and from it (RFC 6121, section 2.5).
    ///
    /// # Errors
    /// As [`Client::iq`].
    pub async fn forget(&self, other: &BareJid, limits: impl Into<Limits>) -> Result<(), IqError> {
        let item =
            Element::new(ROSTER, "item").with_attr("jid", other.as_str()).with_attr("subscription", "remove");
        let own = Jid::from(self.account().clone());
        self.iq(&own, IqKind::Set, Element::new(ROSTER, "query").with_child(item), limits).await.map(drop)
    }

    async fn send_presence(&self, to: &BareJid, kind: &str) -> Result<(), NotSent> {
        let presence = Element::new(CLIENT, "presence").with_attr("type", kind).with_attr("to", to.as_str());
        self.send_to_server(presence.to_xml()).await
    }
}

/// The account of a roster item whose presence is told, or will be (RFC 6121, section 2.1.2).
fn subscribed(item: &Element) -> Option<BareJid> {
    let told = matches!(item.attr("subscription"), Some("to" | "both"));
    let asked = item.attr("ask") == Some("subscribe");
    (told || asked).then(|| BareJid::new(item.attr("jid")?).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_tells_or_was_asked_counts() {
        let item = |subscription: &str, ask: Option<&str>| {
            let item =
                Element::new(ROSTER, "item").with_attr("jid", "a@b").with_attr("subscription", subscription);
            match ask {
                Some(ask) => item.with_attr("ask", ask),
                None => item,
            }
        };
        for (item, counts) in [
            (item("to", None), true),
            (item("both", None), true),
            (item("none", Some("subscribe")), true),
            (item("from", None), false),
            (item("none", None), false),
            (item("remove", None), false),
        ] {
            assert_eq!(subscribed(&item).is_some(), counts, "{item:?}");
        }
    }
}
