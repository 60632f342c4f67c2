use secrecy::SecretString;

use super::{Credentials, Plain, SaslError, check_iterations};

fn credentials() -> Credentials {
    Credentials::new("user", &SecretString::from("pencil")).unwrap()
}

fn offered(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn takes_the_strongest_mechanism_that_is_allowed() {
    let all = ["PLAIN", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512", "X-OAUTH2"];
    for (offer, plain, chosen) in [
        (&all[..], Plain::Last, Some("SCRAM-SHA-512")),
        (&all[..4], Plain::Never, Some("SCRAM-SHA-256")),
        (&all[..3], Plain::Last, Some("SCRAM-SHA-1")),
        (&all[..2], Plain::Last, Some("PLAIN")),
        (&all[..2], Plain::Never, None),
        (&all[5..], Plain::Last, None),
        (&all[..], Plain::First, Some("PLAIN")),
        (&all[1..], Plain::First, Some("SCRAM-SHA-512")),
    ] {
        let exchange = credentials().start(&offered(offer), plain);
        assert_eq!(exchange.ok().map(|e| e.mechanism()), chosen, "{offer:?}");
    }
}

#[test]
fn scram_names_the_user_and_no_channel_binding() {
    let mut exchange = credentials().start(&offered(&["SCRAM-SHA-1"]), Plain::Never).unwrap();
    let first = super::decode(&exchange.initial().unwrap()).unwrap();
    assert!(first.starts_with(b"n,,n=user,r="), "{first:?}");
}

#[test]
fn plain_is_user_and_password() {
    let mut exchange = credentials().start(&offered(&["PLAIN"]), Plain::Last).unwrap();
    assert_eq!(super::decode(&exchange.initial().unwrap()).unwrap(), b"\0user\0pencil");
    exchange.success("").unwrap();
}

#[test]
fn a_success_without_proof_is_a_failure() {
    let mut exchange = credentials().start(&offered(&["SCRAM-SHA-256"]), Plain::Never).unwrap();
    exchange.initial().unwrap();
    assert_eq!(exchange.success(""), Err(SaslError::ServerNotProven));
}

#[test]
fn iteration_counts_are_bounded() {
    for (challenge, good) in [
        ("r=abc,s=c2FsdA==,i=4096", true),
        ("r=abc,s=c2FsdA==,i=10000", true),
        ("r=abc,s=c2FsdA==,i=4095", false),
        ("r=abc,s=c2FsdA==,i=1000001", false),
        ("r=abc,s=c2FsdA==,i=99999999999", false),
        ("v=proof", true),
    ] {
        assert_eq!(check_iterations(challenge.as_bytes()).is_ok(), good, "{challenge}");
    }
}

#[test]
fn nothing_shows_the_password() {
    let exchange = credentials().start(&offered(&["PLAIN"]), Plain::Last).unwrap();
    assert!(!format!("{:?} {exchange:?}", credentials()).contains("pencil"));
}
