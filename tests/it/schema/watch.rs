use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use nocgate::simulator::Tap;
use nocgate::xml::{Element, XSI};

use super::check;

/// Watches what simulated SmartServers are sent; when it is dropped, everything must have been good.
#[derive(Debug, Default)]
pub(crate) struct Watch(Arc<State>);

#[derive(Debug, Default)]
struct State {
    complaints: Mutex<BTreeSet<String>>,
    seen: Mutex<BTreeSet<String>>,
    lenient: AtomicBool,
}

impl Watch {
    /// For a fleet's settings.
    pub(crate) fn tap(&self) -> Tap {
        let state = Arc::clone(&self.0);
        Tap::new(move |envelope| state.see(envelope))
    }

    /// From now on anything goes: the test sends messages of its own.
    pub(crate) fn allow_anything(&self) {
        self.0.lenient.store(true, Ordering::Relaxed);
    }

    /// Operations seen, each with the types of its items, as `Write Dp_Data`.
    pub(crate) fn seen(&self) -> BTreeSet<String> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    fn see(&self, envelope: &Element) {
        if self.lenient.load(Ordering::Relaxed) {
            return;
        }
        let Some(message) = envelope.child("Body").and_then(|body| body.elements().next()) else { return };
        self.complaints.lock().unwrap_or_else(PoisonError::into_inner).extend(check::message(message));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(items) = message.child("iLonItem") else { return };
        let typed = items.children_named("Item").filter_map(|item| item.attr_ns(XSI, "type"));
        seen.extend(typed.map(|xsi_type| format!("{} {xsi_type}", message.name)));
        seen.insert(message.name.clone());
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let complaints = self.0.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::thread::panicking() {
            assert!(complaints.is_empty(), "messages against the schema: {complaints:#?}");
        }
    }
}
