use nocgate::simulator::Behaviour;
use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Answer, send};
use crate::harness::eventually;
use crate::harness::site::{Needs, SETPOINT, SWITCH, Site, TEMP, synced, writing};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    a_smartserver_that_is_offline_is_unreachable,
    a_silent_smartserver_exceeds_the_deadline,
    a_full_queue_refuses_with_a_time_to_come_back,
    what_is_not_known_is_not_found,
    values_of_the_wrong_type_are_refused_and_not_sent,
    soap_that_cannot_be_sent_is_refused,
];

const NOW: &[(&str, &str)] = &[("max_age_ms", "0")];

/// It still serves.
async fn works(site: &Site) {
    site.read(TEMP, NOW).await.ok();
    assert_eq!(site.api.anonymous().get("//healthz").await.ok(), json!({"status": "ok"}));
}

async fn a_smartserver_that_is_offline_is_unreachable(kind: ServerKind) {
    // Nor does its presence tell.
    let overrides = &[("SESSION__SUBSCRIBE_PRESENCE", "false")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    site.smartserver().go_offline().await;
    for _ in 0..3 {
        assert_eq!(site.read(TEMP, NOW).await.problem(), (503, "smartserver_unreachable".into()));
    }
    let health = synced(&site.api, &site.key()).await["health"].take();
    assert_eq!((&health["state"], &health["failures_in_a_row"]), (&json!("offline"), &json!(3)), "{health}");
    assert!(health["reason"].as_str().unwrap().contains("3 calls failed"), "{health}");
    site.smartserver().come_back().await;
    works(&site).await;
    assert_eq!(synced(&site.api, &site.key()).await["health"]["state"], "online");
}

async fn a_silent_smartserver_exceeds_the_deadline(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    let answer = site.read(TEMP, &[("max_age_ms", "0"), ("timeout_ms", "400")]).await;
    assert_eq!(answer.problem(), (504, "deadline_exceeded".into()));
    site.smartserver().set_behaviour(Behaviour::default());
    works(&site).await;
}

async fn a_full_queue_refuses_with_a_time_to_come_back(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__QUEUE", "1"), ("SMARTSERVER__DEADLINE_MS", "10000")];
    let site = Site::with(kind, Needs { overrides, ..Needs::default() }).await;
    site.smartserver().set_behaviour(Behaviour::silent());
    site.field.watch.allow_anything();
    let path = format!("/smartservers/{}/soap?timeout_ms=10000", site.key());
    let message = "<a xmlns='urn:a'/>";
    let call = || {
        let (api, path) = (site.api.clone(), path.clone());
        tokio::spawn(async move { api.post_text(&path, "text/xml", message).await })
    };
    let health = async || synced(&site.api, &site.key()).await["health"].take();
    let (first, second) = (call(), call());
    eventually("one is sent and one waits", async || (health().await["queued"] == 1).then_some(())).await;
    let third = site.api.post_text(&path, "text/xml", message).await;
    assert_eq!(third.problem(), (503, "smartserver_busy".into()));
    assert!(third.header("retry-after").is_some());

    first.abort();
    second.abort();
    site.smartserver().set_behaviour(Behaviour::default());
    eventually("callers who left give up their places", async || {
        site.read(TEMP, NOW).await.body["reading"].is_object().then_some(())
    })
    .await;
    works(&site).await;
}

async fn what_is_not_known_is_not_found(kind: ServerKind) {
    let site = Site::start(kind).await;
    let nobody = "01890000-0000-7000-8000-000000000000";
    for (path, code) in [
        ("/smartservers/nobody".to_owned(), "smartserver_unknown"),
        (format!("/smartservers/{nobody}/system"), "smartserver_unknown"),
        (format!("/identities/{nobody}"), "identity_unknown"),
        (format!("/data-points/{nobody}"), "data_point_unknown"),
        (format!("/commands/{nobody}"), "command_unknown"),
        ("/events?smartserver=nobody".to_owned(), "smartserver_unknown"),
        ("/nothing/here".to_owned(), "route_unknown"),
        ("//api/v2/reads".to_owned(), "route_unknown"),
    ] {
        assert_eq!(site.api.get(&path).await.problem(), (404, code.into()), "{path}");
    }
    let write = send(writing(&site.api, nobody, json!({"action": {"type": "release"}}))).await;
    assert_eq!(write.problem(), (404, "data_point_unknown".into()));
    let key = site.api.delete(&format!("/api-keys/{nobody}")).await;
    assert_eq!(key.problem(), (404, "api_key_unknown".into()));
    works(&site).await;
}

async fn values_of_the_wrong_type_are_refused_and_not_sent(kind: ServerKind) {
    let site = Site::start(kind).await;
    for (name, action, code) in [
        (SETPOINT, json!({"value": "warm"}), "value_invalid"),
        (SETPOINT, json!({"value": 1e39}), "value_invalid"),
        (SWITCH, json!({"value": {"value": 50}}), "value_invalid"),
        (SWITCH, json!({"preset": "DIMMED"}), "request_invalid"),
        (SWITCH, json!({"value": 1, "preset": "ON"}), "request_invalid"),
        (SWITCH, json!({"preset": "ON", "priority": 256}), "request_invalid"),
        (SWITCH, json!({"presett": "ON"}), "request_invalid"),
    ] {
        let mut action = action;
        action["type"] = json!("write");
        let id = site.point(name).await;
        let answer = send(writing(&site.api, &id, json!({"action": action}))).await;
        assert_eq!(answer.problem(), (422, code.into()), "{name} {action}");
    }
    assert_eq!(site.smartserver().counts().of("Write"), 0);
    works(&site).await;
}

async fn soap_that_cannot_be_sent_is_refused(kind: ServerKind) {
    let site = Site::start(kind).await;
    site.field.watch.allow_anything();
    let path = format!("/smartservers/{}/soap", site.key());
    let requests = site.smartserver().counts().requests();
    let envelope = |body: &str| {
        format!("<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>{body}</e:Envelope>")
    };
    for text in [
        String::new(),
        "Read, please".to_owned(),
        "<Read xmlns='urn:a'><unclosed></Read>".to_owned(),
        "<p:Read/>".to_owned(),
        "<Read xmlns='urn:a'><p:Item/></Read>".to_owned(),
        "<!DOCTYPE r [<!ENTITY a 'b'>]><r xmlns='urn:a'>&a;</r>".to_owned(),
        "<r xmlns='urn:a'>&#1;</r>".to_owned(),
        format!("{}{}", "<a xmlns='urn:a'>".repeat(5_000), "</a>".repeat(5_000)),
        envelope(""),
        envelope("<e:Body/>"),
    ] {
        let answer = site.api.post_text(&path, "text/xml", text.clone()).await;
        let start: String = text.chars().take(60).collect();
        assert_eq!(answer.problem(), (400, "soap_malformed".into()), "{start}");
    }
    assert_eq!(site.smartserver().counts().requests(), requests);
    works(&site).await;
}

#[tokio::test]
async fn requests_that_are_none_are_told_what_is_wrong() {
    let site = Site::start(ServerKind::Prosody).await;
    let api = &site.api;
    let read = json!({"reads": [{"smartserver": site.key(), "names": [TEMP]}]});
    let id = site.point(TEMP).await;
    let json_kind = "application/json";
    let large = || "x".repeat(10_000_000);
    let check = |answer: Answer, status: u16, code: &str| {
        assert_eq!(answer.problem(), (status, code.to_owned()), "{}", answer.text);
    };
    let soap = format!("/smartservers/{}/soap", site.key());

    check(api.post_text("/reads", json_kind, large()).await, 413, "body_too_large");
    check(api.post_text(&soap, "text/xml", large()).await, 413, "body_too_large");
    let keyed = api.request(Method::POST, "/identities").header("idempotency-key", "k").body(large());
    check(send(keyed.header("content-type", json_kind)).await, 413, "body_too_large");

    check(api.post_text("/reads", json_kind, "{\"reads\": [").await, 400, "json_malformed");
    check(api.post_text("/reads", json_kind, "").await, 400, "json_malformed");
    check(api.post_text("/reads", "text/plain", read.to_string()).await, 415, "media_type_unsupported");
    check(api.post_text(&soap, json_kind, "{}").await, 415, "media_type_unsupported");

    for wrong in [
        json!([]),
        json!({"reads": []}),
        json!({"reads": [{"smartserver": "x"}]}),
        json!({"reads": [{"smartserver": "x", "all": true, "prefix": ""}]}),
        json!({"reads": [{"smartserver": "x", "all": true}], "max_age_ms": -1}),
        json!({"reads": [{"smartserver": "x", "all": true}], "timeout_ms": 0}),
        json!({"reads": [{"smartserver": "x", "all": true}], "max_age": 1}),
    ] {
        check(api.post("/reads", wrong).await, 422, "request_invalid");
    }
    for query in ["cursor=nonsense", "cursor=WzFd", "limit=0", "limit=1001", "quality=great", "colour=red"] {
        check(api.get(&format!("/data-points?{query}")).await, 400, "query_invalid");
    }
    check(api.get("/smartservers?cursor=e30").await, 400, "query_invalid");
    check(api.get("/events?kinds=weather").await, 400, "query_invalid");
    check(api.get(&format!("/smartservers/{}/system?section=x", site.key())).await, 400, "query_invalid");
    check(api.get(&format!("/data-points/{id}?max_age_ms=soon")).await, 400, "query_invalid");
    check(api.get("/data-points/not-a-uuid").await, 400, "path_invalid");
    check(api.get("/commands/1234").await, 400, "path_invalid");
    check(api.delete("/reads").await, 405, "method_not_allowed");
    check(send(api.request(Method::PUT, "//healthz")).await, 405, "method_not_allowed");
    check(api.post("//nowhere", Value::Null).await, 404, "route_unknown");
    let hasty = writing(api, &id, json!({"action": {"type": "release"}})).header("prefer", "wait=soon");
    check(send(hasty).await, 400, "header_invalid");
    let long =
        writing(api, &id, json!({"action": {"type": "release"}})).header("idempotency-key", "k".repeat(201));
    check(send(long).await, 400, "header_invalid");
    works(&site).await;
}

#[tokio::test]
async fn what_is_registered_is_checked() {
    let site = Site::start(ServerKind::Prosody).await;
    let api = &site.api;
    let mut twice = site.field.identity();
    assert_eq!(api.post("/identities", twice.clone()).await.problem(), (409, "conflict".into()));
    twice["bosh_urls"] = json!(["ftp://x"]);
    assert_eq!(api.post("/identities", twice).await.problem(), (422, "request_invalid".into()));
    let jid = site.smartserver().jid().to_string();
    for (new, expected) in [
        (json!({"jid": jid, "identity_id": site.identity}), (409, "conflict")),
        (json!({"jid": "x@y/z", "identity_id": site.identity, "key": site.key()}), (409, "conflict")),
        (json!({"jid": "x@y", "identity_id": site.identity}), (422, "request_invalid")),
        (json!({"jid": "x@y/z", "identity_id": site.identity, "key": "a/b"}), (422, "request_invalid")),
        (
            json!({"jid": "x@y/z", "identity_id": "01890000-0000-7000-8000-000000000000"}),
            (404, "identity_unknown"),
        ),
    ] {
        let (status, code) = api.post("/smartservers", new.clone()).await.problem();
        assert_eq!((status, code.as_str()), expected, "{new}");
    }
    let removal = api.delete(&format!("/identities/{}", site.identity)).await;
    assert_eq!(removal.problem(), (409, "conflict".into()), "a SmartServer refers to it");
    works(&site).await;
}
