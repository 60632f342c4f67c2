//! Alarms that were cleared long ago are removed.

use std::time::Duration;

use jiff::SignedDuration;

use super::super::Gateway;
use super::super::connections::now;
use crate::store::StoreError;

/// Pause between two times of looking for old ones.
const PAUSE: Duration = Duration::from_secs(3_600);
/// Alarms removed at once, so that other writers get their turn.
const AT_ONCE: usize = 500;
/// Pause in between.
const BREATH: Duration = Duration::from_millis(50);

impl Gateway {
    pub(super) async fn trim_alarms(self) {
        let stopped = self.0.shutdown.clone();
        let trim = async {
            loop {
                match self.trim_old_alarms().await {
                    Ok(0) => {}
                    Ok(removed) => tracing::info!(removed, "old alarms removed"),
                    Err(error) => tracing::warn!(%error, "old alarms not removed; tried again"),
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        stopped.run_until_cancelled(trim).await.unwrap_or_default()
    }

    async fn trim_old_alarms(&self) -> Result<u64, StoreError> {
        let retention =
            SignedDuration::try_from(self.0.settings.alarms.retention).unwrap_or(SignedDuration::MAX);
        let Ok(before) = now().checked_sub(retention) else { return Ok(0) };
        let mut removed = 0;
        loop {
            let some = self.0.store.alarms().trim(before, AT_ONCE).await?;
            removed += some;
            if some < AT_ONCE as u64 {
                return Ok(removed);
            }
            tokio::time::sleep(BREATH).await;
        }
    }
}
