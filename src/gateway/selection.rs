//! Which data points a caller means.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::fleet::{Point, Unit};
use crate::domain::DataPointName;

/// Which data points of a SmartServer are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Every one.
    All,
    /// Those whose name begins so.
    Prefix(String),
    /// These.
    Names(Vec<String>),
}

/// Data points of one SmartServer to be read.
#[derive(Debug, Clone)]
pub struct Target {
    /// Key or UUID.
    pub smartserver: String,
    /// Which of its points.
    pub selection: Selection,
}

/// Resolves selections to points, each once, in the order of their names; and the names that the
/// SmartServer does not have.
pub(super) fn select(unit: &Arc<Unit>, selections: Vec<Selection>) -> (Vec<Point>, Vec<String>) {
    let inventory = unit.points();
    let mut chosen = BTreeSet::new();
    let mut unknown = Vec::new();
    for selection in selections {
        match selection {
            Selection::All => chosen.extend(inventory.keys()),
            Selection::Prefix(prefix) => {
                chosen.extend(inventory.keys().filter(|name| name.as_str().starts_with(&prefix)));
            }
            Selection::Names(names) => {
                for text in names {
                    let name = text.parse::<DataPointName>().ok();
                    match name.and_then(|name| inventory.get_key_value(&name)) {
                        Some((name, _)) => drop(chosen.insert(name)),
                        None => unknown.push(text),
                    }
                }
            }
        }
    }
    let point = |name| Point { unit: Arc::clone(unit), data: Arc::clone(&inventory[name]) };
    (chosen.into_iter().map(point).collect(), unknown)
}
