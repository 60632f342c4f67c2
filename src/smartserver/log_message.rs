//! What the messages of data logs and alarm logs have in common.

use jiff::Timestamp;

use super::item::{MessageError, Parsed, Reply, fault_of, filled, item, message, name_of, text_element};
use super::{Bound, Selector, SelectorError, dates};
use crate::domain::{DataPointName, ItemFault, LogState};
use crate::xml::{Element, XSI};

/// Most entries that one message may ask for (manual 7-19).
pub const MOST_ENTRIES: usize = 100;
/// Most bytes of an answer as expected: a common limit of XMPP servers is 64 kB a stanza.
const ANSWER_BYTES: usize = 58_000;
/// Bytes of an entry as expected, beside the name of its log.
const ENTRY_BYTES: usize = 900;
/// "No data": what some answer in the place of an empty log.
const NO_DATA: i32 = 15;

/// Which entries of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogFilter {
    /// From this time on.
    pub since: Option<Timestamp>,
    /// Up to this time, which is included.
    pub until: Option<Timestamp>,
    /// Of this data point only.
    pub point: Option<DataPointName>,
    /// Which of those that are left.
    pub positions: Option<LogPositions>,
}

/// Positions among the entries that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPositions {
    /// The first ones, see [`Selector::first`].
    First(usize),
    /// From one to another, see [`Selector::positions`].
    Range(usize, usize),
    /// The last ones, see [`Selector::last`].
    Last(usize),
}

/// Entries of a log, in its order, with what is told of the log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogPage<T> {
    /// The logs' states, one for each log that was asked for and is there.
    pub states: Vec<LogState>,
    /// Entries.
    pub entries: Vec<T>,
}

/// How many entries of a log one message should ask for, so that the answer is carried. Each entry names
/// the log once or twice (manual 5-10, 7-20).
pub fn entries_a_message(log: &DataPointName) -> usize {
    (ANSWER_BYTES / (ENTRY_BYTES + 2 * log.as_str().len())).min(MOST_ENTRIES)
}

impl LogFilter {
    /// The selector of the entries of a log; times are those in `time`.
    pub(super) fn narrow(&self, selector: Selector, time: &'static str) -> Result<Selector, SelectorError> {
        let mut selector = selector;
        if let Some(point) = &self.point {
            selector = selector.property_is("UCPTpointName", point.as_str())?;
        }
        if let Some(since) = self.since {
            selector = selector.time(time, Bound::From(since));
        }
        if let Some(until) = self.until {
            selector = selector.time(time, Bound::To(until));
        }
        Ok(match self.positions {
            None => selector,
            Some(LogPositions::First(count)) => selector.first(count),
            Some(LogPositions::Range(from, to)) => selector.positions(from, to),
            Some(LogPositions::Last(count)) => selector.last(count),
        })
    }
}

/// `Read` or `Clear` of what a selector selects in these logs.
pub(super) fn request(operation: &str, selector: &Selector, logs: &[DataPointName]) -> Element {
    let selector = text_element("xSelect", selector.to_string());
    let logs = logs.iter().map(|log| item(None, log.as_str()));
    message(operation, [selector].into_iter().chain(logs))
}

/// States and entries of an answer, or the fault that stands in the place of all of them: one log, or one
/// entry, that cannot be read hides no other.
pub(super) fn parse<T>(
    body: &Element,
    operation: &str,
    entry: impl Fn(&Element) -> T,
) -> Result<Parsed<Result<LogPage<T>, ItemFault>>, MessageError> {
    let (reply, page, refusal) = open(body, operation, entry)?;
    let is_bare = page.states.is_empty() && page.entries.is_empty();
    Ok(reply.parsed(refusal.filter(|_| is_bare).map_or(Ok(page), Err)))
}

/// What a `Clear` left, or why it was refused. An answer that neither counts faults nor names anything
/// leaves open what was done.
pub(super) fn cleared(body: &Element) -> Result<Parsed<Result<Option<LogState>, ItemFault>>, MessageError> {
    let (reply, page, refusal) = open(body, "Clear", |_| ())?;
    if reply.fault_count.is_none() && reply.items.is_empty() {
        return Err(MessageError::Malformed("the answer does not tell what was done".to_owned()));
    }
    Ok(reply.parsed(refusal.map_or(Ok(page.states.into_iter().next()), Err)))
}

/// An answer with its states, entries and first fault.
type Opened<'a, T> = (Reply<'a>, LogPage<T>, Option<ItemFault>);

fn open<'a, T>(
    body: &'a Element,
    operation: &str,
    entry: impl Fn(&Element) -> T,
) -> Result<Opened<'a, T>, MessageError> {
    let reply = Reply::open(body, operation)?;
    if reply.hides_faults() {
        return Err(MessageError::Malformed("the answer counts more faults than it names".to_owned()));
    }
    let mut page = LogPage { states: Vec::new(), entries: Vec::new() };
    let mut refusal = None;
    for item in &reply.items {
        match fault_of(item) {
            Some(Err(fault)) if fault.code == NO_DATA => {}
            Some(Err(fault)) => refusal = refusal.or(Some(fault)),
            _ if is_state(item) => page.states.push(state(item)),
            _ => page.entries.push(entry(item)),
        }
    }
    Ok((reply, page, refusal))
}

/// Whether an item tells of a log: a `…_Meta_Data`, or the `…_ClearResponse` made of one (WSDL).
fn is_state(item: &Element) -> bool {
    let kind = item.attr_ns(XSI, "type").unwrap_or_default();
    kind.ends_with("_Meta_Data") || kind.ends_with("_ClearResponse") || item.child("UCPTtotalCount").is_some()
}

fn state(item: &Element) -> LogState {
    let time = |name| filled(item, name).and_then(|text| dates::parse(&text));
    let count = |name| filled(item, name).and_then(|text| text.parse().ok());
    let level = filled(item, "UCPTlogLevel").and_then(|text| text.parse().ok());
    LogState {
        name: name_of(item),
        first_at: time("UCPTstart"),
        last_at: time("UCPTstop"),
        modifications: count("UCPTmodificationNumber"),
        level_percent: level.filter(|level: &f64| level.is_finite()),
        total: count("UCPTtotalCount"),
    }
}
