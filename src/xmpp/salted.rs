use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::pbkdf2::{self, Algorithm, PBKDF2_HMAC_SHA1, PBKDF2_HMAC_SHA256, PBKDF2_HMAC_SHA512};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use tokio::runtime::{Handle, RuntimeFlavor};

/// Salted passwords of one account, so that logging in again derives nothing (RFC 5802, section 3;
/// checklist, 39).
///
/// At most one per mechanism: servers that keep passwords as SCRAM secrets always send the same
/// salt, and for those that keep them plain and send a new one each time no cache helps.
#[derive(Debug, Default)]
pub(crate) struct SaltedPasswords(Mutex<Vec<Salted>>);

#[derive(Debug)]
struct Salted {
    mechanism: &'static str,
    salt: Vec<u8>,
    iterations: NonZeroU32,
    key: SecretBox<Vec<u8>>,
}

impl SaltedPasswords {
    /// `SaltedPassword` for this challenge, handed to `take`; `None` for a mechanism without one.
    pub(crate) fn with<T>(
        &self,
        password: &SecretString,
        mechanism: &str,
        salt: &[u8],
        iterations: NonZeroU32,
        take: impl FnOnce(&[u8]) -> T,
    ) -> Option<T> {
        let (mechanism, algorithm, length) = algorithm(mechanism)?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|it| it.mechanism != mechanism || (it.salt == salt && it.iterations == iterations));
        if let Some(found) = known.iter().find(|it| it.mechanism == mechanism) {
            return Some(take(found.key.expose_secret()));
        }
        let mut key = vec![0; length];
        let secret = password.expose_secret().as_bytes();
        beside_the_loop(|| pbkdf2::derive(algorithm, iterations, salt, secret, &mut key));
        let key = SecretBox::new(Box::new(key));
        let taken = take(key.expose_secret());
        known.push(Salted { mechanism, salt: salt.to_vec(), iterations, key });
        Some(taken)
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

fn algorithm(mechanism: &str) -> Option<(&'static str, Algorithm, usize)> {
    match mechanism {
        "SCRAM-SHA-1" => Some(("SCRAM-SHA-1", PBKDF2_HMAC_SHA1, 20)),
        "SCRAM-SHA-256" => Some(("SCRAM-SHA-256", PBKDF2_HMAC_SHA256, 32)),
        "SCRAM-SHA-512" => Some(("SCRAM-SHA-512", PBKDF2_HMAC_SHA512, 64)),
        _ => None,
    }
}

/// Runs what takes milliseconds (10,000 iterations) up to half a second (the most that a server may
/// ask for) where the other tasks of this thread need not wait for it.
fn beside_the_loop(work: impl FnOnce()) {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
#[path = "salted_tests.rs"]
mod tests;
