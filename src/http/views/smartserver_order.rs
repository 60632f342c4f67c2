use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::gateway::{SmartServerOrder, SmartServerPlace, SmartServerSort};
use crate::http::cursor;
use crate::http::problem::HttpError;

/// By what SmartServers are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SmartServerSort)]
pub(crate) enum SortView {
    #[default]
    Key,
    Name,
    Site,
    Health,
    LastAnswer,
    LastPush,
    RoundTrip,
    DataPoints,
    Alarms,
    Queued,
}

/// In which direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SortOrder)]
pub(crate) enum DirectionView {
    #[default]
    Asc,
    Desc,
}

super::reading::same_words!(SortView, SmartServerSort:
    Key, Name, Site, Health, LastAnswer, LastPush, RoundTrip, DataPoints, Alarms, Queued);

/// An order as callers ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct OrderView {
    pub(crate) sort: SortView,
    pub(crate) order: DirectionView,
}

/// What the cursor of any order holds but that of keys, which is the last key alone.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    #[serde(flatten)]
    order: OrderView,
    last: SmartServerPlace,
}

impl From<OrderView> for SmartServerOrder {
    fn from(OrderView { sort, order }: OrderView) -> Self {
        SmartServerOrder { by: sort.into(), descending: order == DirectionView::Desc }
    }
}

impl OrderView {
    /// Reads a cursor of this order.
    pub(crate) fn place(self, cursor: Option<&str>) -> Result<Option<SmartServerPlace>, HttpError> {
        if self == OrderView::default() {
            return Ok(cursor::decode(cursor)?.map(SmartServerPlace::of_key));
        }
        match cursor::decode(cursor)? {
            Some(Position { order, .. }) if order != self => {
                Err(HttpError::Query("cursor: that of another `sort` or `order`".into()))
            }
            position => Ok(position.map(|position| position.last)),
        }
    }

    /// Makes a place in this order a cursor.
    pub(crate) fn cursor(self, last: SmartServerPlace) -> String {
        if self == OrderView::default() {
            return cursor::encode(&last.key);
        }
        cursor::encode(&Position { order: self, last })
    }
}
