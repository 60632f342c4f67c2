use super::*;

#[test]
fn one_request_is_always_pending() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().rid;
    assert!(driver.last_body().ends_with("sid=\"e1\"/>"));
    driver.pass(secs(60));
    assert_eq!(driver.last().rid, poll, "a held request needs no successor");
    driver.answer(poll, EMPTY);
    assert_eq!(driver.session.requests_out(), 0);
    driver.pass(ms(1));
    assert_eq!(driver.last().rid, poll + 1);
}

#[test]
fn a_question_after_an_answer_takes_the_place_of_the_poll() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().rid;
    driver.answer(poll, EMPTY);
    driver.send(&["question"]);
    assert_eq!(driver.last().rid, poll + 1);
    assert!(driver.last_body().contains("question"));
    driver.write();
    driver.pass(secs(1));
    assert_eq!(driver.last().rid, poll + 1, "it is held in place of a poll");
}

#[test]
fn data_goes_out_beside_the_poll_and_no_further() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().rid;
    driver.pass(ms(10));
    driver.send(&["one"]);
    assert_eq!(driver.last().rid, poll + 1);
    driver.write();
    driver.send(&["two"]);
    driver.pass(secs(1));
    assert_eq!(driver.last().rid, poll + 1, "the window holds two requests");
    driver.answer(poll, EMPTY);
    driver.pass(ms(4));
    assert_eq!(driver.last().rid, poll + 2);
    assert!(driver.last_body().contains("two"));
}

#[test]
fn a_successor_waits_until_its_predecessor_is_written() {
    for creation in [EJABBERD, PROSODY] {
        let mut driver = Driver::online(creation);
        let poll = driver.last().rid;
        driver.answer(poll, EMPTY);
        driver.send(&["one"]);
        driver.send(&["two"]);
        driver.pass(secs(5));
        assert_eq!(driver.last().rid, poll + 1);
        driver.write();
        driver.pass(ms(4));
        assert_eq!(driver.last().rid, poll + 2);
    }
}

#[test]
fn ejabberd_gets_a_successor_a_little_later() {
    for (creation, spaced) in [(EJABBERD, true), (PROSODY, false)] {
        let mut driver = Driver::online(creation);
        let poll = driver.last().rid;
        driver.send(&["one"]);
        assert_eq!(driver.last().rid == poll, spaced);
        driver.pass(ms(3));
        assert_eq!(driver.last().rid == poll, spaced);
        driver.pass(ms(1));
        assert_eq!(driver.last().rid, poll + 1);
    }
}

#[test]
fn stanzas_are_batched_up_to_the_limit() {
    let mut driver = Driver::online(PROSODY);
    driver.send(&["a", "b", "c", "d", "e", "f"]);
    assert_eq!(driver.last_body().matches("<message ").count(), 4);
    driver.write();
    let poll = driver.last().rid - 1;
    driver.answer(poll, EMPTY);
    assert_eq!(driver.last_body().matches("<message ").count(), 2);
    assert_eq!(driver.session.counters().stanzas_sent, 7);
}

#[test]
fn bodies_are_bounded_in_size() {
    let mut driver = Driver::online(PROSODY);
    let large = "x".repeat(6_000);
    driver.send(&[&large, &large]);
    assert!(driver.last_body().len() < 10_000);
    assert_eq!(driver.session.queued(), 1);
}

#[test]
fn answers_are_taken_in_the_order_of_requests() {
    let mut driver = Driver::online(PROSODY);
    let poll = driver.last().rid;
    driver.send(&["one"]);
    driver.write();
    driver.answer(poll + 1, &carrying(&message("second")));
    assert!(driver.delivered.is_empty());
    driver.answer(poll, &carrying(&message("first")));
    assert_eq!(driver.delivered_texts(), ["first", "second"]);
    driver.answer(poll, &carrying(&message("again")));
    assert_eq!(driver.delivered_texts().len(), 2, "an answer counts once");
}

#[test]
fn what_was_withdrawn_is_not_sent() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().rid;
    let stanzas = driver.send(&["one"]);
    assert!(stanzas[0].fate.withdraw());
    driver.pass(secs(1));
    assert_eq!(driver.last().rid, poll, "nothing is left to send");
}

#[test]
fn stanzas_in_the_namespace_of_bosh_are_taken() {
    let mut driver = Driver::online(PROSODY);
    let poll = driver.last().rid;
    driver.answer(poll, &carrying("<message from='a@b/c'><body>hi</body></message>"));
    assert_eq!(driver.delivered_texts(), ["hi"]);
}

#[test]
fn the_round_trip_is_that_of_released_polls() {
    let mut driver = Driver::online(PROSODY);
    for _ in 0..50 {
        let poll = driver.last().rid;
        driver.pass(ms(500));
        driver.send(&["x"]);
        driver.write();
        driver.pass(ms(20));
        driver.answer(poll, EMPTY);
    }
    let trip = driver.session.round_trip().unwrap();
    assert!((ms(19)..=ms(20)).contains(&trip), "{trip:?}");
}
