//! Which messages the gateway sends; the harness holds every one against the schema.

use serde_json::json;

use crate::harness::site::{SWITCH, Site};
use crate::harness::xmpp_server::ServerKind;

#[tokio::test]
async fn every_kind_of_message_was_held_against_the_schema() {
    let site = Site::start(ServerKind::Ejabberd).await;
    site.order(SWITCH, json!({"action": {"type": "write", "preset": "ON", "priority": 240}})).await;
    site.read(SWITCH, &[("max_age_ms", "0")]).await.ok();
    let seen: Vec<_> = site.field.watch.seen().into_iter().collect();
    assert_eq!(seen, ["Get", "List", "Read", "Read Dp_Data", "Write", "Write Dp_Data"]);
}
