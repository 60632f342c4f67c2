use super::super::request::AskedItem;
use super::super::wire::{Fault, leaf, typed_item};
use super::kind::Kind;
use super::settings::Settings;
use crate::xml::{Element, Node, XSI};

/// A functional block as it is configured: the members that it was given, in the order of the
/// schema, and what they mean. What a Set leaves out is not there.
#[derive(Debug)]
pub(in super::super) struct Block {
    pub name: String,
    pub kind: Kind,
    alias: Option<String>,
    description: Option<String>,
    members: Vec<Element>,
    pub settings: Settings,
}

impl Block {
    /// The configuration that an item of a Set asks for.
    ///
    /// # Errors
    /// A member is missing or does not fit its type.
    pub(in super::super) fn from_item(kind: Kind, item: &AskedItem) -> Result<Block, Fault> {
        let given = |name: &str| item.element.children_named(name).cloned().map(own).collect::<Vec<_>>();
        let members: Vec<Element> = kind.members().iter().flat_map(|name| given(name)).collect();
        Ok(Block {
            alias: item.member("UCPTaliasName"),
            description: item.member("UCPTdescription"),
            ..Block::new(&item.name, kind, members)?
        })
    }

    /// A block with these members, which are in the order of the schema.
    pub(in super::super) fn new(name: &str, kind: Kind, members: Vec<Element>) -> Result<Block, Fault> {
        let settings = Settings::read(kind, &members)?;
        Ok(Block { name: name.to_owned(), kind, alias: None, description: None, members, settings })
    }

    /// The points that it refers to.
    pub(in super::super) fn data_points(&self) -> Vec<Element> {
        self.members.iter().filter(|member| member.name == "DataPoint").cloned().collect()
    }

    /// The item that a Get shows, with the time of its last change as it is printed.
    pub(in super::super) fn item(&self, changed: String) -> Element {
        let optional = |name: &str, text: &Option<String>| text.as_ref().map(|text| leaf(name, text));
        typed_item(&self.kind.configuration())
            .with_child(leaf("UCPTname", &self.name))
            .with_child(leaf("UCPTannotation", self.kind.annotation()))
            .with_child(leaf("UCPThidden", "0"))
            .with_children(optional("UCPTaliasName", &self.alias))
            .with_child(leaf("UCPTlastUpdate", changed))
            .with_children(optional("UCPTdescription", &self.description))
            .with_child(leaf("UCPTuri", format!("{}.htm", self.kind.configuration())))
            .with_children(self.members.iter().cloned())
    }
}

/// A member as it is kept: in the namespace of the messages, without the types that pages of the
/// SmartServer put on plain members (manual 5-9).
fn own(mut member: Element) -> Element {
    member.ns = super::super::wire::MESSAGE.to_owned();
    if member.name != "DataPoint" {
        member.attributes.retain(|attr| attr.ns != XSI);
    }
    if member.elements().next().is_some() {
        member.children.retain(|child| matches!(child, Node::Element(_)));
    }
    for child in &mut member.children {
        if let Node::Element(child) = child {
            *child = own(std::mem::take(child));
        }
    }
    member
}
