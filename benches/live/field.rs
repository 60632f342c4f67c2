//! The field of the benchmark: SmartServers with a few data points, one for each kind of answer. Every
//! value tells which SmartServer gave it and as its how manyth answer, so that a wrong, a repeated and
//! a kept answer all show. Written by its own reading of the manual, without the gateway's code.

use std::cell::RefCell;
use std::fmt::Write as _;

use anyhow::{Context as _, bail, ensure};

use crate::scan::text_of;

pub(crate) const DOMAIN: &str = "nocgate.test";
pub(crate) const PASSWORD: &str = "bench";
/// Resource of all SmartServers.
pub(crate) const RESOURCE: &str = "ilon";
/// Sizes of answers, in bytes of their envelope.
pub(crate) const SIZES: [usize; 3] = [500, 2_000, 10_000];

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
const FORMAT: &str = "SNVT_count_f";
/// Answers of one SmartServer that its values tell apart.
const PER_SMARTSERVER: u64 = 10_000_000;

/// A data point: what its answers are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    /// Bytes of the answer's envelope, at least.
    pub(crate) size: usize,
    /// Whether the answer takes 0.5 to 1 s.
    pub(crate) is_slow: bool,
}

impl Point {
    pub(crate) const SMALL: Point = Point { size: SIZES[0], is_slow: false };
    pub(crate) const SLOW: Point = Point { size: SIZES[0], is_slow: true };

    /// All points of a SmartServer.
    pub(crate) fn all() -> Vec<Point> {
        let prompt = SIZES.map(|size| Point { size, is_slow: false });
        prompt.into_iter().chain([Point::SLOW]).collect()
    }

    /// The prompt point with answers of this size.
    pub(crate) fn of_size(size: usize) -> anyhow::Result<Point> {
        ensure!(SIZES.contains(&size), "answers have {SIZES:?} bytes, not {size}");
        Ok(Point { size, is_slow: false })
    }

    pub(crate) fn name(self) -> String {
        let speed = if self.is_slow { "Slow" } else { "Meter" };
        format!("Net/LON/{speed}/nvo{}", self.size)
    }

    /// The `Read` that asks for it now, as large as the gateway's.
    pub(crate) fn request(self) -> String {
        let name = self.name();
        format!(
            "<Envelope xmlns='{ENVELOPE}'><Body><Read xmlns='{MESSAGE}'><iLonItem><Item xmlns:xsi='{XSI}' \
             xsi:type='Dp_Data'><UCPTname>{name}</UCPTname><UCPTmaxAge>0.000</UCPTmaxAge></Item></iLonItem>\
             </Read></Body></Envelope>"
        )
    }

    /// The answer to it, before and after the value.
    pub(crate) fn answer(self) -> (String, String) {
        let head = format!(
            "<Envelope xmlns='{ENVELOPE}'><Body><ReadResponse xmlns='{MESSAGE}'><iLonItem><Item>\
             <UCPTname>{}</UCPTname><UCPTpointStatus>AL_NO_CONDITION</UCPTpointStatus>\
             <UCPTpriority>255</UCPTpriority><UCPTvalue LonFormat='{FORMAT}'>",
            self.name()
        );
        let mut tail = "</UCPTvalue>".to_owned();
        let end = "</Item></iLonItem></ReadResponse></Body></Envelope>";
        let value_bytes = PER_SMARTSERVER.to_string().len();
        while head.len() + value_bytes + tail.len() + end.len() < self.size {
            tail.push_str("<UCPTfiller>3.14</UCPTfiller>");
        }
        tail.push_str(end);
        (head, tail)
    }
}

/// Answer to `List`: every point.
pub(crate) fn listing() -> String {
    let item = |point: Point| format!("<Item><UCPTname>{}</UCPTname></Item>", point.name());
    reply("List", &Point::all().into_iter().map(item).collect::<String>())
}

/// Answer to `Get` of all points, whichever it asks for.
pub(crate) fn configuration() -> String {
    let item = |point: Point| {
        format!(
            "<Item><UCPTname>{}</UCPTname><UCPTformatDescription>{FORMAT}</UCPTformatDescription>\
             <UCPTdirection>DIR_OUT</UCPTdirection></Item>",
            point.name()
        )
    };
    reply("Get", &Point::all().into_iter().map(item).collect::<String>())
}

fn reply(operation: &str, items: &str) -> String {
    format!(
        "<Envelope xmlns='{ENVELOPE}'><Body><{operation}Response xmlns='{MESSAGE}'><iLonItem>{items}</iLonItem>\
         </{operation}Response></Body></Envelope>"
    )
}

/// User part of a SmartServer's JID.
pub(crate) fn user(smartserver: usize) -> String {
    format!("s{smartserver}")
}

pub(crate) fn jid(smartserver: usize) -> String {
    format!("{}@{DOMAIN}/{RESOURCE}", user(smartserver))
}

/// What a SmartServer answers to its so manyth read, counted from 1.
pub(crate) fn value(smartserver: usize, read: u64) -> u64 {
    smartserver as u64 * PER_SMARTSERVER + read % PER_SMARTSERVER
}

/// Which reads go where: each place in flight has SmartServers of its own, which it reads in turn, so
/// that no two reads in flight are for the same one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) in_flight: usize,
    pub(crate) point: Point,
}

impl Plan {
    /// So many SmartServers are read at least.
    const SPREAD: usize = 64;

    /// SmartServers that take part.
    pub(crate) fn smartservers(self) -> usize {
        self.in_flight * Self::SPREAD.div_ceil(self.in_flight)
    }

    /// The SmartServer for the so manyth read of a place.
    pub(crate) fn target(self, place: usize, turn: usize) -> usize {
        (place + turn * self.in_flight) % self.smartservers()
    }
}

/// What was read of each SmartServer last, by whomever.
#[derive(Debug)]
pub(crate) struct Ledger(RefCell<Vec<u64>>);

impl Ledger {
    pub(crate) fn new(smartservers: usize) -> Ledger {
        Ledger(RefCell::new(vec![0; smartservers]))
    }

    /// Checks that a value is the answer of this SmartServer to a question asked just now.
    pub(crate) fn check(&self, smartserver: usize, value: &str) -> anyhow::Result<()> {
        let number =
            value.parse::<u64>().with_context(|| format!("SmartServer {smartserver} gave {value:?}"))?;
        let (from, read) = (number / PER_SMARTSERVER, number % PER_SMARTSERVER);
        let last = &mut self.0.borrow_mut()[smartserver];
        if from != smartserver as u64 {
            bail!("the answer of SmartServer {from} came from {smartserver}");
        }
        ensure!(read > *last, "SmartServer {smartserver} gave answer {read} after {last}", last = *last);
        *last = read;
        Ok(())
    }

    /// Checks an answer's envelope.
    pub(crate) fn check_envelope(&self, smartserver: usize, point: Point, xml: &str) -> anyhow::Result<()> {
        let name = text_of(xml, "UCPTname").context("the answer has no name")?;
        ensure!(name == point.name(), "the answer is for {name}");
        self.check(smartserver, text_of(xml, "UCPTvalue").context("the answer has no value")?)
    }
}

/// An iq of type set.
pub(crate) fn write_iq(
    out: &mut String,
    namespace: &str,
    id: (usize, usize),
    smartserver: usize,
    payload: &str,
) {
    let (place, turn) = id;
    // Writing to a String cannot fail.
    let _ =
        write!(out, "<iq {namespace}type='set' id='{place}-{turn}' to='s{smartserver}@{DOMAIN}/{RESOURCE}'>");
    out.push_str(payload);
    out.push_str("</iq>");
}
