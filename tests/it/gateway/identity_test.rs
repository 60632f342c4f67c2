//! Trying an identity out: each step against real servers, beside a session that goes on.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::on_both_servers;
use crate::harness::api::Api;
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::gateway::Gateway;
use crate::harness::site::{PASSWORD, Site, TEMP, session, text};
use crate::harness::xmpp_server::{ServerKind, Setup, XmppServer};

on_both_servers![
    a_live_session_goes_on_undisturbed,
    what_is_wrong_is_told_with_how_to_mend_it,
    a_stored_password_goes_nowhere_else,
    tls_is_tried_and_told,
    a_password_is_not_shown_in_the_clear,
    only_so_many_are_tested_at_once,
];

async fn test(api: &Api, identity: &Value) -> Value {
    api.post("/identities/test", identity.clone()).await.ok()
}

/// The first step of this name.
fn step<'a>(report: &'a Value, name: &str) -> &'a Value {
    let steps = report["steps"].as_array().unwrap();
    steps.iter().find(|step| step["step"] == name).unwrap_or_else(|| panic!("{name}: {report}"))
}

#[track_caller]
fn is(step: &Value, outcome: &str, words: &str) {
    assert_eq!(step["outcome"], outcome, "{step}");
    assert!(text(&step["detail"]).contains(words), "{words}: {step}");
}

async fn a_live_session_goes_on_undisturbed(kind: ServerKind) {
    let site = Site::start(kind).await;
    let before = session(&site.api, &site.identity).await;
    let report = test(&site.api, &site.field.identity()).await;
    assert_eq!(report["ok"], true, "{report}");
    is(step(&report, "name"), "skipped", "by its address");
    is(step(&report, "tls"), "skipped", "nothing is encrypted");
    is(step(&report, "bosh"), "ok", "SCRAM-SHA-1");
    is(step(&report, "login"), "ok", "SCRAM-SHA-");
    is(step(&report, "login"), "ok", &format!("{}@{}/nocgate-test-", site.field.user, site.field.domain));
    assert_eq!(report["steps"].as_array().unwrap().len(), 4);
    assert!(!report.to_string().contains(PASSWORD));

    let named = json!(site.field.bosh_url.replace("127.0.0.1", "localhost"));
    let mut two = site.field.identity();
    two["bosh_urls"] = json!([site.field.bosh_url, named]);
    let report = test(&site.api, &two).await;
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(
        (steps.len(), &steps[6]["url"]),
        (7, &json!(site.field.bosh_url)),
        "over the first that stands"
    );
    is(&steps[3], "ok", "localhost is at ");

    site.read(TEMP, &[("max_age_ms", "0")]).await.ok();
    let after = session(&site.api, &site.identity).await;
    for member in ["state", "since", "logins", "jid"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    assert_eq!((&after["logins"], &after["state"]), (&json!(1), &json!("online")));
    assert_eq!(site.api.get("/identities").await.ok()["items"].as_array().unwrap().len(), 1);
}

async fn what_is_wrong_is_told_with_how_to_mend_it(kind: ServerKind) {
    let site = Site::start(kind).await;
    let with = |member: &str, value: Value| {
        let mut identity = site.field.identity();
        identity[member] = value;
        identity
    };
    let report = test(&site.api, &with("password", json!("guess"))).await;
    assert_eq!(report["ok"], false);
    is(step(&report, "bosh"), "ok", "");
    is(step(&report, "login"), "failed", "refuses the password");

    let report = test(&site.api, &with("jid", json!("noc@nowhere.test"))).await;
    is(step(&report, "bosh"), "failed", "does not serve the domain nowhere.test");
    is(step(&report, "login"), "skipped", "No address stands");

    let wrong_path = site.field.bosh_url.replace("http-bind", "elsewhere");
    let report = test(&site.api, &with("bosh_urls", json!([wrong_path]))).await;
    is(step(&report, "bosh"), "failed", "no BOSH at the path /elsewhere (HTTP 404)");

    let no_tls = site.field.bosh_url.replace("http:", "https:");
    let report = test(&site.api, &with("bosh_urls", json!([no_tls]))).await;
    // Prosody says nothing to who begins TLS at its port for http.
    is(step(&report, "tls"), "failed", " TLS");
    is(step(&report, "bosh"), "skipped", "a step before it failed");

    for (member, value) in [
        ("jid", json!("no-user.test")),
        ("bosh_urls", json!([])),
        ("bosh_urls", json!(["file:///etc/passwd"])),
        ("password", Value::Null),
        ("ca_pem", json!("nonsense")),
        ("else", json!(1)),
    ] {
        let refused = site.api.post("/identities/test", with(member, value)).await;
        assert_eq!(refused.problem(), (422, "request_invalid".into()), "{member}");
    }
}

async fn a_stored_password_goes_nowhere_else(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut stored = site.field.identity();
    stored.as_object_mut().unwrap().remove("password");
    stored["identity"] = json!(site.identity);
    let report = test(&site.api, &stored).await;
    assert_eq!(report["ok"], true, "{report}");
    for (member, value) in [
        ("jid", json!(format!("{}-b@{}", site.field.user, site.field.domain))),
        ("bosh_urls", json!(["http://127.0.0.1:9/http-bind"])),
        ("bosh_urls", json!([site.field.bosh_url, "http://127.0.0.1:9/http-bind"])),
        ("password", json!(PASSWORD)),
    ] {
        let mut other = stored.clone();
        other[member] = value;
        let refused = site.api.post("/identities/test", other).await;
        assert_eq!(refused.problem(), (422, "request_invalid".into()), "{member}");
    }
    stored["identity"] = json!("0190d5a4-0000-7000-8000-000000000000");
    let unknown = site.api.post("/identities/test", stored).await;
    assert_eq!(unknown.problem(), (404, "identity_unknown".into()));
}

/// A gateway alone, and an identity on a server of the test's own.
async fn alone(server: &XmppServer) -> (Gateway, Value, TestDatabase) {
    server.register("noc", PASSWORD).await;
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    let identity = json!({
        "jid": format!("noc@{}", server.domain()), "bosh_urls": [server.bosh_url()], "password": PASSWORD,
    });
    (gateway, identity, database)
}

async fn tls_is_tried_and_told(kind: ServerKind) {
    let server = XmppServer::start_with(kind, Setup { tls: true, ..Setup::default() }).await;
    let (gateway, mut identity, _database) = alone(&server).await;
    identity["bosh_urls"] = json!([server.bosh_tls_url()]);
    let report = test(&gateway.api, &identity).await;
    is(step(&report, "tls"), "failed", "give it as ca_pem");

    identity["ca_pem"] = json!(server.ca_pem());
    let report = test(&gateway.api, &identity).await;
    assert_eq!(report["ok"], true, "{report}");
    is(step(&report, "tls"), "ok", "TLS 1.3; the certificate was issued by CA and is valid until 20");

    let other = XmppServer::start_with(ServerKind::Prosody, Setup { tls: true, ..Setup::default() }).await;
    identity["ca_pem"] = json!(other.ca_pem());
    let report = test(&gateway.api, &identity).await;
    is(step(&report, "tls"), "failed", "certificate");
    is(step(&report, "login"), "skipped", "");

    identity["ca_pem"] = json!(server.ca_pem());
    identity["bosh_urls"] = json!([server.bosh_tls_url().to_string().replace("127.0.0.1", "127.0.0.2")]);
    let report = test(&gateway.api, &identity).await;
    let tls = step(&report, "tls");
    let words = match text(&tls["detail"]).contains("Nobody listens") {
        true => "Nobody listens",
        false => "not for 127.0.0.2",
    };
    is(tls, "failed", words);

    // The other way round: http asked of a port for TLS.
    identity["bosh_urls"] = json!([server.bosh_tls_url().to_string().replace("https:", "http:")]);
    let report = test(&gateway.api, &identity).await;
    assert_eq!(step(&report, "bosh")["outcome"], "failed", "{report}");
}

async fn a_password_is_not_shown_in_the_clear(kind: ServerKind) {
    let server = XmppServer::start_with(kind, Setup { mechanisms: "PLAIN", ..Setup::default() }).await;
    let (gateway, mut identity, _database) = alone(&server).await;
    let report = test(&gateway.api, &identity).await;
    is(step(&report, "bosh"), "ok", "PLAIN");
    is(step(&report, "login"), "failed", "allow it by plain_on_loopback");
    identity["plain_on_loopback"] = json!(true);
    is(step(&test(&gateway.api, &identity).await, "login"), "ok", "Logged in with PLAIN");
}

async fn only_so_many_are_tested_at_once(kind: ServerKind) {
    let site = Site::start(kind).await;
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut hanging = site.field.identity();
    hanging["bosh_urls"] = json!([format!("http://{}/http-bind", silent.local_addr().unwrap())]);
    let tests = (0..4).map(|_| test(&site.api, &hanging));
    let fifth = async {
        let mut hanging = Vec::new();
        for _ in 0..4 {
            hanging.push(silent.accept().await.unwrap());
        }
        site.api.post("/identities/test", site.field.identity()).await
    };
    let (reports, fifth) = tokio::join!(join_all(tests), fifth);
    assert_eq!(fifth.problem(), (429, "too_many_tests".into()));
    assert!(fifth.header("retry-after").is_some());
    assert!(reports.iter().all(|report| report["ok"] == false), "{reports:?}");
    assert_eq!(test(&site.api, &site.field.identity()).await["ok"], true, "the places are given back");
}
