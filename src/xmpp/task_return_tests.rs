//! How a client comes back, and how it keeps from doing harm in trying.

use futures_util::future::join_all;

use super::*;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn stream_error(text: &str) -> String {
    format!(
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>\
         <conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{text}</text></stream:error>"
    )
}

fn at(addresses: &[&str]) -> Account {
    let addresses = addresses.iter().map(|address| Url::parse(address).unwrap()).collect();
    Account { addresses, ..account() }
}

fn go_down(server: &Server) {
    server.set(|play| {
        play.down = true;
        for rid in std::mem::take(&mut play.held) {
            play.events.push_back(Event::Failed { rid, error: "reset".into() });
        }
    });
}

fn sessions(server: &Server) -> usize {
    server.get(|play| play.sessions)
}

#[tokio::test(start_paused = true)]
async fn so_many_log_in_at_once_and_who_hangs_gives_its_place_back() {
    let common = Common::new(16, Vec::new());
    let servers: Vec<Server> = (0..40).map(|_| Server::default()).collect();
    let clients: Vec<_> = servers
        .iter()
        .map(|server| {
            server.set(|play| play.frozen = true);
            start_with(server, account(), options(&common))
        })
        .collect();
    let tried = || servers.iter().filter(|server| !server.get(|play| play.posted.is_empty())).count();
    sleep(seconds(2)).await;
    assert_eq!(tried(), 16);
    sleep(seconds(10)).await;
    assert_eq!(tried(), 40, "those who hang keep the others waiting");
    servers.iter().for_each(|server| server.set(|play| play.frozen = false));
    let back = Instant::now();
    join_all(clients.iter().map(|(client, _)| online(client))).await;
    assert!(back.elapsed() < seconds(10), "{:?}", back.elapsed());
    assert!(servers.iter().all(|server| sessions(server) == 1));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_place_can_be_stopped() {
    let common = Common::new(1, Vec::new());
    let (first, second) = (Server::default(), Server::default());
    first.set(|play| play.busy = true);
    let (hanging, _inbound) = start_with(&first, account(), options(&common));
    settle().await;
    let (waiting, _inbound) = start_with(&second, account(), options(&common));
    settle().await;
    assert_eq!(waiting.status().borrow().state, State::Connecting);
    assert_eq!(call(&waiting, 60).await, Err(IqError::NotSent(NotSent::Offline)));
    timeout(seconds(1), waiting.stop()).await.expect("it stops");
    assert_eq!(second.get(|play| play.posted.len()), 0);
    hanging.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_log_in_that_was_lost_while_the_server_was_away_is_begun_anew() {
    let server = Server::default();
    server.set(|play| play.frozen = true);
    let (client, _inbound) = start(&server);
    // Within the second attempt, which may take six seconds for each step.
    sleep(seconds(8)).await;
    let opened = server.get(|play| play.opened.len());
    server.set(|play| play.frozen = false);
    let back = Instant::now();
    online(&client).await;
    assert!(back.elapsed() < Duration::from_millis(1_500), "{:?}", back.elapsed());
    assert_eq!(server.get(|play| play.opened.len()), opened + 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_log_in_is_left_to_its_work() {
    let server = Server::default();
    server.set(|play| play.busy = true);
    let (client, _inbound) = start(&server);
    sleep(Duration::from_millis(2_800)).await;
    server.set(|play| {
        play.busy = false;
        let rid = play.held.pop_front().unwrap();
        play.events.push_back(Event::Answered { rid, status: 200, body: CREATED.to_owned() });
    });
    online(&client).await;
    assert_eq!(server.get(|play| play.opened.len()), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_gets_more_time_with_each_attempt() {
    let server = Server::default();
    server.set(|play| play.busy = true);
    let (client, _inbound) = start(&server);
    sleep(seconds(60)).await;
    let opened = server.get(|play| play.opened.len());
    assert!((4..=6).contains(&opened), "{opened}");
    let status = client.status().borrow().clone();
    assert_eq!(status.offline, Some(OfflineReason::ServerUnreachable));
    assert!(status.reason.unwrap().contains("no answer"));
}

#[tokio::test(start_paused = true)]
async fn a_second_holder_is_not_fought() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    for (round, least) in [30, 60, 120, 240].into_iter().enumerate() {
        online(&client).await;
        settle().await;
        server.push(&stream_error("Replaced by new connection"));
        let status = reach(&client, |state| *state == State::Offline).await;
        assert_eq!(status.offline, Some(OfflineReason::Replaced));
        settle().await;
        let reason = client.status().borrow().reason.clone().unwrap();
        assert!(reason.contains("another client") && reason.contains("next attempt"), "{reason}");
        sleep(seconds(least - 1)).await;
        assert_eq!(sessions(&server), round + 1, "it fights after {least} s");
        sleep(seconds(least + 2)).await;
        assert_eq!(sessions(&server), round + 2, "it waits longer than {least} s twice");
    }
}

#[tokio::test(start_paused = true)]
async fn a_kick_is_an_ordinary_end() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    server.push(&stream_error("maintenance"));
    let status = reach(&client, |state| *state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::Kicked));
    assert!(status.reason.unwrap().contains("maintenance"));
    let kicked = Instant::now();
    online(&client).await;
    assert!(kicked.elapsed() < seconds(1));
}

#[tokio::test(start_paused = true)]
async fn a_removed_account_is_tried_once_more() {
    let server = Server::default();
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    server.set(|play| play.failure = Some("not-authorized"));
    server.push(&stream_error("User removed"));
    let status = reach(&client, |state| *state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::Removed));
    let status = reach(&client, |state| *state == State::Refused).await;
    let reason = status.reason.unwrap();
    assert!(reason.contains("removed") && reason.contains("not-authorized"), "{reason}");
    sleep(seconds(36_000)).await;
    assert_eq!(sessions(&server), 2);
}

#[tokio::test(start_paused = true)]
async fn only_a_temporary_failure_is_tried_again() {
    for failure in ["not-authorized", "account-disabled", "credentials-expired"] {
        let server = Server::default();
        server.set(|play| play.failure = Some(failure));
        let (client, _inbound) = start(&server);
        let status = reach(&client, |state| *state == State::Refused).await;
        assert!(status.reason.unwrap().contains(failure));
        sleep(seconds(36_000)).await;
        assert_eq!((sessions(&server), server.posted("type=\"terminate\"")), (1, 1), "{failure}");
    }
    let server = Server::default();
    server.set(|play| play.failure = Some("temporary-auth-failure"));
    let (client, _inbound) = start(&server);
    sleep(seconds(300)).await;
    let tried = sessions(&server);
    assert!((13..=30).contains(&tried), "{tried}");
    assert_eq!(server.posted("type=\"terminate\""), tried);
    server.set(|play| play.failure = None);
    online(&client).await;
}

#[tokio::test(start_paused = true)]
async fn the_address_that_comes_back_first_is_taken() {
    const ONE: &str = "https://one.nocgate.test/http-bind";
    const OTHER: &str = "https://other.nocgate.test/http-bind";
    let server = Server::default();
    server.set(|play| play.dead = vec![ONE.into(), OTHER.into()]);
    let common = Common::new(16, Vec::new());
    let (client, _inbound) = start_with(&server, at(&[ONE, OTHER]), options(&common));
    sleep(seconds(200)).await;
    let before = server.get(|play| play.opened.len());
    server.set(|play| play.dead.retain(|address| address != OTHER));
    let back = Instant::now();
    online(&client).await;
    assert!(back.elapsed() < seconds(1), "{:?}", back.elapsed());
    assert_eq!(server.get(|play| play.opened[before..].to_vec()), [OTHER]);
    assert_eq!(client.status().borrow().address.as_ref().unwrap().as_str(), OTHER);

    let server = Server::default();
    server.set(|play| play.dead = vec![ONE.into()]);
    let (client, _inbound) = start_with(&server, at(&[ONE, OTHER]), options(&common));
    online(&client).await;
    assert_eq!(server.get(|play| play.opened.clone()), [ONE, OTHER]);
}

#[tokio::test(start_paused = true)]
async fn a_server_may_send_us_on_within_policy() {
    const ELSEWHERE: &str = "https://elsewhere.nocgate.test/bosh";
    let server = Server::default();
    server.set(|play| play.elsewhere = [ELSEWHERE, "https://nocgate.test:5281/"].into());
    let common = Common::new(16, vec!["elsewhere.nocgate.test".into()]);
    let (client, _inbound) = start_with(&server, account(), options(&common));
    online(&client).await;
    let first = account().addresses[0].to_string();
    assert_eq!(server.get(|play| play.opened.clone()), [&first, ELSEWHERE, "https://nocgate.test:5281/"]);

    for (uri, word) in [
        ("https://evil.test/", "evil.test"),
        ("http://nocgate.test/http-bind", "TLS"),
        ("https://a:geheim@nocgate.test/", "user"),
        ("", "no address"),
    ] {
        let server = Server::default();
        server.set(|play| play.elsewhere = [uri].into());
        let (client, _inbound) = start(&server);
        let status = reach(&client, |state| *state == State::Offline).await;
        let reason = status.reason.unwrap();
        assert!(reason.contains(word) && !reason.contains("geheim"), "{reason}");
        assert_eq!(server.get(|play| play.opened.len()), 1);
    }

    let server = Server::default();
    server.set(|play| play.elsewhere = ["https://nocgate.test/"; 4].into());
    let (client, _inbound) = start(&server);
    let status = reach(&client, |state| *state == State::Offline).await;
    assert!(status.reason.unwrap().contains("more than 3 times"));
    assert_eq!(server.get(|play| play.opened.len()), 4);
}

#[tokio::test(start_paused = true)]
async fn callers_do_not_wait_for_a_server_that_is_known_to_be_away() {
    let common = Common::new(16, Vec::new());
    let (server, away) = (Server::default(), Server::default());
    server.set(|play| play.manages = true);
    away.set(|play| play.down = true);
    let (client, _inbound) = start_with(&server, account(), options(&common));
    let (_other, _inbound) = start_with(&away, account(), options(&common));
    online(&client).await;
    sleep(seconds(20)).await;
    let lost = Instant::now();
    go_down(&server);
    let status = reach(&client, |state| *state == State::Offline).await;
    assert_eq!(status.offline, Some(OfflineReason::ServerUnreachable));
    assert!(lost.elapsed() < seconds(10), "{:?}", lost.elapsed());
    assert_eq!(call(&client, 60).await, Err(IqError::NotSent(NotSent::Offline)));
    assert!(!client.status().borrow().resuming);
}

#[tokio::test(start_paused = true)]
async fn what_was_not_taken_and_is_too_late_by_now_ends_at_once() {
    let server = Server::default();
    server.set(|play| play.manages = true);
    let (client, _inbound) = start(&server);
    online(&client).await;
    settle().await;
    let begun = Instant::now();
    let limits = Limits { posted_by: begun + seconds(5), patience: seconds(600) };
    let device = device();
    let called = client.iq(&device, IqKind::Set, Element::new("urn:test", "x"), limits);
    let outage = async {
        sleep(seconds(1)).await;
        assert_eq!(server.posted("urn:test"), 1);
        go_down(&server);
        sleep(seconds(9)).await;
        server.set(|play| play.down = false);
    };
    let (answer, ()) = tokio::join!(called, outage);
    assert_eq!(answer, Err(IqError::NotSent(NotSent::Deadline)));
    assert!(begun.elapsed() < seconds(15), "{:?}", begun.elapsed());
    assert_eq!(client.status().borrow().resumed, 1);
    sleep(seconds(1)).await;
    let resumed = server.get(|play| play.posted.iter().position(|body| body.contains("<resume ")).unwrap());
    assert!(server.get(|play| play.posted[resumed..].iter().all(|body| !body.contains("urn:test"))));
}
