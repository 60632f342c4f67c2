//! The gateway's codec and the simulated SmartServer were written apart from the same manual: what
//! one says, the other must understand.

#![allow(clippy::unwrap_used, reason = "a test stops where something is not as it should be")]

use std::time::Duration;

use nocgate::domain::{DataPointName, Direction, FormatName, Priority, Value};
use nocgate::simulator::{Fleet, Handle, Mac, Profile, Settings};
use nocgate::smartserver::{
    BusKind, PointConfig, PointData, PointItem, PointKind, PointMember, SmartServerRpc, SystemSection,
    WriteItem, WritePayload,
};
use nocgate::xmpp::{Client, State};
use tokio::time::Instant;

use crate::harness::PATIENCE;
use crate::harness::xmpp_server::{ServerKind, XmppServer};

/// Items of one message.
pub(crate) const AT_ONCE: usize = 50;

pub(crate) struct Site {
    server: XmppServer,
    fleet: Fleet,
    client: Client,
    pub(crate) rpc: SmartServerRpc,
}

impl Site {
    pub(crate) async fn start(profile: Profile) -> Site {
        let server = XmppServer::start(ServerKind::Ejabberd).await;
        server.register_all([Mac::FIRST.to_string().to_lowercase(), "noc".to_owned()], "secret").await;
        let mut settings = Settings::new(server.bosh_url(), server.domain(), "secret".into());
        (settings.profile, settings.points) = (profile, 130);
        let fleet = Fleet::start(&settings).unwrap();
        let (client, _) = Client::start(server.account("noc", "secret"), super::simulator::options());
        let rpc = SmartServerRpc::new(client.clone(), fleet.smartservers()[0].jid().clone());
        let online = async {
            fleet.online().await;
            client.status().wait_for(|s| matches!(s.state, State::Online(_))).await.unwrap();
        };
        tokio::time::timeout(PATIENCE, online).await.expect("everybody is online");
        Site { server, fleet, client, rpc }
    }

    fn smartserver(&self) -> &Handle {
        &self.fleet.smartservers()[0]
    }

    async fn configurations(&self) -> Vec<PointConfig> {
        let listed = self.rpc.list_data_points(deadline()).await.unwrap().value;
        let names: Vec<DataPointName> = listed.into_iter().map(|point| point.name).collect();
        let mut all = Vec::new();
        for some in names.chunks(AT_ONCE) {
            let got = self.rpc.get_data_points(some, deadline()).await.unwrap().value;
            all.extend(got.into_iter().map(|(_, config)| config.unwrap()));
        }
        all
    }

    pub(crate) async fn read(&self, names: &[DataPointName], max_age: Option<Duration>) -> Vec<PointData> {
        let mut all = Vec::new();
        for some in names.chunks(AT_ONCE) {
            let read = self.rpc.read(some, max_age, deadline()).await.unwrap().value;
            all.extend(read.into_iter().map(|(_, data)| data.unwrap()));
        }
        all
    }

    pub(crate) async fn stop(self) {
        self.client.stop().await;
        self.fleet.stop().await;
        drop(self.server);
    }
}

pub(crate) fn deadline() -> Instant {
    Instant::now() + PATIENCE
}

fn names(configs: &[PointConfig]) -> Vec<DataPointName> {
    configs.iter().map(|config| config.name.clone()).collect()
}

#[tokio::test]
async fn every_value_is_understood() {
    for profile in [Profile::Demo, Profile::Deterministic] {
        let site = Site::start(profile).await;
        let configs = site.configurations().await;
        assert_eq!(configs.len(), 130);
        let data = site.read(&names(&configs), None).await;
        for (config, data) in configs.iter().zip(&data) {
            let format = config.format.as_ref();
            assert_eq!(data.format.as_ref(), format, "{config:?}");
            assert!(is_typed(&data.value(format)), "{data:?}");
            for preset in &config.presets {
                let preset = PointData { raw: preset.raw.clone(), ..data.clone() };
                assert!(is_typed(&preset.value(format)), "{preset:?}");
            }
        }
        site.stop().await;
    }
}

/// Whether nothing of the value is missing.
fn is_typed(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Number(_) | Value::Text(_) => true,
        Value::List(values) => values.iter().all(is_typed),
        Value::Fields(fields) => !fields.is_empty() && fields.iter().all(|(_, value)| is_typed(value)),
    }
}

#[tokio::test]
async fn what_is_written_is_read_back_until_it_is_released() {
    let site = Site::start(Profile::Deterministic).await;
    let configs = site.configurations().await;
    let inputs: Vec<PointConfig> =
        configs.into_iter().filter(|config| config.direction == Some(Direction::In)).collect();
    let names = names(&inputs);
    let before = site.read(&names, None).await;

    let items: Vec<WriteItem> = inputs.iter().zip(&before).map(|(config, data)| item(config, data)).collect();
    for some in items.chunks(AT_ONCE) {
        let written = site.rpc.write(some, deadline()).await.unwrap().value;
        assert!(written.iter().all(|(_, outcome)| outcome.is_ok()), "{written:?}");
    }
    let after = site.read(&names, Some(Duration::ZERO)).await;
    for (item, data) in items.iter().zip(&after) {
        assert_eq!(data.priority, Some(Priority(240)), "{item:?}");
        match &item.payload {
            WritePayload::Fields(_) | WritePayload::RawHex(_) => panic!("not written here"),
            WritePayload::Preset(preset) => assert_eq!(data.preset.as_ref(), Some(preset)),
            WritePayload::Formatted { text, .. } | WritePayload::Raw { text, .. } => {
                assert_eq!(&data.raw, text)
            }
        }
    }

    let weaker: Vec<_> = names.iter().map(|name| (name.clone(), Priority(250))).collect();
    let refused = site.rpc.reset_priority(&weaker[..10], deadline()).await.unwrap().value;
    assert!(
        refused.iter().all(|(_, outcome)| outcome.as_ref().is_err_and(|fault| fault.code == 12)),
        "{refused:?}"
    );
    let stronger: Vec<_> = names.iter().map(|name| (name.clone(), Priority(240))).collect();
    for some in stronger.chunks(AT_ONCE) {
        let freed = site.rpc.reset_priority(some, deadline()).await.unwrap().value;
        assert!(freed.iter().all(|(_, outcome)| outcome.is_ok()), "{freed:?}");
    }
    assert!(names.iter().all(|name| site.smartserver().priority(name.as_str()) == Some(255)));
    site.stop().await;
}

/// The last preset where there are any, else the present text again.
fn item(config: &PointConfig, data: &PointData) -> WriteItem {
    let payload = match config.presets.last() {
        Some(preset) => WritePayload::Preset(preset.name.clone()),
        None => WritePayload::Formatted {
            format: config.format.clone().unwrap_or_else(|| FormatName::from(FormatName::RAW_HEX)),
            text: data.raw.clone(),
        },
    };
    WriteItem { name: config.name.clone(), payload, priority: Priority(240), propagate: true }
}

#[tokio::test]
async fn never_polled_unknown_and_offline_points_are_told_apart() {
    let site = Site::start(Profile::Deterministic).await;
    let configs = site.configurations().await;
    let temp = configs.iter().find(|c| c.name.as_str().contains("nvoTempF")).unwrap();
    site.smartserver().forget(temp.name.as_str()).unwrap();
    let data = site.read(std::slice::from_ref(&temp.name), None).await.remove(0);
    assert!(data.never_read(temp.format.as_ref()), "{data:?}");

    site.smartserver().set_device_reachable(temp.name.as_str(), false).unwrap();
    let data = site.read(std::slice::from_ref(&temp.name), Some(Duration::ZERO)).await.remove(0);
    assert_eq!(data.status.as_deref(), Some("AL_OFFLINE"));

    site.smartserver().remove_point(temp.name.as_str()).unwrap();
    let read = site.rpc.read(std::slice::from_ref(&temp.name), None, deadline()).await.unwrap().value;
    assert!(read[0].1.as_ref().is_err_and(|fault| fault.code == 14), "{read:?}");
    site.stop().await;
}

#[tokio::test]
async fn system_information_and_header_are_understood() {
    let site = Site::start(Profile::Demo).await;
    for section in [SystemSection::Time, SystemSection::Network, SystemSection::RealTime] {
        let answer = site.rpc.system_info(section, deadline()).await.unwrap();
        assert!(!answer.value.entries.is_empty(), "{section}");
        let properties = answer.properties.expect("a header");
        assert!(properties.sent_at.is_some() && properties.configured_at.is_some(), "{properties:?}");
    }
    let time = site.rpc.system_info(SystemSection::Time, deadline()).await.unwrap().value.time.unwrap();
    assert!(time.system_time.is_some() && time.time_zone.is_some() && time.last_synchronised.is_some());
    site.stop().await;
}

async fn point_item(site: &Site, kind: PointKind, name: &DataPointName) -> PointItem {
    let got = site.rpc.get_point_items(kind, std::slice::from_ref(name), deadline()).await.unwrap().value;
    got.into_iter().next().unwrap().1.unwrap().expect("of the type that was asked for")
}

/// Of each driver a point: read in both views, set in both, each without loss to the other, and deleted.
#[tokio::test]
async fn points_of_every_driver_are_configured_and_deleted() {
    let site = Site::start(Profile::Demo).await;
    let mut drivers = Vec::new();
    for config in site.configurations().await {
        let name = [config.name];
        let generic = point_item(&site, PointKind::Generic, &name[0]).await;
        let bus = generic.bus().expect("the annotation tells the driver");
        if drivers.contains(&bus) {
            continue;
        }
        drivers.push(bus);
        let driven = point_item(&site, PointKind::Bus(bus), &name[0]).await;
        let unknown: Vec<_> = generic.others().into_iter().chain(driven.others()).collect();
        assert_eq!(unknown, [], "{bus:?}");

        let (mut asked, mut polled) = (generic.clone(), driven.clone());
        asked.set(PointMember::MaxReceiveTime, Some("90"));
        polled.set(PointMember::PollRate, Some("3.5"));
        for (before, sent) in [(&generic, &asked), (&driven, &polled)] {
            let set = site.rpc.set_point_items(std::slice::from_ref(sent), deadline()).await.unwrap();
            assert_eq!(set.value, [(name[0].clone(), Ok(()))], "{bus:?}");
            let found = point_item(&site, sent.kind(), &name[0]).await;
            assert_eq!(sent.differences(Some(before), &found), [], "{bus:?}");
        }
        let found = point_item(&site, PointKind::Generic, &name[0]).await;
        assert_eq!(asked.differences(Some(&generic), &found), [], "{bus:?}: the driver's Set left it alone");

        let deleted = site.rpc.delete_points(bus, &name, deadline()).await.unwrap();
        assert_eq!(deleted.value, [(name[0].clone(), Ok(()))]);
        let gone = site.rpc.get_point_items(PointKind::Generic, &name, deadline()).await.unwrap().value;
        assert!(gone[0].1.as_ref().is_err_and(|fault| fault.is_not_found()), "{bus:?}");
    }
    assert_eq!(drivers.len(), 4, "{drivers:?}");
    assert!(!drivers.contains(&BusKind::LonProperty));
    site.stop().await;
}
