use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::domain::{IdentityId, PollGroupId};
use crate::gateway::{Gateway, SmartServerFilter};
use crate::http::extract::Query;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::FleetView;

/// Which SmartServers are summed up.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct FleetQuery {
    /// Part of key, name or JID, in any case.
    q: Option<String>,
    /// A tag, or several joined by commas: all of them must be there.
    #[param(example = "hvac,roof")]
    tag: Option<String>,
    /// A site.
    site: Option<String>,
    /// Id of an identity.
    identity: Option<Uuid>,
    /// Id of a poll group: only SmartServers with data points of it.
    poll_group: Option<Uuid>,
}

/// Get the fleet in figures.
///
/// All of the fleet, or the SmartServers that fit. Everything is as of `at`, but for the stale data points: they
/// are counted at most every 5 s, for all who ask.
#[utoipa::path(get, path = "/fleet", tag = "smartservers", params(FleetQuery),
    responses((status = OK, body = FleetView), Problems))]
pub(crate) async fn get_fleet(
    State(gateway): State<Gateway>,
    Query(query): Query<FleetQuery>,
) -> Result<Json<FleetView>, HttpError> {
    let FleetQuery { q, tag, site, identity, poll_group } = query;
    let (identity, poll_group) = (identity.map(IdentityId), poll_group.map(PollGroupId));
    let filter = SmartServerFilter { q, tag, site, health: Vec::new(), identity, poll_group };
    Ok(Json(gateway.fleet_summary(&filter).await?.into()))
}
