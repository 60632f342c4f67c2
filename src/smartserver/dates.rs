use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// Reads a time as SmartServers and their manual write it: `2013-10-17T01:45:06.494+09:00`, with `Z`
/// or nothing for UTC (manual 4-7), with an offset of one digit (`-8:00`, manual 7-23), with blanks
/// around it or in place of the `T`. `None` for anything else, `0000-00-00` included.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let rest = rest.trim();
    let (time, offset) = match rest.find(['Z', 'z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let at = DateTime::from_parts(parse_date(date)?, parse_time(time.trim())?);
    parse_offset(offset.trim())?.to_timestamp(at).ok()
}

fn parse_date(text: &str) -> Option<Date> {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().filter(|year| year.len() == 4).and_then(number)?;
    Date::new(i16::try_from(year).ok()?, small(parts.next())?, small(parts.next())?).ok()
}

fn parse_time(text: &str) -> Option<Time> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = clock.splitn(3, ':');
    let (hour, minute) = (small(parts.next())?, small(parts.next())?);
    let second = parts.next().map_or(Some(0), |second| small(Some(second)))?;
    Time::new(hour, minute, second, nanoseconds(fraction)?).ok()
}

fn nanoseconds(fraction: &str) -> Option<i32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    digits.parse().ok()
}

fn parse_offset(text: &str) -> Option<Offset> {
    let Some(sign) = text.chars().next().filter(|c| !matches!(c, 'Z' | 'z')) else {
        return (text.len() <= 1).then_some(Offset::UTC);
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let seconds = number(hours)? * 3600 + number(minutes).filter(|m| *m < 60)? * 60;
    Offset::from_seconds(if sign == '-' { -seconds } else { seconds }).ok()
}

fn small(text: Option<&str>) -> Option<i8> {
    i8::try_from(number(text?)?).ok()
}

/// A whole number of one to four digits.
fn number(text: &str) -> Option<i32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn reads_every_form_seen() {
        for (text, utc) in [
            ("2013-10-17T01:45:06.494+09:00", "2013-10-16T16:45:06.494Z"),
            ("2012-05-08T07:02:11Z", "2012-05-08T07:02:11Z"),
            ("2012-05-08T07:02:11", "2012-05-08T07:02:11Z"),
            ("2008-02-01T10:38:30.000-8:00", "2008-02-01T18:38:30Z"),
            (" 2008-02-01T10:38:30 ", "2008-02-01T10:38:30Z"),
            ("2008-02-01 10:38:30.5 +0130", "2008-02-01T09:08:30.5Z"),
            ("2008-02-01T10:38:30.1234567891-08", "2008-02-01T18:38:30.123456789Z"),
            ("2008-02-01T10:38", "2008-02-01T10:38:00Z"),
        ] {
            assert_eq!(parse(text), Some(utc.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            "T",
            "2008-02-01",
            "0000-00-00T00:00:00Z",
            "2008-02-30T00:00:00Z",
            "2008-02-01T25:00:00Z",
            "2008-02-01T10:38:30Zulu",
            "2008-02-01T10:38:30+99:00",
            "2008-02-01T10:38:30+1:99",
            "2008-02-01T10:38:30.x",
            "2008-02-01T10:38:30.",
            "-008-02-01T10:38:30",
            "FRI APR 04 12:57:39 2008",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn never_panics(text in "\\PC{0,40}", time in "[-0-9:.+TZ é]{0,30}") {
            let _ = (parse(&text), parse(&time));
        }
    }
}
