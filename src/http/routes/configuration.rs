use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::domain::DataPointId;
use crate::gateway::Gateway;
use crate::http::extract::{self, Path, Query};
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{
    ConfigurationChangeView, ConfigurationView, ConfiguredView, NewDataPointView, ValueFormsView,
};

/// How long it may take.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TimeoutQuery {
    /// Milliseconds that it may take; reading back after a change may take ten seconds more.
    #[param(minimum = 1, maximum = 600000, example = 30000)]
    timeout_ms: Option<u64>,
}

impl TimeoutQuery {
    fn timeout(&self) -> Result<Option<std::time::Duration>, HttpError> {
        extract::duration("timeout_ms", self.timeout_ms, 1, extract::LONGEST_WAIT_MS)
    }
}

/// Get a data point's whole configuration.
///
/// It is asked of the SmartServer now: what the data server keeps (limits, presets, times), and what the
/// driver of its bus does.
#[utoipa::path(get, path = "/data-points/{id}/configuration", tag = "data points",
    params(("id" = Uuid, Path, description = "Id of the data point"), TimeoutQuery),
    responses((status = OK, body = ConfigurationView), Problems))]
pub(crate) async fn get_configuration(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Query(query): Query<TimeoutQuery>,
) -> Result<Json<ConfigurationView>, HttpError> {
    let point = gateway.point(DataPointId(id))?;
    let configuration = gateway.configuration(&point, query.timeout()?).await?;
    Ok(Json(ConfigurationView::new(&point, &configuration)))
}

/// Change a data point's configuration on its SmartServer.
///
/// Only what is named changes. A SmartServer takes configurations as a whole and without condition: the
/// gateway reads the point, sets it whole, and reads it back. Two changes through the gateway do not lose
/// one another; what somebody else changes in the moment between reading and setting is lost. After
/// `deadline_exceeded` or `session_lost` it may have been changed.
#[utoipa::path(patch, path = "/data-points/{id}/configuration", tag = "data points",
    request_body = ConfigurationChangeView,
    params(("id" = Uuid, Path, description = "Id of the data point"), TimeoutQuery),
    responses((status = OK, body = ConfiguredView), Problems))]
pub(crate) async fn change_configuration(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Query(query): Query<TimeoutQuery>,
    extract::Json(change): extract::Json<ConfigurationChangeView>,
) -> Result<Json<ConfiguredView>, HttpError> {
    let timeout = query.timeout()?;
    let configured = gateway.change_configuration(DataPointId(id), change.try_into()?, timeout).await?;
    Ok(Json(ConfiguredView::new(&gateway, configured)))
}

/// Make a data point on a SmartServer.
///
/// A name that the SmartServer has already is a conflict, also one that an earlier attempt without answer
/// made. A repeated `Idempotency-Key` gets the first answer and sends nothing.
#[utoipa::path(post, path = "/smartservers/{key}/data-points", tag = "data points",
    request_body = NewDataPointView,
    params(("key" = String, Path, description = "Key or id"), TimeoutQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "Any text, once per data point")),
    responses((status = CREATED, body = ConfiguredView), Problems))]
pub(crate) async fn create_data_point(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<TimeoutQuery>,
    extract::Json(new): extract::Json<NewDataPointView>,
) -> Result<(StatusCode, Json<ConfiguredView>), HttpError> {
    let timeout = query.timeout()?;
    let configured = gateway.create_data_point(&key, new.try_into()?, timeout).await?;
    Ok((StatusCode::CREATED, Json(ConfiguredView::new(&gateway, configured))))
}

/// Delete a data point on its SmartServer.
///
/// It is deleted on the SmartServer itself, and from the inventory with its readings. Its driver may keep
/// what it knows of it. One that the SmartServer does not have any more is taken from the inventory.
#[utoipa::path(delete, path = "/data-points/{id}", tag = "data points",
    params(("id" = Uuid, Path, description = "Id of the data point"), TimeoutQuery),
    responses((status = NO_CONTENT, description = "Deleted on the SmartServer"), Problems))]
pub(crate) async fn delete_data_point(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Query(query): Query<TimeoutQuery>,
) -> Result<StatusCode, HttpError> {
    gateway.delete_data_point(DataPointId(id), query.timeout()?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look at a data point's value in all its forms.
///
/// The SmartServer is asked now, for text, preset, fields and bytes, and gives the value that it holds.
/// Text and bytes come in two answers, between which the value may change.
#[utoipa::path(get, path = "/data-points/{id}/raw", tag = "data points",
    params(("id" = Uuid, Path, description = "Id of the data point"), TimeoutQuery),
    responses((status = OK, body = ValueFormsView), Problems))]
pub(crate) async fn get_raw(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
    Query(query): Query<TimeoutQuery>,
) -> Result<Json<ValueFormsView>, HttpError> {
    let point = gateway.point(DataPointId(id))?;
    let forms = gateway.value_forms(&point, query.timeout()?).await?;
    Ok(Json(ValueFormsView::new(&point, forms)))
}
