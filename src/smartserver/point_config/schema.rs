//! Types and members of a data point's configuration, in the order of the schema (WSDL).

use super::super::members::{ITEM_CFG, Order};

/// Members of `Dp_Cfg_Base`, which all types share.
const BASE: &[&str] =
    &["UCPTformatDescription", "UCPTlength", "UCPTdirection", "UCPTpersist", "UCPTdefOutput", "UCPTunit"];
const GENERIC: &[&str] = &[
    "UCPTbaseType",
    "UCPTprecision",
    "UCPTmaxFields",
    "SCPTmaxSendTime",
    "SCPTminSendTime",
    "SCPTmaxRcvTime",
    "SCPTsndDelta",
    "UCPTminValue",
    "UCPTmaxValue",
    "UCPTinvalidValue",
    "ValueDef",
];
const LON: &[&str] =
    &["UCPTnvIndex", "UCPTnvSelector", "UCPTdynamic", "UCPTpollRate", "UCPTuseAuthentication"];
const LON_PROPERTY: &[&str] = &[
    "UCPTreadOnlyFlag",
    "UCPTdeviceFlag",
    "UCPTmanufactureFlag",
    "UCPTobjDisableFlag",
    "UCPTofflineFlag",
    "UCPTresetFlag",
    "UCPTrelation",
];
const MODBUS: &[&str] = &[
    "UCPThandle",
    "UCPTbaseType",
    "UCPTmodbusTable",
    "UCPTstartAddress",
    "UCPTstartBit",
    "UCPTbitLength",
    "UCPTdataOrdering",
    "UCPTpollRate",
];
const MBUS: &[&str] = &["UCPThandle", "UCPTpollRate", "UCPTmbusType", "UCPTmbusProtocol"];
const VIRTUAL: &[&str] = &["UCPThandle", "UCPTpollRate", "UCPTprogrammaticName"];

/// Which view of a data point's configuration. They share the first members; presets, limits and
/// times stand in the generic one, what concerns the bus in that of its driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointKind {
    /// The data server's (`Dp_Cfg`, manual 4-6).
    Generic,
    /// The driver's.
    Bus(BusKind),
}

/// The driver that a data point belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BusKind {
    /// A network variable (`LON_Dp_Cfg`, manual 14-42).
    Lon,
    /// A configuration property of a LON device (`LON_Cp_Dp_Cfg`).
    LonProperty,
    /// Modbus (`MOD_Dp_Cfg`).
    Modbus,
    /// M-Bus (`MBS_Dp_Cfg`).
    Mbus,
    /// None: a value of the SmartServer itself (`Virtual_Dp_Cfg`).
    Virtual,
}

impl PointKind {
    /// The xsi type.
    pub fn xsi_type(self) -> &'static str {
        match self {
            PointKind::Generic => "Dp_Cfg",
            PointKind::Bus(bus) => bus.xsi_type(),
        }
    }

    /// Its members in order.
    pub(in super::super) fn order(self) -> Order {
        match self {
            PointKind::Generic => &[ITEM_CFG, BASE, GENERIC],
            PointKind::Bus(BusKind::Lon) => &[ITEM_CFG, BASE, LON],
            PointKind::Bus(BusKind::LonProperty) => &[ITEM_CFG, BASE, LON, LON_PROPERTY],
            PointKind::Bus(BusKind::Modbus) => &[ITEM_CFG, BASE, MODBUS],
            PointKind::Bus(BusKind::Mbus) => &[ITEM_CFG, BASE, MBUS],
            PointKind::Bus(BusKind::Virtual) => &[ITEM_CFG, BASE, VIRTUAL],
        }
    }

    /// Whether this view has a member.
    pub fn has(self, member: PointMember) -> bool {
        self.order().iter().copied().flatten().any(|name| *name == member.element())
    }
}

impl BusKind {
    /// The xsi type.
    pub fn xsi_type(self) -> &'static str {
        match self {
            BusKind::Lon => "LON_Dp_Cfg",
            BusKind::LonProperty => "LON_Cp_Dp_Cfg",
            BusKind::Modbus => "MOD_Dp_Cfg",
            BusKind::Mbus => "MBS_Dp_Cfg",
            BusKind::Virtual => "Virtual_Dp_Cfg",
        }
    }

    /// The driver that an annotation names, as `Dp_In;xsi:type="LON_Dp_Cfg";local`. A table of the
    /// manual (2-14) has `Cp_Dp_Cfg` for all drivers, the schema for LON alone.
    pub(super) fn of_annotation(annotation: &str) -> Option<BusKind> {
        let named = annotation.split(';').find_map(|part| part.trim().strip_prefix("xsi:type="))?;
        match named.trim_matches(['"', '\'']) {
            "LON_Dp_Cfg" => Some(BusKind::Lon),
            "LON_Cp_Dp_Cfg" => Some(BusKind::LonProperty),
            "MOD_Dp_Cfg" | "MOD_Cp_Dp_Cfg" => Some(BusKind::Modbus),
            "MBS_Dp_Cfg" | "MBS_Cp_Dp_Cfg" => Some(BusKind::Mbus),
            "Virtual_Dp_Cfg" | "Virtual_Cp_Dp_Cfg" => Some(BusKind::Virtual),
            _ => None,
        }
    }
}

macro_rules! members {
    ($($(#[$doc:meta])* $member:ident = $element:literal $word:literal,)+) => {
        /// A member of a data point's configuration that occurs once.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum PointMember { $($(#[$doc])* $member,)+ }

        impl PointMember {
            const ALL: &[PointMember] = &[$(PointMember::$member,)+];

            /// Name of the element.
            pub fn element(self) -> &'static str {
                match self { $(PointMember::$member => $element,)+ }
            }

            /// Name for callers; times are told in milliseconds.
            pub fn word(self) -> &'static str {
                match self { $(PointMember::$member => $word,)+ }
            }
        }
    };
}

members! {
    /// Kind and driver.
    Annotation = "UCPTannotation" "annotation",
    /// Short name.
    Alias = "UCPTaliasName" "alias",
    /// Whether the SmartServer's own pages hide it.
    Hidden = "UCPThidden" "hidden",
    /// Set if it is not in step with LNS, or deleted (manual 7-6).
    ItemStatus = "UCPTitemStatus" "item_status",
    /// Last change of the configuration.
    LastUpdate = "UCPTlastUpdate" "configured_at",
    /// Description.
    Description = "UCPTdescription" "description",
    /// Page that configures it.
    Uri = "UCPTuri" "uri",
    /// Format name.
    Format = "UCPTformatDescription" "format",
    /// Bytes.
    Length = "UCPTlength" "length",
    /// `DIR_IN`, `DIR_OUT`, `DIR_NUL`.
    Direction = "UCPTdirection" "direction",
    /// Whether the value outlives a restart.
    Persist = "UCPTpersist" "persist",
    /// Value after a start.
    DefaultOutput = "UCPTdefOutput" "default_output",
    /// As `BT_STRUCT`.
    BaseType = "UCPTbaseType" "base_type",
    /// Digits behind the point.
    Precision = "UCPTprecision" "precision",
    /// Fields of a structure.
    MaxFields = "UCPTmaxFields" "max_fields",
    /// Seconds after which the value is sent again.
    MaxSendTime = "SCPTmaxSendTime" "max_send_time_ms",
    /// Seconds between two updates at least.
    MinSendTime = "SCPTminSendTime" "min_send_time_ms",
    /// Seconds without update after which it is offline.
    MaxReceiveTime = "SCPTmaxRcvTime" "max_receive_time_ms",
    /// Change that is sent.
    SendDelta = "SCPTsndDelta" "send_delta",
    /// Smallest value.
    Minimum = "UCPTminValue" "minimum",
    /// Largest value.
    Maximum = "UCPTmaxValue" "maximum",
    /// Value that means invalid.
    Invalid = "UCPTinvalidValue" "invalid",
    /// Key that the driver gave it.
    Handle = "UCPThandle" "handle",
    /// Index of the network variable.
    NvIndex = "UCPTnvIndex" "nv_index",
    /// Selector of the network variable, four hexadecimal digits.
    NvSelector = "UCPTnvSelector" "nv_selector",
    /// As `DDT_STATIC`.
    Dynamic = "UCPTdynamic" "dynamic",
    /// Seconds between two polls.
    PollRate = "UCPTpollRate" "poll_rate_ms",
    /// Whether the network variable uses authentication.
    UseAuthentication = "UCPTuseAuthentication" "use_authentication",
    /// Flag of a configuration property.
    ReadOnly = "UCPTreadOnlyFlag" "read_only",
    /// Flag of a configuration property.
    DeviceSpecific = "UCPTdeviceFlag" "device_specific",
    /// Flag of a configuration property.
    ManufactureOnly = "UCPTmanufactureFlag" "manufacture_only",
    /// Flag of a configuration property.
    ObjectDisabled = "UCPTobjDisableFlag" "object_disabled",
    /// Flag of a configuration property.
    Offline = "UCPTofflineFlag" "offline",
    /// Flag of a configuration property.
    Reset = "UCPTresetFlag" "reset",
    /// What a configuration property applies to.
    Relation = "UCPTrelation" "relation",
    /// Table of Modbus.
    ModbusTable = "UCPTmodbusTable" "table",
    /// Address in it.
    StartAddress = "UCPTstartAddress" "start_address",
    /// Bit at the address.
    StartBit = "UCPTstartBit" "start_bit",
    /// Bits.
    BitLength = "UCPTbitLength" "bit_length",
    /// Order of bytes and words.
    DataOrdering = "UCPTdataOrdering" "data_ordering",
    /// Type of M-Bus.
    MbusType = "UCPTmbusType" "mbus_type",
    /// Protocol of M-Bus.
    MbusProtocol = "UCPTmbusProtocol" "mbus_protocol",
    /// Name in programs.
    ProgrammaticName = "UCPTprogrammaticName" "programmatic_name",
}

impl PointMember {
    /// Whether its text is a name of the enumeration that bears the member's own name.
    pub(super) fn is_named(self) -> bool {
        use PointMember::{BaseType, DataOrdering, Direction, Dynamic, MbusType, ModbusTable};
        matches!(self, Direction | BaseType | Dynamic | ModbusTable | DataOrdering | MbusType)
    }

    /// The word for an element; its own name if it is no single member.
    pub(super) fn word_of(element: &str) -> &str {
        match element {
            "ValueDef" => "presets",
            "UCPTunit" => "units",
            _ => Self::ALL.iter().find(|member| member.element() == element).map_or(element, |m| m.word()),
        }
    }
}
