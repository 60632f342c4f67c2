/// The driver that a device is behind. Each has types of its own (manual 2-14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) enum Bus {
    #[default]
    Lon,
    Modbus,
    Mbus,
    Virtual,
}

/// Depth of a name (manual 4-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Level {
    Network = 1,
    Channel,
    Device,
    Block,
    Point,
}

/// A type of configuration: generic (`Device_Cfg`) or of a bus (`MOD_Device_Cfg`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Kind {
    pub bus: Option<Bus>,
    pub level: Level,
}

impl Bus {
    pub(in super::super) const ALL: [Bus; 4] = [Bus::Lon, Bus::Modbus, Bus::Mbus, Bus::Virtual];

    fn prefix(self) -> &'static str {
        match self {
            Bus::Lon => "LON_",
            Bus::Modbus => "MOD_",
            Bus::Mbus => "MBS_",
            Bus::Virtual => "Virtual_",
        }
    }
}

impl Level {
    pub(in super::super) const ALL: [Level; 5] =
        [Level::Network, Level::Channel, Level::Device, Level::Block, Level::Point];

    fn suffix(self) -> &'static str {
        match self {
            Level::Network => "Network_Cfg",
            Level::Channel => "Channel_Cfg",
            Level::Device => "Device_Cfg",
            Level::Block => "Fb_Cfg",
            Level::Point => "Dp_Cfg",
        }
    }

    /// Parts of a name of this depth.
    pub(in super::super) fn depth(self) -> usize {
        self as usize
    }
}

impl Kind {
    /// The type of this name; `None` for those of applications and services.
    pub(in super::super) fn of(name: &str) -> Option<Kind> {
        let (level, prefix) =
            Level::ALL.into_iter().find_map(|l| Some((l, name.strip_suffix(l.suffix())?)))?;
        let bus = Bus::ALL.into_iter().find(|bus| bus.prefix() == prefix);
        (bus.is_some() || prefix.is_empty()).then_some(Kind { bus, level })
    }

    pub(in super::super) fn name(self) -> String {
        format!("{}{}", self.bus.map_or("", Bus::prefix), self.level.suffix())
    }

    /// Whether this type shows things of a bus.
    pub(in super::super) fn shows(self, bus: Bus) -> bool {
        self.bus.is_none_or(|own| own == bus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_comes_back_by_its_name() {
        for bus in [None, Some(Bus::Lon), Some(Bus::Modbus), Some(Bus::Mbus), Some(Bus::Virtual)] {
            for level in Level::ALL {
                let kind = Kind { bus, level };
                assert_eq!(Kind::of(&kind.name()), Some(kind));
            }
        }
        assert_eq!(Kind::of("MBS_Dp_Cfg"), Some(Kind { bus: Some(Bus::Mbus), level: Level::Point }));
        for other in ["LON_Cp_Dp_Cfg", "UFPTdataLogger_Cfg", "Dp_Data", "LON_Device_RNI_Cfg"] {
            assert_eq!(Kind::of(other), None, "{other}");
        }
    }
}
