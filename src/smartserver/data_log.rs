use jiff::Timestamp;

use super::item::{filled, name_of};
use super::log_message::{LogFilter, LogPage, cleared, parse, request};
use super::read::{PointData, point_data};
use super::rpc::{Answer, CallError, SmartServerRpc, check_count};
use super::{Selector, SelectorError};
use crate::domain::{DataPointName, ItemFault, LogState};
use crate::xml::Element;
use crate::xmpp::Limits;

/// Property that holds the time of an entry (manual 5-9).
const TIME: &str = "UCPTlastUpdate";

/// An entry of a data log (`UFPTdataLogger_Data`, manual 5-10).
#[derive(Debug, Clone, PartialEq)]
pub struct DataLogEntry {
    /// Name of the data point.
    pub name: String,
    /// Its alias.
    pub alias: Option<String>,
    /// Value, status, priority, and the time of the entry by the SmartServer's clock.
    pub data: PointData,
}

impl SmartServerRpc {
    /// Entries of data logs (`Read`); up to [`super::MOST_ENTRIES`] should be asked for.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn read_data_log(
        &self,
        logs: &[DataPointName],
        filter: &LogFilter,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<LogPage<DataLogEntry>, ItemFault>>, CallError> {
        check_count(logs)?;
        self.call(read_request(logs, filter)?, limits, |body| parse(body, "Read", entry)).await
    }

    /// Removes the entries of a data log, those up to a time only if one is given (`Clear`); gives the
    /// log's state after that, if it is told.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn clear_data_log(
        &self,
        log: &DataPointName,
        until: Option<Timestamp>,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<Option<LogState>, ItemFault>>, CallError> {
        self.call(clear_request(log, until)?, limits, cleared).await
    }
}

pub(super) fn read_request(logs: &[DataPointName], filter: &LogFilter) -> Result<Element, SelectorError> {
    Ok(request("Read", &filter.narrow(entries(), TIME)?, logs))
}

pub(super) fn clear_request(log: &DataPointName, until: Option<Timestamp>) -> Result<Element, SelectorError> {
    let filter = LogFilter { until, ..LogFilter::default() };
    Ok(request("Clear", &filter.narrow(entries(), TIME)?, std::slice::from_ref(log)))
}

fn entries() -> Selector {
    Selector::of("UFPTdataLogger_Data")
}

pub(super) fn entry(item: &Element) -> DataLogEntry {
    DataLogEntry { name: name_of(item), alias: filled(item, "UCPTaliasName"), data: point_data(item) }
}

#[cfg(test)]
#[path = "data_log_tests.rs"]
mod tests;
