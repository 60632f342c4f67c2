//! What a gap has come to once the data loggers were asked. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::domain::{DataLoggerConfig, DataPointName, GapState, HistoryGap, HistoryGapId, LogState};

/// Level in percent from which on a log may have dropped entries, or takes no more.
const FULL: f64 = 90.0;

/// A part of a gap that stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Left {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Why, in words for people.
    pub(super) why: String,
}

/// What was done about a gap.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Points of which some of the gap is filled.
    filled: BTreeSet<DataPointName>,
    /// Readings that were added.
    rows: u64,
    /// What stays, and of which points.
    left: BTreeMap<Left, BTreeSet<DataPointName>>,
}

impl Outcome {
    /// The points of a data logger have what its log had.
    pub(super) fn fill(&mut self, points: &BTreeSet<DataPointName>, rows: u64) {
        self.filled.extend(points.iter().cloned());
        self.rows += rows;
    }

    /// Something stays.
    pub(super) fn leave(&mut self, points: &BTreeSet<DataPointName>, left: Left) {
        if !points.is_empty() && left.from < left.to {
            self.left.entry(left).or_default().extend(points.iter().cloned());
        }
    }

    /// The gaps that stand in the place of this one, which ended at `to`: the first bears its id.
    pub(super) fn into_gaps(self, gap: &HistoryGap, to: Timestamp) -> Vec<HistoryGap> {
        let whole = |left: &Left| left.from <= gap.from && left.to >= to;
        let lost: BTreeSet<_> =
            self.left.iter().filter(|(left, _)| whole(left)).flat_map(|(_, points)| points).collect();
        let filled: Vec<_> = self.filled.iter().filter(|point| !lost.contains(point)).cloned().collect();
        let detail = match self.rows {
            0 => "Nothing was missing.".to_owned(),
            rows => format!("{rows} readings were taken from the data loggers."),
        };
        let points = (!lost.is_empty()).then_some(filled);
        let mut gaps = Vec::new();
        if points.as_ref().is_none_or(|points| !points.is_empty()) {
            let (state, detail) = (GapState::Filled, Some(detail));
            gaps.push(HistoryGap { to: Some(to), state, detail, points, ..gap.clone() });
        }
        for (left, points) in self.left {
            let id = if gaps.is_empty() { gap.id } else { HistoryGapId::new() };
            let points = Some(points.into_iter().collect());
            let (state, detail) = (GapState::Unfillable, Some(left.why));
            gaps.push(HistoryGap { id, from: left.from, to: Some(left.to), state, detail, points, ..*gap });
        }
        gaps
    }
}

/// What of a time a data logger's log cannot tell, by the state of the log, whose times are ours already.
pub(super) fn beyond(
    config: &DataLoggerConfig,
    state: Option<&LogState>,
    (from, to): (Timestamp, Timestamp),
) -> Vec<Left> {
    let name = &config.block.name;
    let Some((state, first, last)) = state.and_then(|state| Some((state, state.first_at?, state.last_at?)))
    else {
        return vec![Left { from, to, why: format!("The log of {name} is empty.") }];
    };
    let is_full = state.level_percent.is_none_or(|level| level >= FULL);
    let is_circular = config.log_type.as_deref() != Some("LT_HISTORICAL");
    let mut left = Vec::new();
    if is_full && is_circular && first > from {
        let why = format!("The log of {name} had dropped what was older than {first}.");
        left.push(Left { from, to: first.min(to), why });
    }
    if is_full && !is_circular && last < to {
        let why = format!("The log of {name} was full and took no more.");
        left.push(Left { from: last.max(from), to, why });
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{BlockConfig, GapReason, SmartServerId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn names(points: &str) -> BTreeSet<DataPointName> {
        points.split_whitespace().map(|p| format!("Net/LON/Device/Block[0]/{p}").parse().unwrap()).collect()
    }

    fn left(from: i64, to: i64) -> Left {
        Left { from: at(from), to: at(to), why: "so".into() }
    }

    /// State, span and points of the gaps that a gap from 10 to 20 has come to.
    fn gaps(outcome: Outcome) -> Vec<(GapState, i64, i64, Option<BTreeSet<DataPointName>>)> {
        let gap = HistoryGap {
            id: HistoryGapId::new(),
            smartserver_id: SmartServerId::new(),
            from: at(10),
            to: None,
            reason: GapReason::Offline,
            state: GapState::Filling,
            detail: None,
            points: None,
        };
        let gaps = outcome.into_gaps(&gap, at(20));
        assert_eq!(gaps[0].id, gap.id);
        let span = |gap: &HistoryGap| (gap.from.as_second(), gap.to.unwrap().as_second());
        let points = |gap: &HistoryGap| gap.points.clone().map(|points| points.into_iter().collect());
        gaps.iter().map(|gap| (gap.state, span(gap).0, span(gap).1, points(gap))).collect()
    }

    #[test]
    fn a_gap_that_is_filled_for_all_is_one() {
        let mut outcome = Outcome::default();
        outcome.fill(&names("a b"), 5);
        assert_eq!(gaps(outcome), [(GapState::Filled, 10, 20, None)]);
        assert_eq!(gaps(Outcome::default()), [(GapState::Filled, 10, 20, None)], "nobody records anything");
    }

    #[test]
    fn what_nobody_logged_stays_for_those_points_alone() {
        let mut outcome = Outcome::default();
        outcome.fill(&names("a b"), 5);
        outcome.leave(&names("c d"), left(10, 20));
        outcome.leave(&names("b"), left(10, 12));
        outcome.leave(&names(""), left(10, 20));
        outcome.leave(&names("a"), left(20, 20));
        assert_eq!(
            gaps(outcome),
            [
                (GapState::Filled, 10, 20, Some(names("a b"))),
                (GapState::Unfillable, 10, 12, Some(names("b"))),
                (GapState::Unfillable, 10, 20, Some(names("c d"))),
            ]
        );
        let mut outcome = Outcome::default();
        outcome.fill(&names("a"), 0);
        outcome.leave(&names("a b"), left(10, 20));
        assert_eq!(gaps(outcome), [(GapState::Unfillable, 10, 20, Some(names("a b")))]);
    }

    #[test]
    fn a_log_tells_what_it_has() {
        let lost = |log_type: &str, level: f64, first: i64, last: i64| {
            let config = DataLoggerConfig {
                block: BlockConfig { name: "Logger".into(), ..BlockConfig::default() },
                log_type: Some(log_type.into()),
                ..DataLoggerConfig::default()
            };
            let state = LogState {
                name: "Logger".into(),
                first_at: Some(at(first)),
                last_at: Some(at(last)),
                modifications: None,
                level_percent: Some(level),
                total: None,
            };
            let left = beyond(&config, Some(&state), (at(10), at(20)));
            left.iter().map(|left| (left.from.as_second(), left.to.as_second())).collect::<Vec<_>>()
        };
        assert_eq!(lost("LT_CIRCULAR", 100.0, 5, 25), []);
        assert_eq!(lost("LT_CIRCULAR", 100.0, 15, 25), [(10, 15)]);
        assert_eq!(lost("LT_CIRCULAR", 100.0, 22, 25), [(10, 20)]);
        assert_eq!(lost("LT_CIRCULAR", 40.0, 15, 17), [], "it has dropped nothing yet");
        assert_eq!(lost("LT_HISTORICAL", 100.0, 5, 12), [(12, 20)]);
        assert_eq!(lost("LT_HISTORICAL", 100.0, 5, 8), [(10, 20)]);
        assert_eq!(lost("LT_HISTORICAL", 50.0, 5, 8), []);
        assert_eq!(beyond(&DataLoggerConfig::default(), None, (at(10), at(20))).len(), 1);
    }
}
