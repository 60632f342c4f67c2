use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// What became of iqs that were sent: when they were answered, and when their value was told.
#[derive(Debug, Default)]
pub(super) struct Book {
    open: HashMap<String, Sent>,
    pub(super) answered: Vec<Duration>,
    pub(super) told: Vec<Duration>,
    pub(super) failures: u64,
    pub(super) first_failure: Option<String>,
}

#[derive(Debug)]
struct Sent {
    at: Instant,
    is_answered: bool,
    is_told: bool,
}

impl Book {
    /// Notes an iq by its value, which is its id too; `is_push` says whether its value will be told.
    pub(super) fn sent(&mut self, value: &str, is_push: bool) {
        let sent = Sent { at: Instant::now(), is_answered: false, is_told: !is_push };
        self.open.insert(value.to_owned(), sent);
    }

    pub(super) fn answered(&mut self, value: &str, at: Instant, trouble: Option<String>) {
        match self.open.get_mut(value) {
            _ if trouble.is_some() => self.failed(trouble.unwrap_or_default()),
            Some(sent) if !sent.is_answered => {
                sent.is_answered = true;
                self.answered.push(at - sent.at);
            }
            _ => self.failed(format!("{value} was answered, which nobody waits for")),
        }
        self.close(value);
    }

    pub(super) fn told(&mut self, value: &str, at: Instant) {
        match self.open.get_mut(value) {
            Some(sent) if !sent.is_told => {
                sent.is_told = true;
                self.told.push(at - sent.at);
            }
            _ => self.failed(format!("{value} was told, which was not pushed or was told before")),
        }
        self.close(value);
    }

    pub(super) fn failed(&mut self, what: String) {
        self.failures += 1;
        self.first_failure.get_or_insert(what);
    }

    /// Whether nothing is awaited any more.
    pub(super) fn is_settled(&self) -> bool {
        self.open.is_empty()
    }

    /// Notes what is still awaited as lost.
    pub(super) fn give_up(&mut self) {
        for (value, sent) in std::mem::take(&mut self.open) {
            let Sent { is_answered, is_told, .. } = sent;
            self.failed(format!("{value}: answered {is_answered}, told {is_told}"));
        }
    }

    fn close(&mut self, value: &str) {
        if self.open.get(value).is_some_and(|sent| sent.is_answered && sent.is_told) {
            self.open.remove(value);
        }
    }
}
