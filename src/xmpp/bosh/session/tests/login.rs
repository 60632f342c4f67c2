use super::super::super::end::{End, Terminate};
use super::*;
use crate::xmpp::status::Server;

/// What a login posts, one part of each body that tells it from the others.
const POSTED: [&str; 5] = [
    "ver=\"1.11\" wait=\"60\" hold=\"1\" xmpp:version=\"1.0\"/>",
    "mechanism=\"PLAIN\">AG5vYwBzZWNyZXQ=</auth>",
    "to=\"nocgate.test\" xml:lang=\"en\" xmlns:xmpp=\"urn:xmpp:xbosh\" xmpp:restart=\"true\"/>",
    "<bind xmlns=\"urn:ietf:params:xml:ns:xmpp-bind\"><resource>gw</resource></bind></iq>",
    "<presence xmlns=\"jabber:client\"/>",
];

#[test]
fn logs_in_on_both_servers() {
    for (creation, server) in [(EJABBERD, Server::Ejabberd), (PROSODY, Server::Prosody)] {
        let mut driver = Driver::new();
        for (posted, answer) in POSTED.iter().zip([creation, SUCCESS, FEATURES, BOUND, EMPTY]) {
            assert!(driver.last_body().contains(posted), "{} lacks {posted}", driver.last_body());
            driver.exchange(answer);
        }
        assert_eq!(driver.online.as_deref(), Some("noc@nocgate.test/gw"));
        assert_eq!(driver.session.profile().server, server);
        assert_eq!(driver.session.mechanism(), Some("PLAIN"));
        let agreed = driver.session.agreed().unwrap();
        assert_eq!((agreed.wait, agreed.requests, agreed.inactivity), (secs(60), 2, Some(secs(30))));
        let rids: Vec<u64> = driver.posts.iter().map(|post| post.rid).collect();
        assert_eq!(rids, (FIRST_RID..FIRST_RID + 5).collect::<Vec<_>>());
    }
}

#[test]
fn features_may_come_later_and_stanzas_before_the_bind() {
    let (start, features) = EJABBERD.split_once("<stream:features>").unwrap();
    let later = format!(
        "<body xmlns='http://jabber.org/protocol/httpbind' \
         xmlns:stream='http://etherx.jabber.org/streams'><stream:features>{features}"
    );
    let early = format!("{}{}", message("early"), BOUND.split_once("bind'>").unwrap().1);
    let mut driver = Driver::new();
    driver.exchange(&format!("{start}</body>"));
    assert!(driver.last_body().ends_with("sid=\"e1\"/>"), "{}", driver.last_body());
    driver.exchange(EMPTY);
    driver.exchange(&later);
    assert!(driver.last_body().contains("<auth "));
    driver.exchange(SUCCESS);
    driver.exchange(EMPTY);
    driver.exchange(FEATURES);
    driver.exchange(&BOUND.replacen("<iq", &format!("{}<iq", message("early")), 1));
    assert_eq!(driver.delivered_texts(), ["early"], "{early}");
    assert!(driver.online.is_some());
}

#[test]
fn an_obligatory_session_is_established() {
    let features = FEATURES.replace("<optional/>", "");
    let mut driver = Driver::new();
    for answer in [EJABBERD, SUCCESS, &features, BOUND] {
        driver.exchange(answer);
    }
    assert_eq!(driver.online, None);
    assert!(driver.last_body().contains("<session xmlns=\"urn:ietf:params:xml:ns:xmpp-session\"/>"));
    driver.exchange(&carrying("<iq xmlns='jabber:client' type='result' id='session'/>"));
    assert!(driver.online.is_some());
}

#[test]
fn a_refused_creation_tells_why() {
    let terminate = |condition: &str| {
        format!(
            "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' condition='{condition}'/>"
        )
    };
    for (condition, end) in [
        ("internal-server-error", End::DomainUnknown(Terminate::InternalServerError)),
        ("improper-addressing", End::DomainUnknown(Terminate::ImproperAddressing)),
        ("host-unknown", End::DomainUnknown(Terminate::HostUnknown)),
        ("host-gone", End::DomainUnknown(Terminate::HostGone)),
        ("policy-violation", End::Terminated(Terminate::PolicyViolation)),
        ("system-shutdown", End::Terminated(Terminate::SystemShutdown)),
    ] {
        let mut driver = Driver::new();
        driver.exchange(&terminate(condition));
        assert_eq!(driver.ended, Some(end), "{condition}");
    }
}

#[test]
fn what_is_no_bosh_server_is_unreachable() {
    for (status, body) in [(200, "<html/>"), (200, EMPTY), (404, ""), (400, ""), (502, "Bad gateway")] {
        let mut driver = Driver::new();
        let rid = driver.write();
        driver.status(rid, status, body);
        assert!(matches!(driver.ended, Some(End::Unreachable(_))), "{status} {body}: {:?}", driver.ended);
    }
    let mut driver = Driver::new();
    driver.fail(FIRST_RID);
    assert_eq!(driver.ended, Some(End::Unreachable("reset".into())));
    let mut driver = Driver::new();
    driver.pass(secs(60));
    assert_eq!(driver.ended, Some(End::Silent(secs(5))));
}

#[test]
fn a_server_that_only_polls_is_not_used() {
    let mut driver = Driver::new();
    driver.exchange(&EJABBERD.replace("hold='1'", "hold='0'"));
    assert!(matches!(driver.ended, Some(End::Login(_))));
}

#[test]
fn refused_credentials_are_told_from_other_failures() {
    for (condition, refused) in [
        ("not-authorized", true),
        ("account-disabled", true),
        ("credentials-expired", true),
        ("temporary-auth-failure", false),
        ("malformed-request", false),
    ] {
        let failure = format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><{condition}/></failure>");
        let mut driver = Driver::new();
        driver.exchange(EJABBERD);
        driver.exchange(&carrying(&failure));
        // The session is left open by the servers, so it is terminated.
        assert!(driver.last_body().ends_with(" type=\"terminate\"/>"), "{}", driver.last_body());
        assert_eq!(driver.ended, None);
        driver.exchange("<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'/>");
        let ended = driver.ended.unwrap();
        assert_eq!(matches!(ended, End::Refused(_)), refused, "{condition}: {ended}");
        assert!(ended.to_string().contains(condition));
    }
}

#[test]
fn a_login_does_not_last_for_ever() {
    let mut driver = Driver::new();
    driver.exchange(EJABBERD);
    driver.write();
    driver.pass(secs(4));
    assert_eq!(driver.ended, None);
    driver.pass(secs(1));
    assert_eq!(driver.ended, Some(End::Silent(secs(5))));

    let mut driver = Driver::new();
    driver.exchange(&EJABBERD.replace("features>", "later>"));
    while driver.ended.is_none() {
        driver.pass(secs(4));
        if driver.ended.is_none() {
            driver.exchange(EMPTY);
        }
    }
    assert!(matches!(driver.ended, Some(End::Login(_))));
}

#[test]
fn a_failed_bind_says_why() {
    let mut driver = Driver::new();
    for answer in [PROSODY, SUCCESS, FEATURES] {
        driver.exchange(answer);
    }
    driver.exchange(&carrying(
        "<iq xmlns='jabber:client' type='error' id='bind'><error type='cancel'>\
         <conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
    ));
    driver.pass(secs(5));
    assert_eq!(driver.ended, Some(End::ResourceTaken));
}

#[test]
fn what_a_server_says_of_itself_is_taken_within_bounds() {
    let most = u64::MAX.to_string();
    let mut creation =
        EJABBERD.replace("hold='1'", &format!("hold='{}'", u32::MAX)).replace(" requests='2'", "");
    for attribute in ["wait='60'", "inactivity='30'"] {
        let name = attribute.split('=').next().unwrap();
        creation = creation.replace(attribute, &format!("{name}='{most}'"));
    }
    let mut driver = Driver::online(&creation);
    driver.pass(secs(69));
    assert_eq!(driver.ended, None);
    assert_eq!(driver.session.agreed().unwrap().wait, secs(60));
    driver.pass(secs(1));
    assert_eq!(driver.aborted.len(), 1, "a silent peer is dead");
}
