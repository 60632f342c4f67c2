//! What alarm generators find and alarm notifiers notice.

use std::sync::Arc;

use jiff::Timestamp;

use super::super::shape::Shape;
use super::super::unit::Unit;
use super::super::value::Value;
use super::alarm_log::{Alarm, AlarmLog, By};
use super::settings::{AlarmText, Function, GeneratorSettings, NotifierInput, NotifierSettings, Settings};
use super::{Kind, State};

impl Unit {
    /// Lets all generators compare and all notifiers notice.
    pub(in super::super) fn watch(&mut self, now: Timestamp) {
        for n in self.watched() {
            self.catch_up(n, now);
        }
        for generator in self.applications_of(Kind::AlarmGenerator) {
            let found = match &self.applications[generator].block.settings {
                Settings::AlarmGenerator(settings) => self.compare(settings),
                _ => None,
            };
            self.applications[generator].state = State::AlarmGenerator(found);
        }
        for notifier in self.applications_of(Kind::AlarmNotifier) {
            self.notice(notifier, now);
        }
    }

    /// The same, if a point has to do with it.
    pub(in super::super) fn watch_point(&mut self, n: usize, now: Timestamp) {
        if self.watched().contains(&n) {
            self.watch(now);
        }
    }

    /// The condition that a generator has found on its input, which is this point.
    pub(in super::super) fn generated(&self, n: usize) -> Option<&'static str> {
        let name = self.config(n).name.as_str();
        self.applications.iter().find_map(|application| {
            match (&application.block.settings, &application.state) {
                (Settings::AlarmGenerator(settings), State::AlarmGenerator(found))
                    if settings.input.as_deref() == Some(name) =>
                {
                    *found
                }
                _ => None,
            }
        })
    }

    /// Points that generators compare or notifiers list.
    fn watched(&self) -> Vec<usize> {
        let names = self.applications.iter().flat_map(|application| match &application.block.settings {
            Settings::AlarmGenerator(settings) => {
                settings.input.iter().chain(&settings.compare).map(String::as_str).collect()
            }
            Settings::AlarmNotifier(settings) => settings.inputs.iter().map(|i| i.point.as_str()).collect(),
            Settings::DataLogger(_) => Vec::new(),
        });
        names.filter_map(|name| self.find(name)).collect()
    }

    fn compare(&self, settings: &GeneratorSettings) -> Option<&'static str> {
        let number = |name: &Option<String>| {
            let n = self.find(name.as_deref()?)?;
            number(self.config(n).shape(), &self.states[n].server)
        };
        let (input, compare) = (number(&settings.input)?, number(&settings.compare)?);
        let fired = match settings.function {
            Function::Null => false,
            Function::Greater => input > compare,
            Function::Less => input < compare,
            Function::GreaterOrEqual => input >= compare,
            Function::LessOrEqual => input <= compare,
            Function::Equal => input == compare,
            Function::NotEqual => input != compare,
            Function::Limit => return limit(input - compare, settings),
        };
        fired.then_some("AL_ALM_CONDITION")
    }

    fn notice(&mut self, notifier: usize, now: Timestamp) {
        let block = Arc::clone(&self.applications[notifier].block);
        let Settings::AlarmNotifier(settings) = &block.settings else { return };
        for input in settings.inputs.iter().filter(|input| !input.disabled) {
            let Some(n) = self.find(&input.point) else { continue };
            let condition = Some(self.status(n).to_owned()).filter(|c| settings.is_alarm(c));
            let seen = Seen { n, value: self.states[n].server.clone(), priority: self.states[n].priority };
            let State::AlarmNotifier(log) = &mut self.applications[notifier].state else { return };
            log.notice(settings, input, &seen, condition, now);
        }
    }
}

/// A point as a notifier sees it.
struct Seen {
    n: usize,
    value: Value,
    priority: u8,
}

impl AlarmLog {
    /// Compares the condition of a point with the one before and notifies of what is new.
    fn notice(
        &mut self,
        settings: &NotifierSettings,
        input: &NotifierInput,
        seen: &Seen,
        condition: Option<String>,
        now: Timestamp,
    ) {
        let before = self.present.get(&seen.n);
        let same = before.map(|(condition, _)| condition) == condition.as_ref();
        let moved = input.cov_enabled && before.is_some_and(|(_, value)| *value != seen.value);
        if same && !moved {
            return;
        }
        if !input.clear_required {
            self.clear_itself(seen.n, now);
        }
        let alarm = settings.alarm(input, seen, condition.as_deref(), now);
        if alarm.in_summary || alarm.in_history {
            self.add(alarm, &settings.capacity);
        }
        match condition {
            Some(condition) => self.present.insert(seen.n, (condition, seen.value.clone())),
            None => self.present.remove(&seen.n),
        };
    }
}

impl NotifierSettings {
    /// Whether a status is one that is notified of: one of those configured or, if none is, any
    /// that is bad.
    fn is_alarm(&self, status: &str) -> bool {
        if self.active.is_empty() {
            let good = matches!(status, "AL_NUL" | "AL_NO_CONDITION" | "AL_CONSTANT" | "AL_OFFLINE");
            return !good && !status.contains("_CLR_");
        }
        text_of(&self.active, status).is_some()
    }

    fn alarm(&self, input: &NotifierInput, seen: &Seen, condition: Option<&str>, now: Timestamp) -> Alarm {
        let active = condition.is_some();
        let shown = condition.unwrap_or("AL_NO_CONDITION");
        let text = text_of(if active { &self.active } else { &self.passive }, shown);
        Alarm {
            point: seen.n,
            at: now,
            changed: now,
            value: seen.value.clone(),
            point_priority: seen.priority,
            condition: shown.to_owned(),
            active,
            text: text.unwrap_or(&input.description).to_owned(),
            priority: input.priority,
            group: input.group,
            acknowledged: (!input.ack_required).then_some(By::Auto),
            cleared: None,
            comment: String::new(),
            user: String::new(),
            in_summary: active && !input.invisible,
            in_history: input.log_enable,
        }
    }
}

fn text_of<'a>(texts: &'a [AlarmText], condition: &str) -> Option<&'a str> {
    let text = texts.iter().find(|text| text.conditions.iter().any(|c| c == condition))?;
    Some(text.text.as_str())
}

/// Which limit a difference from the compare point is beyond (manual 6-8).
fn limit(difference: f64, settings: &GeneratorSettings) -> Option<&'static str> {
    let above = |n: usize| settings.high[n].is_some_and(|offset| difference > offset);
    let below = |n: usize| settings.low[n].is_some_and(|offset| difference < -offset);
    Some(match () {
        () if above(1) => "AL_HIGH_LMT_ALM_2",
        () if above(0) => "AL_HIGH_LMT_ALM_1",
        () if below(1) => "AL_LOW_LMT_ALM_2",
        () if below(0) => "AL_LOW_LMT_ALM_1",
        () => return None,
    })
}

/// The number that a value is compared by; of a structure its first field's.
fn number(shape: &Shape, value: &Value) -> Option<f64> {
    match (shape, value) {
        (Shape::Structure(fields), Value::Fields(values)) => number(&fields.first()?.shape, values.first()?),
        (Shape::Enumeration(_) | Shape::Bit, Value::Raw(raw)) => Some(*raw as f64),
        _ => shape.number(value),
    }
}
