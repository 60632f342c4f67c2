use jiff::{SignedDuration, Timestamp};

use super::answers::{self, Done};
use super::behaviour::{Behaviour, Malformed, Version};
use super::network;
use super::quirks;
use super::request::{Call, ItemsCall, Operation, Request};
use super::unit::Unit;
use super::wire::{self, Fault};
use crate::xml::Element;

/// What one request is executed with, and what was done with it.
#[derive(Debug)]
pub(super) struct Context<'a> {
    pub now: Timestamp,
    pub behaviour: &'a Behaviour,
    /// One per item, for the journal.
    pub notes: Vec<Note>,
}

/// What became of one item.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub(super) struct Note {
    pub name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<u8>,
    /// `ok`, `refused`, or `fault` with its code.
    pub outcome: String,
}

/// An answer without its envelope.
#[derive(Debug)]
pub(super) enum Reply {
    /// The child of `Body`.
    Body(Element),
    SoapFault(Fault),
}

impl<'a> Context<'a> {
    pub(super) fn new(now: Timestamp, behaviour: &'a Behaviour) -> Self {
        Context { now, behaviour, notes: Vec::new() }
    }

    pub(super) fn note(&mut self, name: &str, outcome: impl Into<String>) {
        self.notes.push(Note { name: name.to_owned(), outcome: outcome.into(), ..Note::default() });
    }

    /// A time as this SmartServer's clock shows it.
    pub(super) fn shown(&self, at: Timestamp) -> Timestamp {
        let at = at.checked_add(self.behaviour.clock_error).unwrap_or(at);
        Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
    }

    /// A time as this SmartServer writes it: local, with offset and milliseconds (manual 4-7).
    pub(super) fn stamp(&self, unit: &Unit, at: Timestamp) -> String {
        stamp(at, self.behaviour.clock_error, unit.utc_offset)
    }
}

/// Executes a request on the state of a SmartServer.
pub(super) fn execute(unit: &mut Unit, request: &Request, context: &mut Context<'_>) -> Reply {
    match &request.call {
        Err(fault) => Reply::SoapFault(fault.clone()),
        Ok(Call::System(section)) => answers::system::answer(unit, section, context),
        Ok(Call::Items(call)) if context.behaviour.positions_from_zero => {
            Reply::Body(items(unit, &ItemsCall { first_position: 0, ..call.clone() }, context))
        }
        Ok(Call::Items(call)) => Reply::Body(items(unit, call, context)),
    }
}

/// Wraps a reply for sending `now`, with a header that tells how long it took.
pub(super) fn envelope(
    unit: &Unit,
    reply: &Reply,
    behaviour: &Behaviour,
    of_request: Version,
    times: (Timestamp, Timestamp),
) -> Element {
    let version = behaviour.version(of_request);
    let header = (!behaviour.no_header).then(|| answers::header::properties(unit, behaviour, times));
    let body = match reply {
        Reply::SoapFault(fault) => Some(wire::soap_fault(version, fault)),
        Reply::Body(body) => spoilt(body, behaviour),
    };
    let mut envelope = wire::envelope(version, header, body);
    if behaviour.malformed == Some(Malformed::NoBody) {
        envelope.children.retain(|node| !matches!(node, crate::xml::Node::Element(e) if e.name == "Body"));
    }
    match behaviour.malformed {
        Some(Malformed::NotSoap) => wire::element("NotSoap"),
        _ => quirks::apply(envelope, behaviour),
    }
}

fn items(unit: &mut Unit, call: &ItemsCall, context: &mut Context<'_>) -> Element {
    network::settle(unit, context.now, context.behaviour);
    let done = match answers::applications::answer(unit, call, context) {
        Some(done) => done,
        None => of_data_server(unit, call, context),
    };
    if let Err(fault) = &done {
        context.note("", format!("fault {}", fault.code));
    }
    answers::response(call.operation, done, context.behaviour)
}

/// What is not about an application is about points, devices and networks.
fn of_data_server(unit: &mut Unit, call: &ItemsCall, context: &mut Context<'_>) -> Result<Vec<Done>, Fault> {
    let done = match call.operation {
        Operation::List => answers::list::list(unit, call, context),
        Operation::Get => answers::get::get(unit, call, context),
        Operation::Read => answers::read::read(unit, call, context),
        Operation::Write => answers::write::write(unit, call, context),
        Operation::InvokeCmd => answers::invoke::invoke(unit, call, context),
        Operation::Set => answers::set::set(unit, call, context),
        Operation::Delete => answers::delete::delete(unit, call, context),
        Operation::Clear => answers::refuse(call, context, 12, "command failed"),
    };
    network::count(unit, call, &done);
    done
}

fn spoilt(body: &Element, behaviour: &Behaviour) -> Option<Element> {
    match behaviour.malformed {
        Some(Malformed::EmptyBody) => None,
        Some(Malformed::OtherOperation) => Some(Element { name: "ClearResponse".into(), ..body.clone() }),
        Some(Malformed::NoItems) => Some(Element { children: Vec::new(), ..body.clone() }),
        _ => Some(body.clone()),
    }
}

/// A time of a SmartServer whose clock is wrong by `error`.
pub(super) fn stamp(at: Timestamp, error: SignedDuration, utc_offset: i32) -> String {
    let offset = jiff::tz::Offset::from_seconds(utc_offset).unwrap_or(jiff::tz::Offset::UTC);
    let at = at.checked_add(error).unwrap_or(at);
    at.to_zoned(offset.to_time_zone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

#[cfg(test)]
#[path = "engine_tests/mod.rs"]
mod tests;
