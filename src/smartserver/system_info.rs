use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::dates;
use super::item::{MessageError, Parsed, element, fault_of, text_element};
use super::system_parts::{NetworkInfo, RealTime};
use crate::xml::{Element, Limits, parse as parse_xml};

/// Minutes by which clocks are put forward.
const DAYLIGHT_SAVING: i32 = 60;
/// Time that may lie between a clock's reading and the answer that tells it.
const AT_ONCE: SignedDuration = SignedDuration::from_mins(10);

/// A section of a SmartServer's system information (manual 19-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemSection {
    /// Clock, time zone and time servers.
    Time,
    /// Addresses, host name, MAC ID.
    Network,
    /// Security settings.
    Security,
    /// Flash memory and licence. The type's name is inferred from its siblings.
    Hardware,
    /// Load, memory, minutes since the start.
    RealTime,
    /// Mail server.
    Mail,
    /// Router.
    Rtr,
    /// Statistics of the router.
    RtrStat,
    /// Power line analysis.
    Lspa,
}

/// A word that names no section.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown section; there are: {}", SystemSection::ALL.map(SystemSection::word).join(", "))]
pub struct UnknownSection;

impl SystemSection {
    /// All sections.
    pub const ALL: [SystemSection; 9] = [
        SystemSection::Time,
        SystemSection::Network,
        SystemSection::Security,
        SystemSection::Hardware,
        SystemSection::RealTime,
        SystemSection::Mail,
        SystemSection::Rtr,
        SystemSection::RtrStat,
        SystemSection::Lspa,
    ];

    /// The section as a word in JSON and addresses.
    pub fn word(self) -> &'static str {
        match self {
            SystemSection::Time => "time",
            SystemSection::Network => "network",
            SystemSection::Security => "security",
            SystemSection::Hardware => "hardware",
            SystemSection::RealTime => "real_time",
            SystemSection::Mail => "mail",
            SystemSection::Rtr => "rtr",
            SystemSection::RtrStat => "rtr_stat",
            SystemSection::Lspa => "lspa",
        }
    }

    /// Name of the element that holds the section; with `SI_` before it the type to ask for.
    fn element_name(self) -> String {
        self.word().to_uppercase()
    }
}

impl fmt::Display for SystemSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for SystemSection {
    type Err = UnknownSection;

    fn from_str(word: &str) -> Result<Self, UnknownSection> {
        SystemSection::ALL.into_iter().find(|section| section.word() == word).ok_or(UnknownSection)
    }
}

/// A section as it came.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SystemInfo {
    /// The section asked for.
    pub section: SystemSection,
    /// Its elements in document order.
    pub entries: Vec<SystemEntry>,
    /// What [`SystemSection::Time`] says, understood.
    pub time: Option<SystemTime>,
    /// What [`SystemSection::RealTime`] says, understood.
    pub real_time: Option<RealTime>,
    /// What [`SystemSection::Network`] says, understood.
    pub network: Option<NetworkInfo>,
}

/// An element of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemEntry {
    /// Name of the element, as `UCPTsystemTime`.
    pub name: String,
    /// What it holds.
    pub value: SystemValue,
}

/// Content of an element.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SystemValue {
    /// Text without the blanks at its ends.
    Text(String),
    /// Elements of its own.
    Entries(Vec<SystemEntry>),
}

/// A SmartServer's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SystemTime {
    /// `UCPTsystemTime`: local time without offset, as `2008-04-04T12:57:41`.
    pub system_time: Option<String>,
    /// `UCPTtimeZone`, if it has the form known.
    pub time_zone: Option<TimeZoneInfo>,
    /// `UCPTtimeServer1` and `2` as far as they are set.
    pub time_servers: Vec<String>,
    /// `UCPTtimeLastSynched`, as `FRI APR 04 12:57:39 2008`.
    pub last_synchronised: Option<String>,
    /// `UCPTsystemTime` as an instant. In a zone with daylight saving it is known with the help of the
    /// answer's header only: the zone does not tell whether it is in force.
    pub at: Option<Timestamp>,
}

impl SystemTime {
    /// Finds the instant, with the time at which the answer was sent, by the same clock, if that is
    /// known.
    pub(super) fn place(&mut self, sent_at: Option<Timestamp>) {
        // Without an offset it is read as UTC.
        let local = self.system_time.as_deref().and_then(dates::parse);
        let Some((local, zone)) = local.zip(self.time_zone.as_ref()) else { return };
        let with = |minutes: i32| local.checked_sub(SignedDuration::from_mins(minutes.into())).ok();
        let standard = with(zone.offset_minutes);
        let summer = with(zone.offset_minutes.saturating_add(DAYLIGHT_SAVING));
        self.at = match (zone.daylight_saving, sent_at) {
            (Some(false), _) => standard,
            (_, Some(sent_at)) => {
                let is_near = |at: &Timestamp| at.duration_since(sent_at).abs() <= AT_ONCE;
                [standard, summer].into_iter().flatten().find(is_near)
            }
            (_, None) => None,
        };
    }
}

/// A time zone, `name:offset:dst:start:end` (manual 19-5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TimeZoneInfo {
    /// Name for people, as `(GMT-0800) Pacific`.
    pub name: String,
    /// Offset from UTC in minutes, east positive, without daylight saving.
    pub offset_minutes: i32,
    /// Whether the zone has daylight saving.
    pub daylight_saving: Option<bool>,
}

/// Asks for a section. Its argument is an element of its own, no `iLonItem` (manual 19-1).
pub(super) fn request(section: SystemSection) -> Element {
    let kind = text_element("UCPTsystemInfoType", format!("SI_{}", section.element_name()));
    element("SystemService_Read_Info").with_child(element("iLONSystemService").with_child(kind))
}

/// The section in an answer. The manual prints the answer's root without `Response` (19-5) and one
/// client library declares its content as a string: both forms are read, and escaped XML too.
pub(super) fn parse(body: &Element, section: SystemSection) -> Result<Parsed<SystemInfo>, MessageError> {
    if body.name.strip_suffix("Response").unwrap_or(&body.name) != "SystemService_Read_Info" {
        return Err(MessageError::Malformed(format!(
            "{} is no answer to SystemService_Read_Info",
            body.name
        )));
    }
    let outer = body.child("iLONSystemService").or_else(|| body.child("iLonItem")).unwrap_or(body);
    if let Some(Err(fault)) = fault_of(outer).or_else(|| fault_of(body)) {
        return Err(MessageError::GlobalFault(fault));
    }
    let unescaped = escaped_content(outer);
    let outer = unescaped.as_ref().unwrap_or(outer);
    let found = section_in(outer, &section.element_name())
        .or_else(|| only_stranger(outer))
        .ok_or_else(|| MessageError::Malformed(format!("the answer holds no section {section}")))?;
    let entries = entries(found);
    let info = SystemInfo {
        section,
        time: (section == SystemSection::Time).then(|| system_time(found)),
        real_time: (section == SystemSection::RealTime).then(|| RealTime::find(&entries)),
        network: (section == SystemSection::Network).then(|| NetworkInfo::find(&entries)),
        entries,
    };
    Ok(Parsed { value: info, warnings: Vec::new() })
}

/// The element of that name, at this level or the one below.
fn section_in<'a>(outer: &'a Element, name: &str) -> Option<&'a Element> {
    if outer.name == name {
        return Some(outer);
    }
    outer.child(name).or_else(|| outer.elements().find_map(|inner| inner.child(name)))
}

/// The only element, unless it is another section: names of sections are inferred.
fn only_stranger(outer: &Element) -> Option<&Element> {
    let mut all = outer.elements();
    let (only, None) = (all.next()?, all.next()) else { return None };
    let is_section = SystemSection::ALL.iter().any(|section| section.element_name() == only.name);
    (!is_section && only.elements().next().is_some()).then_some(only)
}

/// The document that stands as text in an element.
fn escaped_content(outer: &Element) -> Option<Element> {
    let text = outer.text();
    let is_markup = outer.elements().next().is_none() && text.trim_start().starts_with('<');
    if is_markup { parse_xml(text.trim(), &Limits::REQUEST).ok() } else { None }
}

fn entries(element: &Element) -> Vec<SystemEntry> {
    let content = |child: &Element| match child.elements().next() {
        Some(_) => SystemValue::Entries(entries(child)),
        None => SystemValue::Text(child.text().trim().to_owned()),
    };
    element.elements().map(|child| SystemEntry { name: child.name.clone(), value: content(child) }).collect()
}

fn system_time(section: &Element) -> SystemTime {
    let text = |name| super::item::filled(section, name);
    let servers = ["UCPTtimeServer1", "UCPTtimeServer2"];
    SystemTime {
        system_time: text("UCPTsystemTime"),
        time_zone: text("UCPTtimeZone").and_then(|text| time_zone(&text)),
        time_servers: servers.into_iter().filter_map(text).collect(),
        last_synchronised: text("UCPTtimeLastSynched"),
        at: None,
    }
}

/// Reads from the right: the name may hold a colon, as in `(GMT-08:00)`.
fn time_zone(text: &str) -> Option<TimeZoneInfo> {
    let mut parts = text.rsplitn(5, ':');
    let (_end, _start) = (parts.next()?, parts.next()?);
    let daylight_saving = match parts.next()?.trim() {
        "1" => Some(true),
        "0" => Some(false),
        _ => None,
    };
    let offset_minutes = parts.next()?.trim().parse().ok()?;
    Some(TimeZoneInfo { name: parts.next()?.trim().to_owned(), offset_minutes, daylight_saving })
}

#[cfg(test)]
#[path = "system_info_tests.rs"]
mod tests;
