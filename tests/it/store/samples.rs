//! Things to store.

use std::time::Duration;

use jiff::Timestamp;
use nocgate::domain::{
    Action, Command, CommandId, CommandItem, DataPoint, DataPointId, FormatName, Identity, IdentityId, Phase,
    Priority, Reading, SmartServer, SmartServerId, Source, Value, WriteValue,
};
use nocgate::store::{NewDataPoint, Store};

pub(super) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
}

pub(super) fn identity(jid: &str) -> Identity {
    Identity {
        id: IdentityId::new(),
        jid: jid.parse().unwrap(),
        resource: "nocgate".to_owned(),
        bosh_urls: vec!["https://xmpp.example/http-bind".parse().unwrap()],
        password: "pass word ä".to_owned().into(),
        plain_on_loopback: false,
        ca_pem: None,
        created_at: at(0),
    }
}

pub(super) fn smartserver(identity: &Identity, key: &str) -> SmartServer {
    SmartServer {
        id: SmartServerId::new(),
        key: key.to_owned(),
        identity_id: identity.id,
        jid: format!("{}@xmpp.example/ilon", key.to_lowercase()).parse().unwrap(),
        name: format!("SmartServer {key}"),
        site: None,
        time_zone: None,
        tags: Vec::new(),
        inventory_at: None,
        created_at: at(0),
    }
}

pub(super) fn new_point(name: &str) -> NewDataPoint {
    NewDataPoint {
        name: name.parse().unwrap(),
        alias: None,
        description: None,
        format: Some(FormatName::from("#0000000000000000[0].SNVT_temp_p")),
        unit: None,
        direction: None,
        presets: Vec::new(),
        configured_at: None,
    }
}

pub(super) fn reading(point: DataPointId, number: f64, received_at: Timestamp) -> Reading {
    Reading {
        data_point_id: point,
        value: Value::Number(number),
        preset: None,
        raw: number.to_string(),
        unit: Some("°C".to_owned()),
        format: Some(FormatName::from("#0000000000000000[0].SNVT_temp_p")),
        status: Some("AL_NO_CONDITION".to_owned()),
        priority: Some(Priority::WEAKEST),
        never_read: false,
        observed_at: Some(received_at),
        received_at,
        age_at_receipt: Some(Duration::from_millis(250)),
        source: Source::Read,
        fault: None,
    }
}

pub(super) fn command(points: &[DataPoint], created_at: Timestamp) -> Command {
    let item = |point: &DataPoint| CommandItem {
        data_point_id: point.id,
        smartserver_id: point.smartserver_id,
        name: point.name.clone(),
        phase: Phase::Queued,
        outcome: None,
        reason: None,
        iq_id: None,
        held_at: None,
        raw: None,
        updated_at: created_at,
    };
    Command {
        id: CommandId::new(),
        action: Action::Write {
            value: WriteValue::Preset("ON".to_owned()),
            priority: Priority(240),
            propagate: true,
        },
        reason: None,
        verify: true,
        requested_by: "tests".to_owned(),
        created_at,
        deadline_at: created_at + Duration::from_secs(30),
        items: points.iter().map(item).collect(),
    }
}

/// A stored SmartServer, with a stored identity of its own.
pub(super) async fn stored_smartserver(store: &Store, key: &str) -> SmartServer {
    let identity = identity(&format!("noc-{}@xmpp.example", key.to_lowercase()));
    store.identities().insert(&identity).await.unwrap();
    let smartserver = smartserver(&identity, key);
    store.smartservers().insert(&smartserver).await.unwrap();
    smartserver
}

/// The data points of a new SmartServer in the order of their names, which are `Net/p0000` and so on.
pub(super) async fn stored_points(store: &Store, count: usize) -> Vec<DataPoint> {
    let smartserver = stored_smartserver(store, "00D071000001").await;
    let points: Vec<_> = (0..count).map(|n| new_point(&format!("Net/p{n:04}"))).collect();
    store.data_points().replace_inventory(smartserver.id, &points).await.unwrap();
    store.data_points().of_smartserver(smartserver.id).await.unwrap()
}
