//! Alarm logs: 26 to 28.

use serde_json::{Value, json};

use super::answer::ask;
use super::blocks::{NOTIFIER, about, kind, member, with_notifier};
use crate::harness::api::query;
use crate::harness::site::{FLOAT, Site, TEMP};

const CONDITION: &str = "AL_ALM_CONDITION";

/// A site with an alarm of each of two points.
async fn in_alarm() -> Site {
    let site = with_notifier().await;
    for point in [TEMP, FLOAT] {
        site.smartserver().raise_alarm(point, CONDITION).unwrap();
    }
    site
}

/// An alarm as the SmartServer's log has it.
#[derive(Debug, PartialEq)]
struct Logged {
    point: String,
    time: String,
    status: String,
    comment: Option<String>,
    user: Option<String>,
}

/// A log as the SmartServer has it; the answer begins with what it says about the log.
async fn log(site: &Site, log: &str) -> Vec<Logged> {
    let select =
        format!(r#"//Item[@xsi:type="UFPTalarmNotifier_Data"][position()<100][UCPTalarmLog="{log}"]"#);
    let answer = about(site, "Read", NOTIFIER, &select).await;
    let items = answer.items();
    let (meta, alarms) = items.split_first().unwrap();
    assert_eq!((kind(meta), member(meta, "UCPTname")), ("UFPTalarmNotifier_Meta_Data", NOTIFIER.to_owned()));
    assert_eq!(member(meta, "UCPTalarmLog"), log);
    assert_eq!(member(meta, "UCPTtotalCount"), alarms.len().to_string());
    let logged = |alarm: &&nocgate::xml::Element| {
        assert_eq!(kind(alarm), "UFPTalarmNotifier_Data");
        assert_eq!(member(alarm, "UCPTalarmNotifierName"), NOTIFIER);
        Logged {
            point: member(alarm, "UCPTname"),
            time: member(alarm, "UCPTalarmTime"),
            status: member(alarm, "UCPTstatus"),
            comment: alarm.child_text("UCPTdescription"),
            user: alarm.child_text("UCPTuserName"),
        }
    };
    alarms.iter().map(logged).collect()
}

async fn of(site: &Site, name: &str, point: &str) -> Option<Logged> {
    log(site, name).await.into_iter().find(|alarm| alarm.point == point)
}

/// Judges an alarm as an application does, by a message of its own.
async fn judge(site: &Site, alarm: &Logged, verdict: &str, comment: &str) {
    let Logged { point, time, .. } = alarm;
    let item = format!(
        "<Item xsi:type='UFPTalarmNotifier_Data'><UCPTname>{point}</UCPTname>\
         <UCPTdescription>{comment}</UCPTdescription>\
         <UCPTalarmNotifierName>{NOTIFIER}</UCPTalarmNotifierName><UCPTalarmTime>{time}</UCPTalarmTime>\
         <UCPTuserName>noc</UCPTuserName><UCPTstatus LonFormat='UCPTalarmStatus'>{verdict}</UCPTstatus></Item>"
    );
    let answer = ask(site, "Write", &item).await;
    assert_eq!((answer.faults(), answer.names()), ("0".to_owned(), vec![NOTIFIER.to_owned()]));
}

fn path(site: &Site, rest: &str) -> String {
    format!("/smartservers/{}/alarm-notifiers/{rest}", site.key())
}

/// A log through the API.
async fn shown(site: &Site, log: &str) -> Vec<Value> {
    let page = site.api.get(&query(&path(site, "alarms"), &[("name", NOTIFIER), ("log", log)])).await.ok();
    let alarms = page["items"].as_array().unwrap().clone();
    assert_eq!(page["total"], alarms.len());
    alarms
}

async fn shown_of(site: &Site, log: &str, point: &str) -> Option<Value> {
    shown(site, log).await.into_iter().find(|alarm| alarm["name"] == point)
}

/// Judges an alarm through the API.
async fn order(site: &Site, alarm: &Value, action: &str, comment: &str) {
    let key = json!({"name": alarm["name"], "alarm_time": alarm["alarm_time"]});
    let order = json!({"notifier": NOTIFIER, "alarms": [key], "action": action, "comment": comment, "user": "night shift"});
    let told = site.api.post(&path(site, "alarms/acknowledge"), order).await.ok();
    assert_eq!(
        (&told["counts"]["done"], &told["alarms"][0]["outcome"]),
        (&json!(1), &json!("done")),
        "{told}"
    );
}

#[tokio::test]
async fn vector_26_an_alarm_is_acknowledged() {
    let site = in_alarm().await;
    let alarm = of(&site, "SUMMARY", TEMP).await.unwrap();
    assert_eq!((alarm.status.as_str(), &alarm.user), ("NACK", &None));
    judge(&site, &alarm, "MANUAL_ACK", "valve exchanged").await;
    let judged = of(&site, "SUMMARY", TEMP).await.unwrap();
    assert_eq!((judged.status.as_str(), &judged.time), ("MANUAL_ACK", &alarm.time));
    assert_eq!((judged.comment.as_deref(), judged.user.as_deref()), (Some("valve exchanged"), Some("noc")));
    let seen = shown_of(&site, "summary", TEMP).await.unwrap();
    assert_eq!(
        (&seen["acknowledgement"], &seen["comment"]),
        (&json!("MANUAL_ACK"), &json!("valve exchanged"))
    );

    let alarm = shown_of(&site, "summary", FLOAT).await.unwrap();
    assert_eq!((&alarm["acknowledgement"], &alarm["status"]), (&json!("NACK"), &json!(CONDITION)), "{alarm}");
    assert_eq!(alarm["notifier"], NOTIFIER);
    order(&site, &alarm, "acknowledge", "on its way").await;
    let seen = shown_of(&site, "summary", FLOAT).await.unwrap();
    for (member, expected) in [
        ("acknowledgement", "MANUAL_ACK"),
        ("comment", "on its way"),
        ("user", "night shift"),
        ("alarm_type", "ACTIVE"),
    ] {
        assert_eq!(seen[member], expected, "{member}");
    }
    assert_eq!(seen["alarm_time"], alarm["alarm_time"]);
    assert_eq!(of(&site, "SUMMARY", FLOAT).await.unwrap().status, "MANUAL_ACK");
}

#[tokio::test]
async fn vector_27_a_cleared_alarm_stays_in_the_history() {
    let site = in_alarm().await;
    let alarm = of(&site, "SUMMARY", TEMP).await.unwrap();
    judge(&site, &alarm, "MANUAL_CLEAR", "done").await;
    let alarm = shown_of(&site, "summary", FLOAT).await.unwrap();
    order(&site, &alarm, "clear", "done too").await;
    assert_eq!(log(&site, "SUMMARY").await, []);
    assert_eq!(shown(&site, "summary").await, Vec::<Value>::new());
    for (point, comment) in [(TEMP, "done"), (FLOAT, "done too")] {
        let kept = of(&site, "HISTORICAL", point).await.unwrap();
        assert_eq!(
            (kept.comment.as_deref(), kept.status.ends_with("MANUAL_CLEAR")),
            (Some(comment), true),
            "{kept:?}"
        );
        let seen = shown_of(&site, "historical", point).await.unwrap();
        assert_eq!((&seen["comment"], &seen["acknowledgement"]), (&json!(comment), &json!(kept.status)));
    }
}

#[tokio::test]
async fn vector_28_a_log_is_cleared() {
    let site = in_alarm().await;
    assert_eq!(log(&site, "HISTORICAL").await.len(), 2);
    let clear = r#"//Item[@xsi:type="UFPTalarmNotifier_Data"][UCPTalarmLog="HISTORICAL"]"#;
    let answer = about(&site, "Clear", NOTIFIER, clear).await;
    let left = answer.only_item();
    assert_eq!(
        (kind(left), member(left, "UCPTname")),
        ("UFPTalarmNotifier_ClearResponse", NOTIFIER.to_owned())
    );
    assert_eq!(
        (member(left, "UCPTalarmLog"), member(left, "UCPTtotalCount")),
        ("HISTORICAL".into(), "0".into())
    );
    assert_eq!(log(&site, "HISTORICAL").await, []);
    assert_eq!(shown(&site, "historical").await, Vec::<Value>::new());
    assert_eq!(log(&site, "SUMMARY").await.len(), 2, "another log");

    for point in [TEMP, FLOAT] {
        site.smartserver().clear_alarm(point).unwrap();
        site.smartserver().raise_alarm(point, CONDITION).unwrap();
    }
    assert!(!shown(&site, "historical").await.is_empty());
    let told =
        site.api.post(&path(&site, "clear"), json!({"name": NOTIFIER, "log": "historical"})).await.ok();
    assert_eq!(told["log"]["total"], 0, "{told}");
    assert_eq!(log(&site, "HISTORICAL").await, []);
    assert_eq!(shown(&site, "historical").await, Vec::<Value>::new());
}
