use super::super::item::tests::{NS, body, name};
use super::{BusLevel, get_parse, get_request, list_parse, list_request};
use crate::domain::{Bus, BusItem, Channel, Device, DeviceAddress, Domain, FunctionalBlock, Network};
use crate::smartserver::Selector;

fn got<T: BusLevel>(bus: Bus, members: &str) -> BusItem<T> {
    let xml = format!(
        "<GetResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>0</UCPTfaultCount><Item>\
         <UCPTname>Net/a</UCPTname>{members}</Item></iLonItem></GetResponse>"
    );
    get_parse(&body(&xml), bus, &[name("Net/a")]).unwrap().value.pop().unwrap().1.unwrap()
}

#[test]
fn every_bus_has_types_of_its_own() {
    let types = Bus::ALL.map(|bus| {
        [
            Network::xsi_type(bus),
            Channel::xsi_type(bus),
            Device::xsi_type(bus),
            FunctionalBlock::xsi_type(bus),
        ]
    });
    let expected = ["LON", "MOD", "MBS", "Virtual"]
        .map(|bus| ["Network", "Channel", "Device", "Fb"].map(|level| format!("{bus}_{level}_Cfg")));
    assert_eq!(types.map(|types| types.map(ToOwned::to_owned)), expected);
}

#[test]
fn lists_by_type_beginning_and_position() {
    let selector = Selector::of(Device::xsi_type(Bus::Modbus)).name_starts_with("Net/MOD/").unwrap();
    assert_eq!(
        list_request(&selector.positions(0, 100)).to_xml(),
        format!(
            "<List xmlns=\"{NS}\"><iLonItem><xSelect>//Item[@xsi:type=\"MOD_Device_Cfg\"]\
             [starts-with(UCPTname,\"Net/MOD/\")][position()&gt;=0 and position()&lt;=100]</xSelect></iLonItem></List>"
        )
    );
    let xml = format!(
        "<List xmlns='{NS}'><iLonItem><UCPTfaultCount>0</UCPTfaultCount>\
         <Item><UCPTname>Net/MOD/a b</UCPTname></Item><Item><UCPTname/></Item></iLonItem></List>"
    );
    assert_eq!(list_parse(&body(&xml)).unwrap().value, [name("Net/MOD/a b")]);
}

#[test]
fn gets_by_type_and_names() {
    assert_eq!(
        get_request("Virtual_Fb_Cfg", &[name("a & b"), name("c")]).to_xml(),
        format!(
            "<Get xmlns=\"{NS}\"><iLonItem><xSelect>//Item[@xsi:type=\"Virtual_Fb_Cfg\"]</xSelect>\
             <Item><UCPTname>a &amp; b</UCPTname></Item><Item><UCPTname>c</UCPTname></Item></iLonItem></Get>"
        )
    );
}

#[test]
fn reads_networks_and_channels() {
    let network: BusItem<Network> = got(
        Bus::Lon,
        "<UCPTdescription>d</UCPTdescription><UCPThandle>1</UCPThandle><UCPTlnsSync>LNS_OFF</UCPTlnsSync>\
         <UCPTmgmtMode>MGMT</UCPTmgmtMode><UCPTauthenticationKey>ff</UCPTauthenticationKey>\
         <Domain><UCPTdomainIndex>0</UCPTdomainIndex><UCPTdomainLength>3</UCPTdomainLength><UCPTdomainKey>a1b2c3</UCPTdomainKey></Domain>",
    );
    assert_eq!((network.handle, network.description.as_deref()), (Some(1), Some("d")));
    let domain = Domain { index: Some(0), length: Some(3), id: Some("a1b2c3".into()) };
    assert_eq!(
        network.detail,
        Network {
            management_mode: Some("MGMT".into()),
            lns_sync: Some("LNS_OFF".into()),
            domains: vec![domain]
        }
    );
    let channel: BusItem<Channel> = got(
        Bus::Mbus,
        "<UCPThandle>2</UCPThandle><UCPTchannelType LonFormat='x'>CT_MBUS</UCPTchannelType><UCPTretryCount>3</UCPTretryCount>",
    );
    assert_eq!(channel.detail.channel_type.as_deref(), Some("CT_MBUS"));
    assert_eq!((channel.detail.retries.as_deref(), channel.detail.mode), (Some("3"), None));
}

#[test]
fn reads_devices_of_other_buses_and_blocks() {
    let modbus: BusItem<Device> = got(
        Bus::Modbus,
        "<Address><UCPTaddress>17</UCPTaddress><UCPTipAddress>192.0.2.9</UCPTipAddress></Address>",
    );
    let at = DeviceAddress {
        address: Some("17".into()),
        ip_address: Some("192.0.2.9".into()),
        ..DeviceAddress::default()
    };
    assert_eq!(modbus.detail.addresses, [at]);
    let mbus: BusItem<Device> = got(
        Bus::Mbus,
        "<Address><UCPTmbusAddressTyp>P</UCPTmbusAddressTyp><UCPTmbusPrimaryAddress>4</UCPTmbusPrimaryAddress>\
         <UCPTmbusSecondaryAddress>12345678</UCPTmbusSecondaryAddress></Address>",
    );
    assert_eq!(mbus.detail.addresses[0].secondary_address.as_deref(), Some("12345678"));
    let local: BusItem<Device> =
        got(Bus::Lon, "<UCPTannotation>900001012881040C;xsi:type=\"LON_Device_Cfg\";local</UCPTannotation>");
    assert!(local.detail.is_local);
    let block: BusItem<FunctionalBlock> = got(
        Bus::Lon,
        "<UCPTfbIndex>4</UCPTfbIndex><UCPTfptKey>#8000010128000000[4].UFPTdataLogger</UCPTfptKey>",
    );
    assert_eq!(block.detail.index, Some(4));
    assert_eq!(block.detail.profile.as_deref(), Some("#8000010128000000[4].UFPTdataLogger"));
}
