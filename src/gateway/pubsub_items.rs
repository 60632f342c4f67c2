//! Items of pubsub nodes: each is handled once, as a push of the SmartServer that the subscription names.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use jid::{BareJid, Jid};

use super::connections::now;
use super::pubsub::{PubsubState, Subscribed};
use super::pubsub_follow::stream_of;
use super::pushes::Sent;
use super::{Gateway, Unit, pubsub_follow};
use crate::domain::IdentityId;
use crate::smartserver::push;
use crate::xmpp::{PublishedItem, PubsubEvent, PubsubNews, SubscriptionState};

/// Items that are remembered of a node: more than are fetched at once.
const SEEN_MAX: usize = 256;

/// Items that were handled, each id with what it carried last: one that is published again under its id counts
/// as another if it carries something else, also if it carried that before.
#[derive(Debug, Default)]
pub(super) struct Seen {
    marks: VecDeque<Mark>,
    /// Whether the node's items were fetched in this run: what is not among the marks came later.
    is_complete: bool,
}

impl Seen {
    fn is_new(&mut self, item: &PublishedItem) -> bool {
        let mark = Mark::of(item);
        match self.marks.iter().position(|seen| seen.id == mark.id) {
            Some(at) if self.marks[at] == mark => return false,
            Some(at) => drop(self.marks.remove(at)),
            None if self.marks.len() >= SEEN_MAX => drop(self.marks.pop_front()),
            None => {}
        }
        self.marks.push_back(mark);
        true
    }

    /// When these were sent, the oldest first: what stands before one that was handled is older than that.
    fn sent(&mut self, items: &[PublishedItem]) -> Vec<Sent> {
        let last = items.iter().rposition(|item| self.marks.contains(&Mark::of(item)));
        let is_later = |at: usize| self.is_complete && last.is_none_or(|last| at > last);
        let sent =
            (0..items.len()).map(|at| if is_later(at) { Sent::Earlier } else { Sent::AnyTime }).collect();
        self.is_complete = true;
        sent
    }
}

/// Tells an item from others. Those without an id count as one that is published again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    id: u64,
    content: u64,
}

impl Mark {
    fn of(item: &PublishedItem) -> Mark {
        let content = item.payload.as_ref().map(|payload| payload.to_xml());
        Mark { id: hash(&item.id), content: hash(&content) }
    }
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Why an item was not taken.
#[derive(Debug, PartialEq)]
enum NotTaken {
    Repeated,
    Refused(String),
    Malformed(String),
}

impl NotTaken {
    fn name(&self) -> &'static str {
        match self {
            NotTaken::Repeated => "repeated",
            NotTaken::Refused(_) => "refused",
            NotTaken::Malformed(_) => "malformed",
        }
    }
}

impl Gateway {
    /// Takes what a service tells of a node, if the identity reads it.
    pub(super) fn take_event(&self, identity: IdentityId, event: PubsubEvent) {
        let Some(subscribed) = self.0.pubsub.find(identity, &event.service, &event.node) else {
            count("unknown_node");
            return tracing::debug!(service = %event.service, node = event.node, "news of a node that is not read");
        };
        match event.news {
            PubsubNews::Published(items) => {
                let is_now = !event.is_delayed && self.is_settled(&subscribed);
                let sent = if is_now { Sent::Now } else { Sent::Earlier };
                items.iter().for_each(|item| self.take_item(&subscribed, item, sent));
            }
            PubsubNews::Subscription(told) => {
                let before = subscribed.report().state;
                pubsub_follow::note(&subscribed, &told);
                // Services may tell of each subscription that is asked for: to ask again would never end.
                if before != PubsubState::Subscribed && told.state == SubscriptionState::Subscribed {
                    subscribed.again.notify_one();
                }
            }
            PubsubNews::Deleted => subscribed.again.notify_one(),
            PubsubNews::Other => {}
        }
    }

    /// Whether what comes was published just now.
    fn is_settled(&self, subscribed: &Subscribed) -> bool {
        let connection = self.0.connections.get(subscribed.info.identity_id);
        let stream = connection.map(|connection| stream_of(&connection.client.status().borrow()));
        stream.is_ok_and(|stream| stream == subscribed.settled.load(Ordering::Relaxed))
    }

    /// Takes the latest items of a node, which may have come before.
    pub(super) fn take_fetched(&self, subscribed: &Subscribed, items: Vec<PublishedItem>) {
        let sent = seen(subscribed).sent(&items);
        items.iter().zip(sent).for_each(|(item, sent)| self.take_item(subscribed, item, sent));
    }

    fn take_item(&self, subscribed: &Subscribed, item: &PublishedItem, sent: Sent) {
        let taken = self.try_item(subscribed, item, sent);
        let mut report = subscribed.report();
        match &taken {
            Ok(()) => {
                report.taken += 1;
                report.last_item_at = Some(now());
            }
            Err(NotTaken::Repeated) => report.repeated += 1,
            Err(NotTaken::Refused(why)) => {
                report.refused += 1;
                report.last_error = Some(why.clone());
            }
            Err(NotTaken::Malformed(why)) => {
                report.malformed += 1;
                report.last_error = Some(why.clone());
            }
        }
        count(taken.as_ref().map_or_else(NotTaken::name, |()| "taken"));
    }

    fn try_item(&self, subscribed: &Subscribed, item: &PublishedItem, sent: Sent) -> Result<(), NotTaken> {
        if !seen(subscribed).is_new(item) {
            return Err(NotTaken::Repeated);
        }
        let unit = self.publisher(subscribed, item).map_err(NotTaken::Refused)?;
        let payload = item.payload.as_ref().ok_or_else(|| {
            NotTaken::Malformed(
                "an item without payload: the node must be configured to deliver payloads".into(),
            )
        })?;
        let push = push::parse_published(payload).map_err(|error| NotTaken::Malformed(error.to_string()))?;
        if sent == Sent::Now {
            unit.tracker.lock().unwrap_or_else(PoisonError::into_inner).pushed(now());
        }
        self.take_values(&unit, &push, sent);
        self.note_health(&unit);
        Ok(())
    }

    /// The SmartServer whose values these are.
    fn publisher(&self, subscribed: &Subscribed, item: &PublishedItem) -> Result<Arc<Unit>, String> {
        let info = &subscribed.info;
        let unit = self.0.fleet.find(&info.smartserver_id.to_string());
        let unit = unit.filter(|unit| unit.info().identity_id == info.identity_id);
        let unit = unit.ok_or("the SmartServer is not registered with this identity any more")?;
        match &item.publisher {
            Some(other) if !is_of(other, &unit.info().jid.to_bare()) => {
                Err(format!("published by {}", other.chars().take(200).collect::<String>()))
            }
            _ => Ok(unit),
        }
    }
}

fn is_of(publisher: &str, account: &BareJid) -> bool {
    Jid::new(publisher).is_ok_and(|jid| jid.to_bare() == *account)
}

fn seen(subscribed: &Subscribed) -> std::sync::MutexGuard<'_, Seen> {
    subscribed.seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(result: &'static str) {
    metrics::counter!("nocgate_pubsub_items_total", "result" => result).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::Element;

    #[test]
    fn an_item_is_another_if_its_content_is() {
        let mut seen = Seen::default();
        let mut is_new = |id: &str, text: &str| {
            let payload = Some(Element::new("urn:m", "Write").with_text(text));
            seen.is_new(&PublishedItem { id: Some(id.into()), publisher: None, payload })
        };
        assert!(
            is_new("current", "1") && !is_new("current", "1") && is_new("current", "2") && is_new("b", "2")
        );
        assert!(is_new("current", "1") && !is_new("current", "1"), "it is back where it was");
        for n in 0..SEEN_MAX {
            assert!(is_new("current", &format!("more {n}")));
        }
        assert!(!is_new("b", "2"));
        for n in 0..SEEN_MAX {
            assert!(is_new(&format!("more {n}"), "1"));
        }
        assert!(is_new("b", "2"), "only so many are remembered");
    }

    #[test]
    fn what_is_fetched_is_newer_than_what_was_handled_or_of_any_age() {
        let item = |id: &str| PublishedItem { id: Some(id.into()), publisher: None, payload: None };
        let items = ["1", "2", "3"].map(item);
        let mut seen = Seen::default();
        assert_eq!(seen.sent(&items), [Sent::AnyTime; 3], "nobody knows what an earlier run has handled");
        assert!(items.iter().all(|item| seen.is_new(item)));
        assert_eq!(seen.sent(&["3", "4"].map(item)), [Sent::AnyTime, Sent::Earlier]);
        assert!(seen.is_new(&item("6")), "it came while the others were fetched");
        assert_eq!(seen.sent(&["5", "6", "7"].map(item)), [Sent::AnyTime, Sent::AnyTime, Sent::Earlier]);
        assert_eq!(seen.sent(&["8", "9"].map(item)), [Sent::Earlier; 2], "all of it is later");
    }

    #[test]
    fn a_publisher_is_an_account() {
        let account = BareJid::new("u@x").unwrap();
        for (publisher, expected) in
            [("u@x", true), ("u@x/ilon", true), ("v@x", false), ("x", false), ("", false), ("@", false)]
        {
            assert_eq!(is_of(publisher, &account), expected, "{publisher}");
        }
    }
}
