use super::super::super::end::{End, Terminate};
use super::*;

#[test]
fn a_broken_request_is_repeated_byte_for_byte() {
    for creation in [EJABBERD, PROSODY] {
        let mut driver = Driver::online(creation);
        driver.pass(ms(20));
        driver.send(&["one"]);
        let posted = driver.last().clone();
        driver.write();
        driver.answer(posted.rid - 1, EMPTY);
        driver.fail(posted.rid);
        assert_eq!(driver.last(), &posted);
        assert_eq!(driver.session.counters().resent, 1);
        driver.exchange(&carrying(&message("answer")));
        assert_eq!(driver.delivered_texts(), ["answer"]);
    }
}

#[test]
fn repetitions_slow_down_and_end() {
    let mut driver = Driver::online(PROSODY);
    let poll = driver.last().rid;
    let before = driver.posts.len();
    let began = driver.now;
    while driver.ended.is_none() {
        driver.fail(poll);
        driver.pass(secs(1));
    }
    assert_eq!(driver.ended, Some(End::Lost("reset".into())));
    assert!(driver.now - began < secs(13));
    assert!((8..15).contains(&(driver.posts.len() - before)));
}

#[test]
fn no_longer_than_the_server_remembers() {
    let mut driver = Driver::online(&PROSODY.replace("inactivity='30'", "inactivity='3'"));
    let poll = driver.last().rid;
    for _ in 0..3 {
        driver.fail(poll);
        assert_eq!(driver.ended, None);
        driver.pass(secs(1));
    }
    driver.fail(poll);
    assert!(matches!(driver.ended, Some(End::Lost(_))));
}

#[test]
fn separate_incidents_are_not_added_up() {
    let mut driver = Driver::online(PROSODY);
    for _ in 0..10 {
        let poll = driver.last().rid;
        driver.fail(poll);
        assert_eq!(driver.last().rid, poll);
        driver.write();
        driver.pass(secs(30));
    }
    assert_eq!(driver.ended, None);
}

#[test]
fn what_a_proxy_answers_is_no_answer() {
    for (status, body) in [(502, "<html/>"), (503, ""), (200, "<html><body>sorry</body></html>")] {
        let mut driver = Driver::online(EJABBERD);
        let poll = driver.last().clone();
        driver.status(poll.rid, status, body);
        assert_eq!(driver.last(), &poll, "{status}");
        assert_eq!(driver.session.counters().resent, 1);
        assert_eq!(driver.ended, None);
    }
}

#[test]
fn a_silent_peer_is_dead() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().clone();
    driver.pass(secs(69));
    assert!(driver.aborted.is_empty());
    driver.pass(secs(1));
    assert_eq!(driver.aborted, [poll.rid]);
    assert_eq!(driver.last(), &poll);
    assert_eq!(driver.session.counters().resent, 1);
}

#[test]
fn a_connection_that_is_never_made_is_given_up() {
    let mut driver = Driver::online(PROSODY);
    driver.send(&["one"]);
    let rid = driver.last().rid;
    driver.pass(secs(20));
    assert_eq!(driver.aborted, [rid]);
}

#[test]
fn ejabberd_may_have_parked_what_was_written_after_an_unanswered_request() {
    let mut driver = Driver::online(EJABBERD);
    driver.pass(ms(20));
    driver.send(&["one"]);
    let rid = driver.write();
    driver.fail(rid);
    driver.pass(ms(3_900));
    assert_eq!(driver.session.counters().resent, 0, "a second copy would crash the session");
    assert_eq!(driver.ended, None);
    driver.pass(ms(200));
    assert_eq!(driver.ended, Some(End::Parked));
}

#[test]
fn a_request_was_not_parked_if_its_predecessor_is_answered() {
    let mut driver = Driver::online(EJABBERD);
    driver.pass(ms(20));
    driver.send(&["one"]);
    let rid = driver.write();
    driver.fail(rid);
    driver.answer(rid - 1, EMPTY);
    assert_eq!(driver.last().rid, rid);
    assert_eq!(driver.session.counters().resent, 1);
}

#[test]
fn prosody_and_others_may_get_a_second_copy() {
    for creation in [PROSODY.to_owned(), EJABBERD.replace("1.11", "1.10")] {
        let mut driver = Driver::online(&creation);
        driver.pass(ms(20));
        driver.send(&["one"]);
        let rid = driver.write();
        driver.fail(rid);
        assert_eq!(driver.last().rid, rid);
        assert_eq!(driver.session.counters().resent, 1);
    }
}

#[test]
fn an_older_request_left_unanswered_by_ejabberd_means_a_parked_one() {
    let mut driver = Driver::online(EJABBERD);
    driver.pass(ms(900));
    driver.send(&["one"]);
    driver.write();
    driver.pass(ms(3_999));
    assert_eq!(driver.ended, None);
    driver.pass(ms(1));
    assert_eq!(driver.ended, Some(End::Parked));
}

#[test]
fn a_poll_on_a_dead_path_is_repeated() {
    for creation in [EJABBERD, PROSODY] {
        let mut driver = Driver::online(creation);
        let poll = driver.last().clone();
        driver.pass(secs(10));
        driver.send(&["one"]);
        driver.write();
        driver.pass(secs(4));
        assert_eq!(driver.aborted, [poll.rid]);
        assert_eq!(driver.last(), &poll);
        driver.exchange(&carrying(&message("replayed")));
        assert_eq!(driver.delivered_texts(), ["replayed"]);
        driver.pass(secs(60));
        assert_eq!(driver.ended, None);
    }
}

#[test]
fn a_repetition_that_does_not_help_either() {
    for (creation, end) in [(EJABBERD, Some(End::Parked)), (PROSODY, None)] {
        let mut driver = Driver::online(creation);
        driver.pass(secs(10));
        driver.send(&["one"]);
        driver.write();
        driver.pass(secs(4));
        driver.write();
        driver.pass(secs(20));
        assert_eq!(driver.ended, end);
        assert_eq!(driver.session.counters().resent, 1);
    }
}

#[test]
fn a_request_long_after_its_predecessor_cannot_have_overtaken_it() {
    let mut driver = Driver::online(EJABBERD);
    driver.pass(secs(10));
    driver.send(&["one"]);
    let rid = driver.write();
    driver.fail(rid);
    assert_eq!(driver.last().rid, rid);
    assert_eq!(driver.session.counters().resent, 1);
}

#[test]
fn an_answer_overtaken_for_long_is_asked_for_again() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().clone();
    driver.pass(ms(20));
    driver.send(&["one"]);
    let rid = driver.write();
    driver.answer(rid, &carrying(&message("second")));
    driver.pass(secs(4));
    assert_eq!(driver.aborted, [poll.rid]);
    assert_eq!(driver.last(), &poll);
    driver.exchange(&carrying(&message("first")));
    assert_eq!(driver.delivered_texts(), ["first", "second"]);
}

#[test]
fn a_recoverable_error_repeats_all_up_to_it() {
    let mut driver = Driver::online(PROSODY);
    driver.send(&["one"]);
    let rid = driver.write();
    let count = driver.posts.len();
    driver.answer(rid, "<body xmlns='http://jabber.org/protocol/httpbind' type='error'/>");
    driver.write();
    driver.pass(ms(1));
    let again: Vec<u64> = driver.posts[count..].iter().map(|post| post.rid).collect();
    assert_eq!(again, [rid - 1, rid]);
    assert_eq!(driver.aborted, [rid - 1]);
}

#[test]
fn one_bad_stanza_is_found_and_the_others_are_sent() {
    for (status, bad) in [(400, 0), (400, 1), (403, 2), (413, 3)] {
        let mut driver = Driver::online(EJABBERD);
        driver.answer(driver.last().rid, EMPTY);
        let names = ["a", "b", "c", "d"];
        let stanzas = driver.send(&names);
        let mut sent: Vec<&str> = Vec::new();
        while driver.session.queued() > 0 || driver.last_body().contains("<message ") {
            let body = driver.last_body();
            let rid = driver.write();
            if body.contains(&*stanzas[bad].xml) {
                driver.status(rid, status, "");
                assert_eq!(driver.last().rid, rid, "a refused rid is used again");
            } else {
                sent.extend(names.iter().filter(|name| body.contains(&*stanza(name).xml)).copied());
                driver.answer(rid, EMPTY);
                driver.pass(ms(20));
            }
        }
        let expected: Vec<&str> = names.iter().filter(|name| **name != names[bad]).copied().collect();
        assert_eq!(sent, expected);
        let refused: Vec<_> = driver.refused.iter().map(|(stanza, status)| (&stanza.xml, *status)).collect();
        assert_eq!(refused, [(&stanzas[bad].xml, status)]);
        assert!(!stanzas[bad].fate.is_posted());
    }
}

#[test]
fn elsewhere_a_legacy_error_ends_the_session() {
    for (status, end) in [
        (400, End::Protocol("HTTP 400".into())),
        (403, End::Protocol("HTTP 403".into())),
        (404, End::Terminated(Terminate::ItemNotFound)),
    ] {
        let mut driver = Driver::online(PROSODY);
        driver.send(&["a", "b"]);
        let rid = driver.write();
        driver.status(rid, status, "");
        assert_eq!(driver.ended, Some(end));
    }
}

#[test]
fn prosody_forgets_a_poll_whose_connection_broke() {
    let gone = "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' \
                condition='item-not-found'/>";
    for (creation, lives) in [(PROSODY, true), (EJABBERD, false)] {
        let mut driver = Driver::online(creation);
        let poll = driver.last().rid;
        driver.pass(secs(5));
        driver.send(&["one"]);
        let rid = driver.write();
        driver.fail(poll);
        driver.fail(rid);
        driver.exchange(gone);
        assert_eq!(driver.ended.is_none(), lives);
        if lives {
            assert_eq!(driver.last().rid, rid);
            driver.exchange(&carrying(&message("answer")));
            assert_eq!(driver.delivered_texts(), ["answer"]);
        }
    }
    // Said of the only request, it is said of the session.
    let mut driver = Driver::online(PROSODY);
    driver.fail(driver.last().rid);
    driver.exchange(gone);
    assert_eq!(driver.ended, Some(End::Terminated(Terminate::ItemNotFound)));
}

/// The copy before it may have got through: the server may answer that one and refuse this one.
#[test]
fn a_repetition_that_is_refused_may_have_been_taken_before() {
    let mut driver = Driver::online(EJABBERD);
    driver.pass(ms(20));
    let stanzas = driver.send(&["a", "b"]);
    driver.answer(driver.last().rid - 1, EMPTY);
    let rid = driver.write();
    driver.fail(rid);
    driver.write();
    driver.status(rid, 413, "");
    assert!(matches!(driver.ended, Some(End::Protocol(_))), "{:?}", driver.ended);
    assert!(stanzas.iter().all(|stanza| stanza.fate.is_posted()));
}
