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
    driver.pass(ms(8));
    assert_eq!(driver.last().rid, poll + 1);
}

#[test]
fn awaited_answers_do_not_wait_long_for_a_poll() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().rid;
    driver.session.expect_answers(true);
    driver.answer(poll, EMPTY);
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
    driver.pass(ms(20));
    driver.send(&["one"]);
    assert_eq!(driver.last().rid, poll + 1);
    driver.write();
    driver.send(&["two"]);
    driver.pass(secs(1));
    assert_eq!(driver.last().rid, poll + 1, "the window holds two requests");
    driver.answer(poll, EMPTY);
    driver.pass(ms(10));
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
        driver.pass(ms(10));
        assert_eq!(driver.last().rid, poll + 2);
    }
}

#[test]
fn ejabberd_gets_a_successor_a_little_later() {
    for (creation, after_poll, after_stanzas) in [(EJABBERD, 20, 10), (PROSODY, 0, 0)] {
        let mut driver = Driver::online(creation);
        let poll = driver.last().rid;
        for (texts, pause) in [(["one"], after_poll), (["two"], after_stanzas)] {
            driver.send(&texts);
            if pause > 0 {
                driver.pass(ms(pause - 1));
                assert_eq!(driver.last().rid, driver.session.rid());
                assert!(!driver.last_body().contains(texts[0]), "too early");
                driver.pass(ms(1));
            }
            assert!(driver.last_body().contains(texts[0]), "{}", driver.last_body());
            let rid = driver.write();
            driver.answer(rid - 1, EMPTY);
        }
        assert_eq!(driver.last().rid, poll + 2);
    }
}

#[test]
fn the_pause_after_a_poll_grows_with_the_round_trip_up_to_a_limit() {
    for (trip, pause) in [(1, 20), (40, 40), (400, 50)] {
        let mut driver = Driver::online(EJABBERD);
        for _ in 0..40 {
            let poll = driver.last().rid;
            driver.pass(ms(500));
            driver.send(&["x"]);
            driver.write();
            driver.pass(ms(trip));
            driver.answer(poll, EMPTY);
        }
        driver.answer(driver.last().rid, EMPTY);
        driver.pass(ms(8));
        let poll = driver.write();
        driver.send(&["y"]);
        driver.pass(ms(pause - 2));
        assert_eq!(driver.last().rid, poll);
        driver.pass(ms(6));
        assert_eq!(driver.last().rid, poll + 1, "{trip}");
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
    let trip = driver.session.round_trip().get().unwrap();
    assert!((ms(19)..=ms(20)).contains(&trip), "{trip:?}");
}
