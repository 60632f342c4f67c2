use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A log whose answers contradict one another, so that reading it leads nowhere.
struct Twisted {
    name: DataPointName,
    asked: AtomicUsize,
}

impl LogSource for Twisted {
    type Entry = Seen;

    fn words(&self) -> Vec<String> {
        vec![self.name.to_string()]
    }

    fn name(&self) -> &DataPointName {
        &self.name
    }

    fn keeps_entries(&self) -> bool {
        true
    }

    async fn ask(&self, filter: LogFilter) -> Result<LogPage<Seen>, GatewayError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let prints = match filter.positions {
            Some(LogPositions::First(1)) => 1..=1,
            Some(LogPositions::First(_)) => 1..=30,
            _ => 99..=99,
        };
        let last_at = Timestamp::from_second(2_000).ok();
        let state = LogState { last_at, total: Some(1_000), ..LogState::default() };
        let entries = prints.map(|print| Seen { at: Some(1_000_000), print }).collect();
        Ok(LogPage { states: vec![state], entries })
    }

    fn seen(entry: &Seen) -> Seen {
        *entry
    }
}

#[tokio::test]
async fn answers_that_lead_nowhere_come_to_an_end() {
    let log = Twisted { name: "Net/log".parse().unwrap(), asked: AtomicUsize::new(0) };
    let part = LogPart::Newest(1);
    let query = LogQuery { since: None, until: None, point: None, part };
    let read = pages(&log, &query, 100, None, 50).await.unwrap();
    assert_eq!((read.entries.len(), log.asked.load(Ordering::Relaxed)), (30, MESSAGES_MAX));
    let next = read.next.unwrap();
    let error = pages(&log, &query, 100, Some(&next), 50).await.unwrap_err();
    assert!(matches!(error, GatewayError::Malformed(_)), "{error}");
    assert_eq!(log.asked.load(Ordering::Relaxed), 2 * MESSAGES_MAX);
}

#[test]
fn a_message_asks_for_no_more_than_an_answer_carries() {
    let name = |length: usize| format!("Net/{}", "x".repeat(length - 4)).parse::<DataPointName>().unwrap();
    assert_eq!(entries_a_message(&name(40)), 59);
    assert_eq!(entries_a_message(&name(512)), 30);
}
