//! `Set` of a LON device, which decommissions it and stops its application unless both of its statuses stand
//! in the message, and erases every property that does not (manual 14-26 ... 14-29).
//!
//! So there is one way to a Set: a [`CompleteDevice`], which only a Get with nothing missing makes, becomes a
//! [`DeviceSet`] that holds all that the Get gave and differs in what is ordered. [`refusal_of`] looks at
//! every envelope once more before it is sent, also at those that callers wrote themselves.

use std::fmt;

use super::item::{MessageError, Outcomes, Parsed, Reply, element, message, name_of, text_element};
use super::members::{ITEM_CFG, Members, Order, local};
use super::network::{bus_item, get_request};
use super::write::acknowledged;
use super::{Answer, CallError, SmartServerRpc};
use crate::domain::{Bus, BusItem, DataPointName, Device, ItemFault};
use crate::xml::Element;
use crate::xmpp::Limits;

const TYPE: &str = "LON_Device_Cfg";

/// Members that name the device and its state; without one of them a Set does harm.
const NEEDED: [&str; 5] = ["UCPThandle", "UCPTuniqueId", "UCPTprogramId", APPLICATION, COMMISSION];
const APPLICATION: &str = "UCPTapplicationStatus";
const COMMISSION: &str = "UCPTcommissionStatus";
/// The statuses, each with the words that can be sent back.
const STATUSES: [(&str, [&str; 2]); 2] =
    [(APPLICATION, ["APP_RUNNING", "APP_STOPPED"]), (COMMISSION, ["COMMISSIONED", "DECOMMISSIONED"])];
/// Types, in lower case, that do not tell what an item is.
const UNTOLD: [&str; 3] = ["", "item", "item_cfg"];

/// Members of `LON_Device_Cfg` and of the types that extend it (WSDL).
const ORDER: Order = &[
    ITEM_CFG,
    &[
        "UCPThandle",
        "UCPTuniqueId",
        "UCPTreplacementId",
        "UCPTreleaseNId",
        "UCPTprogramId",
        "UCPTgeoPosition",
        "UCPTlocationId",
        "UCPTauthenticationKey",
        "UCPTmaxDynamicFb",
        "UCPTmaxDynamicDp",
        "UCPTmaxTxTransactions",
        "UCPTmaxTxLifetime",
        "UCPTlocal",
        "UCPTapplicationStatus",
        "UCPTcommissionStatus",
        "UCPTurlImage",
        "UCPTurlTemplate",
        "UCPTdynamic",
        "UCPTurlCpFile",
        "Address",
        "Command",
        "UCPTppnAutoAdded",
        "RouteCost",
        "ResendPPNSettings",
    ],
    &["Device", "UCPTrouterClass", "UCPTauthKey", "UCPTport", "UCPTmaxRxTransactions"],
];

/// What a Set can order of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "named as in the WSDL; the change of a status, as what it is changed to")]
pub enum SetOrder {
    Wink,
    Reset,
    Online,
    Offline,
    Commission,
    Decommission,
    FetchProgId,
    FetchNeuronId,
    UpdateCpDefaults,
}

impl SetOrder {
    /// All of them.
    pub const ALL: [SetOrder; 9] = [
        SetOrder::Wink,
        SetOrder::Reset,
        SetOrder::Online,
        SetOrder::Offline,
        SetOrder::Commission,
        SetOrder::Decommission,
        SetOrder::FetchProgId,
        SetOrder::FetchNeuronId,
        SetOrder::UpdateCpDefaults,
    ];

    /// The command's name on the wire.
    pub fn command(self) -> &'static str {
        match self {
            SetOrder::Wink => "Wink",
            SetOrder::Reset => "Reset",
            SetOrder::Online | SetOrder::Offline => "ChangeApplicationStatus",
            SetOrder::Commission | SetOrder::Decommission => "ChangeCommissionStatus",
            SetOrder::FetchProgId => "FetchProgId",
            SetOrder::FetchNeuronId => "FetchNeuronId",
            SetOrder::UpdateCpDefaults => "UpdateCpDefaults",
        }
    }

    /// The status that it changes, and its word afterwards.
    fn change(self) -> Option<(&'static str, &'static str)> {
        match self {
            SetOrder::Online => Some((APPLICATION, "APP_RUNNING")),
            SetOrder::Offline => Some((APPLICATION, "APP_STOPPED")),
            SetOrder::Commission => Some((COMMISSION, "COMMISSIONED")),
            SetOrder::Decommission => Some((COMMISSION, "DECOMMISSIONED")),
            _ => None,
        }
    }

    /// Whether a device is in the state that this order is to bring about; true if it is about none.
    pub fn is_met_by(self, device: &Device) -> bool {
        self.change().is_none_or(|(member, word)| match member {
            APPLICATION => device.application_status.as_deref() == Some(word),
            _ => device.commission_status.as_deref() == Some(word),
        })
    }
}

/// Why a device is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSettable {
    /// The Get left out, or gave twice, what a Set cannot do without.
    #[error("the SmartServer does not tell the device's {0}, without which setting it would do harm")]
    Missing(&'static str),
    /// A status that is none that could be sent back.
    #[error("the device's {member} is {word:?}: setting it would change that")]
    Status {
        /// The member.
        member: &'static str,
        /// What it says.
        word: String,
    },
    /// The item is of another type.
    #[error("the SmartServer calls it a {0}, not a LON device")]
    Type(String),
    /// A command that is not ended would be asked for again, or ended.
    #[error("the device has a command under way: {command} ({status})")]
    Busy {
        /// The command.
        command: String,
        /// Its status.
        status: String,
    },
}

/// A LON device as a Get gave it.
#[derive(Debug, Clone)]
pub struct LonDevice {
    /// What it says.
    pub config: BusItem<Device>,
    /// The same as what a Set may be made of.
    pub complete: Result<CompleteDevice, NotSettable>,
}

/// A device of which a Get gave all that a Set needs.
#[derive(Clone)]
pub struct CompleteDevice(Members);

/// Its members hold the network's authentication key.
impl fmt::Debug for CompleteDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CompleteDevice").finish_non_exhaustive()
    }
}

/// A Set of one device that does what was ordered and nothing else.
#[derive(Clone)]
pub struct DeviceSet(Element);

impl fmt::Debug for DeviceSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DeviceSet").finish_non_exhaustive()
    }
}

impl CompleteDevice {
    fn of(item: &Element) -> Result<CompleteDevice, NotSettable> {
        let members = Members::of(item, TYPE);
        if !is_lon_device(members.xsi_type()) {
            return Err(NotSettable::Type(members.xsi_type().to_owned()));
        }
        for name in NEEDED {
            only_text(&members, name).ok_or(NotSettable::Missing(name))?;
        }
        Ok(CompleteDevice(members))
    }

    /// The Set that orders something of the device. A status that the order does not change must be one
    /// that can be sent back.
    ///
    /// # Errors
    /// `Status`, or `Busy` while the device has a command under way.
    pub fn order(self, order: SetOrder) -> Result<DeviceSet, NotSettable> {
        let CompleteDevice(mut members) = self;
        if let Some((member, word)) = order.change() {
            members.set_text(member, word);
        }
        for (member, words) in STATUSES {
            let word = only_text(&members, member).ok_or(NotSettable::Missing(member))?;
            if !words.contains(&word.as_str()) {
                return Err(NotSettable::Status { member, word });
            }
        }
        let mut commands = ended_commands(&members, order.command())?;
        commands.push(requested(order.command()));
        members.replace("Command", commands);
        Ok(DeviceSet(members.into_item(ORDER)))
    }
}

/// Commands that go back as they came, which asks for nothing: those that have ended. One without status
/// would perhaps be taken for a request, and the last one of the command that is ordered makes place.
fn ended_commands(members: &Members, ordered: &str) -> Result<Vec<Element>, NotSettable> {
    let mut ended = Vec::new();
    for entry in members.named("Command") {
        let text = |name| entry.child_text(name).unwrap_or_default().trim().to_owned();
        let (command, status) = (text("UCPTcommand"), text("UCPTstatus"));
        match status.as_str() {
            "STATUS_DONE" | "STATUS_FAIL" | "STATUS_CANCEL" if command != ordered => {
                ended.push(entry.clone())
            }
            "STATUS_DONE" | "STATUS_FAIL" | "STATUS_CANCEL" | "" => {}
            _ => return Err(NotSettable::Busy { command, status }),
        }
    }
    Ok(ended)
}

fn requested(command: &str) -> Element {
    let status = text_element("UCPTstatus", "STATUS_REQUEST").with_attr("LonFormat", "UCPTstatus");
    element("Command").with_child(text_element("UCPTcommand", command)).with_child(status)
}

/// Text of a member that is there once and not blank.
fn only_text(members: &Members, name: &str) -> Option<String> {
    let mut all = members.named(name);
    let (first, second) = (all.next()?, all.next());
    let text = first.text().trim().to_owned();
    (second.is_none() && !text.is_empty()).then_some(text)
}

fn is_lon_device(xsi_type: &str) -> bool {
    xsi_type.starts_with("LON_Device_") && xsi_type.ends_with("Cfg")
}

/// The same of a type in lower case that somebody wrote, with the types that it extends.
fn is_device(xsi_type: &str) -> bool {
    xsi_type.starts_with("lon_device") || xsi_type == "device_cfg"
}

/// Why an envelope must not be sent: it holds a Set that could decommission a device, since it lacks what
/// [`NEEDED`] lists, or does not tell what it sets. SmartServers may read names less strictly than they
/// should, and follow references, so the case of names and the place of an item do not matter.
pub(super) fn refusal_of(envelope: &Element) -> Option<String> {
    all(envelope).find(|element| element.name.eq_ignore_ascii_case("Set"))?;
    all(envelope).find_map(harm_of)
}

fn harm_of(item: &Element) -> Option<String> {
    let types = || item.attributes.iter().filter(|attribute| attribute.name.eq_ignore_ascii_case("type"));
    let types: Vec<_> = types().map(|attribute| local(&attribute.value).to_ascii_lowercase()).collect();
    let is_item = item.name.eq_ignore_ascii_case("Item");
    if is_item && (types.is_empty() || types.iter().any(|told| UNTOLD.contains(&told.as_str()))) {
        return Some("each item of a Set needs the xsi:type of what it sets, as \"LON_Dp_Cfg\"".to_owned());
    }
    if !types.iter().any(|told| is_device(told)) {
        return None;
    }
    let missing = NEEDED.into_iter().find(|name| !is_told(item, name))?;
    let (name, needed) = (name_of(item), NEEDED.join(", "));
    Some(format!(
        "a Set of {name:?} without {missing} decommissions or stops the device (manual 14-27): send {needed} \
         as a Get tells them, or order a device command"
    ))
}

/// Whether a member stands in an item once, in such a form that it cannot be overlooked.
fn is_told(item: &Element, name: &str) -> bool {
    let mut all = item.elements().filter(|member| member.name == name);
    let (Some(member), None) = (all.next(), all.next()) else { return false };
    let text = member.text();
    let is_known = STATUSES.into_iter().all(|(status, words)| status != name || words.contains(&text.trim()));
    let is_plain = member.elements().next().is_none() && member.attributes.iter().all(|a| a.name != "nil");
    member.ns == item.ns && is_plain && is_known && !text.trim().is_empty()
}

/// An element and all inside it.
fn all(element: &Element) -> Box<dyn Iterator<Item = &Element> + '_> {
    Box::new(std::iter::once(element).chain(element.elements().flat_map(all)))
}

pub(super) fn get_parse(
    body: &Element,
    name: &DataPointName,
) -> Result<Parsed<Outcomes<LonDevice>>, MessageError> {
    let device = |name: &DataPointName, item: &Element| LonDevice {
        config: bus_item(name, Bus::Lon, item),
        complete: CompleteDevice::of(item),
    };
    Ok(Reply::open(body, "Get")?.outcomes(std::iter::once(name), device))
}

fn set_request(set: DeviceSet) -> Element {
    message("Set", [set.0])
}

fn first<T>(answer: Answer<Outcomes<T>>) -> Answer<Result<T, ItemFault>> {
    let Answer { mut value, warnings, properties, round_trip } = answer;
    let absent = ItemFault { code: super::NOT_IN_ANSWER, text: "not in the answer".to_owned() };
    let value = value.pop().map_or(Err(absent), |(_, outcome)| outcome);
    Answer { value, warnings, properties, round_trip }
}

impl SmartServerRpc {
    /// Configuration of a LON device, as what a Set can be made of.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get_lon_device(
        &self,
        name: &DataPointName,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<LonDevice, ItemFault>>, CallError> {
        let request = get_request(TYPE, std::slice::from_ref(name));
        self.call(request, limits, |body| get_parse(body, name)).await.map(first)
    }

    /// Sets a LON device. `Ok`: the SmartServer has taken the order; a Get tells how it ends.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn set_lon_device(
        &self,
        set: DeviceSet,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<(), ItemFault>>, CallError> {
        let name: DataPointName =
            name_of(&set.0).parse().map_err(|_| CallError::Malformed("a name".into()))?;
        let parse = |body: &Element| acknowledged(Reply::open(body, "Set")?, std::iter::once(&name));
        self.call(set_request(set), limits, parse).await.map(first)
    }
}

#[cfg(test)]
#[path = "lon_device_tests.rs"]
mod tests;
