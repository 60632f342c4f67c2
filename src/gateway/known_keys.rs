//! API keys that were looked up a moment ago.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::ApiKeyId;
use crate::store::StoredApiKey;

/// How long a key is trusted without a look into the database, which costs more than all the rest of
/// an answer from the cache. A key deleted by another process, as `nocgate key delete`, works this
/// much longer at most.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Holds what the database holds, never what a caller made up: it does not grow beyond that.
#[derive(Debug, Default)]
pub(super) struct KnownKeys(Mutex<HashMap<ApiKeyId, (Instant, Arc<StoredApiKey>)>>);

impl KnownKeys {
    fn lock(&self) -> MutexGuard<'_, HashMap<ApiKeyId, (Instant, Arc<StoredApiKey>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key, if it was looked up not longer ago than it is trusted.
    pub(super) fn get(&self, id: ApiKeyId, now: Instant) -> Option<Arc<StoredApiKey>> {
        let keys = self.lock();
        let (looked_up, key) = keys.get(&id)?;
        (now.saturating_duration_since(*looked_up) < TRUSTED_FOR).then(|| Arc::clone(key))
    }

    /// Keeps a key that the database was asked for at `asked`: before, not after it answered.
    pub(super) fn put(&self, key: &Arc<StoredApiKey>, asked: Instant) {
        self.lock().insert(key.api_key.id, (asked, Arc::clone(key)));
    }

    pub(super) fn forget(&self, id: ApiKeyId) {
        self.lock().remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::ApiKey;

    #[test]
    fn a_key_is_trusted_for_a_moment_and_not_when_forgotten() {
        let id = ApiKeyId::new();
        let api_key =
            ApiKey { id, name: "noc".into(), created_at: Timestamp::UNIX_EPOCH, last_used_at: None };
        let key = Arc::new(StoredApiKey { api_key, hash: [7; 32] });
        let (keys, asked) = (KnownKeys::default(), Instant::now());
        assert_eq!(keys.get(id, asked), None);
        keys.put(&key, asked);
        assert_eq!(keys.get(id, asked + TRUSTED_FOR / 2), Some(Arc::clone(&key)));
        assert_eq!(keys.get(id, asked + TRUSTED_FOR), None);
        assert_eq!(keys.get(ApiKeyId::new(), asked), None);
        keys.forget(id);
        assert_eq!(keys.get(id, asked), None);
    }
}
