use super::super::super::end::{End, Terminate};
use super::*;

const TERMINATED: &str = "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'/>";

#[test]
fn each_terminate_ends_the_session() {
    for (attributes, condition) in [
        ("condition='bad-request'", Terminate::BadRequest),
        ("condition='host-gone'", Terminate::HostGone),
        ("condition='host-unknown'", Terminate::HostUnknown),
        ("condition='improper-addressing'", Terminate::ImproperAddressing),
        ("condition='internal-server-error'", Terminate::InternalServerError),
        ("condition='item-not-found'", Terminate::ItemNotFound),
        ("condition='other-request'", Terminate::OtherRequest),
        ("condition='policy-violation'", Terminate::PolicyViolation),
        ("condition='remote-connection-failed'", Terminate::RemoteConnectionFailed),
        ("condition='remote-stream-error'", Terminate::RemoteStreamError),
        ("condition='see-other-uri'", Terminate::SeeOtherUri),
        ("condition='system-shutdown'", Terminate::SystemShutdown),
        ("condition='undefined-condition'", Terminate::UndefinedCondition),
        ("condition='invented'", Terminate::UndefinedCondition),
        ("", Terminate::UndefinedCondition),
    ] {
        let mut driver = Driver::online(EJABBERD);
        let poll = driver.last().rid;
        let answer = format!(
            "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' {attributes}>{}</body>",
            message("last words")
        );
        driver.answer(poll, &answer);
        assert_eq!(driver.delivered_texts(), ["last words"]);
        assert_eq!(driver.ended, Some(End::Terminated(condition)), "{attributes}");
        assert_eq!(driver.session.wake_at(), None);
    }
}

#[test]
fn a_stream_error_is_looked_into() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().rid;
    driver.answer(
        poll,
        "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:stream='http://etherx.jabber.org/streams' \
         type='terminate' condition='remote-stream-error'><stream:error>\
         <conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Replaced</text></stream:error></body>",
    );
    let ended = driver.ended.unwrap();
    assert!(ended.conflict().is_some());
    assert_eq!(ended.to_string(), "the server ended the stream: conflict (Replaced)");
}

/// Prosody tells why a session ends to a request that it holds, and to nobody else.
#[test]
fn a_session_that_prosody_has_forgotten_was_taken_over_unless_it_was_restarted() {
    let gone = TERMINATED.replace("/>", " condition='item-not-found'/>");
    let end_after = |creation, repeat: bool| {
        let mut driver = Driver::online(creation);
        let poll = driver.last().rid;
        if repeat {
            driver.fail(poll);
            driver.write();
        }
        driver.answer(poll, &gone);
        driver.ended.unwrap()
    };
    assert_eq!(end_after(PROSODY, false), End::Vanished);
    assert_eq!(end_after(PROSODY, true), End::Terminated(Terminate::ItemNotFound));
    assert_eq!(end_after(EJABBERD, false), End::Terminated(Terminate::ItemNotFound));
    let mut idle = Driver::online(PROSODY);
    idle.pass(secs(31));
    idle.answer(idle.last().rid, &gone);
    assert_eq!(idle.ended, Some(End::Terminated(Terminate::ItemNotFound)));
    // An answer that was long on its way says nothing of what the server knows now.
    let mut held = Driver::online(PROSODY);
    held.pass(secs(31));
    held.answer(held.last().rid, EMPTY);
    held.pass(secs(1));
    held.write();
    held.answer(held.last().rid, &gone);
    assert_eq!(held.ended, Some(End::Terminated(Terminate::ItemNotFound)));
}

#[test]
fn fates_tell_what_was_written() {
    let mut driver = Driver::online(PROSODY);
    let poll = driver.last().rid;
    let written = driver.send(&["a", "b", "c", "d"]);
    driver.write();
    driver.answer(poll, EMPTY);
    let handed_over = driver.send(&["e"]);
    let queued = driver.send(&["f"]);
    assert!(handed_over[0].fate.is_posted());
    driver.answer(poll + 1, TERMINATED);
    assert!(driver.ended.is_some());
    assert!(written.iter().all(|stanza| stanza.fate.is_posted()));
    assert!(!handed_over[0].fate.is_posted(), "not a byte of it was written");
    assert!(!queued[0].fate.is_posted());
}

/// The transport may be in the middle of it, and the word that it is written on its way.
#[test]
fn what_has_begun_to_go_out_may_have_been_sent() {
    let mut driver = Driver::online(PROSODY);
    let poll = driver.last().rid;
    let begun = driver.send(&["a"]);
    assert!(driver.last().start.take());
    driver.answer(poll, TERMINATED);
    assert!(begun[0].fate.is_posted());
    let mut driver = Driver::online(PROSODY);
    let poll = driver.last().rid;
    driver.send(&["a"]);
    driver.answer(poll, TERMINATED);
    assert!(!driver.last().start.take(), "it must not go out any more");
}

#[test]
fn leaving_drains_the_queue_and_says_goodbye() {
    let mut driver = Driver::online(PROSODY);
    let poll = driver.last().rid;
    driver.send(&["a", "b", "c", "d", "e"]);
    driver.write();
    driver.input(Input::Close);
    assert_eq!(driver.last().rid, poll + 1, "the window is full");
    driver.answer(poll, EMPTY);
    assert!(driver.last_body().contains("<body>e</body>"));
    driver.exchange(EMPTY);
    assert_eq!(driver.last().rid, poll + 2);
    driver.answer(poll + 1, EMPTY);
    let goodbye = " type=\"terminate\"><presence xmlns=\"jabber:client\" type=\"unavailable\"/></body>";
    assert!(driver.last_body().ends_with(goodbye), "{}", driver.last_body());
    driver.exchange(TERMINATED);
    assert_eq!(driver.ended, Some(End::Closed));
}

#[test]
fn an_older_poll_may_answer_a_goodbye() {
    let mut driver = Driver::online(EJABBERD);
    let poll = driver.last().rid;
    driver.pass(ms(20));
    driver.input(Input::Close);
    driver.write();
    driver.answer(poll, &TERMINATED.replace("/>", " condition='other-request'/>"));
    assert_eq!(driver.ended, Some(End::Closed));
}

#[test]
fn a_goodbye_is_not_waited_for_long() {
    let mut driver = Driver::online(EJABBERD);
    driver.pass(ms(20));
    driver.input(Input::Close);
    driver.write();
    driver.input(Input::Close);
    driver.pass(secs(3));
    assert_eq!(driver.ended, Some(End::Closed));
}

#[test]
fn leaving_before_the_login_is_done() {
    let mut driver = Driver::new();
    driver.input(Input::Close);
    assert_eq!(driver.ended, Some(End::Closed));

    let mut driver = Driver::new();
    driver.exchange(PROSODY);
    driver.write();
    driver.input(Input::Close);
    assert!(driver.last_body().ends_with(" type=\"terminate\"/>"));
    driver.exchange(TERMINATED);
    assert_eq!(driver.ended, None, "an older request is unanswered");
    driver.answer(FIRST_RID + 1, TERMINATED);
    assert_eq!(driver.ended, Some(End::Closed));
}
