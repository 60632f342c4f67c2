//! Messages through the console, and their answers as they came.

use nocgate::xml::{Element, Limits, XSI, escape_text, parse};
use serde_json::Value;

use super::MESSAGE;
use crate::harness::site::Site;

/// What a SmartServer answered, and how the gateway shows it.
pub(super) struct Answer {
    pub(super) is_fault: bool,
    /// The only element in the envelope's body.
    pub(super) element: Element,
    /// The body as the gateway's JSON has it.
    pub(super) json: Value,
}

/// Sends a message through the console.
pub(super) async fn send(site: &Site, document: &str) -> Answer {
    let path = format!("/smartservers/{}/soap", site.key());
    let shown = site.api.post_text(&path, "text/xml; charset=utf-8", document).await.ok();
    assert!(shown["timing"]["round_trip_ms"].as_f64().unwrap() > 0.0);
    let envelope = parse(shown["envelope"].as_str().unwrap(), &Limits::BODY).unwrap();
    let body = envelope.child("Body").unwrap().clone();
    let element = body.into_elements().next().unwrap();
    Answer { is_fault: shown["is_fault"].as_bool().unwrap(), element, json: shown["body"].clone() }
}

/// Sends an operation with these children of `iLonItem`. The answer is one to that operation.
pub(super) async fn ask(site: &Site, operation: &str, children: &str) -> Answer {
    let answer = send(site, &message(operation, children)).await;
    assert!(!answer.is_fault, "{:?}", answer.element);
    assert!(answer.element.is(MESSAGE, &format!("{operation}Response")), "{:?}", answer.element);
    answer
}

/// The same with nothing but an `xSelect`.
pub(super) async fn select(site: &Site, operation: &str, select: &str) -> Answer {
    ask(site, operation, &x_select(select)).await
}

/// Reads points by their names.
pub(super) async fn read(site: &Site, names: &[&str]) -> Answer {
    ask(site, "Read", &names.iter().map(|name| item(name)).collect::<String>()).await
}

pub(super) fn message(operation: &str, children: &str) -> String {
    format!("<{operation} xmlns='{MESSAGE}' xmlns:xsi='{XSI}'><iLonItem>{children}</iLonItem></{operation}>")
}

pub(super) fn x_select(select: &str) -> String {
    format!("<xSelect>{}</xSelect>", escape_text(select))
}

pub(super) fn item(name: &str) -> String {
    format!("<Item><UCPTname>{name}</UCPTname></Item>")
}

/// The `Dp_Data` of a point with these members.
pub(super) fn data(name: &str, members: &str) -> String {
    format!("<Item xsi:type='Dp_Data'><UCPTname>{name}</UCPTname>{members}</Item>")
}

/// A `UCPTvalue`.
pub(super) fn value(format: &str, text: &str) -> String {
    format!("<UCPTvalue LonFormat='{format}'>{text}</UCPTvalue>")
}

impl Answer {
    fn collection(&self) -> &Element {
        self.element.child_ns(MESSAGE, "iLonItem").unwrap()
    }

    /// `UCPTfaultCount`.
    pub(super) fn faults(&self) -> String {
        self.collection().child_text("UCPTfaultCount").unwrap()
    }

    /// Text of a child of `iLonItem`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.collection().child_text(name)
    }

    pub(super) fn items(&self) -> Vec<&Element> {
        self.collection().children_named("Item").collect()
    }

    #[track_caller]
    pub(super) fn only_item(&self) -> &Element {
        let items = self.items();
        assert_eq!(items.len(), 1, "{items:?}");
        items[0]
    }

    /// Code and type of the fault of the message as a whole.
    pub(super) fn global_fault(&self) -> Option<(String, String)> {
        fault(self.collection())
    }

    /// Names of the items.
    pub(super) fn names(&self) -> Vec<String> {
        self.items().into_iter().map(name).collect()
    }
}

pub(super) fn name(item: &Element) -> String {
    item.child_text("UCPTname").unwrap()
}

/// Code and type of an item's fault.
pub(super) fn fault(of: &Element) -> Option<(String, String)> {
    let code = of.child("fault")?.child("faultcode").unwrap();
    Some((code.text(), code.attr("faultType").unwrap().to_owned()))
}

/// A fault of type `_error`.
pub(super) fn error(code: &str) -> Option<(String, String)> {
    Some((code.to_owned(), "_error".to_owned()))
}

/// Format and text of an item's values.
pub(super) fn values(item: &Element) -> Vec<(String, String)> {
    let values = item.children_named("UCPTvalue");
    values.map(|value| (value.attr("LonFormat").unwrap_or_default().to_owned(), value.text())).collect()
}

pub(super) fn pair(format: &str, text: &str) -> (String, String) {
    (format.to_owned(), text.to_owned())
}
