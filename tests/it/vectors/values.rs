//! Values that are none: 38.

use serde_json::{Value, json};

use super::NOW;
use super::answer::read;
use crate::harness::site::{FLOAT, Site};
use crate::harness::xmpp_server::ServerKind;

const COUNT: &str = "Net/LON/Device 1/Block[1]/nvoCount_3";

#[tokio::test]
async fn vector_38_a_point_before_its_first_poll_has_no_value() {
    let site = Site::start(ServerKind::Ejabberd).await;
    for (name, raw) in [(FLOAT, "-3.402823e+38"), (COUNT, "-32768")] {
        assert_eq!(site.cached(name).await, Value::Null, "nobody has read it");
        site.smartserver().forget(name).unwrap();
        let answer = read(&site, &[name]).await;
        assert_eq!(answer.only_item().child_text("UCPTvalue").as_deref(), Some(raw));
        assert_eq!(answer.only_item().child_text("UCPTpointStatus").as_deref(), Some("AL_NUL"));

        site.smartserver().push(&[name], &site.field.noc()).await.unwrap();
        let never = site.cached(name).await;
        assert_eq!((&never["value"], &never["quality"]), (&Value::Null, &json!("never_read")), "{never}");
        assert_eq!((&never["raw"], &never["status"]), (&json!(raw), &json!("AL_NUL")));

        let polled = site.read(name, NOW).await.ok()["reading"].take();
        assert_eq!(polled["quality"], "good");
        assert!(polled["value"].is_number());
    }
}
