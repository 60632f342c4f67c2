use futures_util::future::join_all;
use nocgate::simulator::{Behaviour, Silence};
use reqwest::Method;
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Answer, query, send};
use crate::harness::eventually;
use crate::harness::site::{Needs, SETPOINT, SWITCH, Site, only_item, point_of, text, writing};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    a_change_leaves_all_else_as_it_was,
    changes_at_once_do_not_lose_one_another,
    a_point_is_made_written_and_deleted,
];

/// Where two calls may be in flight, and nobody waits for an answer longer than some seconds.
const TWO_AT_ONCE: Needs = Needs {
    smartservers: 1,
    points: 40,
    overrides: &[("SMARTSERVER__IN_FLIGHT", "2"), ("SMARTSERVER__DEADLINE_MS", "3000")],
    log_entries: None,
};

async fn configuration(site: &Site, name: &str) -> Answer {
    let id = site.point(name).await;
    site.api.get(&format!("/data-points/{id}/configuration")).await
}

async fn change(site: &Site, name: &str, change: Value) -> Answer {
    let id = site.point(name).await;
    send(site.api.request(Method::PATCH, &format!("/data-points/{id}/configuration")).json(&change)).await
}

fn sets(site: &Site) -> u64 {
    site.smartserver().counts().of("Set")
}

/// The configuration without these members.
fn without(mut configuration: Value, members: &[&str]) -> Value {
    let all = configuration.as_object_mut().unwrap();
    members.iter().for_each(|member| {
        all.remove(*member);
    });
    configuration
}

async fn a_change_leaves_all_else_as_it_was(kind: ServerKind) {
    let site = Site::start(kind).await;
    let id = site.point(SETPOINT).await;
    let before = configuration(&site, SETPOINT).await.ok();
    assert_eq!(before["format"], "#0000000000000000[0].SNVT_temp_f");
    assert_eq!(before["presets"][0], json!({"name": "COMFORT", "raw": "21", "value": 21.0}));
    assert_eq!((&before["bus"]["driver"], &before["others"]), (&json!("lon"), &json!([])));

    let changed = change(
        &site,
        SETPOINT,
        json!({
            "description": "hall <2>", "max_receive_time_ms": 60_000, "persist": true,
            "minimum": {"value": 5}, "maximum": {"raw": "30.5"},
            "presets": [{"name": "SETBACK", "value": 17.5}, {"name": "PARTY", "raw": "23"}],
            "bus": {"poll_rate_ms": 2_500, "use_authentication": true},
        }),
    )
    .await
    .ok();
    assert_eq!(changed["differences"], json!([]));
    let now = configuration(&site, SETPOINT).await.ok();
    assert_eq!(now, changed["configuration"], "what is told is what is there");
    assert_eq!((&now["description"], &now["persist"]), (&json!("hall <2>"), &json!(true)));
    assert_eq!((&now["minimum"]["value"], &now["maximum"]["raw"]), (&json!(5.0), &json!("30.5")));
    assert_eq!(now["max_receive_time_ms"], 60_000.0);
    let presets: Vec<_> =
        now["presets"].as_array().unwrap().iter().map(|p| (&p["name"], &p["value"])).collect();
    assert_eq!(presets, [(&json!("SETBACK"), &json!(17.5)), (&json!("PARTY"), &json!(23.0))]);
    let bus = (&now["bus"]["poll_rate_ms"], &now["bus"]["use_authentication"], &now["bus"]["nv_index"]);
    assert_eq!(bus, (&json!(2_500.0), &json!(true), &before["bus"]["nv_index"]));
    let named = [
        "description",
        "max_receive_time_ms",
        "persist",
        "minimum",
        "maximum",
        "presets",
        "bus",
        "configured_at",
    ];
    assert_eq!(without(now, &named), without(before.clone(), &named), "the rest is as it was");

    // The inventory follows at once: commands know the new preset, under the same id.
    let entry = &changed["data_point"];
    assert_eq!((&entry["id"], &entry["description"]), (&json!(id), &json!("hall <2>")));
    assert_eq!(point_of(&site.api, &site.key(), SETPOINT).await, id);
    let party = json!({"action": {"type": "write", "preset": "PARTY"}});
    assert_eq!(site.order(SETPOINT, party).await["outcome"], "verified");
    assert_eq!(site.smartserver().value(SETPOINT).as_deref(), Some("23"));

    let cleared =
        change(&site, SETPOINT, json!({"description": null, "maximum": null, "presets": null})).await.ok();
    assert_eq!(cleared["differences"], json!([]));
    let now = &cleared["configuration"];
    assert_eq!(
        (&now["description"], &now["maximum"], &now["presets"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    assert_eq!(now["minimum"]["value"], 5.0);

    let so_far = sets(&site);
    change(&site, SETPOINT, json!({"persist": true, "hidden": false})).await.ok();
    assert_eq!(sets(&site), so_far, "what is so already is not sent");
}

async fn changes_at_once_do_not_lose_one_another(kind: ServerKind) {
    let site = Site::with(kind, TWO_AT_ONCE).await;
    let changes = [
        json!({"description": "together"}),
        json!({"alias": "sp"}),
        json!({"persist": true}),
        json!({"max_send_time_ms": 1_500}),
        json!({"minimum": {"value": 1}}),
        json!({"bus": {"poll_rate_ms": 7_000}}),
        json!({"presets": [{"name": "ONLY", "value": 20}]}),
    ];
    for answer in join_all(changes.into_iter().map(|one| change(&site, SETPOINT, one))).await {
        assert_eq!(answer.ok()["differences"], json!([]));
    }
    let now = configuration(&site, SETPOINT).await.ok();
    for (member, expected) in [
        ("/description", json!("together")),
        ("/alias", json!("sp")),
        ("/persist", json!(true)),
        ("/max_send_time_ms", json!(1_500.0)),
        ("/minimum/value", json!(1.0)),
        ("/bus/poll_rate_ms", json!(7_000.0)),
        ("/presets/0/name", json!("ONLY")),
    ] {
        assert_eq!(now.pointer(member), Some(&expected), "{member}");
    }
}

/// Whoever is at it then gets an end that is true, and nothing of the point stays.
#[tokio::test]
async fn a_point_is_deleted_while_it_is_read_and_written() {
    let site = Site::with(ServerKind::Ejabberd, TWO_AT_ONCE).await;
    let id = site.point(SETPOINT).await;
    let (point, read) = (format!("/data-points/{id}"), format!("/data-points/{id}?max_age_ms=0"));
    let write = |n: usize| {
        let action = json!({"type": "write", "value": 20 + n});
        send(writing(&site.api, &id, json!({"action": action})).header("prefer", "wait=60"))
    };
    let reads = || join_all((0..4).map(|_| site.api.get(&read)));
    let (before, first, gone, second, after) = tokio::join!(
        reads(),
        join_all((0..4).map(write)),
        site.api.delete(&point),
        join_all((4..8).map(write)),
        reads(),
    );
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    for answer in before.iter().chain(&after).filter(|answer| answer.status != 200) {
        let (_, code) = answer.problem();
        assert!(["data_point_unknown", "smartserver_fault"].contains(&code.as_str()), "{}", answer.text);
    }
    for answer in first.iter().chain(&second) {
        if answer.status == 200 {
            let item = only_item(&answer.body);
            let told = text(&item["outcome"]);
            // Another of the writes may come before it is read back, and the end of the point too.
            assert!(["verified", "acknowledged", "not_found"].contains(&told.as_str()), "{item}");
        } else {
            assert_eq!(answer.problem(), (404, "data_point_unknown".into()));
        }
    }
    assert_eq!(site.api.get(&read).await.problem(), (404, "data_point_unknown".into()));
    assert!(!site.smartserver().point_names().contains(&SETPOINT.to_owned()));
}

/// Each change moves the time of the last one, by which the inventory is out of date.
#[tokio::test]
async fn a_burst_of_changes_reads_the_inventory_again_once() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let lists = || site.smartserver().counts().of("List");
    let before = lists();
    let burst = async || {
        for n in 0..10 {
            change(&site, SETPOINT, json!({"max_send_time_ms": n, "alias": format!("a{n}")})).await.ok();
        }
    };
    eventually("the inventory is read again", async || {
        burst().await;
        (lists() > before).then_some(())
    })
    .await;
    burst().await;
    assert_eq!(lists(), before + 1);
    assert_eq!(configuration(&site, SETPOINT).await.ok()["alias"], "a9");
}

async fn a_point_is_made_written_and_deleted(kind: ServerKind) {
    let site = Site::start(kind).await;
    let path = format!("/smartservers/{}/data-points", site.key());
    let name = "Net/LON/Device 1/VirtFb/nviNew [2]";
    let new = json!({"name": name, "driver": "lon", "configuration": {
        "format": "#0000000000000000[0].SNVT_switch", "direction": "in", "description": "new",
        "default_output": {"value": {"value": 0, "state": 0}},
        "presets": [{"name": "DIM", "value": {"value": 20, "state": 1}}],
        "bus": {"poll_rate_ms": 5_000},
    }});
    let make = |key: &'static str| {
        send(site.api.request(Method::POST, &path).header("idempotency-key", key).json(&new))
    };
    let made = make("k1").await;
    assert_eq!((made.status, &made.body["differences"]), (201, &json!([])), "{}", made.text);
    let id = text(&made.body["data_point"]["id"]);
    assert_eq!(made.body["configuration"]["bus"]["poll_rate_ms"], 5_000.0);
    assert_eq!(made.body["configuration"]["presets"][0]["raw"], "20.0 1");
    assert_eq!(point_of(&site.api, &site.key(), name).await, id);
    let dim = json!({"action": {"type": "write", "preset": "DIM"}});
    assert_eq!(site.order(name, dim).await["outcome"], "verified");

    let so_far = sets(&site);
    let again = make("k1").await;
    assert_eq!(
        (again.header("idempotency-replayed"), &again.body["data_point"]["id"]),
        (Some("true"), &json!(id))
    );
    assert_eq!(make("k2").await.problem(), (409, "conflict".into()));
    assert_eq!(sets(&site), so_far, "nothing is set twice, and nothing is overwritten");

    let gone = site.api.delete(&format!("/data-points/{id}")).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    assert!(
        !site.smartserver().point_names().contains(&name.to_owned()),
        "deleted on the SmartServer itself"
    );
    assert_eq!(
        site.api.get(&format!("/data-points/{id}")).await.problem(),
        (404, "data_point_unknown".into())
    );
    assert_eq!(
        site.api.delete(&format!("/data-points/{id}")).await.problem(),
        (404, "data_point_unknown".into())
    );
    assert!(site.smartserver().point_names().contains(&SWITCH.to_owned()));
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_sent() {
    let site = Site::start(ServerKind::Ejabberd).await;
    for (bad, code) in [
        (json!({"colour": "red"}), "request_invalid"),
        (json!({"format": null}), "request_invalid"),
        (json!({"bus": null}), "request_invalid"),
        (json!({"nv_index": 7}), "request_invalid"),
        (json!({"description": " x"}), "request_invalid"),
        (json!({"max_send_time_ms": -1}), "request_invalid"),
        (json!({"minimum": {"value": 1, "raw": "1"}}), "request_invalid"),
        (json!({"minimum": {"value": "warm"}}), "value_invalid"),
        (json!({"maximum": {"raw": "warm"}}), "value_invalid"),
        (json!({"presets": [{"name": "A", "value": {"state": 1}}]}), "value_invalid"),
        (json!({"presets": [{"name": "A", "value": 1}, {"name": "A", "value": 2}]}), "request_invalid"),
        (json!({"description": "x", "bus": {"table": "MT_COIL"}}), "request_invalid"),
    ] {
        let refused = change(&site, SETPOINT, bad.clone()).await;
        assert_eq!(refused.problem(), (422, code.into()), "{bad} {}", refused.text);
    }
    let path = format!("/smartservers/{}/data-points", site.key());
    let new = json!({"name": "Net/LON/Device 1/VirtFb/x", "driver": "lon", "configuration": {}});
    assert_eq!(site.api.post(&path, new).await.problem(), (422, "request_invalid".into()));
    assert_eq!(sets(&site), 0);
}

#[tokio::test]
async fn a_change_without_answer_is_told_by_what_is_found() {
    let site = Site::with(ServerKind::Ejabberd, TWO_AT_ONCE).await;
    let silence = || Silence::For(vec!["Set".into()]);
    site.smartserver().set_behaviour(Behaviour { silence: silence(), ..Behaviour::default() });
    let changed = change(&site, SETPOINT, json!({"description": "done"})).await.ok();
    assert_eq!(changed["data_point"]["description"], "done", "it was executed");

    let lost = Behaviour { silence: silence(), executes_in_silence: false, ..Behaviour::default() };
    site.smartserver().set_behaviour(lost);
    let unknown = change(&site, SETPOINT, json!({"description": "lost"})).await;
    assert_eq!(unknown.problem(), (504, "deadline_exceeded".into()));
    site.smartserver().set_behaviour(Behaviour::default());
    assert_eq!(configuration(&site, SETPOINT).await.ok()["description"], "done");
    assert_eq!(sets(&site), 2, "nothing is sent again");
}

#[tokio::test]
async fn a_point_that_the_smartserver_lost_is_told_and_forgotten() {
    let site = Site::start(ServerKind::Ejabberd).await;
    let id = site.point(SETPOINT).await;
    site.smartserver().remove_point(SETPOINT).unwrap();
    for answer in
        [configuration(&site, SETPOINT).await, change(&site, SETPOINT, json!({"persist": true})).await]
    {
        assert_eq!(answer.problem(), (502, "smartserver_fault".into()));
        assert!(text(&answer.body["detail"]).contains("fault 14"), "{}", answer.text);
    }
    assert_eq!(site.api.delete(&format!("/data-points/{id}")).await.status, 204);
    let path = query("/data-points", &[("smartserver", &site.key()), ("name", SETPOINT)]);
    assert_eq!(site.api.get(&path).await.ok()["items"], json!([]));
}

#[tokio::test]
async fn an_inventory_of_several_pages_is_read_whole_wherever_positions_begin() {
    let site = Site::with(ServerKind::Ejabberd, Needs { points: 450, ..Needs::default() }).await;
    let sync = format!("/smartservers/{}/sync", site.key());
    for positions_from_zero in [false, true] {
        site.smartserver().set_behaviour(Behaviour { positions_from_zero, ..Behaviour::default() });
        let lists = site.smartserver().counts().of("List");
        let report = site.api.post(&sync, json!({})).await.ok();
        assert_eq!(
            (&report["added"], &report["removed"], &report["total"]),
            (&json!(0), &json!(0), &json!(450)),
            "{report}"
        );
        assert_eq!(site.smartserver().counts().of("List"), lists + 3);
    }
    site.smartserver().remove_point(SETPOINT).unwrap();
    let report = site.api.post(&sync, json!({})).await.ok();
    assert_eq!((&report["removed"], &report["total"]), (&json!(1), &json!(449)), "{report}");
}
