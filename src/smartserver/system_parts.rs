//! What can be understood of sections whose elements' names are not known: they are found by parts of
//! their names and by what they hold. The manual tells what the sections are about (19-2, 19-9).

use std::net::IpAddr;

use serde::Serialize;

use super::system_info::{SystemEntry, SystemValue};

/// Load and memory.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RealTime {
    /// Minutes since the SmartServer started.
    pub minutes_since_boot: Option<u64>,
    /// Load of its processor in percent.
    pub cpu_percent: Option<f64>,
    /// Free flash memory in bytes.
    pub free_flash_bytes: Option<u64>,
    /// Free working memory in bytes.
    pub free_ram_bytes: Option<u64>,
    /// Largest free piece of working memory in bytes.
    pub largest_ram_block_bytes: Option<u64>,
}

/// Addresses.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NetworkInfo {
    /// Its own IP addresses.
    pub addresses: Vec<String>,
    /// Mask of its network.
    pub netmask: Option<String>,
    /// Its router.
    pub gateway: Option<String>,
    /// Servers for names.
    pub dns: Vec<String>,
    /// Its name.
    pub host_name: Option<String>,
    /// Its MAC ID.
    pub mac: Option<String>,
}

impl RealTime {
    pub(super) fn find(entries: &[SystemEntry]) -> RealTime {
        let texts = texts(entries);
        let number = |all: &[&str], none: &[&str]| {
            let fits =
                |name: &str| all.iter().all(|p| name.contains(p)) && !none.iter().any(|p| name.contains(p));
            texts.iter().filter(|(name, _)| fits(name)).find_map(|(_, text)| leading_number(text))
        };
        let whole = |found: Option<f64>| found.filter(|n| (0.0..1e15).contains(n)).map(|n| n as u64);
        let minutes = number(&["boot"], &["count", "version"])
            .or_else(|| number(&["uptime"], &[]))
            // Flash memory is erased so many times a minute.
            .or_else(|| number(&["minute"], &["rate", "per"]));
        RealTime {
            minutes_since_boot: whole(minutes),
            cpu_percent: number(&["cpu"], &[]).filter(|n| (0.0..=100.0).contains(n)),
            free_flash_bytes: whole(number(&["flash", "free"], &["block"])),
            free_ram_bytes: whole(
                number(&["ram", "free"], &["block", "largest"])
                    .or_else(|| number(&["mem", "free"], &["block", "largest"])),
            ),
            largest_ram_block_bytes: whole(
                number(&["largest", "ram"], &[]).or_else(|| number(&["largest", "block"], &["flash"])),
            ),
        }
    }
}

impl NetworkInfo {
    pub(super) fn find(entries: &[SystemEntry]) -> NetworkInfo {
        let mut found = NetworkInfo::default();
        for (name, text) in texts(entries) {
            let text = text.trim().to_owned();
            let is_address = text.parse::<IpAddr>().is_ok_and(|address| !address.is_unspecified());
            if is_mac(&text) {
                found.mac = found.mac.or(Some(text));
            } else if name.contains("dns") {
                found.dns.extend(is_address.then_some(text));
            } else if name.contains("mask") {
                found.netmask = found.netmask.or(is_address.then_some(text));
            } else if name.contains("gateway") {
                found.gateway = found.gateway.or(is_address.then_some(text));
            } else if is_address {
                found.addresses.push(text);
            } else if name.contains("host") && !text.is_empty() {
                found.host_name = found.host_name.or(Some(text));
            }
        }
        found
    }
}

/// Six pairs of hexadecimal digits, joined by hyphens or colons (manual 19-2).
fn is_mac(text: &str) -> bool {
    let pairs: Vec<&str> = text.split(['-', ':']).collect();
    pairs.len() == 6 && pairs.iter().all(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Names in lower case with texts, those of elements inside elements too.
fn texts(entries: &[SystemEntry]) -> Vec<(String, &str)> {
    let mut all = Vec::new();
    for SystemEntry { name, value } in entries {
        match value {
            SystemValue::Text(text) => all.push((name.to_lowercase(), text.as_str())),
            SystemValue::Entries(inner) => all.extend(texts(inner)),
        }
    }
    all
}

/// The number at the start of a text, as of `12 %`; none of a time or date.
fn leading_number(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    let is_unit = rest.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '%'));
    number.parse().ok().filter(|n: &f64| is_unit && n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(all: &[(&str, &str)]) -> Vec<SystemEntry> {
        let entry = |(name, text): &(&str, &str)| SystemEntry {
            name: (*name).to_owned(),
            value: SystemValue::Text((*text).to_owned()),
        };
        all.iter().map(entry).collect()
    }

    #[test]
    fn load_is_found_whatever_the_names() {
        for (names, unit) in [
            (
                [
                    "UCPTlogTime",
                    "UCPTminutesSinceBoot",
                    "UCPTcpuUsage",
                    "UCPTfreeFlash",
                    "UCPTfreeRam",
                    "UCPTlargestRamBlock",
                ],
                "",
            ),
            (
                [
                    "UCPTlogTimeBoot",
                    "UCPTtimeSinceBoot",
                    "CPULoad",
                    "UCPTflashBytesFree",
                    "UCPTfreeMemory",
                    "UCPTmaxLargestBlock",
                ],
                " ",
            ),
            (
                [
                    "UCPTlogTime",
                    "UCPTuptimeMin",
                    "UCPTCPU",
                    "FreeFlashBytes",
                    "RamFree",
                    "UCPTlargestFreeRam",
                ],
                " %",
            ),
            (
                ["UCPTlogTime", "UCPTminutes", "UCPTCPU", "FreeFlashBytes", "RamFree", "UCPTlargestFreeRam"],
                " bytes",
            ),
        ] {
            let texts = ["2026-05-08T12:00:00", "601", "12", "28311552", "36175872", "33554432"];
            let mut all: Vec<_> =
                names.into_iter().zip(texts).map(|(name, text)| (name, format!("{text}{unit}"))).collect();
            all[0].1 = texts[0].to_owned();
            all.push(("UCPTfreeFlashBlocks", "7".to_owned()));
            let all: Vec<_> = all.iter().map(|(name, text)| (*name, text.as_str())).collect();
            let expected = RealTime {
                minutes_since_boot: Some(601),
                cpu_percent: Some(12.0),
                free_flash_bytes: Some(28_311_552),
                free_ram_bytes: Some(36_175_872),
                largest_ram_block_bytes: Some(33_554_432),
            };
            assert_eq!(RealTime::find(&entries(&all)), expected, "{names:?}");
        }
    }

    #[test]
    fn a_rate_is_no_time_since_the_start() {
        let all = [("UCPTerasesPerMinute", "2"), ("UCPTeraseRateMinute", "3"), ("UCPTminutes", "601")];
        assert_eq!(RealTime::find(&entries(&all)).minutes_since_boot, Some(601));
        assert_eq!(RealTime::find(&entries(&all[..2])).minutes_since_boot, None);
    }

    #[test]
    fn what_is_no_number_is_not_guessed() {
        let all = [("UCPTminutesSinceBoot", "2026-05-08T12:00"), ("UCPTcpu", "300"), ("UCPTfreeRam", "-1")];
        assert_eq!(RealTime::find(&entries(&all)), RealTime::default());
        assert_eq!(RealTime::find(&[]), RealTime::default());
    }

    #[test]
    fn addresses_are_known_by_what_they_are() {
        let mut all = entries(&[
            ("UCPTsubnetMask", "255.255.255.0"),
            ("UCPTdefaultGateway", "192.0.2.1"),
            ("UCPTdns1", "192.0.2.2"),
            ("UCPTdns2", "0.0.0.0"),
            ("UCPThostName", "SmartServer"),
            ("UCPTethernetId", "00-D0-71-02-0A-18"),
        ]);
        let inner = entries(&[("Address", "192.0.2.17"), ("V6", "2001:db8::17")]);
        all.push(SystemEntry { name: "Interface".into(), value: SystemValue::Entries(inner) });
        let expected = NetworkInfo {
            addresses: vec!["192.0.2.17".into(), "2001:db8::17".into()],
            netmask: Some("255.255.255.0".into()),
            gateway: Some("192.0.2.1".into()),
            dns: vec!["192.0.2.2".into()],
            host_name: Some("SmartServer".into()),
            mac: Some("00-D0-71-02-0A-18".into()),
        };
        assert_eq!(NetworkInfo::find(&all), expected);
    }
}
