//! What a client does for its owner, and how it ends.

use super::*;

#[tokio::test(start_paused = true)]
async fn refused_credentials_are_not_tried_again() {
    let server = Server::default();
    server.set(|play| play.failure = Some("not-authorized"));
    let (client, _inbound) = start(&server);
    reach(&client, |state| *state == State::Refused).await;
    sleep(Duration::from_secs(36_000)).await;
    assert_eq!(server.get(|play| play.sessions), 1);
    assert_eq!(server.posted("type=\"terminate\""), 1, "the server would keep the session");
    assert_eq!(call(&client, 60).await, Err(IqError::NotSent(NotSent::Offline)));
    client.stop().await;
    assert_eq!(client.status().borrow().state, State::Stopped);
}

#[tokio::test(start_paused = true)]
async fn an_owner_who_does_not_listen_holds_nothing_up() {
    let server = Server::default();
    let (client, inbound) = start(&server);
    online(&client).await;
    settle().await;
    let iqs: String = (0..1_030)
        .map(|n| {
            format!("<iq xmlns='jabber:client' type='set' id='{n}' from='a@b/c'><x xmlns='urn:test'/></iq>")
        })
        .collect();
    server.push(&iqs);
    settle().await;
    server.push("<message xmlns='jabber:client' from='a@b/c'><body>hi</body></message>");
    settle().await;
    let refused = server.get(|play| {
        play.posted.iter().map(|body| body.matches("resource-constraint").count()).sum::<usize>()
    });
    assert_eq!(refused, 6);
    assert_eq!(client.status().borrow().dropped, 7);
    assert_eq!(inbound.len(), 1_024);
}

/// A server tells the presence of a whole roster in one body.
#[tokio::test(start_paused = true)]
async fn presence_waits_for_the_owner_and_leaves_places_for_the_rest() {
    let server = Server::default();
    let (client, mut inbound) = start(&server);
    online(&client).await;
    settle().await;
    let presence = |n: usize| format!("<presence xmlns='jabber:client' from='a{n}@b/c'/>");
    let roster: String = (0..3_000).map(presence).collect();
    server.push(&format!("{roster}<message xmlns='jabber:client' from='a@b/c'><body>hi</body></message>"));
    settle().await;
    assert_eq!(inbound.len(), 513);
    let (mut told, mut messages) = (Vec::new(), 0);
    while told.len() < 3_000 {
        match inbound.recv().await.unwrap() {
            Inbound::Presence(presence) => told.push(presence.from.to_string()),
            _ => messages += 1,
        }
    }
    assert!((0..3_000).all(|n| told[n] == format!("a{n}@b/c")), "in order");
    assert_eq!((messages, client.status().borrow().dropped), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_idle_client_posts_one_request_each_wait() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    let before = client.status().borrow().bodies;
    for _ in 0..10 {
        sleep(Duration::from_secs(60)).await;
        server.push("");
    }
    settle().await;
    assert_eq!(client.status().borrow().bodies - before, 10);
}

#[tokio::test(start_paused = true)]
async fn a_change_of_counters_wakes_nobody() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    let mut status = client.status();
    status.mark_unchanged();
    client.message(&device(), "hello").await.unwrap();
    settle().await;
    assert!(!status.has_changed().unwrap());
    assert_eq!(status.borrow().stanzas_sent, 2);
}

#[tokio::test(start_paused = true)]
async fn stopping_sends_what_is_queued_first() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    for n in 0..100 {
        client.message(&device(), &format!("message {n}.")).await.unwrap();
    }
    tokio::join!(client.stop(), client.stop());
    client.stop().await;
    let sent = server.get(|play| play.posted.concat());
    assert!((0..100).all(|n| sent.contains(&format!("message {n}."))));
    assert!(
        sent.ends_with("type=\"terminate\"><presence xmlns=\"jabber:client\" type=\"unavailable\"/></body>")
    );
    assert_eq!(server.get(|play| play.sessions), 1);
}

#[tokio::test(start_paused = true)]
async fn a_client_may_be_stopped_at_any_time() {
    for milliseconds in 0..20 {
        let server = Server::default();
        server.set(|play| play.down = milliseconds % 2 == 0);
        let (client, _inbound) = start(&server);
        sleep(Duration::from_millis(milliseconds)).await;
        timeout(Duration::from_secs(5), client.stop()).await.expect("it stops");
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_handle_ends_the_task() {
    let server = Server::default();
    let (client, mut inbound) = start(&server);
    let other = client.clone();
    online(&client).await;
    drop(client);
    settle().await;
    assert!(matches!(other.status().borrow().state, State::Online(_)));
    drop(other);
    assert!(inbound.recv().await.is_none());
    assert_eq!(server.posted("type=\"terminate\""), 1);
}
