//! What a SmartServer of a fleet is asked, found by text search: it shall cost little.

use super::messages::point_of;

/// A request.
#[derive(Debug, PartialEq)]
pub(super) enum Request<'a> {
    /// Values of these data points.
    Read(Vec<usize>),
    /// Configurations of these data points.
    Get(Vec<usize>),
    /// Names of all data points.
    ListPoints,
    /// Something about the system.
    System,
    /// Things that it has none of.
    Nothing(&'a str),
    /// An operation that it does not know.
    Other(&'a str),
}

impl<'a> Request<'a> {
    /// What the payload of an iq asks for; `None` if it is no SOAP message.
    pub(super) fn of(payload: &'a str) -> Option<Request<'a>> {
        let operation = operation(payload)?;
        let points = || names(payload).filter_map(point_of).collect::<Vec<_>>();
        Some(match operation {
            "Read" if payload.contains("UCPTmaxAge") => Request::Read(points()),
            "Get" if names(payload).any(|name| point_of(name).is_some()) => Request::Get(points()),
            "List" if payload.contains("Dp_Cfg") => Request::ListPoints,
            "SystemService_Read_Info" => Request::System,
            "List" | "Get" | "Read" => Request::Nothing(operation),
            _ => Request::Other(operation),
        })
    }

    /// Data points whose values it asks for, a bit each.
    pub(super) fn points(&self) -> u32 {
        match self {
            Request::Read(points) => points.iter().fold(0, |all, point| all | 1 << point),
            _ => 0,
        }
    }
}

/// Local name of the element in the SOAP body.
fn operation(payload: &str) -> Option<&str> {
    let body = payload.find("Body")?;
    let inside = &payload[body + payload[body..].find('>')? + 1..];
    let tag = inside.trim_start().strip_prefix('<')?;
    let name = &tag[..tag.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?];
    Some(name.rsplit(':').next().unwrap_or(name))
}

fn names(payload: &str) -> impl Iterator<Item = &str> {
    // Each element has this in its start tag and in its end tag, and text behind the former only.
    payload.split("UCPTname>").skip(1).step_by(2).filter_map(|rest| rest.split('<').next())
}
