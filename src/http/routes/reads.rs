use axum::Json;
use axum::extract::State;

use crate::gateway::{Gateway, Target};
use crate::http::extract;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{ReadRequest, ReadResponse};

/// Most targets of one request.
const TARGETS_MAX: usize = 10_000;

/// Read many data points.
///
/// Every data point has an outcome of its own; the status is 200 even if none could be read. A point
/// named twice is read once. Outcomes come in the order of the request; those of `all` and `prefix` in the
/// order of their names.
#[utoipa::path(post, path = "/reads", tag = "data points", request_body = ReadRequest,
    responses((status = OK, body = ReadResponse), Problems))]
pub(crate) async fn read_data_points(
    State(gateway): State<Gateway>,
    extract::Json(request): extract::Json<ReadRequest>,
) -> Result<Json<ReadResponse>, HttpError> {
    let max_age = extract::duration("max_age_ms", request.max_age_ms, 0, extract::DAY_MS)?;
    let timeout = extract::duration("timeout_ms", request.timeout_ms, 1, extract::LONGEST_WAIT_MS)?;
    if !(1..=TARGETS_MAX).contains(&request.reads.len()) {
        return Err(HttpError::Shape(format!("reads: 1 to {TARGETS_MAX}")));
    }
    let targets: Result<Vec<Target>, _> = request.reads.into_iter().map(Target::try_from).collect();
    let units = request.format.map(Into::into);
    let outcomes = gateway.read(targets?, max_age, timeout).await;
    Ok(Json(ReadResponse::new(&gateway, outcomes, units)))
}
