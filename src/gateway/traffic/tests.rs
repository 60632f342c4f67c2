use std::time::Duration;

use super::message::Shown;
use super::queue::{MESSAGES_MAX, Overheard};
use super::*;
use crate::xml::Element;

fn message(kind: TrafficKind, text: usize) -> TrafficMessage {
    let element = Element::new("urn:test", "message").with_text("x".repeat(text));
    plain(kind, TrafficDirection::Received, Shown::of(&element))
}

fn tell(tap: &Tap, text: usize) {
    tap.tell(TrafficKind::Soap, TrafficDirection::Received, || message(TrafficKind::Soap, text));
}

async fn drain(queue: &Queue) -> Vec<Overheard> {
    let mut all = Vec::new();
    while let Ok(Some(next)) = tokio::time::timeout(Duration::ZERO, queue.next()).await {
        all.push(next);
    }
    all
}

#[test]
fn nothing_is_written_out_for_nobody() {
    let tap = Tap::default();
    let never = || unreachable!("nobody listens");
    tap.tell(TrafficKind::Soap, TrafficDirection::Sent, never);
    let pushes = TrafficFilter { kinds: vec![TrafficKind::Push], ..TrafficFilter::default() };
    let queue = tap.open(pushes).unwrap();
    assert!(tap.is_watched());
    tap.tell(TrafficKind::Soap, TrafficDirection::Sent, never);
    tap.leave(&queue);
    assert!(!tap.is_watched());
}

#[tokio::test]
async fn a_slow_listener_is_told_how_much_it_missed_and_where() {
    let tap = Tap::default();
    let queue = tap.open(TrafficFilter::default()).unwrap();
    for _ in 0..MESSAGES_MAX + 7 {
        tell(&tap, 1);
    }
    assert!(matches!(queue.next().await, Some(Overheard::Message(_))));
    tell(&tap, 1);
    let heard = drain(&queue).await;
    let gap = heard.iter().position(|it| *it == Overheard::Gap { missed: 7 });
    assert_eq!(gap, Some(MESSAGES_MAX - 1), "after what came before it");
    assert_eq!(heard.len(), MESSAGES_MAX + 1, "and before what came after it");
}

#[tokio::test]
async fn long_messages_are_cut_and_bounded_in_all() {
    let tap = Tap::default();
    let queue = tap.open(TrafficFilter::default()).unwrap();
    for _ in 0..100 {
        tell(&tap, 100_000);
    }
    let heard = drain(&queue).await;
    assert_eq!(heard.last(), Some(&Overheard::Gap { missed: 68 }), "2 MiB of 64 KiB each");
    let Overheard::Message(first) = &heard[0] else { panic!("a message") };
    assert!(first.truncated && first.bytes > 100_000);
    assert_eq!(first.text.as_ref().map(String::len), Some(64 << 10));
}

#[tokio::test]
async fn filters_are_held_against_each_message() {
    let tap = Tap::default();
    let reads = TrafficFilter { operations: vec!["Read".into()], ..TrafficFilter::default() };
    let sent = TrafficFilter { direction: Some(TrafficDirection::Sent), ..TrafficFilter::default() };
    let [reads, sent] = [reads, sent].map(|filter| tap.open(filter).unwrap());
    let read = || TrafficMessage { operation: Some("Read".into()), ..message(TrafficKind::Soap, 1) };
    tap.tell(TrafficKind::Soap, TrafficDirection::Received, read);
    tell(&tap, 1);
    tap.tell(TrafficKind::Soap, TrafficDirection::Sent, || message(TrafficKind::Soap, 1));
    assert_eq!(drain(&reads).await.len(), 1);
    assert_eq!(drain(&sent).await.len(), 1);
}

#[tokio::test]
async fn so_many_listen_and_none_to_what_is_removed() {
    let tap = Tap::default();
    let queues: Vec<_> = (0..OF_ONE).map(|_| tap.open(TrafficFilter::default()).unwrap()).collect();
    let refused = tap.open(TrafficFilter::default()).unwrap_err();
    assert!(matches!(refused, GatewayError::TooManyTrafficListeners { limit: OF_ONE, .. }), "{refused:?}");
    tap.leave(&queues[0]);
    let queue = tap.open(TrafficFilter::default()).unwrap();
    tap.close();
    assert_eq!(queue.next().await, None);
    tap.leave(&queue);
    assert_eq!(
        tap.open(TrafficFilter::default()).unwrap_err(),
        GatewayError::Unknown { what: Thing::SmartServer }
    );
}
