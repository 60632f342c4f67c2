//! What happened and what was ordered, as lists.

use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Api, query, send};
use crate::harness::events::Events;
use crate::harness::site::{Needs, SETPOINT, Site, key_of, point_of, text, writing};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    what_happened_is_listed_as_the_stream_told_it,
    what_happened_is_found_by_what_it_was_about,
    commands_are_listed_by_data_point_and_smartserver,
    wrong_questions_get_clear_problems,
];

/// All pages of a list, so many items each.
async fn list(api: &Api, path: &str, filter: &[(&str, &str)], limit: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut parameters = [filter, &[("limit", limit)]].concat();
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = api.get(&query(path, &parameters)).await.ok();
        all.extend(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return all,
        }
    }
}

/// Writes the setpoint of a SmartServer; gives the command.
async fn write(api: &Api, key: &str, value: u32) -> Value {
    let id = point_of(api, key, SETPOINT).await;
    let order = json!({"action": {"type": "write", "value": value}});
    send(writing(api, &id, order).header("prefer", "wait=60")).await.ok()
}

async fn what_happened_is_listed_as_the_stream_told_it(kind: ServerKind) {
    let site = Site::start(kind).await;
    let mut events = Events::open(&site.api, "/events?kinds=health,session,command").await;
    site.api.post(&format!("/identities/{}/reconnect", site.identity), json!(null)).await.ok();
    let (mut told, mut finished) = (Vec::new(), None);
    while finished != Some(2) {
        let (name, event) = events.next().await.unwrap();
        let id: i64 = events.last_id.as_ref().unwrap().split('-').next().unwrap().parse().unwrap();
        if name == "health" && event["state"] == "online" && finished.is_none() {
            write(&site.api, &site.key(), 18).await;
            finished = Some(0);
        }
        finished = finished.map(|count| count + usize::from(name == "command"));
        told.push(json!({"id": id, "at": event["at"], "kind": name, "event": event}));
    }
    told.reverse();
    for kind in ["health", "session", "command"] {
        assert!(told.iter().any(|item| item["kind"] == kind), "{told:?}");
    }
    let first = told.last().unwrap()["id"].as_i64().unwrap();
    let kinds = ("kinds", "health,session,command");
    let listed = list(&site.api, "/activity", &[kinds], "1000").await;
    let listed: Vec<_> = listed.into_iter().filter(|item| item["id"].as_i64().unwrap() >= first).collect();
    let last = told[0]["id"].as_i64().unwrap();
    let (later, same): (Vec<_>, Vec<_>) =
        listed.into_iter().partition(|item| item["id"].as_i64() > Some(last));
    assert_eq!(same, told, "later: {later:?}");
    let until = text(&told[0]["at"]);
    let filter = [("until", &*until), ("kinds", "command,session")];
    let whole = list(&site.api, "/activity", &filter, "1000").await;
    assert!(whole.len() > 2 && whole.iter().all(|item| item["at"].as_str() < Some(&until)), "{whole:?}");
    assert_eq!(list(&site.api, "/activity", &filter, "2").await, whole);
    let since = text(&whole[0]["at"]);
    let young = list(&site.api, "/activity", &[("since", &since), filter[0], filter[1]], "10").await;
    assert!(!young.is_empty() && young.iter().all(|item| item["at"] == since), "{young:?}");
}

async fn what_happened_is_found_by_what_it_was_about(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..Needs::default() }).await;
    let keys: Vec<_> = site.field.fleet.smartservers().iter().map(key_of).collect();
    let change = async |change: Value| {
        let path = format!("/smartservers/{}", keys[0]);
        send(site.api.request(Method::PATCH, &path).json(&change)).await.ok()
    };
    let mut events = Events::open(&site.api, "/events?kinds=command").await;
    let before = write(&site.api, &keys[0], 18).await;
    let id = text(&change(json!({"tags": ["roof \"100%\""], "site": "North"})).await["id"]);
    let tagged = write(&site.api, &keys[0], 19).await;
    change(json!({"tags": [], "site": null})).await;
    let after = write(&site.api, &keys[1], 20).await;
    for _ in 0..6 {
        events.next().await.unwrap();
    }
    let commands = async |filter: &[(&str, &str)]| {
        let items = list(&site.api, "/activity", filter, "1").await;
        let about = |item: &Value| item["event"]["command_id"].clone();
        assert!(items.iter().all(|item| item["kind"] != "session"), "{items:?}");
        items.iter().filter(|item| item["kind"] == "command").map(about).collect::<Vec<_>>()
    };
    // Each is told twice: as it is sent, and with its outcome.
    let twice = |commands: &[&Value]| {
        commands.iter().flat_map(|command| vec![command["id"].clone(); 2]).collect::<Vec<_>>()
    };
    assert_eq!(commands(&[("tag", "roof \"100%\"")]).await, twice(&[&tagged]));
    assert_eq!(commands(&[("site", "North")]).await, twice(&[&tagged]));
    assert_eq!(commands(&[("tag", "roof \"1009\"")]).await, twice(&[]));
    assert_eq!(commands(&[("smartserver", &keys[0])]).await, twice(&[&tagged, &before]));
    assert_eq!(commands(&[("smartserver", &keys[1])]).await, twice(&[&after]));
    site.api.delete(&format!("/smartservers/{}", keys[0])).await;
    assert_eq!(commands(&[("smartserver", &id)]).await, twice(&[&tagged, &before]), "it is gone");
    let listed = list(&site.api, "/commands", &[("smartserver", &id)], "1").await;
    assert_eq!(
        listed.iter().map(|command| &command["id"]).collect::<Vec<_>>(),
        [&tagged["id"], &before["id"]]
    );
    let answer = site.api.get(&query("/activity", &[("smartserver", &keys[0])])).await;
    assert_eq!(answer.problem(), (404, "smartserver_unknown".to_owned()));
}

async fn commands_are_listed_by_data_point_and_smartserver(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 2, ..Needs::default() }).await;
    let keys: Vec<_> = site.field.fleet.smartservers().iter().map(key_of).collect();
    assert_eq!(list(&site.api, "/commands", &[], "100").await, Vec::<Value>::new());
    let mut ordered = Vec::new();
    for (key, value) in [(0, 18), (1, 19), (0, 20)] {
        ordered.insert(0, write(&site.api, &keys[key], value).await);
    }
    let point = point_of(&site.api, &keys[0], SETPOINT).await;
    let between = text(&ordered[1]["created_at"]);
    let [last, second, first] = &*ordered else { panic!("three") };
    for (filter, expected) in [
        (&[][..], vec![last, second, first]),
        (&[("data_point", &*point)], vec![last, first]),
        (&[("smartserver", &keys[1])], vec![second]),
        (&[("smartserver", &keys[1]), ("data_point", &point)], vec![]),
        (&[("since", &between)], vec![last, second]),
        (&[("until", &between)], vec![first]),
        (&[("finished", "true")], vec![last, second, first]),
        (&[("finished", "false")], vec![]),
    ] {
        for limit in ["1", "100"] {
            let listed = list(&site.api, "/commands", filter, limit).await;
            assert_eq!(listed.iter().collect::<Vec<_>>(), expected, "{filter:?}");
        }
    }
}

async fn wrong_questions_get_clear_problems(kind: ServerKind) {
    let site = Site::start(kind).await;
    let endless = "x".repeat(201);
    for (path, name, value) in [
        ("/activity", "kinds", "reading"),
        ("/activity", "kinds", "health,weather"),
        ("/activity", "tag", &endless),
        ("/activity", "site", &endless),
        ("/activity", "cursor", "bm9uc2Vuc2U"),
        ("/activity", "limit", "0"),
        ("/activity", "since", "yesterday"),
        ("/activity", "color", "red"),
        ("/commands", "data_point", "nowhere"),
        ("/commands", "finished", "perhaps"),
        ("/commands", "cursor", "WzEsMl0"),
        ("/commands", "limit", "1001"),
        ("/commands", "until", "tomorrow"),
        ("/commands", "color", "red"),
    ] {
        let answer = site.api.get(&query(path, &[(name, value)])).await;
        assert_eq!(answer.problem(), (400, "query_invalid".to_owned()), "{path} {name}={value}");
    }
    for path in ["/activity", "/commands"] {
        let answer = site.api.get(&query(path, &[("smartserver", "nowhere")])).await;
        assert_eq!(answer.problem(), (404, "smartserver_unknown".to_owned()), "{path}");
    }
}
