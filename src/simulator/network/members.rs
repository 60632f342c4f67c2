use super::bus::{Bus, Kind, Level};

/// What the text of a member may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Form {
    Text,
    Int,
    Number,
    Flag,
    Hex,
    /// With a `LonFormat`.
    Lon,
    /// Has children.
    Nested,
}

use Form::{Flag, Hex, Int, Lon, Nested, Number, Text};

type Members = &'static [(&'static str, Form)];

const ITEM: Members = &[
    ("UCPTname", Text),
    ("UCPTannotation", Text),
    ("UCPThidden", Flag),
    ("UCPTaliasName", Text),
    ("UCPTitemStatus", Lon),
    ("UCPTlastUpdate", Text),
    ("UCPTdescription", Text),
    ("UCPTuri", Text),
];

const POINT: Members = &[
    ("UCPTformatDescription", Text),
    ("UCPTlength", Int),
    ("UCPTdirection", Lon),
    ("UCPTpersist", Flag),
    ("UCPTdefOutput", Lon),
    ("UCPTunit", Text),
];

const DATA_SERVER_POINT: Members = &[
    ("UCPTbaseType", Lon),
    ("UCPTprecision", Int),
    ("UCPTmaxFields", Int),
    ("SCPTmaxSendTime", Number),
    ("SCPTminSendTime", Number),
    ("SCPTmaxRcvTime", Number),
    ("SCPTsndDelta", Lon),
    ("UCPTminValue", Lon),
    ("UCPTmaxValue", Lon),
    ("UCPTinvalidValue", Lon),
    ("ValueDef", Nested),
];

const LON_POINT: Members = &[
    ("UCPTnvIndex", Int),
    ("UCPTnvSelector", Hex),
    ("UCPTdynamic", Lon),
    ("UCPTpollRate", Number),
    ("UCPTuseAuthentication", Flag),
];

const MODBUS_POINT: Members = &[
    ("UCPThandle", Int),
    ("UCPTbaseType", Lon),
    ("UCPTmodbusTable", Lon),
    ("UCPTstartAddress", Int),
    ("UCPTstartBit", Int),
    ("UCPTbitLength", Int),
    ("UCPTdataOrdering", Lon),
    ("UCPTpollRate", Number),
];

const MBUS_POINT: Members =
    &[("UCPThandle", Int), ("UCPTpollRate", Number), ("UCPTmbusType", Lon), ("UCPTmbusProtocol", Text)];

const VIRTUAL_POINT: Members =
    &[("UCPThandle", Int), ("UCPTpollRate", Number), ("UCPTprogrammaticName", Text)];

const LON_DEVICE: Members = &[
    ("UCPThandle", Int),
    ("UCPTuniqueId", Hex),
    ("UCPTreplacementId", Hex),
    ("UCPTreleaseNId", Hex),
    ("UCPTprogramId", Hex),
    ("UCPTgeoPosition", Text),
    ("UCPTlocationId", Hex),
    ("UCPTauthenticationKey", Hex),
    ("UCPTmaxDynamicFb", Int),
    ("UCPTmaxDynamicDp", Int),
    ("UCPTmaxTxTransactions", Int),
    ("UCPTmaxTxLifetime", Int),
    ("UCPTlocal", Flag),
    ("UCPTapplicationStatus", Lon),
    ("UCPTcommissionStatus", Lon),
    ("UCPTurlImage", Text),
    ("UCPTurlTemplate", Text),
    ("UCPTdynamic", Lon),
    ("UCPTurlCpFile", Text),
    ("Address", Nested),
    ("Command", Nested),
    ("UCPTppnAutoAdded", Flag),
    ("RouteCost", Nested),
    ("ResendPPNSettings", Text),
];

/// Members of a type in the order of the WSDL's schema.
pub(in super::super) fn members(kind: Kind) -> Vec<(&'static str, Form)> {
    let own: &[Members] = match (kind.level, kind.bus) {
        (Level::Point, None) => &[POINT, DATA_SERVER_POINT],
        (Level::Point, Some(Bus::Lon)) => &[POINT, LON_POINT],
        (Level::Point, Some(Bus::Modbus)) => &[POINT, MODBUS_POINT],
        (Level::Point, Some(Bus::Mbus)) => &[POINT, MBUS_POINT],
        (Level::Point, Some(Bus::Virtual)) => &[POINT, VIRTUAL_POINT],
        (Level::Device, Some(Bus::Lon)) => &[LON_DEVICE],
        _ => &[],
    };
    [ITEM].iter().chain(own).flat_map(|part| part.iter().copied()).collect()
}
