use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::commands::wait_of;
use crate::domain::{
    Bus, BusItem, Channel, DataPointName, Device, DeviceCommandId, FunctionalBlock, Network,
};
use crate::gateway::{BusFilter, BusLevel, BusPlace, Caller, Gateway, Page, StartedDeviceCommand};
use crate::http::cursor;
use crate::http::extract::{self, Path, Query};
use crate::http::idempotency::ResourceId;
use crate::http::openapi::Problems;
use crate::http::problem::HttpError;
use crate::http::views::{
    BusView, ChannelPage, ChannelView, DeviceCommandPage, DeviceCommandView, DevicePage, DeviceView,
    FunctionalBlockPage, FunctionalBlockView, NAME_RULE, NetworkPage, NetworkView, NewDeviceCommandView,
};

/// Which networks or channels.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BusQuery {
    /// Only those of a bus.
    #[param(inline)]
    bus: Option<BusView>,
    /// Milliseconds that it may take.
    #[param(minimum = 1, maximum = 600000, example = 30000)]
    timeout_ms: Option<u64>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which devices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DeviceQuery {
    /// Only the device of this name.
    #[param(min_length = 1, max_length = 512, example = "Net/LON/Pump 3")]
    name: Option<String>,
    /// Let the device itself be asked for its counters and state (LON only); with `name` only.
    #[serde(default)]
    status: bool,
    /// Only those of a bus.
    #[param(inline)]
    bus: Option<BusView>,
    /// Milliseconds that it may take.
    #[param(minimum = 1, maximum = 600000, example = 30000)]
    timeout_ms: Option<u64>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Which functional blocks.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BlockQuery {
    /// Only those of the device of this name.
    #[param(min_length = 1, max_length = 512, example = "Net/LON/Pump 3")]
    device: Option<String>,
    /// Only those of a bus.
    #[param(inline)]
    bus: Option<BusView>,
    /// Milliseconds that it may take.
    #[param(minimum = 1, maximum = 600000, example = 30000)]
    timeout_ms: Option<u64>,
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// How a list is asked for.
struct Asked {
    filter: BusFilter,
    after: Option<BusPlace>,
    limit: usize,
    timeout: Option<Duration>,
}

impl Asked {
    fn new(query: BusQuery) -> Result<Asked, HttpError> {
        Ok(Asked {
            filter: BusFilter { bus: query.bus.map(Into::into), prefix: None },
            after: place(query.cursor.as_deref())?,
            limit: cursor::limit(query.limit)?,
            timeout: timeout(query.timeout_ms)?,
        })
    }

    async fn page<T: BusLevel>(
        &self,
        gateway: &Gateway,
        key: &str,
    ) -> Result<Page<BusItem<T>, BusPlace>, HttpError> {
        Ok(gateway.bus_items(key, &self.filter, self.after.as_ref(), self.limit, self.timeout).await?)
    }
}

fn timeout(ms: Option<u64>) -> Result<Option<Duration>, HttpError> {
    extract::duration("timeout_ms", ms, 1, extract::LONGEST_WAIT_MS)
}

fn place(cursor: Option<&str>) -> Result<Option<BusPlace>, HttpError> {
    let Some((name, bus)) = cursor::decode::<(String, Bus)>(cursor)? else { return Ok(None) };
    Ok(Some((name.parse().map_err(|_| cursor::not_ours())?, bus)))
}

fn next(place: Option<&BusPlace>) -> Option<String> {
    place.map(cursor::encode)
}

fn name(parameter: &str, text: &str) -> Result<DataPointName, HttpError> {
    text.parse().map_err(|_| HttpError::Query(format!("{parameter}: {NAME_RULE}")))
}

/// List a SmartServer's networks, in the order of their names.
///
/// The SmartServer is asked for them now.
#[utoipa::path(get, path = "/smartservers/{key}/networks", tag = "devices",
    params(("key" = String, Path, description = "Key or id"), BusQuery),
    responses((status = OK, body = NetworkPage), Problems))]
pub(crate) async fn list_networks(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<BusQuery>,
) -> Result<Json<NetworkPage>, HttpError> {
    let page = Asked::new(query)?.page::<Network>(&gateway, &key).await?;
    let next_cursor = next(page.next.as_ref());
    Ok(Json(NetworkPage { items: page.items.into_iter().map(NetworkView::from).collect(), next_cursor }))
}

/// List a SmartServer's channels, in the order of their names.
///
/// The SmartServer is asked for them now.
#[utoipa::path(get, path = "/smartservers/{key}/channels", tag = "devices",
    params(("key" = String, Path, description = "Key or id"), BusQuery),
    responses((status = OK, body = ChannelPage), Problems))]
pub(crate) async fn list_channels(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<BusQuery>,
) -> Result<Json<ChannelPage>, HttpError> {
    let page = Asked::new(query)?.page::<Channel>(&gateway, &key).await?;
    let next_cursor = next(page.next.as_ref());
    Ok(Json(ChannelPage { items: page.items.into_iter().map(ChannelView::from).collect(), next_cursor }))
}

/// List the devices behind a SmartServer with their state, in the order of their names.
///
/// The SmartServer is asked for them now. `name` gives the one device of this name, or the problem
/// `device_unknown`.
#[utoipa::path(get, path = "/smartservers/{key}/devices", tag = "devices",
    params(("key" = String, Path, description = "Key or id"), DeviceQuery),
    responses((status = OK, body = DevicePage), Problems))]
pub(crate) async fn list_devices(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<DeviceQuery>,
) -> Result<Json<DevicePage>, HttpError> {
    let DeviceQuery { name: only, status, bus, timeout_ms, limit, cursor } = query;
    let asked = Asked::new(BusQuery { bus, timeout_ms, limit, cursor })?;
    let Some(only) = only else {
        if status {
            return Err(HttpError::Query("status: one device at a time, by its name".into()));
        }
        let page = asked.page::<Device>(&gateway, &key).await?;
        let next_cursor = next(page.next.as_ref());
        return Ok(Json(DevicePage {
            items: page.items.into_iter().map(DeviceView::from).collect(),
            next_cursor,
        }));
    };
    let only = name("name", &only)?;
    let device = gateway.device(&key, &only, asked.timeout).await?;
    let is_wanted = asked.filter.bus.is_none_or(|bus| bus == device.bus);
    let with_status = status && device.bus == Bus::Lon;
    let mut view = DeviceView::from(device);
    if with_status && is_wanted {
        view = view.with_status(gateway.device_status(&key, &only, asked.timeout).await?);
    }
    Ok(Json(DevicePage { items: Vec::from_iter(is_wanted.then_some(view)), next_cursor: None }))
}

/// List the functional blocks of a SmartServer's devices, in the order of their names.
///
/// The SmartServer is asked for them now.
#[utoipa::path(get, path = "/smartservers/{key}/functional-blocks", tag = "devices",
    params(("key" = String, Path, description = "Key or id"), BlockQuery),
    responses((status = OK, body = FunctionalBlockPage), Problems))]
pub(crate) async fn list_functional_blocks(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<BlockQuery>,
) -> Result<Json<FunctionalBlockPage>, HttpError> {
    let BlockQuery { device, bus, timeout_ms, limit, cursor } = query;
    let mut asked = Asked::new(BusQuery { bus, timeout_ms, limit, cursor })?;
    let device = device.map(|device| name("device", &device)).transpose()?;
    asked.filter.prefix = device.map(|device| format!("{device}/"));
    let page = asked.page::<FunctionalBlock>(&gateway, &key).await?;
    let (unit, next_cursor) = (gateway.unit(&key)?, next(page.next.as_ref()));
    let items = page.items.into_iter().map(|item| FunctionalBlockView::new(&unit, item)).collect();
    Ok(Json(FunctionalBlockPage { items, next_cursor }))
}

/// Send a command to a LON device.
///
/// The SmartServer is asked for the device first; then the command is on disk before this answers.
/// `Prefer: wait=10` waits up to so many seconds for the outcome: the status is 200 when there is one,
/// else 202. A repeated `Idempotency-Key` gets the first answer and sends nothing. One command of a device
/// is under way at a time; another is refused with `conflict`.
#[utoipa::path(post, path = "/smartservers/{key}/devices/commands", tag = "devices",
    request_body = NewDeviceCommandView,
    params(("key" = String, Path, description = "Key or id"),
        ("Prefer" = Option<String>, Header, description = "`wait=<seconds>`", example = "wait=10"),
        ("Idempotency-Key" = Option<String>, Header, description = "Any text, once per command")),
    responses(
        (status = OK, body = DeviceCommandView, description = "Finished"),
        (status = ACCEPTED, body = DeviceCommandView, description = "Under way"),
        Problems))]
pub(crate) async fn command_device(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Extension(caller): Extension<Caller>,
    resource: Option<Extension<ResourceId>>,
    headers: HeaderMap,
    extract::Json(new): extract::Json<NewDeviceCommandView>,
) -> Result<(StatusCode, Json<DeviceCommandView>), HttpError> {
    let wait = wait_of(&headers)?;
    let id = resource.map_or_else(DeviceCommandId::new, |Extension(ResourceId(id))| DeviceCommandId(id));
    let StartedDeviceCommand { id, finished } =
        gateway.command_device(id, &key, new.try_into()?, &caller).await?;
    if let (Some(wait), Some(finished)) = (wait, finished) {
        // It goes on by itself when we stop waiting.
        let _ = tokio::time::timeout(wait, finished).await;
    }
    let command = gateway.device_command(id).await?;
    let status = if command.is_finished() { StatusCode::OK } else { StatusCode::ACCEPTED };
    Ok((status, Json(DeviceCommandView::new(&gateway, command))))
}

/// Which commands.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CommandsQuery {
    /// Size of the page.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List commands to the devices of a SmartServer, newest first.
#[utoipa::path(get, path = "/smartservers/{key}/devices/commands", tag = "devices",
    params(("key" = String, Path, description = "Key or id"), CommandsQuery),
    responses((status = OK, body = DeviceCommandPage), Problems))]
pub(crate) async fn list_device_commands(
    State(gateway): State<Gateway>,
    Path(key): Path<String>,
    Query(query): Query<CommandsQuery>,
) -> Result<Json<DeviceCommandPage>, HttpError> {
    let limit = cursor::limit(query.limit)?;
    let before = cursor::decode_time(query.cursor.as_deref())?;
    let page = gateway.device_commands(&key, before, limit).await?;
    let next_cursor = page.next.map(cursor::encode_time);
    let items = page.items.into_iter().map(|command| DeviceCommandView::new(&gateway, command)).collect();
    Ok(Json(DeviceCommandPage { items, next_cursor }))
}

/// Get a command to a device.
#[utoipa::path(get, path = "/device-commands/{id}", tag = "devices",
    params(("id" = Uuid, Path, description = "Id of the device command")),
    responses((status = OK, body = DeviceCommandView), Problems))]
pub(crate) async fn get_device_command(
    State(gateway): State<Gateway>,
    Path(id): Path<Uuid>,
) -> Result<Json<DeviceCommandView>, HttpError> {
    let command = gateway.device_command(DeviceCommandId(id)).await?;
    Ok(Json(DeviceCommandView::new(&gateway, command)))
}
