use jid::{BareJid, Jid};

use super::client::Client;
use super::error::IqError;
use super::limits::Limits;
use super::stanza::{IqKind, Message};
use crate::xml::Element;

const PUBSUB: &str = "http://jabber.org/protocol/pubsub";
const EVENT: &str = "http://jabber.org/protocol/pubsub#event";
/// Marks what the server kept before it delivered it (XEP-0203).
const DELAY: &str = "urn:xmpp:delay";

/// How an account stands to a node (XEP-0060, section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The state.
    pub state: SubscriptionState,
    /// Tells several subscriptions of one account to one node apart, where the service gives it.
    pub subid: Option<String>,
}

/// State of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionState {
    /// There is none.
    None,
    /// The owner of the node has not agreed yet.
    Pending,
    /// It wants to be configured before anything comes of it.
    Unconfigured,
    /// Items come.
    Subscribed,
}

/// An item of a node.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedItem {
    /// Its id, unique in the node. An item that is published again under its id takes the place of the old.
    pub id: Option<String>,
    /// Who published it, where the service tells.
    pub publisher: Option<String>,
    /// What it carries; nodes may be configured to deliver none.
    pub payload: Option<Element>,
}

/// What a service tells of a node (XEP-0060, section 7.1.2 and others).
#[derive(Debug, Clone, PartialEq)]
pub struct PubsubEvent {
    /// The service.
    pub service: BareJid,
    /// The node.
    pub node: String,
    /// What happened.
    pub news: PubsubNews,
    /// Whether it happened earlier: the server kept it.
    pub is_delayed: bool,
}

/// What happened to a node.
#[derive(Debug, Clone, PartialEq)]
pub enum PubsubNews {
    /// Items were published.
    Published(Vec<PublishedItem>),
    /// The account's subscription is another (section 8.6).
    Subscription(Subscription),
    /// The node is no more (section 8.4).
    Deleted,
    /// Something that a reader of items need not know: items were retracted, the node was purged or
    /// configured.
    Other,
}

/// Publish-subscribe (XEP-0060), for readers of nodes and those who publish.
impl Client {
    /// Subscribes the account, by its bare JID, to a node (section 6.1). Asked for again, a subscription
    /// stays as it is.
    ///
    /// # Errors
    /// As [`Client::iq`].
    pub async fn subscribe_node(
        &self,
        service: &BareJid,
        node: &str,
        limits: impl Into<Limits>,
    ) -> Result<Subscription, IqError> {
        let subscribe = self.for_account(at(node, "subscribe"));
        let answer = self.pubsub(service, IqKind::Set, subscribe, limits).await?;
        let told = answer.as_ref().and_then(|pubsub| pubsub.child("subscription")).map(subscription);
        // A service may leave it out when there is nothing special to it (section 6.1.1).
        Ok(told.unwrap_or(Subscription { state: SubscriptionState::Subscribed, subid: None }))
    }

    /// Ends the account's subscription to a node (section 6.2).
    ///
    /// # Errors
    /// As [`Client::iq`].
    pub async fn unsubscribe_node(
        &self,
        service: &BareJid,
        node: &str,
        subid: Option<&str>,
        limits: impl Into<Limits>,
    ) -> Result<(), IqError> {
        let unsubscribe = with_subid(self.for_account(at(node, "unsubscribe")), subid);
        self.pubsub(service, IqKind::Set, unsubscribe, limits).await.map(drop)
    }

    /// The latest items of a node, at most so many, in the order in which the service gives them
    /// (section 6.5).
    ///
    /// # Errors
    /// As [`Client::iq`].
    pub async fn items(
        &self,
        service: &BareJid,
        node: &str,
        (subid, most): (Option<&str>, usize),
        limits: impl Into<Limits>,
    ) -> Result<Vec<PublishedItem>, IqError> {
        let items = with_subid(at(node, "items").with_attr("max_items", most.to_string()), subid);
        let answer = self.pubsub(service, IqKind::Get, items, limits).await?;
        let items = answer.and_then(|pubsub| pubsub.into_elements().find(|element| element.name == "items"));
        Ok(items.map(published).unwrap_or_default())
    }

    /// Publishes an item (section 7.1).
    ///
    /// # Errors
    /// As [`Client::iq`].
    pub async fn publish(
        &self,
        service: &BareJid,
        (node, id): (&str, Option<&str>),
        payload: Element,
        limits: impl Into<Limits>,
    ) -> Result<(), IqError> {
        let item = with_id(Element::new(PUBSUB, "item"), id).with_child(payload);
        self.pubsub(service, IqKind::Set, at(node, "publish").with_child(item), limits).await.map(drop)
    }

    async fn pubsub(
        &self,
        service: &BareJid,
        kind: IqKind,
        action: Element,
        limits: impl Into<Limits>,
    ) -> Result<Option<Element>, IqError> {
        let pubsub = Element::new(PUBSUB, "pubsub").with_child(action);
        self.iq(&Jid::from(service.clone()), kind, pubsub, limits).await
    }

    fn for_account(&self, action: Element) -> Element {
        action.with_attr("jid", self.account().as_str())
    }
}

impl PubsubEvent {
    /// Reads a message as the news of a pubsub service; `None` when it is none.
    pub fn read(message: &Message) -> Option<PubsubEvent> {
        let told = message.payloads.iter().find(|payload| payload.is(EVENT, "event"))?;
        let told = told.elements().next()?;
        let news = match told.name.as_str() {
            "items" if told.child("item").is_some() => PubsubNews::Published(published(told.clone())),
            "subscription" => PubsubNews::Subscription(subscription(told)),
            "delete" => PubsubNews::Deleted,
            _ => PubsubNews::Other,
        };
        Some(PubsubEvent {
            service: message.from.to_bare(),
            node: told.attr_ns("", "node").unwrap_or_default().to_owned(),
            news,
            is_delayed: message.payloads.iter().any(|payload| payload.is(DELAY, "delay")),
        })
    }
}

fn at(node: &str, action: &str) -> Element {
    Element::new(PUBSUB, action).with_attr("node", node)
}

fn with_subid(action: Element, subid: Option<&str>) -> Element {
    match subid {
        Some(subid) => action.with_attr("subid", subid),
        None => action,
    }
}

fn with_id(item: Element, id: Option<&str>) -> Element {
    match id {
        Some(id) => item.with_attr("id", id),
        None => item,
    }
}

fn subscription(element: &Element) -> Subscription {
    let state = match element.attr_ns("", "subscription") {
        Some("pending") => SubscriptionState::Pending,
        Some("unconfigured") => SubscriptionState::Unconfigured,
        Some("none") => SubscriptionState::None,
        _ => SubscriptionState::Subscribed,
    };
    Subscription { state, subid: filled(element, "subid") }
}

fn filled(element: &Element, name: &str) -> Option<String> {
    element.attr_ns("", name).filter(|value| !value.is_empty()).map(str::to_owned)
}

/// The items in `<items/>`. An unqualified payload may have inherited the namespace of stanzas on its way.
fn published(items: Element) -> Vec<PublishedItem> {
    let items = items.into_elements().filter(|element| element.name == "item");
    items
        .map(|item| PublishedItem {
            id: filled(&item, "id"),
            publisher: filled(&item, "publisher"),
            payload: item.into_elements().next(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml::{Limits as XmlLimits, parse};

    fn event(kind: &str, content: &str) -> Message {
        let parsed = |text: &str| parse(text, &XmlLimits::REQUEST).unwrap();
        Message {
            from: "pubsub.x".parse().unwrap(),
            id: None,
            kind: kind.into(),
            body: None,
            payloads: vec![parsed(&format!("<event xmlns='{EVENT}'>{content}</event>"))],
        }
    }

    #[test]
    fn what_happens_to_a_node_is_read() {
        let several = "<items node='n'><item id='1' publisher='u@x/r'><Write xmlns='urn:m'/></item>\
             <item id='2'/><retract id='0'/></items>";
        let read = PubsubEvent::read(&event("headline", several)).unwrap();
        assert_eq!((read.service.as_str(), read.node.as_str(), read.is_delayed), ("pubsub.x", "n", false));
        let PubsubNews::Published(items) = read.news else { panic!("{read:?}") };
        let item = |id: &str, publisher: Option<&str>, payload| PublishedItem {
            id: Some(id.into()),
            publisher: publisher.map(str::to_owned),
            payload,
        };
        assert_eq!(
            items,
            [item("1", Some("u@x/r"), Some(Element::new("urn:m", "Write"))), item("2", None, None)]
        );

        let subscribed = Subscription { state: SubscriptionState::Subscribed, subid: Some("7".into()) };
        for (content, news) in [
            ("<items node='n'><retract id='0'/></items>", PubsubNews::Other),
            ("<purge node='n'/>", PubsubNews::Other),
            ("<configuration node='n'/>", PubsubNews::Other),
            ("<delete node='n'/>", PubsubNews::Deleted),
            (
                "<subscription node='n' subscription='subscribed' subid='7'/>",
                PubsubNews::Subscription(subscribed),
            ),
        ] {
            assert_eq!(
                PubsubEvent::read(&event("normal", content)).map(|event| event.news),
                Some(news),
                "{content}"
            );
        }
    }

    #[test]
    fn what_was_kept_is_known_and_other_messages_are_none() {
        let mut late = event("headline", "<items node='n'><item/></items>");
        late.payloads.push(Element::new(DELAY, "delay"));
        assert!(PubsubEvent::read(&late).unwrap().is_delayed);
        assert_eq!(PubsubEvent::read(&event("headline", "")), None);
        assert_eq!(PubsubEvent::read(&Message { payloads: Vec::new(), ..late }), None);
    }
}
