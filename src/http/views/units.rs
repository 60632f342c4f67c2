use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::reading::same_words;
use crate::domain::types::UnitSystem;

/// Units of temperatures. All else has one unit only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = UnitSystem)]
pub(crate) enum UnitSystemView {
    /// Degrees Celsius.
    Si,
    /// Degrees Fahrenheit.
    Us,
}

same_words!(UnitSystem, UnitSystemView: Si, Us);
same_words!(UnitSystemView, UnitSystem: Si, Us);
