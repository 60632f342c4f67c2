/// What a functional block does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    DataLogger,
    AlarmGenerator,
    AlarmNotifier,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::DataLogger, Kind::AlarmGenerator, Kind::AlarmNotifier];

    /// What its types are called, without what follows the underscore.
    pub(in super::super) fn stem(self) -> &'static str {
        match self {
            Kind::DataLogger => "UFPTdataLogger",
            Kind::AlarmGenerator => "UFPTalarmGenerator",
            Kind::AlarmNotifier => "UFPTalarmNotifier",
        }
    }

    /// The kind that a type (`UFPTdataLogger_Data`) belongs to.
    pub(in super::super) fn of_type(name: &str) -> Option<Kind> {
        let stem = name.split_once('_')?.0;
        Kind::ALL.into_iter().find(|kind| kind.stem() == stem)
    }

    /// The type of its configuration.
    pub(in super::super) fn configuration(self) -> String {
        format!("{}_Cfg", self.stem())
    }

    /// What the item of a block says about it.
    pub(in super::super) fn annotation(self) -> String {
        format!("#8000010128000000[4].{};xsi:type=\"{}\"", self.stem(), self.configuration())
    }

    /// Its own members in the order of the schema; `DataPoint` is the functional block's.
    pub(super) fn members(self) -> &'static [&'static str] {
        match self {
            Kind::DataLogger => &[
                "DataPoint",
                "UCPTlogType",
                "UCPTlogSize",
                "UCPTlogFormat",
                "UCPTlogLevelAlarm",
                "UCPTlogFileName",
            ],
            Kind::AlarmGenerator => &[
                "DataPoint",
                "UCPTalrmIhbD",
                "UCPTalarmPriority",
                "UCPTpollOnResetDelay",
                "UCPTpollRate",
                "UCPTalarm2Description",
                "UCPTcompFunction",
                "UCPTalarmSetTimeD",
                "UCPTalarmClrTimeD",
                "UCPTlowLimit1Offset",
                "UCPTlowLimit2Offset",
                "UCPThighLimit1Offset",
                "UCPThighLimit2Offset",
                "SCPThystHigh1",
                "SCPThystHigh2",
                "SCPThystLow1",
                "SCPThystLow2",
            ],
            Kind::AlarmNotifier => &[
                "DataPoint",
                "SCPTdelayTime",
                "UCPTsumLogSize",
                "UCPThistLogSize",
                "UCPTlogFormat",
                "UCPTsumLogFileName",
                "UCPThistLogFileName",
                "UCPTemailAggregTime",
                "Mail",
                "ActiveAlarm",
                "PassiveAlarm",
                "AlarmDest",
            ],
        }
    }
}
