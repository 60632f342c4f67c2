use jid::FullJid;

use crate::xml::Element;
use crate::xmpp::outgoing::Outgoing;
use crate::xmpp::{CLIENT, PING};

/// So few stanzas between a ping and its answer are no flood...
const FEW: usize = 8;
/// ...and this after so many pings in a row, at first: contacts answer the server each in its own time, so
/// that the answer to a ping may come before theirs.
const QUIET: u32 = 8;
/// So many times that many pings at most: who is always told so much is not in a flood either.
const ROUNDS: u32 = 8;
/// Twice as many pings each time that the server ended the stream all the same, so many times.
const MOST_DOUBLINGS: u32 = 4;

/// What follows initial presence: the server tells the presence of all contacts at once. On a managed
/// stream ejabberd takes each for not acknowledged, and ends a stream with too many of those
/// (`max_ack_queue`, 5,000 unless set), as often as it begins. So the stream is managed only when the
/// flood is over: when pings are answered with hardly anything in between.
#[derive(Debug)]
pub(crate) struct Flood {
    jid: FullJid,
    /// Seen by the own server only.
    secret: u64,
    pings: u32,
    /// Pings in a row that nothing came between.
    quiet: u32,
    /// So many are enough.
    enough: u32,
    /// Stanzas since the latest ping.
    stanzas: usize,
}

/// What a stanza tells.
#[derive(Debug)]
pub(crate) enum Course {
    /// Nothing; it is for others.
    On,
    /// This ping is to be sent, as the first of all stanzas that wait.
    Ask(Outgoing),
    /// The flood is over.
    Over(FullJid),
}

impl Flood {
    /// The flood that follows the binding of `jid`. `secret`: nobody but the server knows it. `drowned`: how
    /// often the server has ended a stream for what was not acknowledged.
    pub(crate) fn new(jid: FullJid, secret: u64, drowned: u32) -> Self {
        let enough = QUIET << drowned.min(MOST_DOUBLINGS);
        Flood { jid, secret, pings: 0, quiet: 0, enough, stanzas: 0 }
    }

    /// The ping that goes out behind the presence, and each that follows.
    pub(crate) fn ping(&mut self) -> Outgoing {
        (self.pings, self.stanzas) = (self.pings + 1, 0);
        let ping = Element::new(CLIENT, "iq")
            .with_attr("type", "get")
            .with_attr("to", self.jid.domain().as_str())
            .with_attr("id", self.id())
            .with_child(Element::new(PING, "ping"));
        Outgoing::unattended(ping.to_xml())
    }

    /// Takes note of a stanza that arrived.
    pub(crate) fn meets(&mut self, stanza: &Element) -> Course {
        // Whatever the server says, it has answered.
        let answers = matches!(stanza.attr("type"), Some("result" | "error"));
        if stanza.name != "iq" || !answers || stanza.attr("id") != Some(&self.id()) {
            self.stanzas += 1;
            return Course::On;
        }
        self.quiet = if self.stanzas <= FEW { self.quiet + 1 } else { 0 };
        match self.quiet >= self.enough || self.pings >= ROUNDS * self.enough {
            true => Course::Over(self.jid.clone()),
            false => Course::Ask(self.ping()),
        }
    }

    fn id(&self) -> String {
        format!("flood-{:x}-{}", self.secret, self.pings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml;

    fn flood() -> Flood {
        flood_after(0)
    }

    fn flood_after(drowned: u32) -> Flood {
        Flood::new(FullJid::new("noc@nocgate.test/gw").unwrap(), 0x2a, drowned)
    }

    fn stanza(name: &str, kind: &str, id: &str) -> Element {
        Element::new(CLIENT, name).with_attr("type", kind).with_attr("id", id)
    }

    fn answer(to: &Outgoing) -> Element {
        let ping = xml::parse(&to.xml, &xml::Limits::BODY).unwrap();
        stanza("iq", "result", ping.attr("id").unwrap())
    }

    fn presences(flood: &mut Flood, count: usize) {
        let presence = Element::new(CLIENT, "presence");
        (0..count).for_each(|_| assert!(matches!(flood.meets(&presence), Course::On)));
    }

    /// Answers pings with so many stanzas before each, until there is no further one; how many those were.
    fn answered(flood: &mut Flood, mut ping: Outgoing, stanzas: usize) -> u32 {
        for count in 1.. {
            presences(flood, stanzas);
            match flood.meets(&answer(&ping)) {
                Course::Ask(next) => ping = next,
                Course::Over(_) => return count,
                Course::On => panic!("it is an answer"),
            }
        }
        unreachable!()
    }

    #[test]
    fn it_is_over_when_little_comes_between_pings() {
        for (drowned, pings) in [(0, QUIET), (1, 2 * QUIET), (2, 4 * QUIET), (99, 16 * QUIET)] {
            let mut calm = flood_after(drowned);
            let ping = calm.ping();
            assert_eq!(answered(&mut calm, ping, FEW), pings);
        }

        let mut late = flood();
        let mut ping = late.ping();
        for stanzas in [0, 0, FEW + 1] {
            presences(&mut late, stanzas);
            let Course::Ask(next) = late.meets(&answer(&ping)) else { panic!("too early") };
            assert!(matches!(late.meets(&answer(&ping)), Course::On), "that was answered");
            ping = next;
        }
        late.stanzas = 0;
        assert_eq!(answered(&mut late, ping, 0), QUIET);
    }

    #[test]
    fn a_stream_on_which_much_is_said_is_managed_all_the_same() {
        let mut flood = flood();
        let ping = flood.ping();
        assert_eq!(answered(&mut flood, ping, 1_000), ROUNDS * QUIET);
    }

    #[test]
    fn only_its_answer_ends_it() {
        let mut flood = flood();
        flood.ping();
        for (name, kind, id) in
            [("iq", "get", "flood-2a-1"), ("iq", "result", "flood-2b-1"), ("message", "error", "flood-2a-1")]
        {
            assert!(matches!(flood.meets(&stanza(name, kind, id)), Course::On), "{name} {kind} {id}");
        }
        assert!(matches!(flood.meets(&stanza("iq", "error", "flood-2a-1")), Course::Ask(_)));
    }
}
