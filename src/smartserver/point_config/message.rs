//! Get, Set and Delete of whole configurations (manual 4-6, 4-11, 4-19).

use super::super::item::{MessageError, Outcomes, Parsed, Reply, item, message};
use super::super::rpc::check_count;
use super::super::write::acknowledged;
use super::super::{Answer, CallError, SmartServerRpc};
use super::PointItem;
use super::schema::{BusKind, PointKind};
use crate::domain::DataPointName;
use crate::xml::Element;
use crate::xmpp::Limits;

pub(super) fn get(kind: PointKind, names: &[DataPointName]) -> Element {
    message("Get", names.iter().map(|name| item(Some(kind.xsi_type()), name.as_str())))
}

pub(super) fn read_items(
    kind: PointKind,
    body: &Element,
    names: &[DataPointName],
) -> Result<Parsed<Outcomes<Option<PointItem>>>, MessageError> {
    Ok(Reply::open(body, "Get")?.outcomes(names.iter(), |name, item| PointItem::of(kind, name, item)))
}

pub(super) fn set(items: &[PointItem]) -> Element {
    message("Set", items.iter().cloned().map(PointItem::into_element))
}

pub(super) fn delete(bus: BusKind, names: &[DataPointName]) -> Element {
    message("Delete", names.iter().map(|name| item(Some(bus.xsi_type()), name.as_str())))
}

impl SmartServerRpc {
    /// The whole configuration of up to 100 data points in one view. `None` where the SmartServer
    /// answers with another one.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get_point_items(
        &self,
        kind: PointKind,
        names: &[DataPointName],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<Option<PointItem>>>, CallError> {
        check_count(names)?;
        self.call(get(kind, names), limits, |body| read_items(kind, body, names)).await
    }

    /// Sets up to 100 configurations, all in the same view, since the first type counts for all (manual
    /// 2-13). A point that is not there is created; members that are not named are erased.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn set_point_items(
        &self,
        items: &[PointItem],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<()>>, CallError> {
        check_count(items)?;
        let parse =
            |body: &Element| acknowledged(Reply::open(body, "Set")?, items.iter().map(PointItem::name));
        self.call(set(items), limits, parse).await
    }

    /// Deletes up to 100 data points of one driver. They are taken from the data server; on their bus
    /// they stay (manual 4-19).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete_points(
        &self,
        bus: BusKind,
        names: &[DataPointName],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<()>>, CallError> {
        check_count(names)?;
        let parse = |body: &Element| acknowledged(Reply::open(body, "Delete")?, names.iter());
        self.call(delete(bus, names), limits, parse).await
    }
}
