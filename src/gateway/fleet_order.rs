//! The order of a list of SmartServers: pure.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::HealthState;

/// In what order SmartServers are listed; those that are equal in it, in the order of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SmartServerOrder {
    /// By what.
    pub by: SmartServerSort,
    /// Whether from the largest to the smallest.
    pub descending: bool,
}

/// By what SmartServers are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SmartServerSort {
    /// Key.
    #[default]
    Key,
    /// Name, in any case.
    Name,
    /// Site, in any case.
    Site,
    /// Health, the worst first; among equals the one first that did not answer for longest.
    Health,
    /// When a call was last answered.
    LastAnswer,
    /// When it last pushed values.
    LastPush,
    /// 95th percentile of the recent round trips.
    RoundTrip,
    /// Data points in its inventory.
    DataPoints,
    /// Active alarms.
    Alarms,
    /// Calls that wait for their turn.
    Queued,
}

/// What a SmartServer is sorted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SortValue {
    /// A number, or a time in milliseconds.
    Number(i64),
    /// How urgent its health is, and when it last answered.
    Health(u8, i64),
    /// A text.
    Text(String),
}

/// Where a SmartServer stands in a list, whatever becomes of it and of the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmartServerPlace {
    /// What it is sorted by; those without are last in either direction.
    pub value: Option<SortValue>,
    /// Its key, which no other one has.
    pub key: String,
}

impl SmartServerPlace {
    /// The place in the order of keys.
    pub fn of_key(key: String) -> SmartServerPlace {
        SmartServerPlace { value: Some(SortValue::Text(key.clone())), key }
    }
}

impl SmartServerOrder {
    /// Which of two places comes first.
    pub(super) fn compare(self, one: &SmartServerPlace, other: &SmartServerPlace) -> Ordering {
        let values = match (&one.value, &other.value) {
            (Some(one), Some(other)) if self.descending => other.cmp(one),
            (Some(one), Some(other)) => one.cmp(other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        };
        values.then_with(|| one.key.cmp(&other.key))
    }
}

impl SortValue {
    pub(super) fn text(text: &str) -> SortValue {
        SortValue::Text(text.to_lowercase())
    }

    pub(super) fn count(count: usize) -> SortValue {
        SortValue::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }

    pub(super) fn time(at: Timestamp) -> SortValue {
        SortValue::Number(at.as_millisecond())
    }

    /// One that never answered did not answer for longest.
    pub(super) fn health(state: HealthState, last_answer: Option<Timestamp>) -> SortValue {
        let urgency = match state {
            HealthState::Offline => 0,
            HealthState::Degraded => 1,
            HealthState::NeverSeen => 2,
            HealthState::Online => 3,
        };
        SortValue::Health(urgency, last_answer.map_or(i64::MIN, Timestamp::as_millisecond))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const UP: SmartServerOrder = SmartServerOrder { by: SmartServerSort::Site, descending: false };
    const DOWN: SmartServerOrder = SmartServerOrder { descending: true, ..UP };

    fn place(key: &str, value: Option<SortValue>) -> SmartServerPlace {
        SmartServerPlace { value, key: key.to_owned() }
    }

    fn keys(order: SmartServerOrder, mut places: Vec<SmartServerPlace>) -> Vec<String> {
        places.sort_by(|one, other| order.compare(one, other));
        places.into_iter().map(|place| place.key).collect()
    }

    #[test]
    fn those_without_the_value_are_last_and_equals_are_in_the_order_of_their_keys() {
        let site = |key: &str, site: Option<&str>| place(key, site.map(SortValue::text));
        let places = || {
            vec![
                site("d", None),
                site("c", Some("beta")),
                site("a", Some("Beta")),
                site("b", Some("Alpha")),
                site("e", None),
            ]
        };
        assert_eq!(keys(UP, places()), ["b", "a", "c", "d", "e"]);
        assert_eq!(keys(DOWN, places()), ["a", "c", "b", "d", "e"]);
    }

    #[test]
    fn the_worst_health_is_first_and_within_it_the_longest_silence() {
        let at = |second: i64| Timestamp::from_second(second).ok();
        let health = |key: &str, state, answer| place(key, Some(SortValue::health(state, answer)));
        let places = || {
            vec![
                health("online", HealthState::Online, at(9)),
                health("never seen", HealthState::NeverSeen, None),
                health("degraded", HealthState::Degraded, at(1)),
                health("gone lately", HealthState::Offline, at(2)),
                health("gone long ago", HealthState::Offline, at(1)),
                health("only pushed", HealthState::Offline, None),
            ]
        };
        let worst_first = ["only pushed", "gone long ago", "gone lately", "degraded", "never seen", "online"];
        assert_eq!(keys(UP, places()), worst_first);
        let best_first: Vec<_> = worst_first.into_iter().rev().collect();
        assert_eq!(keys(DOWN, places()), best_first);
    }

    #[test]
    fn a_place_survives_a_cursor() {
        let values =
            [SortValue::Number(-1), SortValue::health(HealthState::Offline, None), SortValue::text("Ä [1]")];
        for value in values.map(Some).into_iter().chain([None]) {
            let place = place("k", value);
            let text = serde_json::to_string(&place).unwrap();
            assert_eq!(serde_json::from_str::<SmartServerPlace>(&text).unwrap(), place, "{text}");
        }
    }

    proptest! {
        /// Whatever the values: pages that begin after the last place of the one before are the whole list.
        #[test]
        fn pages_are_the_list(
            values in prop::collection::vec(prop::option::of(-2i64..3), 0..20),
            size in 1usize..6,
            descending: bool,
        ) {
            let order = SmartServerOrder { descending, ..UP };
            let numbered = values.into_iter().enumerate();
            let mut all: Vec<_> =
                numbered.map(|(n, value)| place(&n.to_string(), value.map(SortValue::Number))).collect();
            let mut paged: Vec<SmartServerPlace> = Vec::new();
            loop {
                let last = paged.last().cloned();
                let mut rest = all.clone();
                rest.retain(|place| last.as_ref().is_none_or(|last| order.compare(place, last).is_gt()));
                rest.sort_by(|one, other| order.compare(one, other));
                if rest.is_empty() {
                    break;
                }
                paged.extend(rest.into_iter().take(size));
            }
            all.sort_by(|one, other| order.compare(one, other));
            prop_assert_eq!(paged, all);
        }
    }
}
