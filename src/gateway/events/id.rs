use std::fmt;
use std::str::FromStr;

use super::ring::Mark;

/// Longest name of a run.
const LONGEST_RUN: usize = 16;

/// Id of an event as listeners know it: how far journal and ring had come with it, and the run of the process
/// that the ring belongs to, as in `1234-5678-5f3e9a01`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventId {
    pub(super) mark: Mark,
    pub(super) run: String,
}

/// After what a listener wants to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// After this moment.
    Present,
    /// After the event with this id.
    Event(EventId),
    /// After something that is no id of an event.
    Unreadable,
}

impl After {
    /// What the text of a `Last-Event-ID` means; an empty one stands for none.
    pub fn from_text(text: Option<&str>) -> After {
        match text.map(str::trim) {
            None | Some("") => After::Present,
            Some(text) => text.parse().map_or(After::Unreadable, After::Event),
        }
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.mark.journal, self.mark.ring, self.run)
    }
}

impl FromStr for EventId {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().ok_or(());
        let (journal, ring, run) = (number(part()?)?, number(part()?)?, part()?);
        let is_run = (1..=LONGEST_RUN).contains(&run.len()) && run.bytes().all(|b| b.is_ascii_alphanumeric());
        let journal = i64::try_from(journal).map_err(drop)?;
        is_run.then(|| EventId { mark: Mark { journal, ring }, run: run.to_owned() }).ok_or(())
    }
}

/// Digits only: `u64` would take a sign too.
fn number(text: &str) -> Result<u64, ()> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().map_err(drop) } else { Err(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = EventId { mark: Mark { journal: 1234, ring: 5678 }, run: "5f3e9a01".into() };
        assert_eq!(id.to_string(), "1234-5678-5f3e9a01");
        assert_eq!(After::from_text(Some("1234-5678-5f3e9a01")), After::Event(id));
        assert_eq!(After::from_text(None), After::Present);
        assert_eq!(After::from_text(Some(" ")), After::Present);
    }

    #[test]
    fn anything_else_is_no_id() {
        for text in [
            "7",
            "1-2",
            "1-2-",
            "-1-2-a",
            "1-2-a-b",
            "1--a",
            "+1-2-a",
            "1-2-ä",
            "x-2-a",
            "1-2-0123456789abcdefg",
            "99999999999999999999-1-a",
            "9223372036854775808-1-a",
        ] {
            assert_eq!(After::from_text(Some(text)), After::Unreadable, "{text}");
        }
    }
}
