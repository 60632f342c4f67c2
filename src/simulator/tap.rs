use std::fmt;
use std::sync::Arc;

use crate::xml::Element;

/// Is shown the envelope of every request before it is executed.
#[derive(Clone)]
pub struct Tap(Arc<dyn Fn(&Element) + Send + Sync>);

impl Tap {
    /// A tap that hands every envelope to a function.
    pub fn new(see: impl Fn(&Element) + Send + Sync + 'static) -> Tap {
        Tap(Arc::new(see))
    }

    pub(super) fn see(&self, envelope: &Element) {
        (self.0)(envelope);
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}
