use crate::xml::{Element, XSI};

use super::behaviour::Version;
use super::wire::{Fault, MESSAGE, SOAP_1_1, SOAP_1_2};
use super::xselect::XSelect;

/// A request as this SmartServer understood it.
#[derive(Debug)]
pub(super) struct Request {
    pub version: Version,
    pub call: Result<Call, Fault>,
}

/// What is asked.
#[derive(Debug)]
pub(super) enum Call {
    /// One of the operations of the data server, with its items.
    Items(ItemsCall),
    /// `SystemService_Read_Info` with its `UCPTsystemInfoType` (manual 19-1).
    System(String),
}

#[derive(Debug, Clone)]
pub(super) struct ItemsCall {
    pub operation: Operation,
    pub select: Option<String>,
    /// What `position()` of the first is.
    pub first_position: usize,
    pub items: Vec<AskedItem>,
}

/// An `Item` of a request: its name with blanks inside untouched, and its members.
#[derive(Debug, Clone)]
pub(super) struct AskedItem {
    /// `xsi:type`
    pub kind: Option<String>,
    pub name: String,
    pub element: Element,
}

impl ItemsCall {
    /// The type that the `xSelect` names.
    pub(super) fn select_kind(&self) -> Option<String> {
        XSelect::parse(self.select.as_deref()?)?.kind
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    List,
    Get,
    Set,
    Delete,
    Read,
    Write,
    Clear,
    InvokeCmd,
}

impl Operation {
    pub(super) const ALL: [Operation; 8] = [
        Operation::List,
        Operation::Get,
        Operation::Set,
        Operation::Delete,
        Operation::Read,
        Operation::Write,
        Operation::Clear,
        Operation::InvokeCmd,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Operation::List => "List",
            Operation::Get => "Get",
            Operation::Set => "Set",
            Operation::Delete => "Delete",
            Operation::Read => "Read",
            Operation::Write => "Write",
            Operation::Clear => "Clear",
            Operation::InvokeCmd => "InvokeCmd",
        }
    }
}

pub(super) const READ_INFO: &str = "SystemService_Read_Info";

impl Request {
    /// Reads an envelope of either SOAP version; `None` if it is none.
    pub(super) fn read(envelope: &Element) -> Option<Request> {
        let version = match envelope.ns.as_str() {
            SOAP_1_1 => Version::V11,
            SOAP_1_2 => Version::V12,
            _ => return None,
        };
        (envelope.name == "Envelope").then(|| Request { version, call: call(envelope) })
    }

    /// Name of the operation for counts and journal.
    pub(super) fn operation(&self) -> &str {
        match &self.call {
            Ok(Call::Items(call)) => call.operation.name(),
            Ok(Call::System(_)) => READ_INFO,
            Err(_) => "unknown",
        }
    }
}

fn call(envelope: &Element) -> Result<Call, Fault> {
    let body = envelope.child_ns(&envelope.ns, "Body").ok_or_else(|| Fault::new(3, "no Body"))?;
    let child = body.elements().next().ok_or_else(|| Fault::new(3, "Body is empty"))?;
    let unknown = || Fault::new(1, format!("unknown message call {}", child.name));
    if child.ns != MESSAGE {
        return Err(unknown());
    }
    if child.name == READ_INFO {
        let section = child.child("iLONSystemService").and_then(|s| s.child_text("UCPTsystemInfoType"));
        let section = section.ok_or_else(|| Fault::new(4, "UCPTsystemInfoType missing"))?;
        return Ok(Call::System(section.trim().to_owned()));
    }
    let operation = Operation::ALL.into_iter().find(|o| o.name() == child.name).ok_or_else(unknown)?;
    let items = child.child("iLonItem").ok_or_else(|| Fault::new(4, "iLonItem missing"))?;
    Ok(Call::Items(ItemsCall {
        operation,
        select: items.child_text("xSelect"),
        first_position: 1,
        items: items.children_named("Item").map(asked).collect(),
    }))
}

fn asked(item: &Element) -> AskedItem {
    AskedItem {
        kind: item.attr_ns(XSI, "type").map(str::to_owned),
        name: item.child_text("UCPTname").unwrap_or_default().trim().to_owned(),
        element: item.clone(),
    }
}

impl AskedItem {
    /// Trimmed text of a member.
    pub(super) fn member(&self, name: &str) -> Option<String> {
        self.element.child_text(name).map(|text| text.trim().to_owned())
    }

    /// A member that must be a number of a range; `None` if it is absent.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Fault> {
        let Some(text) = self.member(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|_| Fault::new(2, format!("{name} is not valid: {text}")))
    }
}
