use jiff::tz::Offset;

use super::super::engine::{Context, Reply};
use super::super::request::READ_INFO;
use super::super::unit::Unit;
use super::super::wire::{Fault, element, leaf};
use crate::xml::Element;

/// `SystemService_Read_Info` (manual 19-1 to 19-10). The members of `TIME` are the manual's;
/// those of the other sections were not to be had: what they tell is the manual's, their names and
/// `SI_HARDWARE` itself are guesses.
pub(in super::super) fn answer(unit: &Unit, section: &str, context: &mut Context<'_>) -> Reply {
    let members = match section {
        _ if context.behaviour.no_system_info => return unknown(section, context),
        "SI_TIME" => time(unit, context),
        "SI_NETWORK" => network(unit),
        "SI_SECURITY" => leaves(SECURITY),
        "SI_HARDWARE" => leaves(HARDWARE),
        "SI_MAIL" => leaves(MAIL),
        "SI_RTR" => leaves(ROUTER),
        "SI_RTR_STAT" => leaves(ROUTER_STATISTICS),
        "SI_LSPA" => leaves(LSPA),
        "SI_REAL_TIME" => real_time(unit, context),
        _ => return unknown(section, context),
    };
    context.note(section, "ok");
    let name = section.strip_prefix("SI_").unwrap_or(section);
    let service = element("iLONSystemService").with_child(element(name).with_children(members));
    let suffix = if context.behaviour.system_root_with_response { "Response" } else { "" };
    Reply::Body(element(&format!("{READ_INFO}{suffix}")).with_child(service))
}

fn unknown(section: &str, context: &mut Context<'_>) -> Reply {
    context.note(section, "fault 2");
    Reply::SoapFault(Fault::new(2, format!("unknown UCPTsystemInfoType {section}")))
}

const SECURITY: &[(&str, &str)] = &[
    ("UCPThttpAuthentication", "0"),
    ("UCPTftpEnable", "1"),
    ("UCPTtelnetEnable", "0"),
    ("UCPTsslPort", "443"),
];
const HARDWARE: &[(&str, &str)] = &[
    ("UCPTspareBlocksRecommended", "8"),
    ("UCPTeraseRateLimit", "40"),
    ("UCPTprogrammabilityState", "PS_REGISTERED"),
];
const MAIL: &[(&str, &str)] =
    &[("UCPTsmtpServer", "mail.example"), ("UCPTsmtpPort", "25"), ("UCPTsourceAddress", "unit@example")];
const ROUTER: &[(&str, &str)] = &[("UCPTrouterMode", "NORMAL"), ("UCPTipChannelPort", "1628")];
const ROUTER_STATISTICS: &[(&str, &str)] =
    &[("UCPTpacketsForwarded", "90210"), ("UCPTpacketsDropped", "3"), ("UCPTlastReset", "")];
const LSPA: &[(&str, &str)] = &[("UCPTlspaState", "STOPPED"), ("UCPTlspaPackets", "0")];

fn leaves(members: &[(&str, &str)]) -> Vec<Element> {
    members.iter().map(|(name, text)| leaf(name, *text)).collect()
}

/// Local times without an offset, as printed.
fn time(unit: &Unit, context: &Context<'_>) -> Vec<Element> {
    let offset = Offset::from_seconds(unit.utc_offset).unwrap_or(Offset::UTC);
    let now = context.now.checked_add(context.behaviour.clock_error).unwrap_or(context.now);
    let now = now.to_zoned(offset.to_time_zone());
    let synched = now.strftime("%a %b %d %H:00:00 %Y").to_string().to_uppercase();
    vec![
        leaf("UCPTtimeServer1", "192.0.2.21"),
        leaf("UCPTtimeServer2", "192.0.2.22"),
        leaf("UCPTtimeLastSynched", synched),
        leaf("UCPTsystemTime", now.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
        leaf("UCPTtimeZone", zone(unit.utc_offset)),
    ]
}

/// `(GMT-0800) Pacific:-480:1:…` in the manual; here without daylight saving time.
fn zone(utc_offset: i32) -> String {
    let minutes = utc_offset / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hour, minute) = (minutes.abs() / 60, minutes.abs() % 60);
    format!("(GMT{sign}{hour:02}{minute:02}) Site:{minutes}:0:0.0.0.0:0.0.0.0")
}

fn network(unit: &Unit) -> Vec<Element> {
    vec![
        leaf("UCPTipAddress", unit.ip_address()),
        leaf("UCPTsubnetMask", "255.255.255.0"),
        leaf("UCPTgateway", "192.0.2.1"),
        leaf("UCPTdnsServer1", "192.0.2.2"),
        leaf("UCPTdnsServer2", "192.0.2.3"),
        leaf("UCPThostName", "SmartServer"),
        leaf("UCPTmacAddress", unit.mac.to_string()),
        leaf("UCPTipV6Address", "2001:db8::17"),
    ]
}

fn real_time(unit: &Unit, context: &Context<'_>) -> Vec<Element> {
    let minutes = context.now.duration_since(unit.booted).as_mins().max(0);
    vec![
        leaf("UCPTlogTime", context.stamp(unit, context.now)),
        leaf("UCPTminutesSinceBoot", minutes.to_string()),
        leaf("UCPTcpuUsage", (7 + unit.polls % 20).to_string()),
        leaf("UCPTfreeFlash", "28311552"),
        leaf("UCPTspareBlocks", "38"),
        leaf("UCPTeraseRate", "2"),
        leaf("UCPTfreeRam", "36175872"),
        leaf("UCPTlargestRamBlock", "33554432"),
    ]
}
