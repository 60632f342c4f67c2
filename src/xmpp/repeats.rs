use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use tokio::time::Instant;

use crate::xml::Element;

/// How long after a resumption requests may come again.
const WATCH: Duration = Duration::from_secs(30);
/// Requests remembered; with more of them in that time the oldest are not.
const MOST: usize = 16_384;

/// Requests that arrive twice on a resumed stream. ejabberd sends what was not acknowledged on the new
/// session; and what had waited in the output of the old one it routes once more when that ends
/// (`bounce_els_from_obuf` in its ejabberd_bosh.erl). A SmartServer's push, or what a SmartServer is
/// ordered, would be executed twice. Answers need no such care: the second finds nobody waiting.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    until: Option<Instant>,
    seen: HashSet<u64>,
}

impl Repeats {
    /// The stream was resumed.
    pub(crate) fn watch(&mut self, now: Instant) {
        self.until = Some(now + WATCH);
    }

    /// Whether this stanza is a request that came before, to the letter, since the stream was resumed.
    pub(crate) fn is_repeat(&mut self, now: Instant, stanza: &Element) -> bool {
        if self.until.is_none_or(|until| now >= until) {
            self.until = None;
            self.seen = HashSet::new();
            return false;
        }
        let is_request = stanza.name == "iq" && matches!(stanza.attr("type"), Some("get" | "set"));
        if self.seen.len() >= MOST {
            self.seen.clear();
        }
        is_request && !self.seen.insert(hash(stanza))
    }
}

fn hash(stanza: &Element) -> u64 {
    let mut hasher = DefaultHasher::new();
    stanza.to_xml().hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iq(kind: &str, id: &str) -> Element {
        Element::new("jabber:client", "iq").with_attr("type", kind).with_attr("id", id)
    }

    #[test]
    fn a_request_counts_once_while_it_may_come_again() {
        let (mut repeats, now) = (Repeats::default(), Instant::now());
        // Whoever numbers requests badly is served as long as nothing was resumed.
        assert!(!repeats.is_repeat(now, &iq("set", "1")) && !repeats.is_repeat(now, &iq("set", "1")));
        repeats.watch(now);
        assert!(!repeats.is_repeat(now, &iq("set", "1")));
        assert!(repeats.is_repeat(now + WATCH / 2, &iq("set", "1")));
        assert!(!repeats.is_repeat(now, &iq("get", "1")) && !repeats.is_repeat(now, &iq("set", "2")));
        for _ in 0..2 {
            assert!(!repeats.is_repeat(now, &iq("result", "1")));
            assert!(!repeats.is_repeat(now + WATCH, &iq("set", "1")));
        }
    }
}
