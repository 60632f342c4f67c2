//! The fleet as a list and in figures, and what is registered of SmartServers.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nocgate::simulator::Behaviour;
use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Answer, Api, query, send};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::gateway::Gateway;
use crate::harness::site::{Needs, Site, key_of, register_identity, text};
use crate::harness::xmpp_server::ServerKind;
use crate::harness::{PATIENCE, eventually};

macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            use crate::harness::database::Engine;
            $(#[tokio::test] async fn $test() { super::$test(Engine::Sqlite).await; })+
        }

        mod postgres {
            use crate::harness::database::Engine;
            $(#[tokio::test] async fn $test() { super::$test(Engine::Postgres).await; })+
        }
    };
}

on_both_engines![
    is_listed_in_any_order_a_page_at_a_time,
    is_filtered,
    is_summed_up,
    a_time_zone_is_kept,
    tags_are_added_and_removed,
    a_poll_group_names_several_smartservers,
];

on_both_servers![the_worst_are_listed_first_and_what_is_stale_is_counted];

const SORTS: [&str; 10] = [
    "key",
    "name",
    "site",
    "health",
    "last_answer",
    "last_push",
    "round_trip",
    "data_points",
    "alarms",
    "queued",
];

/// SmartServers that nobody can reach: key, name, site, tags.
const FLEET: [(&str, &str, Option<&str>, &[&str]); 5] = [
    ("a", "Office", Some("school"), &["hvac", "roof"]),
    ("b", "boiler", Some("Town hall"), &["hvac"]),
    ("c", "Annex", None, &["hvac,roof"]),
    ("d", "Lamps", Some("School"), &[]),
    ("e", "boiler", Some("Town hall"), &["lighting", "roof"]),
];

/// A gateway whose only identity finds no server.
async fn gateway(engine: Engine) -> (TestDatabase, Gateway, String) {
    let database = TestDatabase::start(engine).await;
    let gateway = Gateway::start(&database, &[]).await;
    let identity = json!({
        "jid": "noc@xmpp.example",
        "bosh_urls": ["http://127.0.0.1:9/bosh"],
        "password": "p",
        "plain_on_loopback": true,
    });
    let identity = register_identity(&gateway.api, identity).await;
    (database, gateway, identity)
}

async fn fleet(engine: Engine) -> (TestDatabase, Gateway) {
    let (database, gateway, identity) = gateway(engine).await;
    for (key, name, site, tags) in FLEET.into_iter().rev() {
        let jid = format!("{key}@xmpp.example/ilon");
        let new = json!({"jid": jid, "identity_id": identity, "name": name, "site": site, "tags": tags});
        gateway.api.post("/smartservers", new).await.ok();
    }
    (database, gateway)
}

async fn list(api: &Api, parameters: &[(&str, &str)]) -> Value {
    api.get(&query("/smartservers", parameters)).await.ok()
}

fn keys(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| text(&item["key"])).collect()
}

async fn listed(api: &Api, parameters: &[(&str, &str)]) -> String {
    keys(&list(api, parameters).await).concat()
}

async fn change(api: &Api, key: &str, change: Value) -> Answer {
    send(api.request(Method::PATCH, &format!("/smartservers/{key}")).json(&change)).await
}

async fn is_listed_in_any_order_a_page_at_a_time(engine: Engine) {
    let (_database, gateway) = fleet(engine).await;
    let api = &gateway.api;
    assert_eq!(listed(api, &[]).await, "abcde");
    for (sort, ascending, descending) in [
        ("key", "abcde", "edcba"),
        ("name", "cbeda", "adbec"),
        ("site", "adbec", "beadc"),
        ("data_points", "abcde", "abcde"),
        ("last_answer", "abcde", "abcde"),
    ] {
        assert_eq!(listed(api, &[("sort", sort)]).await, ascending, "{sort}");
        assert_eq!(listed(api, &[("sort", sort), ("order", "desc")]).await, descending, "{sort}");
    }
    for (sort, order) in SORTS.into_iter().flat_map(|sort| [(sort, "asc"), (sort, "desc")]) {
        let whole = keys(&list(api, &[("sort", sort), ("order", order)]).await);
        let (mut paged, mut cursor) = (Vec::new(), None);
        loop {
            let mut parameters = vec![("sort", sort), ("order", order), ("limit", "2")];
            parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let page = list(api, &parameters).await;
            assert_eq!(page["total"], 5, "on whichever page");
            paged.extend(keys(&page));
            cursor = page["next_cursor"].as_str().map(ToOwned::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole, "{sort} {order}");
    }
    let first = list(api, &[("limit", "2")]).await;
    let plain = URL_SAFE_NO_PAD.encode("\"b\"");
    assert_eq!(first["next_cursor"], json!(plain), "that of the order of keys is the last key");
    let by_name = text(&list(api, &[("sort", "name"), ("limit", "2")]).await["next_cursor"]);
    for wrong in [
        &[("sort", "name"), ("order", "desc"), ("cursor", &*by_name)][..],
        &[("sort", "site"), ("cursor", &by_name)],
        &[("cursor", &by_name)],
        &[("sort", "name"), ("cursor", &plain)],
        &[("sort", "colour")],
        &[("order", "up")],
    ] {
        let answer = api.get(&query("/smartservers", wrong)).await;
        assert_eq!(answer.problem(), (400, "query_invalid".into()), "{wrong:?}");
    }
}

async fn is_filtered(engine: Engine) {
    let (_database, gateway) = fleet(engine).await;
    let api = &gateway.api;
    for (name, value, fits) in [
        ("tag", "hvac", "ab"),
        ("tag", "roof, hvac", "a"),
        ("tag", "hvac,roof", "ac"),
        ("tag", "hvac,lighting", ""),
        ("tag", "hvac,", ""),
        ("site", "School", "d"),
        ("q", "BOIL", "be"),
        ("health", "never_seen", "abcde"),
        ("health", "offline,never_seen", "abcde"),
        ("health", "offline,online, degraded", ""),
    ] {
        let page = list(api, &[(name, value)]).await;
        assert_eq!(keys(&page).concat(), fits, "{name}={value}");
        assert_eq!(page["total"], fits.len(), "{name}={value}");
    }
    let both = [("tag", "roof"), ("site", "Town hall"), ("sort", "name")];
    assert_eq!(listed(api, &both).await, "e");
    for wrong in ["health=well", "health=", "health=online,"] {
        let answer = api.get(&format!("/smartservers?{wrong}")).await;
        assert_eq!(answer.problem(), (400, "query_invalid".into()), "{wrong}");
    }
    let nobody = uuid::Uuid::now_v7().to_string();
    for path in ["/smartservers", "/fleet"] {
        let answer = api.get(&query(path, &[("poll_group", &nobody)])).await;
        assert_eq!(answer.problem(), (404, "poll_group_unknown".into()), "{path}");
        let everybody = api.get(&query(path, &[("identity", &nobody)])).await;
        assert_eq!(everybody.status, 200, "{path}");
    }
}

async fn is_summed_up(engine: Engine) {
    let (_database, gateway) = fleet(engine).await;
    let never_seen = |count| json!({"online": 0, "degraded": 0, "offline": 0, "never_seen": count});
    let site = |site: Value, count: u64| json!({"site": site, "smartservers": count, "health": never_seen(count), "active_alarms": 0});
    let tag = |tag: &str, count: u64| json!({"tag": tag, "smartservers": count});
    let mut whole = gateway.api.get("/fleet").await.ok();
    assert!(whole["at"].take().is_string());
    let sites = [
        site(json!("School"), 1),
        site(json!("school"), 1),
        site(json!("Town hall"), 2),
        site(Value::Null, 1),
    ];
    let expected = json!({
        "at": null,
        "smartservers": 5,
        "health": never_seen(5),
        "data_points": 0,
        "stale_data_points": 0,
        "alarms": {"active": 0, "unacknowledged": 0},
        "sites": sites,
        "tags": [tag("hvac", 2), tag("hvac,roof", 1), tag("lighting", 1), tag("roof", 2)],
    });
    assert_eq!(whole, expected);
    let part = gateway.api.get("/fleet?tag=roof&q=boil").await.ok();
    assert_eq!((&part["smartservers"], &part["health"]), (&json!(1), &never_seen(1)));
    assert_eq!(part["sites"], json!([site(json!("Town hall"), 1)]));
    assert_eq!(part["tags"], json!([tag("lighting", 1), tag("roof", 1)]));

    assert_eq!(gateway.api.anonymous().get("/fleet").await.status, 401);
    let health = gateway.api.get("/fleet?health=online").await;
    assert_eq!(health.problem(), (400, "query_invalid".into()), "it counts all of them");
}

async fn a_time_zone_is_kept(engine: Engine) {
    let (database, gateway, identity) = gateway(engine).await;
    let new = |zone: Value| json!({"jid": "a@b.example/ilon", "identity_id": identity, "time_zone": zone});
    for wrong in ["", "Europe/", "/Berlin", "Mid land", "+01:00", "Europe//Berlin", &"x".repeat(65)] {
        let answer = gateway.api.post("/smartservers", new(json!(wrong))).await;
        assert_eq!(answer.problem(), (422, "request_invalid".into()), "{wrong}");
        assert!(answer.text.contains("time_zone"), "{}", answer.text);
    }
    let made = gateway.api.post("/smartservers", new(json!("America/Port-au-Prince"))).await.ok();
    assert_eq!(made["time_zone"], "America/Port-au-Prince");
    gateway.stop(PATIENCE).await;

    let gateway = Gateway::start(&database, &[]).await;
    let zone = async |body: Value| change(&gateway.api, "a", body).await.ok()["time_zone"].take();
    assert_eq!(zone(json!({})).await, "America/Port-au-Prince", "after a restart");
    assert_eq!(zone(json!({"time_zone": "Etc/GMT+5"})).await, "Etc/GMT+5");
    assert_eq!(zone(json!({"name": "n"})).await, "Etc/GMT+5");
    assert_eq!(zone(json!({"time_zone": null})).await, Value::Null);
}

async fn tags_are_added_and_removed(engine: Engine) {
    let (_database, gateway, identity) = gateway(engine).await;
    let new = json!({"jid": "a@b.example/ilon", "identity_id": identity, "tags": ["b", "a"]});
    gateway.api.post("/smartservers", new).await.ok();
    let tags = async |body: Value| change(&gateway.api, "a", body).await.ok()["tags"].take();
    assert_eq!(tags(json!({"add_tags": ["c", "a"]})).await, json!(["a", "b", "c"]));
    assert_eq!(tags(json!({"remove_tags": ["b", "z"]})).await, json!(["a", "c"]));
    assert_eq!(tags(json!({"add_tags": ["d", "c"], "remove_tags": ["a", "c"]})).await, json!(["c", "d"]));
    assert_eq!(tags(json!({"tags": ["x"]})).await, json!(["x"]));
    let many: Vec<_> = (0..50).map(|n| n.to_string()).collect();
    for wrong in [
        json!({"tags": [], "add_tags": ["a"]}),
        json!({"tags": ["a"], "remove_tags": []}),
        json!({"add_tags": [""]}),
        json!({"add_tags": many}),
    ] {
        let answer = change(&gateway.api, "a", wrong.clone()).await;
        assert_eq!(answer.problem(), (422, "request_invalid".into()), "{wrong}");
    }
    assert_eq!(tags(json!({})).await, json!(["x"]));

    // At once, none undoes another.
    let all = many.iter().take(20).map(|tag| change(&gateway.api, "a", json!({"add_tags": [tag]})));
    futures_util::future::join_all(all).await.into_iter().for_each(|answer| drop(answer.ok()));
    assert_eq!(tags(json!({})).await.as_array().map(Vec::len), Some(21));
}

async fn a_poll_group_names_several_smartservers(engine: Engine) {
    let (database, gateway) = fleet(engine).await;
    let group = |selection: Value| json!({"name": "g", "selection": selection, "interval_ms": 60_000});
    let many: Vec<_> = (0..1_001).map(|_| "a").collect();
    for wrong in [
        json!({"smartservers": ["a"], "smartserver": "a"}),
        json!({"smartservers": []}),
        json!({"smartservers": many}),
        json!({"smartservers": ["a", "z"]}),
    ] {
        let answer = gateway.api.post("/poll-groups", group(wrong)).await;
        assert_eq!(answer.problem(), (422, "request_invalid".into()), "{}", answer.text);
    }
    let id_of_a = text(&gateway.api.get("/smartservers/a").await.ok()["id"]);
    let made = group(json!({"smartservers": [id_of_a, "b", "a"]}));
    let made = gateway.api.post("/poll-groups", made).await.ok();
    let named = |group: &Value| {
        let list = group["selection"]["smartservers"].as_array().unwrap();
        let mut named: Vec<_> = list.iter().map(text).collect();
        named.sort();
        named
    };
    assert_eq!(named(&made), ["a", "b"]);
    let path = format!("/poll-groups/{}", text(&made["id"]));
    change(&gateway.api, "a", json!({"key": "renamed"})).await.ok();
    gateway.stop(PATIENCE).await;

    let gateway = Gateway::start(&database, &[]).await;
    assert_eq!(named(&gateway.api.get(&path).await.ok()), ["b", "renamed"]);
    gateway.api.delete("/smartservers/renamed").await.ok();
    let left = gateway.api.get(&path).await.ok();
    assert_eq!(named(&left), [id_of_a, "b".to_owned()]);
    let put =
        async |selection: Value| send(gateway.api.request(Method::PUT, &path).json(&group(selection))).await;
    let same = put(left["selection"].clone()).await.ok();
    assert_eq!(same["selection"], left["selection"], "what it names already may be missing");
    put(json!({"smartservers": ["b"]})).await.ok();
    assert_eq!(put(left["selection"].clone()).await.status, 422, "it does not name that one any more");
}

/// Of three SmartServers the first answers, the second falls silent while it is polled, the third leaves.
async fn the_worst_are_listed_first_and_what_is_stale_is_counted(kind: ServerKind) {
    let site = Site::with(kind, Needs { smartservers: 3, points: 10, ..Needs::default() }).await;
    let api = &site.api;
    let handles = site.field.fleet.smartservers();
    let [good, silent, gone] = [0, 1, 2].map(|n| key_of(&handles[n]));
    let group = json!({
        "name": "g",
        "selection": {"smartservers": [good, silent]},
        "interval_ms": 1_000,
        "max_age_ms": 1_000,
    });
    let group = text(&api.post("/poll-groups", group).await.ok()["id"]);
    eventually("both are polled", async || {
        let status = api.get(&format!("/poll-groups/{group}")).await.ok()["status"].take();
        (status["polled"] == 2).then_some(())
    })
    .await;
    let members = list(api, &[("poll_group", &group)]).await;
    assert_eq!((keys(&members), &members["total"]), (vec![good.clone(), silent.clone()], &json!(2)));
    let fleet = async |parameters: &[(&str, &str)]| api.get(&query("/fleet", parameters)).await.ok();
    let whole = fleet(&[]).await;
    assert_eq!((&whole["data_points"], &whole["stale_data_points"]), (&json!(30), &json!(0)));
    assert_eq!(fleet(&[("poll_group", &group)]).await["data_points"], 20);

    // Each poll waits for its whole deadline: it is too early to call the SmartServer offline.
    handles[1].set_behaviour(Behaviour::silent());
    handles[2].go_offline().await;
    let stale = eventually("its readings are stale", async || {
        let fleet = fleet(&[]).await;
        (fleet["stale_data_points"] == 10 && fleet["health"]["offline"] == 1).then_some(fleet)
    })
    .await;
    assert_eq!(stale["health"], json!({"online": 2, "degraded": 0, "offline": 1, "never_seen": 0}));
    assert_eq!(stale["sites"][0]["health"], stale["health"], "all of them stand at none");
    let listed = api.get("/data-points?quality=stale").await.ok()["items"].take();
    assert_eq!(listed.as_array().map(Vec::len), Some(10), "the same as in the list");
    assert_eq!(fleet(&[("q", &good)]).await["stale_data_points"], 0);

    let sorted = async |parameters: &[(&str, &str)]| keys(&list(api, parameters).await);
    let worst_first = [&gone, &silent, &good].map(Clone::clone);
    assert_eq!(sorted(&[("sort", "health")]).await, worst_first, "the silent one answered longer ago");
    let best_first: Vec<_> = worst_first.iter().rev().cloned().collect();
    assert_eq!(sorted(&[("sort", "health"), ("order", "desc")]).await, best_first);
    assert_eq!(sorted(&[("sort", "last_answer"), ("order", "desc"), ("limit", "1")]).await, [good.as_str()]);
    assert_eq!(sorted(&[("health", "offline")]).await, [gone.as_str()]);
    assert_eq!(sorted(&[("health", "offline,degraded"), ("poll_group", &group)]).await, [""; 0]);
    let trip = |item: &Value| item["health"]["round_trip_p95_ms"].as_f64().unwrap();
    let page = list(api, &[("sort", "round_trip")]).await;
    let trips: Vec<_> = page["items"].as_array().unwrap().iter().map(trip).collect();
    assert!(trips.len() == 3 && trips.is_sorted(), "{trips:?}");
}
