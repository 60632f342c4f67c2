use std::fmt;
use std::str::FromStr;

/// A MAC ID, written as a SmartServer prints it: `00-D0-71-02-0A-18` (manual 19-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(u64);

/// Not a MAC ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a MAC ID is six pairs of hexadecimal digits with hyphens between, not {0:?}")]
pub struct BadMac(String);

impl Mac {
    /// The default of the first SmartServer: the manufacturer's range.
    pub const FIRST: Mac = Mac(0x00d0_7102_0a01);

    /// The MAC ID `n` places after this one.
    #[must_use]
    pub fn plus(self, n: usize) -> Mac {
        Mac(self.0.wrapping_add(n as u64) & 0xffff_ffff_ffff)
    }

    /// Twelve hexadecimal digits that stand for the unit in headers (manual 2-6).
    pub(super) fn unique_id(self) -> String {
        format!("0300{:08x}", self.0 & 0xffff_ffff)
    }

    pub(super) fn last_byte(self) -> u8 {
        self.0.to_be_bytes()[7]
    }
}

/// The MAC IDs of a fleet: `count` in a row from `first`.
pub fn macs(first: Mac, count: usize) -> Vec<Mac> {
    (0..count).map(|n| first.plus(n)).collect()
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, _, a, b, c, d, e, g] = self.0.to_be_bytes();
        write!(f, "{a:02X}-{b:02X}-{c:02X}-{d:02X}-{e:02X}-{g:02X}")
    }
}

impl FromStr for Mac {
    type Err = BadMac;

    fn from_str(text: &str) -> Result<Self, BadMac> {
        let parts: Vec<&str> = text.split(['-', ':']).collect();
        let pairs = parts.len() == 6 && parts.iter().all(|part| part.len() == 2);
        let digits = text.chars().all(|c| c.is_ascii_hexdigit() || matches!(c, '-' | ':'));
        let number = u64::from_str_radix(&parts.concat(), 16).ok().filter(|_| pairs && digits);
        number.map(Mac).ok_or_else(|| BadMac(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_counts_up_from_the_first() {
        let first: Mac = "00-d0-71-02-0a-ff".parse().unwrap();
        let texts: Vec<String> = macs(first, 2).iter().map(Mac::to_string).collect();
        assert_eq!(texts, ["00-D0-71-02-0A-FF", "00-D0-71-02-0B-00"]);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "00-D0-71-02-0A",
            "00-D0-71-02-0A-1",
            "00D071020A18",
            "00-D0-71-02-0A-GG",
            "+0-D0-71-02-0A-18",
        ] {
            assert!(text.parse::<Mac>().is_err(), "{text}");
        }
    }
}
