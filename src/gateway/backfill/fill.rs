//! Filling one gap of one SmartServer: how far it reaches, what its data loggers have of that time, what of it
//! is not in the history yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::calls::next_batch;
use super::super::connections::now;
use super::super::lane::Rank;
use super::super::{Gateway, GatewayError, Point, Unit};
use super::loggers::assign;
use super::outcome::{Left, Outcome};
use super::window::{Source, Taken};
use crate::domain::{DataPointName, GapState, HistoryGap, SeriesId};
use crate::smartserver::batches::BatchLimits;
use crate::smartserver::{BlockKind, SmartServerRpc};
use crate::store::NewSeries;

/// The recorded points of a SmartServer.
#[derive(Debug, Default)]
struct Recorded {
    /// Those that are to be filled.
    wanted: Vec<Point>,
    /// Those whose groups do not want that.
    others: BTreeSet<DataPointName>,
}

impl Gateway {
    /// Ends a gap that goes on: reads all its points, so that whatever is told later is newer, and gives the
    /// time before that.
    pub(super) async fn close_gap(
        &self,
        unit: &Arc<Unit>,
        gap: &HistoryGap,
    ) -> Result<Timestamp, GatewayError> {
        let to = now();
        self.read_recorded(unit).await?;
        self.history_written().await?;
        self.0.store.gaps().close(gap.id, to).await?;
        Ok(to)
    }

    /// Fills a gap that has ended, as far as can be. May be done again: what is there stays, and is not doubled.
    pub(super) async fn fill_gap(
        &self,
        unit: &Arc<Unit>,
        gap: &HistoryGap,
        to: Timestamp,
    ) -> Result<(), GatewayError> {
        let gaps = self.0.store.gaps();
        gaps.set_state(gap.id, GapState::Filling, None).await?;
        self.history_written().await?;
        let outcome = self.fill_points(unit, (gap.from, to)).await?;
        gaps.replace(gap.id, &outcome.into_gaps(gap, to)).await?;
        Ok(())
    }

    async fn fill_points(
        &self,
        unit: &Arc<Unit>,
        time: (Timestamp, Timestamp),
    ) -> Result<Outcome, GatewayError> {
        let mut outcome = Outcome::default();
        let left = |why: &str| Left { from: time.0, to: time.1, why: why.to_owned() };
        let Recorded { wanted, others } = self.recorded(unit);
        outcome.leave(&others, left("Their poll groups do not ask for it."));
        let series = self.series_of(&wanted).await?;
        if series.is_empty() {
            return Ok(outcome);
        }
        let loggers = match self.blocks_as(Rank::Poll, unit, BlockKind::DataLogger, None).await {
            Ok(blocks) => blocks.iter().map(|block| block.data_logger()).collect(),
            // It has none, or none that it tells of.
            Err(GatewayError::Fault { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let (assigned, unlogged) = assign(&series.keys().cloned().collect(), &loggers);
        outcome.leave(&unlogged, left("No data logger logs them."));
        for (name, points) in assigned {
            let Some(config) = loggers.iter().find(|config| config.block.name == name.as_str()) else {
                continue;
            };
            let own = |(point, id): (&DataPointName, &SeriesId)| {
                points.contains(point).then(|| (point.clone(), *id))
            };
            let source = Source { unit, name, config, series: series.iter().filter_map(own).collect() };
            match self.take(&source, time).await {
                Ok(Taken { rows, left }) => {
                    outcome.fill(&points, rows);
                    left.into_iter().for_each(|left| outcome.leave(&points, left));
                }
                Err(error @ (GatewayError::Fault { .. } | GatewayError::Unknown { .. })) => {
                    outcome.leave(&points, left(&format!("Their data logger cannot be read: {error}.")));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(outcome)
    }

    /// Reads the recorded points as the SmartServer holds them, without asking devices.
    async fn read_recorded(&self, unit: &Arc<Unit>) -> Result<(), GatewayError> {
        let mut points = self.recorded(unit).wanted;
        while !points.is_empty() {
            let batch = next_batch(&mut points, self.batch(BatchLimits::READ));
            let names: Vec<_> = batch.iter().map(|point| point.data.name.clone()).collect();
            let read = move |rpc: SmartServerRpc, limits| async move { rpc.read(&names, None, limits).await };
            let answer = self.ask_as(Rank::Poll, unit, self.deadline(None), read).await?;
            let mut by_name: BTreeMap<_, _> = answer.value.into_iter().collect();
            for point in batch {
                match by_name.remove(&point.data.name) {
                    Some(Ok(data)) => {
                        drop(self.keep(&point, data, Some(Duration::MAX), crate::domain::Source::Poll))
                    }
                    Some(Err(fault)) => self.keep_fault(&point, &fault),
                    None => {}
                }
            }
        }
        Ok(())
    }

    fn recorded(&self, unit: &Arc<Unit>) -> Recorded {
        let mut recorded = Recorded::default();
        for data in unit.points().values() {
            let point = Point { unit: Arc::clone(unit), data: Arc::clone(data) };
            match self.wish(&point).and_then(|wish| wish.history.clone()) {
                Some(rule) if rule.backfill => recorded.wanted.push(point),
                Some(_) => drop(recorded.others.insert(data.name.clone())),
                None => {}
            }
        }
        recorded
    }

    async fn series_of(&self, points: &[Point]) -> Result<BTreeMap<DataPointName, SeriesId>, GatewayError> {
        let new = |point: &Point| NewSeries {
            smartserver_id: point.unit.id,
            name: point.data.name.clone(),
            data_point_id: point.data.id,
        };
        let made = self.0.store.series().make(&points.iter().map(new).collect::<Vec<_>>()).await?;
        Ok(made.into_iter().map(|series| (series.name, series.id)).collect())
    }
}
