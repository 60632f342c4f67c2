//! Read-modify-write of an item: `Set` erases what it does not name (manual 14-26), so that an item goes
//! back with all that it came with, also what is not known here.

use super::MESSAGE;
use super::item::element;
use crate::xml::{Element, Node, XSI};

/// Order of the members of an xsi type, base types first (WSDL).
pub(super) type Order = &'static [&'static [&'static str]];

/// Members of `Item` and `Item_Cfg`, with which every configuration begins (WSDL). `fault` is not one: it
/// belongs to an answer.
pub(super) const ITEM_CFG: &[&str] = &[
    "UCPTname",
    "UCPTannotation",
    "UCPThidden",
    "UCPTaliasName",
    "UCPTitemStatus",
    "UCPTlastUpdate",
    "UCPTdescription",
    "UCPTuri",
];

/// An item's type and members, kept as they came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Members {
    xsi_type: String,
    members: Vec<Element>,
}

impl Members {
    /// A new item of a type, with its name.
    pub(super) fn new(xsi_type: &str, name: &str) -> Members {
        let name = element("UCPTname").with_text(name);
        Members { xsi_type: xsi_type.to_owned(), members: vec![name] }
    }

    /// Those of an item of an answer, without its fault. Where the item does not tell its type it is
    /// `xsi_type`. All elements are put into the namespace of messages, from which unqualified ones
    /// may have been moved on the way.
    pub(super) fn of(item: &Element, xsi_type: &str) -> Members {
        let told = item.attr_ns(XSI, "type").map(local).filter(|told| !told.is_empty());
        let members = item.elements().filter(|member| member.name != "fault").map(qualified).collect();
        Members { xsi_type: told.unwrap_or(xsi_type).to_owned(), members }
    }

    /// The item's xsi type.
    pub(super) fn xsi_type(&self) -> &str {
        &self.xsi_type
    }

    /// All members in order.
    pub(super) fn all(&self) -> &[Element] {
        &self.members
    }

    /// First member of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Element> {
        self.members.iter().find(|member| member.name == name)
    }

    /// All members of a name.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.members.iter().filter(move |member| member.name == name)
    }

    /// Puts these in the place of all members of a name; with none of them the name is erased.
    pub(super) fn replace(&mut self, name: &str, with: impl IntoIterator<Item = Element>) {
        let at = self.members.iter().position(|member| member.name == name);
        let at = at.unwrap_or(self.members.len());
        self.members.retain(|member| member.name != name);
        self.members.splice(at..at, with);
    }

    /// Puts a text in the place of a member. Its attributes stay, as the format of a value.
    pub(super) fn set_text(&mut self, name: &str, text: impl Into<String>) {
        let attributes = self.get(name).map(|member| member.attributes.clone()).unwrap_or_default();
        let member = Element { attributes, ..element(name) }.with_text(text);
        self.replace(name, [member]);
    }

    /// The item to be sent, its members in the order of the schema. One that the schema does not name
    /// stays behind the one that it stood behind.
    pub(super) fn into_item(self, order: Order) -> Element {
        let mut place = 0;
        let mut placed: Vec<_> = self
            .members
            .into_iter()
            .map(|member| {
                place = position(order, &member.name).unwrap_or(place);
                (place, member)
            })
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        element("Item")
            .with_attr_ns(XSI, "type", self.xsi_type)
            .with_children(placed.into_iter().map(|(_, member)| member))
    }
}

/// Place of a member in the order.
fn position(order: Order, name: &str) -> Option<usize> {
    order.iter().copied().flatten().position(|member| *member == name)
}

/// Name of a type without a prefix, whose declaration may have been lost on the way.
pub(super) fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or_default().trim()
}

fn qualified(element: &Element) -> Element {
    let has_elements = element.elements().next().is_some();
    let children = element.children.iter().filter_map(|node| match node {
        Node::Element(child) => Some(Node::Element(qualified(child))),
        // Blanks between elements are layout.
        Node::Text(text) if has_elements && text.trim().is_empty() => None,
        Node::Text(text) => Some(Node::Text(text.clone())),
    });
    Element {
        ns: MESSAGE.to_owned(),
        name: element.name.clone(),
        attributes: element.attributes.clone(),
        children: children.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::tests::{NS, body};
    use super::super::item::text_element;
    use super::{ITEM_CFG, Members, Order};

    const ORDER: Order = &[ITEM_CFG, &["UCPTa", "UCPTb", "UCPTc"]];

    fn came() -> Members {
        Members::of(
            &body(
                r#"<Item xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="ilon:X_Cfg" >
                     <UCPTname>Net/a  b</UCPTname> <UCPTa LonFormat="f" Unit="u">1</UCPTa>
                     <Vendor kind="k"> <Deep/> <Text> x </Text> </Vendor><UCPTc/>
                     <fault><faultcode faultType="_warning">0</faultcode></fault>
                   </Item>"#,
            ),
            "Y_Cfg",
        )
    }

    fn sent(members: Members) -> String {
        let item = members.into_item(ORDER).to_xml();
        let (_, members) = item.split_once("xsi:type=").unwrap();
        members.to_owned()
    }

    #[test]
    fn an_item_goes_back_as_it_came() {
        let item = came().into_item(ORDER);
        assert_eq!((item.ns.as_str(), item.elements().all(|member| member.ns == NS)), (NS, true));
        assert_eq!(
            sent(came()),
            "\"X_Cfg\"><UCPTname>Net/a  b</UCPTname><UCPTa LonFormat=\"f\" Unit=\"u\">1</UCPTa>\
             <Vendor kind=\"k\"><Deep/><Text> x </Text></Vendor><UCPTc/></Item>"
        );
        assert_eq!(
            Members::of(&body("<Item/>"), "Y_Cfg"),
            Members { xsi_type: "Y_Cfg".into(), members: vec![] }
        );
    }

    #[test]
    fn what_is_changed_stands_where_the_schema_has_it() {
        let mut members = came();
        members.set_text("UCPTa", "2");
        members.replace("UCPTb", ["1", "2"].map(|text| text_element("UCPTb", text)));
        members.replace("UCPTc", []);
        members.set_text("UCPTdescription", "d");
        assert_eq!(
            sent(members),
            "\"X_Cfg\"><UCPTname>Net/a  b</UCPTname><UCPTdescription>d</UCPTdescription>\
             <UCPTa LonFormat=\"f\" Unit=\"u\">2</UCPTa><Vendor kind=\"k\"><Deep/><Text> x </Text></Vendor>\
             <UCPTb>1</UCPTb><UCPTb>2</UCPTb></Item>"
        );
    }

    #[test]
    fn members_are_found_by_name() {
        let members = came();
        assert_eq!(members.xsi_type(), "X_Cfg");
        assert_eq!(members.get("UCPTa").unwrap().text(), "1");
        assert_eq!((members.named("UCPTc").count(), members.named("fault").count()), (1, 0));
        assert_eq!(members.all().len(), 4);
        assert_eq!(sent(Members::new("Z_Cfg", "n")), "\"Z_Cfg\"><UCPTname>n</UCPTname></Item>");
    }
}
