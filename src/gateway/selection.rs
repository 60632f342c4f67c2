//! Which data points a caller means.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::fleet::{Inventory, Point, Unit};
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

/// Where a data point stands in a request: the target, and the name in it. Points that are not named stand
/// in the order of their names.
pub(super) type Place = (usize, usize);

/// A selection with the number of its target.
pub(super) type Numbered = (usize, Selection);

/// What selections of one SmartServer, each with the number of its target, resolve to.
#[derive(Debug, Default)]
pub(super) struct Selected {
    /// Points, each once and where it is first meant.
    pub(super) points: BTreeMap<Place, Point>,
    /// Names that the SmartServer does not have.
    pub(super) unknown: BTreeMap<Place, String>,
}

impl Selected {
    pub(super) fn of(unit: &Arc<Unit>, selections: Vec<Numbered>) -> Selected {
        let inventory = unit.points();
        let mut chosen = HashSet::new();
        let mut selected = Selected::default();
        for (target, selection) in selections {
            let names: Vec<_> = match selection {
                Selection::All => inventory.keys().map(Ok).collect(),
                Selection::Prefix(prefix) => {
                    inventory.keys().filter(|name| name.as_str().starts_with(&prefix)).map(Ok).collect()
                }
                Selection::Names(names) => names.into_iter().map(|text| known(&inventory, text)).collect(),
            };
            for (n, name) in names.into_iter().enumerate() {
                match name {
                    Ok(name) if chosen.insert(name) => {
                        let point = Point { unit: Arc::clone(unit), data: Arc::clone(&inventory[name]) };
                        selected.points.insert((target, n), point);
                    }
                    Ok(_) => {}
                    Err(text) => drop(selected.unknown.insert((target, n), text)),
                }
            }
        }
        selected
    }
}

fn known(inventory: &Inventory, text: String) -> Result<&DataPointName, String> {
    let name = text.parse::<DataPointName>().ok();
    name.and_then(|name| inventory.get_key_value(&name)).map(|(name, _)| name).ok_or(text)
}
