use std::rc::Rc;

use anyhow::{Context as _, ensure};
use tokio::time::Instant;

use crate::field::{self, Plan};
use crate::measure::Run;
use crate::scan::attribute;

/// The reads that a raw client has in flight.
#[derive(Debug)]
pub(crate) struct Places {
    plan: Plan,
    /// Namespace declaration of an iq, with a blank behind it, where it needs one.
    namespace: &'static str,
    payload: String,
    run: Rc<Run>,
    places: Vec<Place>,
    out: usize,
}

#[derive(Debug, Clone)]
struct Place {
    turn: usize,
    /// SmartServer asked and when, while there is no answer.
    asked: Option<(usize, Instant)>,
}

impl Places {
    pub(crate) fn new(plan: Plan, namespace: &'static str, run: Rc<Run>) -> Places {
        let places = vec![Place { turn: 0, asked: None }; plan.in_flight];
        Places { plan, namespace, payload: plan.point.request(), run, places, out: 0 }
    }

    /// Whether nothing is in flight.
    pub(crate) fn is_idle(&self) -> bool {
        self.out == 0
    }

    /// Writes the next read of a place.
    pub(crate) fn ask(&mut self, place: usize, out: &mut String) {
        let at = &mut self.places[place];
        at.turn += 1;
        let smartserver = self.plan.target(place, at.turn);
        at.asked = Some((smartserver, Instant::now()));
        self.out += 1;
        field::write_iq(out, self.namespace, (place, at.turn), smartserver, &self.payload);
    }

    /// Takes an iq in; gives the place that is free now and shall be used again.
    pub(crate) fn answered(&mut self, tag: &str, rest: &str) -> Option<usize> {
        let (place, turn) = attribute(tag, "id")?.split_once('-')?;
        let (place, turn) = (place.parse::<usize>().ok()?, turn.parse::<usize>().ok()?);
        let at = self.places.get_mut(place).filter(|at| at.turn == turn)?;
        let (smartserver, sent) = at.asked.take()?;
        self.out -= 1;
        self.run.answered(sent, self.check(smartserver, tag, rest));
        (!self.run.is_over()).then_some(place)
    }

    fn check(&self, smartserver: usize, tag: &str, rest: &str) -> anyhow::Result<()> {
        let from = attribute(tag, "from").context("no sender")?;
        ensure!(from == field::jid(smartserver), "SmartServer {smartserver} was asked, {from} answered");
        ensure!(attribute(tag, "type") == Some("result"), "{tag} {rest}");
        self.run.ledger.check_envelope(smartserver, self.plan.point, rest)
    }
}
