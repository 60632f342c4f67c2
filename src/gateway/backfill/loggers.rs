//! Which data logger a data point's history is taken from. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{DataLoggerConfig, DataPointName, LoggedPoint};

/// The points of each data logger that are taken from it, by its name, and those that none logs. A point that
/// several log is taken from one alone, that which logs the smallest changes: two logs of one change would look
/// like two changes.
pub(super) fn assign(
    points: &BTreeSet<DataPointName>,
    loggers: &[DataLoggerConfig],
) -> (BTreeMap<DataPointName, BTreeSet<DataPointName>>, BTreeSet<DataPointName>) {
    let mut assigned: BTreeMap<DataPointName, BTreeSet<DataPointName>> = BTreeMap::new();
    let mut unlogged = BTreeSet::new();
    for point in points {
        match best_for(point, loggers) {
            Some(logger) => assigned.entry(logger).or_default().insert(point.clone()),
            None => unlogged.insert(point.clone()),
        };
    }
    (assigned, unlogged)
}

fn best_for(point: &DataPointName, loggers: &[DataLoggerConfig]) -> Option<DataPointName> {
    let logs = |logger: &DataLoggerConfig| -> Option<(f64, DataPointName)> {
        let logged = logger.logged.iter().find(|logged| logged.name == point.as_str())?;
        Some((coarseness(logged), logger.block.name.parse().ok()?))
    };
    let finest = loggers.iter().filter_map(logs).min_by(|(a, _), (b, _)| a.total_cmp(b));
    finest.map(|(_, name)| name)
}

/// Seconds in which changes may not be logged.
fn coarseness(logged: &LoggedPoint) -> f64 {
    logged.min_delta_time_s.unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::BlockConfig;

    fn name(text: &str) -> DataPointName {
        format!("Net/LON/Device/Block[0]/{text}").parse().unwrap()
    }

    fn logger(block: &str, points: &[(&str, Option<f64>)]) -> DataLoggerConfig {
        let logged = points.iter().map(|(point, seconds)| LoggedPoint {
            name: name(point).to_string(),
            min_delta_time_s: *seconds,
            ..LoggedPoint::default()
        });
        DataLoggerConfig {
            block: BlockConfig { name: name(block).to_string(), ..BlockConfig::default() },
            logged: logged.collect(),
            ..DataLoggerConfig::default()
        }
    }

    #[test]
    fn each_point_is_taken_from_the_finest_logger_that_has_it() {
        let loggers = [
            logger("hourly", &[("a", Some(3_600.0)), ("b", None)]),
            logger("changes", &[("a", Some(0.0)), ("b", Some(60.0)), ("x", None)]),
        ];
        let points = ["a", "b", "c"].map(name).into_iter().collect();
        let (assigned, unlogged) = assign(&points, &loggers);
        let expected = [("changes", "a"), ("hourly", "b")]
            .map(|(logger, point)| (name(logger), BTreeSet::from([name(point)])));
        assert_eq!(assigned, expected.into());
        assert_eq!(unlogged, [name("c")].into());
        assert_eq!(assign(&points, &[]), (BTreeMap::new(), points));
    }
}
