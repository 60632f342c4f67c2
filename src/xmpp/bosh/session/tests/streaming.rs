use super::super::super::end::Terminate;
use super::*;

const SM_FEATURES: &str = "<body xmlns='http://jabber.org/protocol/httpbind' \
    xmlns:stream='http://etherx.jabber.org/streams'><stream:features>\
    <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/><sm xmlns='urn:xmpp:sm:2'/><sm xmlns='urn:xmpp:sm:3'/>\
    </stream:features></body>";
const ENABLED: &str = "<enabled xmlns='urn:xmpp:sm:3' id='s1' resume='true' max='300'/>";
const ASK: &str = "<r xmlns='urn:xmpp:sm:3'/>";

fn taken(count: u32) -> String {
    format!("<a xmlns='urn:xmpp:sm:3' h='{count}'/>")
}

/// What the server says to the ping that sounds the flood after initial presence.
fn pong(ping: u32) -> String {
    format!("<iq xmlns='jabber:client' type='result' from='nocgate.test' id='flood-3e8-{ping}'/>")
}

/// A session on ejabberd that is about to be told what follows initial presence.
fn flooded() -> Driver {
    let mut driver = Driver::new();
    for answer in [EJABBERD, SUCCESS, SM_FEATURES, BOUND] {
        driver.exchange(answer);
    }
    let ping = "<presence xmlns=\"jabber:client\"/><iq xmlns=\"jabber:client\" type=\"get\" \
                to=\"nocgate.test\" id=\"flood-3e8-1\"><ping xmlns=\"urn:xmpp:ping\"/></iq></body>";
    assert!(driver.last_body().ends_with(ping), "{}", driver.last_body());
    driver
}

/// Nothing more comes from this ping on.
fn calm(driver: &mut Driver, from: u32) {
    (from..from + 8).for_each(|ping| driver.exchange(&carrying(&pong(ping))));
}

/// A session on ejabberd whose stream can be resumed, its first poll written, nothing counted.
fn managed() -> Driver {
    let mut driver = flooded();
    calm(&mut driver, 1);
    let enable = "<enable xmlns=\"urn:xmpp:sm:3\" resume=\"true\"/></body>";
    assert!(driver.last_body().ends_with(enable), "{}", driver.last_body());
    driver.exchange(&carrying(ENABLED));
    assert!(driver.delivered.is_empty());
    driver.pass(ms(8));
    driver.write();
    driver
}

/// The same, with a call that was posted behind the poll and may be parked.
fn parked(texts: &[&str]) -> (Driver, Vec<Outgoing>) {
    let mut driver = managed();
    driver.pass(ms(20));
    let stanzas = driver.send(texts);
    driver.write();
    driver.pass(ms(49));
    assert_eq!(driver.ended, None);
    driver.pass(ms(1));
    assert_eq!(driver.ended, Some(End::Parked));
    (driver, stanzas)
}

impl Driver {
    /// The seal, posted beside the restart of the stream.
    fn seal(&self) -> Post {
        self.posts[2].clone()
    }
}

const GONE: &str =
    "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' condition='item-not-found'/>";

fn resume(mut driver: Driver) -> Driver {
    let carried = driver.session.take_carried().expect("there is a stream to resume");
    let sealed = carried.seal.is_none();
    let mut next = Driver::after(Some(carried));
    next.exchange(EJABBERD);
    next.exchange(SUCCESS);
    if !sealed {
        let seal = next.seal().rid;
        next.answer(seal, GONE);
    }
    next.exchange(SM_FEATURES);
    next
}

fn resumed(count: u32) -> String {
    carrying(&format!("<resumed xmlns='urn:xmpp:sm:3' h='{count}' previd='s2'/>"))
}

/// ejabberd counts against a managed stream what it tells all at once after initial presence.
#[test]
fn a_stream_is_managed_when_the_flood_after_initial_presence_is_over() {
    let mut driver = flooded();
    let flood = message("presence").repeat(100);
    driver.exchange(&carrying(&flood));
    driver.pass(ms(8));
    driver.exchange(&carrying(&format!("{flood}{}", pong(1))));
    assert_eq!(driver.delivered.len(), 200);
    assert!(driver.last_body().contains("flood-3e8-2"), "{}", driver.last_body());
    driver.exchange(&carrying(&format!("{}{}", message("last"), pong(2))));
    (3..10).for_each(|ping| driver.exchange(&carrying(&pong(ping))));
    assert!(driver.last_body().contains("<enable "), "{}", driver.last_body());
    driver.exchange(&carrying(&format!("{ENABLED}{}{ASK}", message("first"))));
    driver.pass(ms(8));
    driver.write();
    driver.pass(ms(250));
    assert!(driver.last_body().contains("h=\"1\""), "{}", driver.last_body());
    let enabled = driver.posts.iter().filter(|post| String::from_utf8_lossy(&post.body).contains("<enable "));
    assert_eq!(enabled.count(), 1);
}

#[test]
fn a_session_that_ends_in_the_flood_leaves_no_stream() {
    let mut driver = flooded();
    driver.write();
    driver.status(driver.last().rid, 404, "");
    assert!(driver.ended.is_some());
    assert!(driver.session.take_carried().is_none());
}

#[test]
fn what_the_server_has_not_taken_is_sent_again_on_the_resumed_stream() {
    let (driver, stanzas) = parked(&["a", "b"]);
    assert!(stanzas.iter().all(|stanza| stanza.fate.is_posted()));
    let mut driver = resume(driver);
    assert!(driver.last_body().contains("<resume xmlns=\"urn:xmpp:sm:3\" h=\"0\" previd=\"s1\"/>"));
    // The first stanza.
    driver.exchange(&resumed(1));
    assert!(driver.resumed && !driver.stream_lost);
    assert!(driver.last_body().contains("<body>b</body>"));
    assert!(!driver.last_body().contains("<body>a</body>") && !driver.last_body().contains("presence"));
}

#[test]
fn what_the_server_sent_meanwhile_arrives_and_is_counted() {
    let mut driver = managed();
    driver.exchange(&carrying(&format!("{}{}", message("one"), message("two"))));
    driver.pass(ms(8));
    let rid = driver.write();
    driver.status(rid, 404, "");
    assert_eq!(driver.ended, Some(End::Terminated(Terminate::ItemNotFound)));
    let mut driver = resume(driver);
    assert!(driver.last_body().contains("h=\"2\""), "{}", driver.last_body());
    driver.exchange(&resumed(0).replace("</body>", &format!("{}{ASK}</body>", message("three"))));
    assert_eq!(driver.delivered_texts(), ["three"]);
    driver.pass(ms(8));
    driver.write();
    driver.pass(ms(250));
    assert!(driver.last_body().contains("<a xmlns=\"urn:xmpp:sm:3\" h=\"3\"/>"), "{}", driver.last_body());
}

#[test]
fn a_caller_who_was_told_an_end_is_not_served_behind_his_back() {
    let (driver, stanzas) = parked(&["a", "b"]);
    assert!(!stanzas[0].fate.withdraw(), "it may have been taken");
    let mut driver = resume(driver);
    driver.exchange(&resumed(0));
    assert!(!driver.last_body().contains("<body>a</body>"));
    assert!(driver.last_body().contains("<body>b</body>"));
}

#[test]
fn a_stream_that_is_gone_splits_by_the_servers_count() {
    let (driver, stanzas) = parked(&["a", "b"]);
    let mut driver = resume(driver);
    let failed = "<failed xmlns='urn:xmpp:sm:3' h='1'><item-not-found \
        xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>";
    driver.exchange(&carrying(failed));
    assert!(driver.stream_lost);
    assert!(stanzas[0].fate.is_posted(), "the server had taken it");
    assert!(!stanzas[1].fate.is_posted(), "the server had not");
    assert!(driver.last_body().contains("xmpp-bind"), "{}", driver.last_body());
    driver.exchange(BOUND);
    assert!(driver.online.is_some() && !driver.resumed);
    calm(&mut driver, 1);
    assert!(driver.last_body().contains("<enable "), "a new stream");
}

#[test]
fn a_stream_that_is_gone_without_a_count_leaves_everything_in_doubt() {
    let (driver, stanzas) = parked(&["a"]);
    let mut driver = resume(driver);
    driver.exchange(&carrying("<failed xmlns='urn:xmpp:sm:3'/>"));
    assert!(driver.stream_lost);
    assert!(stanzas[0].fate.is_posted());
}

#[test]
fn a_server_that_offers_no_streams_any_more() {
    let (driver, stanzas) = parked(&["a"]);
    for (creation, features) in [(PROSODY, SM_FEATURES), (EJABBERD, FEATURES)] {
        let carried = Carried { stream: managed_stream(), outbox: Default::default(), seal: None };
        let mut next = Driver::after(Some(carried));
        for answer in [creation, SUCCESS, features] {
            next.exchange(answer);
        }
        assert!(next.stream_lost);
        assert!(next.last_body().contains("xmpp-bind"));
        next.exchange(BOUND);
        assert!(next.last_body().contains("<presence ") && !next.last_body().contains("urn:xmpp:ping"));
    }
    assert!(stanzas[0].fate.is_posted());
    drop(driver);
}

fn managed_stream() -> crate::xmpp::stream::Stream {
    let (mut driver, _) = parked(&["x"]);
    driver.session.take_carried().unwrap().stream
}

#[test]
fn a_server_that_does_not_answer_is_not_asked_twice() {
    let (driver, _stanzas) = parked(&["a"]);
    let mut driver = resume(driver);
    driver.write();
    driver.pass(secs(60));
    assert!(driver.ended.is_some());
    assert!(driver.session.take_carried().is_none());
}

#[test]
fn a_false_alarm_makes_the_session_more_patient() {
    let (driver, _stanzas) = parked(&["a"]);
    let mut driver = resume(driver);
    // All was taken: nothing had been parked.
    driver.exchange(&resumed(1));
    driver.pass(ms(8));
    driver.write();
    driver.pass(ms(20));
    driver.send(&["b"]);
    driver.write();
    driver.pass(ms(99));
    assert_eq!(driver.ended, None);
    driver.pass(ms(1));
    assert_eq!(driver.ended, Some(End::Parked));
}

#[test]
fn what_ends_the_stream_leaves_nothing_to_resume() {
    let stream_error = "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' \
        condition='remote-stream-error' xmlns:stream='http://etherx.jabber.org/streams'><stream:error>\
        <conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></body>";
    let mut driver = managed();
    driver.answer(driver.last().rid, stream_error);
    assert!(driver.ended.is_some());
    assert!(driver.session.take_carried().is_none());

    let mut driver = managed();
    driver.pass(ms(20));
    driver.input(Input::Close);
    driver.write();
    driver.pass(secs(3));
    assert_eq!(driver.ended, Some(End::Closed));
    assert!(driver.session.take_carried().is_none());
}

#[test]
fn the_servers_questions_are_answered_at_leisure() {
    let mut driver = managed();
    driver.pass(secs(1));
    driver.answer(driver.last().rid, &carrying(&format!("{}{ASK}", message("one"))));
    driver.pass(ms(8));
    assert!(driver.last_body().contains("<a xmlns=\"urn:xmpp:sm:3\" h=\"1\"/>"), "with the next poll");
    driver.write();
    let poll = driver.last().rid;
    driver.answer(poll, &carrying(&format!("{}{ASK}", message("two"))));
    driver.pass(ms(8));
    assert!(!driver.last_body().contains("<a "), "asked again too soon");
    driver.write();
    driver.pass(ms(250));
    assert_eq!(driver.last().rid, poll + 2, "the held poll does not keep the answer back");
    assert!(driver.last_body().contains("h=\"2\""));
}

#[test]
fn the_server_is_asked_now_and_then_and_its_count_empties_the_memory() {
    let mut driver = managed();
    let texts: Vec<String> = (0..64).map(|n| format!("m{n}")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let poll = driver.last().rid;
    driver.pass(ms(20));
    driver.send(&texts);
    let mut asked = 0;
    for _ in 0..16 {
        let rid = driver.write();
        asked += usize::from(driver.last_body().contains(ASK.replace('\'', "\"").as_str()));
        driver.answer(rid - 1, EMPTY);
        driver.pass(ms(10));
    }
    assert_eq!(asked, 1);
    assert!(driver.last().rid > poll);
    driver.answer(driver.last().rid, &carrying(&taken(64)));
    driver.pass(ms(8));
    driver.write();
    let carried = {
        driver.pass(ms(20));
        driver.send(&["last"]);
        driver.write();
        driver.pass(ms(50));
        assert_eq!(driver.ended, Some(End::Parked));
        driver
    };
    let mut driver = resume(carried);
    driver.exchange(&resumed(64));
    assert!(driver.last_body().contains("<body>last</body>"));
    assert!(!driver.last_body().contains("<body>m"));
}

#[test]
fn a_refused_request_is_not_counted() {
    let mut driver = managed();
    driver.pass(ms(20));
    let stanzas = driver.send(&["good", "bad"]);
    let rid = driver.write();
    driver.status(rid, 400, "");
    driver.write();
    driver.answer(rid - 1, EMPTY);
    driver.pass(ms(10));
    let bad = driver.write();
    driver.status(bad, 400, "");
    assert_eq!(driver.refused.len(), 1);
    driver.status(rid, 404, "");
    let mut driver = resume(driver);
    // The good one: nothing is left over.
    driver.exchange(&resumed(1));
    assert!(driver.resumed);
    assert!(stanzas[0].fate.is_posted());
    assert!(!driver.last_body().contains("good") && !driver.last_body().contains("bad"));
}

/// What the old session still takes after the server has told its count would be executed twice.
#[test]
fn a_stream_is_not_resumed_before_its_old_session_is_sealed() {
    let (mut driver, _stanzas) = parked(&["a"]);
    let old = driver.last().rid;
    let mut driver = Driver::after(driver.session.take_carried());
    driver.exchange(EJABBERD);
    let shown = |post: &Post| post.rid == old + 17;
    assert!(!driver.posts.iter().any(shown), "its id is for who has proven to be the server");
    driver.exchange(SUCCESS);
    let seal = driver.seal();
    assert_eq!(seal.rid, old + 17, "out of range");
    let body = String::from_utf8(seal.body.to_vec()).unwrap();
    assert!(body.contains("sid=\"e1\"") && body.ends_with("/>"), "{body}");
    driver.exchange(SM_FEATURES);
    assert!(driver.last_body().contains("restart"), "{}", driver.last_body());
    driver.status(seal.rid, 502, "<html/>");
    driver.pass(ms(250));
    assert_eq!(driver.last(), &seal, "asked again");
    driver.fail(seal.rid);
    driver.pass(ms(250));
    driver.answer(seal.rid, GONE);
    assert!(driver.last_body().contains("<resume "), "{}", driver.last_body());
}

#[test]
fn only_the_word_of_the_server_itself_makes_a_seal_needless() {
    for (status, body, sealed) in [(200, GONE, false), (404, "<html/>", true)] {
        let mut driver = managed();
        driver.status(driver.last().rid, status, body);
        assert_eq!(driver.ended, Some(End::Terminated(Terminate::ItemNotFound)));
        assert_eq!(driver.session.take_carried().unwrap().seal.is_some(), sealed, "{status}");
    }
}

#[test]
fn a_seal_is_not_forgotten_with_the_session_that_was_to_set_it() {
    let (mut driver, _stanzas) = parked(&["a"]);
    let mut driver = Driver::after(driver.session.take_carried());
    driver.exchange(EJABBERD);
    driver.exchange(SUCCESS);
    let seal = driver.seal();
    driver.pass(secs(60));
    assert!(driver.ended.is_some());
    let mut driver = Driver::after(driver.session.take_carried());
    driver.exchange(EJABBERD);
    driver.exchange(SUCCESS);
    assert_eq!(driver.seal(), seal);
}

/// Who has not proven to be the server, or does not let us in, is shown nothing of what waits.
#[test]
fn nothing_carried_over_is_shown_to_a_server_that_has_not_let_us_in() {
    let failure =
        carrying("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><temporary-auth-failure/></failure>");
    for stopped in [false, true] {
        let (mut driver, _stanzas) = parked(&["a"]);
        let queued = driver.session.take_carried().map(|mut carried| {
            let queued = stanza("queued");
            carried.outbox.push(queued.clone());
            (carried, queued)
        });
        let (carried, queued) = queued.unwrap();
        let mut driver = Driver::after(Some(carried));
        driver.exchange(EJABBERD);
        match stopped {
            true => driver.input(Input::Close),
            false => driver.exchange(&failure),
        }
        driver.pass(secs(4));
        assert!(driver.ended.is_some());
        let shown = |post: &Post| String::from_utf8_lossy(&post.body).contains("queued");
        assert!(!driver.posts.iter().any(shown), "{:?}", driver.posts);
        assert!(!queued.fate.is_posted(), "its caller would be told that it may have been sent");
        assert_eq!(driver.session.take_carried().is_some(), !stopped);
    }
}

/// `pass` notices a session that asks to be woken for ever.
#[test]
fn a_seal_that_did_not_hold_does_not_keep_a_session_awake_that_says_goodbye() {
    let (mut driver, _stanzas) = parked(&["a"]);
    let mut driver = Driver::after(driver.session.take_carried());
    driver.exchange(EJABBERD);
    driver.exchange(SUCCESS);
    let seal = driver.seal().rid;
    driver.status(seal, 502, "<html/>");
    driver.input(Input::Close);
    driver.pass(secs(4));
    assert_eq!(driver.ended, Some(End::Closed));
}

#[test]
fn an_answer_to_a_resumption_that_makes_no_sense_is_not_asked_for_again() {
    for answer in [
        "<resumed xmlns='urn:xmpp:sm:3'/>",
        "<resumed xmlns='urn:xmpp:sm:3' h='-1'/>",
        "<challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    ] {
        let (driver, _stanzas) = parked(&["a"]);
        let mut driver = resume(driver);
        driver.exchange(&carrying(answer));
        driver.pass(secs(4));
        assert!(matches!(driver.ended, Some(End::Protocol(_))), "{:?}", driver.ended);
        assert!(driver.session.take_carried().is_none(), "{answer}");
    }
}

/// On a resumed stream the server sends again what was not acknowledged: also what nobody can read.
#[test]
fn a_stream_that_brings_only_what_cannot_be_read_is_given_up() {
    let mut driver = managed();
    for round in 0..4 {
        while driver.ended.is_none() {
            let rid = driver.last().rid;
            driver.answer(rid, "<body><");
            driver.pass(ms(500));
            if driver.ended.is_none() {
                driver.write();
            }
        }
        assert!(matches!(driver.ended, Some(End::Lost(_))), "{:?}", driver.ended);
        if round == 3 {
            break;
        }
        driver = resume(driver);
        driver.exchange(&resumed(0));
        driver.pass(ms(8));
        driver.write();
    }
    assert!(driver.session.take_carried().is_none(), "it would be resumed for ever");
}
