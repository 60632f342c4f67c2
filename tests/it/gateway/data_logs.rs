use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use nocgate::simulator::{Behaviour, Delay, Silence};
use serde_json::{Value, json};

use super::on_both_servers;
use crate::harness::api::{Answer, query, send};
use crate::harness::site::{FLOAT, LEVEL, Needs, Site, TEMP, text};
use crate::harness::xmpp_server::ServerKind;

on_both_servers![
    a_log_of_5000_entries_is_read_once_and_in_order,
    entries_of_one_millisecond_and_new_ones_are_read_once,
    what_a_circular_log_drops_is_told,
    part_of_a_log_is_read,
    a_log_is_cleared,
    a_data_logger_is_configured,
    changes_at_once_do_not_lose_one_another,
    an_unanswered_change_is_unknown_and_never_sent_again,
    wrong_questions_get_clear_problems,
];

const LOGGER: &str = "Net/LON/iLON App/Data Logger[0]";

const fn needs(entries: usize) -> Needs {
    Needs {
        smartservers: 1,
        points: 40,
        overrides: &[("SMARTSERVER__DEADLINE_MS", "20000")],
        log_entries: Some(entries),
    }
}

async fn page(site: &Site, parameters: &[(&str, &str)]) -> Answer {
    let path = format!("/smartservers/{}/data-loggers/entries", site.key());
    let parameters = [&[("name", LOGGER)], parameters].concat();
    site.api.get(&query(&path, &parameters)).await
}

/// All entries of a log through pages, with something happening after each.
async fn pages(site: &Site, limit: usize, mut after_each: impl FnMut(usize)) -> (Vec<Value>, bool) {
    let (mut all, mut gap, mut cursor, limit) = (Vec::new(), false, None::<String>, limit.to_string());
    for number in 0.. {
        let mut parameters = vec![("limit", limit.as_str())];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let mut read = page(site, &parameters).await.ok();
        let items = read["items"].as_array_mut().unwrap();
        assert!(items.len() <= limit.parse().unwrap());
        all.append(items);
        gap |= read["gap"] == true;
        after_each(number);
        match read["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    (all, gap)
}

fn seen(entries: &[Value]) -> Vec<(Timestamp, String, String)> {
    let at = |entry: &Value| text(&entry["logged_at"]).parse().unwrap();
    entries.iter().map(|entry| (at(entry), text(&entry["name"]), text(&entry["raw"]))).collect()
}

/// What the SmartServer itself says that it has logged.
fn logged(site: &Site) -> Vec<(Timestamp, String, String)> {
    let entries = site.smartserver().log_entries(LOGGER).unwrap();
    entries.into_iter().map(|entry| (entry.at, entry.point, entry.value)).collect()
}

async fn a_log_of_5000_entries_is_read_once_and_in_order(kind: ServerKind) {
    let site = Site::with(kind, needs(5_000)).await;
    let (read, gap) = pages(&site, 1000, |_| {}).await;
    let expected = logged(&site);
    assert_eq!((expected.len() >= 5_000, gap), (true, false));
    assert!(seen(&read) == expected, "{} entries of {}", read.len(), expected.len());
    let first = page(&site, &[("limit", "1")]).await.ok();
    assert_eq!(first["total"], expected.len());
    assert!(first["level_percent"].as_f64().unwrap() > 0.0);
    let id = site.point(TEMP).await;
    let temp = read.iter().find(|entry| entry["name"] == TEMP).unwrap();
    assert_eq!((&temp["type"], &temp["data_point_id"]), (&json!("SNVT_temp_p"), &json!(id)), "{temp}");
    assert!(temp["value"].is_number() && temp["unit"].is_string() && temp["status"].is_string());
}

async fn entries_of_one_millisecond_and_new_ones_are_read_once(kind: ServerKind) {
    let site = Site::with(kind, needs(900)).await;
    let now = Timestamp::now();
    let append = |count: usize, at: Timestamp, first: usize| {
        for n in first..first + count {
            site.smartserver().append_log(LOGGER, FLOAT, at, &n.to_string()).unwrap();
        }
    };
    append(230, now, 1000);
    for zero in [false, true] {
        site.smartserver().change_behaviour(|behaviour| behaviour.positions_from_zero = zero);
        let (mut at, mut number) = (Timestamp::now(), if zero { 6000 } else { 3000 });
        append(1, at, number);
        let (read, gap) = pages(&site, 37, |page| {
            if page < 8 {
                // Some with the last one's time, some later.
                append(7, at, number + 1);
                at += SignedDuration::from_millis(1);
                append(30, at, number + 8);
                number += 100;
            }
        })
        .await;
        assert!(seen(&read) == logged(&site), "{} entries", read.len());
        assert!(!gap);
    }
}

async fn what_a_circular_log_drops_is_told(kind: ServerKind) {
    let site = Site::with(kind, needs(500)).await;
    let before = logged(&site);
    let room = 1_000 - before.len();
    let mut appended = 0;
    let mut append = |count: usize| {
        for n in appended..appended + count {
            site.smartserver().append_log(LOGGER, FLOAT, Timestamp::now(), &n.to_string()).unwrap();
        }
        appended += count;
    };
    append(room);
    // The oldest are dropped: first some that were read already, then also some that were not.
    let (read, gap) = pages(&site, 200, |page| {
        if page == 0 {
            append(100);
        }
    })
    .await;
    assert!(!gap, "all that was dropped had been read");
    assert_eq!(read.len(), 1_100);
    let (read, gap) = pages(&site, 200, |page| {
        if page == 0 {
            append(300);
        }
    })
    .await;
    let (read, left) = (seen(&read), logged(&site));
    assert!(gap, "a hundred were dropped unread");
    assert_eq!(read.len(), 200 + left.len());
    assert!(read[200..] == left[..]);
}

async fn part_of_a_log_is_read(kind: ServerKind) {
    let site = Site::with(kind, needs(300)).await;
    let all = logged(&site);
    for zero in [false, true] {
        site.smartserver().change_behaviour(|behaviour| behaviour.positions_from_zero = zero);
        for count in [1, 5, 50] {
            let read = page(&site, &[("newest", &count.to_string())]).await.ok();
            let read = seen(read["items"].as_array().unwrap());
            assert!(read == all[all.len() - count..], "{zero} {count}: {read:?}");
        }
    }
    let (since, until) = (all[40].0, all[260].0);
    let (from, to) = (since.to_string(), until.to_string());
    let within = [("since", from.as_str()), ("until", to.as_str()), ("limit", "1000")];
    let read = page(&site, &within).await.ok();
    let expected: Vec<_> = all.iter().filter(|entry| (since..=until).contains(&entry.0)).cloned().collect();
    assert_eq!(seen(read["items"].as_array().unwrap()), expected);
    assert_eq!((&read["next_cursor"], &read["total"]), (&Value::Null, &json!(all.len())));

    let read = page(&site, &[("point", FLOAT), ("limit", "1000")]).await.ok();
    let expected: Vec<_> = all.iter().filter(|entry| entry.1 == FLOAT).cloned().collect();
    assert_eq!(seen(read["items"].as_array().unwrap()), expected);
    let read = page(&site, &[("point", LEVEL)]).await.ok();
    assert_eq!((&read["items"], &read["next_cursor"]), (&json!([]), &Value::Null));
}

async fn a_log_is_cleared(kind: ServerKind) {
    let site = Site::with(kind, needs(300)).await;
    let path = format!("/smartservers/{}/data-loggers/clear", site.key());
    let all = logged(&site);
    let until = all[100].0;
    let left = all.iter().filter(|entry| entry.0 > until).count();
    let cleared = site.api.post(&path, json!({"name": LOGGER, "until": until.to_string()})).await.ok();
    assert_eq!(cleared["log"]["total"], left, "{cleared}");
    assert_eq!(logged(&site).len(), left);
    let cleared = site.api.post(&path, json!({"name": LOGGER})).await.ok();
    assert_eq!(cleared["log"]["total"], 0, "{cleared}");
    let read = page(&site, &[]).await.ok();
    assert_eq!((&read["items"], &read["total"]), (&json!([]), &json!(0)));
    assert_eq!(site.smartserver().counts().of("Clear"), 2);
}

async fn change(site: &Site, change: Value) -> Answer {
    let path = format!("/smartservers/{}/data-loggers", site.key());
    send(site.api.request(reqwest::Method::PATCH, &path).json(&change)).await
}

async fn a_data_logger_is_configured(kind: ServerKind) {
    let site = Site::with(kind, needs(10)).await;
    let path = query(&format!("/smartservers/{}/data-loggers", site.key()), &[("levels", "true")]);
    let listed = site.api.get(&path).await.ok();
    let before = &listed["items"][0];
    assert_eq!((&before["name"], &before["log_type"]), (&json!(LOGGER), &json!("LT_CIRCULAR")));
    assert_eq!(before["log"]["total"], logged(&site).len(), "{before}");
    assert_eq!(before["logged"].as_array().unwrap().len(), 3);

    let changed = change(
        &site,
        json!({
            "name": LOGGER, "description": "comfort & more", "level_alarm_percent": 80.0,
            "logged": [{"name": TEMP, "poll_rate_s": 30.0},
                       {"name": LEVEL, "min_delta_time_s": 1.5, "min_delta_value": 2.0, "poll_rate_s": 0.0}],
        }),
    );
    let changed = changed.await.ok();
    let after = &changed["configuration"];
    assert_eq!((&changed["read_back"], &after["description"]), (&json!(true), &json!("comfort & more")));
    for same in ["log_type", "size_kb", "log_format", "file_name", "points"] {
        assert_eq!(after[same], before[same], "{same}");
    }
    let delta = |name: &str| {
        let before = before["logged"].as_array().unwrap();
        before.iter().find(|point| point["name"] == name).unwrap()["min_delta_time_s"].clone()
    };
    assert_eq!(after["logged"][0]["min_delta_time_s"], delta(TEMP), "what is not named stays");
    assert_eq!(after["logged"][0]["poll_rate_s"], 30.0);
    assert_eq!(after["logged"][1]["name"], LEVEL);
    assert_eq!(after["logged"][1]["min_delta_value"], 2.0);
    let path = query(&format!("/smartservers/{}/data-loggers", site.key()), &[("name", LOGGER)]);
    let mut named = site.api.get(&path).await.ok();
    named["items"][0]["configured_at"] = after["configured_at"].clone();
    assert_eq!(&named["items"][0], after);
    let sets = site.smartserver().counts().of("Set");
    let same = change(&site, json!({"name": LOGGER, "description": "comfort & more"})).await.ok();
    assert_eq!(
        (&same["read_back"], &same["configuration"]["description"]),
        (&json!(true), &after["description"])
    );
    assert_eq!(site.smartserver().counts().of("Set"), sets, "what is so already is not sent");
}

async fn changes_at_once_do_not_lose_one_another(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__IN_FLIGHT", "2"), ("SMARTSERVER__DEADLINE_MS", "10000")];
    let site = Site::with(kind, Needs { overrides, ..needs(10) }).await;
    let delay = Delay::Fixed(Duration::from_millis(100));
    site.smartserver().set_behaviour(Behaviour { delay, ..Behaviour::default() });
    let (described, levelled) = tokio::join!(
        change(&site, json!({"name": LOGGER, "description": "comfort"})),
        change(&site, json!({"name": LOGGER, "level_alarm_percent": 42.0})),
    );
    described.ok();
    levelled.ok();
    let path = query(&format!("/smartservers/{}/data-loggers", site.key()), &[("name", LOGGER)]);
    let after = site.api.get(&path).await.ok()["items"][0].take();
    let kept = (&after["description"], &after["level_alarm_percent"]);
    assert_eq!(kept, (&json!("comfort"), &json!(42.0)), "{after}");
}

async fn an_unanswered_change_is_unknown_and_never_sent_again(kind: ServerKind) {
    let overrides = &[("SMARTSERVER__DEADLINE_MS", "1500")];
    let site = Site::with(kind, Needs { overrides, ..needs(10) }).await;
    let silence = Silence::For(vec!["Set".into(), "Clear".into()]);
    site.smartserver().set_behaviour(Behaviour { silence, ..Behaviour::default() });
    let changed = change(&site, json!({"name": LOGGER, "description": "new"})).await;
    assert_eq!(changed.problem(), (504, "outcome_unknown".into()));
    let path = format!("/smartservers/{}/data-loggers/clear", site.key());
    let cleared = site.api.post(&path, json!({"name": LOGGER})).await;
    assert_eq!(cleared.problem(), (504, "outcome_unknown".into()));
    page(&site, &[]).await.ok();
    let counts = site.smartserver().counts();
    assert_eq!((counts.of("Set"), counts.of("Clear")), (1, 1));
}

async fn wrong_questions_get_clear_problems(kind: ServerKind) {
    let site = Site::with(kind, needs(200)).await;
    let first = page(&site, &[("limit", "10")]).await.ok();
    let cursor = text(&first["next_cursor"]);
    let bad = |status: u16, code: &str| (status, code.to_owned());
    for (parameters, problem) in [
        (vec![("since", "yesterday")], bad(400, "query_invalid")),
        (
            vec![("since", "2026-01-02T00:00:00Z"), ("until", "2026-01-01T00:00:00Z")],
            bad(400, "query_invalid"),
        ),
        (vec![("limit", "0")], bad(400, "query_invalid")),
        (vec![("newest", "51")], bad(400, "query_invalid")),
        (vec![("newest", "5"), ("limit", "5")], bad(400, "query_invalid")),
        (vec![("cursor", "eA")], bad(400, "query_invalid")),
        (vec![("cursor", cursor.as_str()), ("point", TEMP)], bad(422, "request_invalid")),
        (vec![("point", "both \" and '")], bad(400, "soap_malformed")),
    ] {
        let answer = page(&site, &parameters).await;
        assert_eq!(answer.problem(), problem, "{parameters:?}: {}", answer.text);
    }
    let nobody = "Net/LON/iLON App/Data Logger[9]";
    let path = format!("/smartservers/{}/data-loggers", site.key());
    let unknown = bad(404, "data_logger_unknown");
    assert_eq!(
        site.api.get(&query(&format!("{path}/entries"), &[("name", nobody)])).await.problem(),
        unknown
    );
    assert_eq!(site.api.get(&query(&path, &[("name", nobody)])).await.problem(), unknown);
    assert_eq!(change(&site, json!({"name": nobody, "description": "x"})).await.problem(), unknown);
    assert_eq!(site.api.post(&format!("{path}/clear"), json!({"name": nobody})).await.problem(), unknown);
    for wrong in [json!({"log_type": "circular"}), json!({"size_kb": -1}), json!({"description": "a\nb"})] {
        let mut wrong = wrong;
        wrong["name"] = json!(LOGGER);
        assert_eq!(change(&site, wrong).await.problem(), bad(422, "request_invalid"));
    }
}
