//! `nocgate_poll_lag_seconds`, as the gateway's metrics tell it: with buckets or with quantiles.

const NAME: &str = "nocgate_poll_lag_seconds";

/// The metric at a moment.
#[derive(Debug, Default, Clone)]
pub(super) struct Lag {
    count: f64,
    sum: f64,
    /// Upper ends in seconds, with how many are below.
    buckets: Vec<(f64, f64)>,
    /// Parts, with the seconds that this part lags at most.
    quantiles: Vec<(f64, f64)>,
}

impl Lag {
    pub(super) fn read(metrics: &str) -> Lag {
        let mut lag = Lag::default();
        for line in metrics.lines().filter_map(|line| line.strip_prefix(NAME)) {
            let Some((what, number)) = line.rsplit_once(' ') else { continue };
            let Ok(number) = number.parse::<f64>() else { continue };
            match what.split_once('{').map_or(what, |(name, _)| name) {
                "_count" => lag.count += number,
                "_sum" => lag.sum += number,
                "_bucket" => lag.buckets.extend(label(what, "le").map(|end| (end, number))),
                _ => lag.quantiles.extend(label(what, "quantile").map(|part| (part, number))),
            }
        }
        lag
    }

    /// Mean since then, in milliseconds.
    pub(super) fn mean_since(&self, before: &Lag) -> f64 {
        (self.sum - before.sum) / (self.count - before.count) * 1e3
    }

    /// Milliseconds that this part lags at most; of a summary, lately.
    pub(super) fn part_since(&self, before: &Lag, part: f64) -> f64 {
        if let Some((_, seconds)) = self.quantiles.iter().find(|(known, _)| *known == part) {
            return seconds * 1e3;
        }
        let wanted = (self.count - before.count) * part;
        let below = |end: f64| before.buckets.iter().find(|(known, _)| *known == end).map_or(0.0, |b| b.1);
        let reached = self.buckets.iter().find(|(end, count)| count - below(*end) >= wanted);
        reached.map_or(f64::NAN, |(end, _)| end * 1e3)
    }
}

fn label(what: &str, name: &str) -> Option<f64> {
    let (_, rest) = what.split_once(&format!("{name}=\""))?;
    rest.split('"').next()?.parse().ok()
}
