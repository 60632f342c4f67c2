//! Buildings: air handling, cooling, lighting, rooms, meters.

mod applications;
mod builder;
mod buses;
mod plant;
mod rooms;

pub(super) use applications::{applications, raise_alarm};
use builder::Builder;

use super::super::plan::Plan;

struct Theme {
    /// What its rooms are called.
    room: &'static str,
    rooms_per_floor: usize,
    chiller: bool,
    weather: bool,
}

const THEMES: [Theme; 4] = [
    Theme { room: "Room", rooms_per_floor: 2, chiller: true, weather: true },
    Theme { room: "Classroom", rooms_per_floor: 4, chiller: false, weather: true },
    Theme { room: "Guest Room", rooms_per_floor: 5, chiller: true, weather: false },
    Theme { room: "Workshop", rooms_per_floor: 1, chiller: true, weather: false },
];

/// An office, a school, a hotel and a works, with as many floors as it takes.
pub(super) fn plans(points: usize) -> Vec<Plan> {
    THEMES.iter().map(|theme| building(theme, points)).collect()
}

fn building(theme: &Theme, points: usize) -> Plan {
    let mut builder = Builder::new(points);
    plant::smart_server(&mut builder);
    if theme.weather {
        plant::weather_station(&mut builder);
    }
    let mut floor = 1;
    while builder.has_room() {
        plant::air_handler(&mut builder, floor);
        let lamps = rooms::lighting(&mut builder, floor);
        for n in 1..=theme.rooms_per_floor {
            rooms::room(&mut builder, &format!("{} {floor}{n:02}", theme.room));
        }
        plant::meter(&mut builder, floor, lamps);
        if floor == 1 && theme.chiller {
            plant::chiller(&mut builder);
        }
        if floor == 1 {
            buses::modbus_meter(&mut builder);
            buses::heat_meter(&mut builder);
            buses::virtual_device(&mut builder);
        }
        floor += 1;
    }
    builder.plan
}

#[cfg(test)]
mod tests {
    use super::super::super::network::Bus;
    use super::*;

    #[test]
    fn every_building_has_as_many_points_as_asked_for() {
        for points in [0, 1, 7, 100, 1000] {
            assert!(plans(points).iter().all(|plan| plan.points.len() == points));
        }
    }

    #[test]
    fn every_building_has_a_device_of_each_bus() {
        for plan in plans(100) {
            for bus in Bus::ALL {
                assert!(plan.points.iter().any(|point| point.bus == bus), "{bus:?}");
            }
        }
    }

    #[test]
    fn names_are_unique() {
        for plan in plans(300) {
            assert!((0..300).all(|n| plan.point(&plan.points[n].name) == Some(n)));
        }
    }
}
