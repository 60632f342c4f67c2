use std::num::NonZeroU32;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

use super::SaltedPasswords;

fn salted(cache: &SaltedPasswords, mechanism: &str, salt: &[u8], iterations: u32) -> Option<Vec<u8>> {
    let password = SecretString::from("pencil");
    cache.with(&password, mechanism, salt, NonZeroU32::new(iterations).unwrap(), <[u8]>::to_vec)
}

/// The examples of RFC 5802 (section 5) and RFC 7677 (section 3), whose salted passwords follow from
/// salt, count and the password "pencil"; computed by another implementation (Python's hashlib).
#[test]
fn keys_are_those_of_the_specification() {
    let cache = SaltedPasswords::default();
    let cases = [
        ("SCRAM-SHA-1", "QSXCR+Q6sek8bf92", "1d96ee3a529b5a5f9e47c01f229a2cb8a6e15f7d"),
        (
            "SCRAM-SHA-256",
            "W22ZaJ0SNY7soEsUEjb6gQ==",
            "c4a49510323ab4f952cac1fa99441939e78ea74d6be81ddf7096e87513dc615d",
        ),
        (
            "SCRAM-SHA-512",
            "W22ZaJ0SNY7soEsUEjb6gQ==",
            "f16efe1be67f1d09502ebd5ed9262fddffba5a377ab4f0b687e5ed5ba0f50686\
             b8a4ae166476da8ab3b951d2fa9238b63998f45461bc33a464814949cec9631d",
        ),
    ];
    for (mechanism, salt, expected) in cases {
        let key = salted(&cache, mechanism, &STANDARD.decode(salt).unwrap(), 4_096).unwrap();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected, "{mechanism}");
    }
    assert_eq!(salted(&cache, "PLAIN", b"salt", 4_096), None);
}

#[test]
fn one_key_is_kept_for_each_mechanism() {
    let cache = SaltedPasswords::default();
    let first = salted(&cache, "SCRAM-SHA-1", b"salt", 4_096);
    assert_eq!(salted(&cache, "SCRAM-SHA-1", b"salt", 4_096), first);
    salted(&cache, "SCRAM-SHA-256", b"salt", 4_096);
    assert_eq!(cache.len(), 2);
    for n in 0..20_u8 {
        assert_ne!(salted(&cache, "SCRAM-SHA-1", &[n], 4_096), first);
        assert_ne!(salted(&cache, "SCRAM-SHA-256", b"salt", 4_097 + u32::from(n)), first);
    }
    assert_eq!(cache.len(), 2);
    assert_eq!(salted(&cache, "SCRAM-SHA-1", b"salt", 4_096), first);
}

#[test]
fn a_key_that_is_known_is_not_derived_again() {
    let cache = SaltedPasswords::default();
    let key = salted(&cache, "SCRAM-SHA-256", b"salt", 4_096);
    // Another password derives another key: it is not looked at.
    let other = SecretString::from("other");
    let count = NonZeroU32::new(4_096).unwrap();
    assert_eq!(cache.with(&other, "SCRAM-SHA-256", b"salt", count, <[u8]>::to_vec), key);
}

#[test]
fn nothing_shows_a_key() {
    let cache = SaltedPasswords::default();
    let key = salted(&cache, "SCRAM-SHA-1", b"salt", 4_096).unwrap();
    let shown = format!("{cache:?}");
    assert!(shown.contains("SCRAM-SHA-1") && !shown.contains(&format!("{key:?}")), "{shown}");
}
