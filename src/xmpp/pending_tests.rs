use std::sync::Arc;
use std::time::Duration;

use jid::{BareJid, Jid};
use tokio::time::Instant;

use super::super::error::{IqError, NotSent};
use super::{Met, Pending, Waiting};

fn pending() -> Arc<Pending> {
    Arc::new(Pending::new(BareJid::new("noc@nocgate.test").unwrap()))
}

fn jid(text: &str) -> Jid {
    Jid::new(text).unwrap()
}

fn open(pending: &Arc<Pending>, to: &str) -> Waiting {
    let id = pending.reserve();
    pending.open(&id, &jid(to), Instant::now() + Duration::from_secs(60)).unwrap()
}

#[tokio::test]
async fn id_and_sender_must_both_match() {
    let pending = pending();
    let mut call = open(&pending, "Device@nocgate.test/soap");
    let id = call.id();
    for (from, id, met) in [
        (Some("device@nocgate.test/other"), id.as_str(), Met::Stranger),
        (Some("device@nocgate.test"), id.as_str(), Met::Stranger),
        (None, id.as_str(), Met::Stranger),
        (Some("device@nocgate.test/soap"), "1", Met::Stranger),
        (Some("device@nocgate.test/soap"), id.as_str(), Met::Caller),
        (Some("device@nocgate.test/soap"), id.as_str(), Met::Nobody),
    ] {
        assert_eq!(pending.answer(from.map(jid).as_ref(), id, Ok(None)), met, "{from:?} {id}");
    }
    assert_eq!(call.result().await, Ok(None));
    assert_eq!(pending.len(), 0);
}

#[test]
fn the_own_server_may_answer_under_four_names() {
    for to in ["nocgate.test", "noc@nocgate.test"] {
        for from in [None, Some("nocgate.test"), Some("noc@nocgate.test"), Some("noc@nocgate.test/r")] {
            let pending = pending();
            let call = open(&pending, to);
            assert_eq!(pending.answer(from.map(jid).as_ref(), &call.id(), Ok(None)), Met::Caller);
        }
        let pending = pending();
        let call = open(&pending, to);
        assert_eq!(pending.answer(Some(&jid("else@nocgate.test")), &call.id(), Ok(None)), Met::Stranger);
    }
}

#[tokio::test]
async fn a_lost_session_tells_who_was_sent() {
    let pending = pending();
    let mut sent = open(&pending, "a@b/c");
    let mut queued = open(&pending, "a@b/c");
    assert!(sent.fate().post(Instant::now()));
    let fate = queued.fate().clone();
    pending.session_lost();
    assert!(!fate.post(Instant::now()), "the next session must not send it");
    assert_eq!(sent.result().await, Err(IqError::SessionLost));
    assert_eq!(queued.result().await, Err(IqError::NotSent(NotSent::SessionLost)));
}

#[test]
fn leaving_forgets_the_call_and_withdraws_the_stanza() {
    let pending = pending();
    let call = open(&pending, "a@b/c");
    let fate = call.fate().clone();
    let id = call.id();
    drop(call);
    assert_eq!(pending.len(), 0);
    assert!(!fate.post(Instant::now()));
    assert_eq!(pending.answer(Some(&jid("a@b/c")), &id, Ok(None)), Met::Nobody);
}

#[tokio::test]
async fn who_asked_an_addressee_that_left_learns_so_at_once() {
    let pending = pending();
    let mut sent = open(&pending, "a@b/c");
    let mut queued = open(&pending, "a@b/c");
    let others = ["a@b/d", "a@b", "e@b/c"].map(|other| open(&pending, other));
    assert!(sent.fate().post(Instant::now()));
    pending.peer_gone(jid("A@b/c").try_as_full().unwrap(), None);
    assert_eq!(sent.result().await, Err(IqError::PeerGone));
    assert_eq!(queued.result().await, Err(IqError::NotSent(NotSent::PeerGone)));
    assert!(!queued.fate().post(Instant::now()));
    assert_eq!(pending.len(), others.len());
    assert_eq!(pending.answer(Some(&jid("a@b/c")), &sent.id(), Ok(None)), Met::Nobody, "too late");
}

#[tokio::test]
async fn a_call_of_an_earlier_run_is_answered_under_its_old_id() {
    let pending = pending();
    let device = jid("device@nocgate.test/soap");
    let [mut answered, mut lost, late] = ["0-1", "0-2", "0-3"].map(|id| pending.inherit(id, &device));
    assert!(pending.awaits("0-1"));
    assert_eq!(pending.answer(Some(&jid("device@nocgate.test/other")), "0-1", Ok(None)), Met::Stranger);
    assert_eq!(pending.answer(Some(&device), "0-1", Ok(None)), Met::Caller);
    assert_eq!(answered.result().await, Ok(None));
    assert!(!pending.awaits("0-1"));

    assert_eq!(late.expired(), IqError::Deadline, "it may have been sent");
    drop(late);
    assert_eq!(pending.answer(Some(&device), "0-3", Ok(None)), Met::Nobody);
    pending.session_lost();
    assert_eq!(lost.result().await, Err(IqError::SessionLost));
}

#[test]
fn an_id_is_good_for_the_client_that_gave_it() {
    let (pending, other) = (pending(), pending());
    let id = other.reserve();
    let soon = Instant::now() + Duration::from_secs(60);
    assert!(pending.open(&id, &jid("a@b/c"), soon).is_none());
    assert!(!other.awaits(id.as_str()));
    let _call = other.open(&id, &jid("a@b/c"), soon).unwrap();
    assert!(other.awaits(id.as_str()));
}

#[tokio::test]
async fn old_news_of_an_addressee_do_not_concern_what_was_posted_since() {
    let pending = pending();
    let device = jid("a@b/c");
    let mut earlier = pending.inherit("0-1", &device);
    let (posted, queued) = (open(&pending, "a@b/c"), open(&pending, "a@b/c"));
    let resumed_at = Instant::now() + Duration::from_secs(1);
    assert!(posted.fate().post(resumed_at + Duration::from_secs(1)));
    pending.peer_gone(device.try_as_full().unwrap(), Some(resumed_at));
    assert_eq!(earlier.result().await, Err(IqError::PeerGone));
    assert!(pending.awaits(&posted.id()) && pending.awaits(&queued.id()));
}
