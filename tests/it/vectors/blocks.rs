//! A data logger and an alarm notifier, as the SmartServer's own pages would make them.

use std::fmt::Write as _;

use nocgate::xml::{Element, XSI};

use super::answer::{Answer, ask, item, x_select};
use crate::harness::site::{FLOAT, Site, TEMP};
use crate::harness::xmpp_server::ServerKind;

pub(super) const LOGGER: &str = "Net/LON/iLON App/Data Logger[3]";
pub(super) const NOTIFIER: &str = "Net/LON/iLON App/Alarm Notifier[0]";

/// A site with a data logger of nothing, to whose log a test appends.
pub(super) async fn with_logger() -> Site {
    let site = Site::start(ServerKind::Ejabberd).await;
    let members = "<UCPTlogType LonFormat='UCPTlogType'>LT_CIRCULAR</UCPTlogType><UCPTlogSize>100.0</UCPTlogSize>\
                   <UCPTlogFormat LonFormat='UCPTlogFormat'>LF_TEXT</UCPTlogFormat>\
                   <UCPTlogLevelAlarm>90.0</UCPTlogLevelAlarm>\
                   <UCPTlogFileName>/root/dataLog/log3.csv</UCPTlogFileName>";
    set(&site, "UFPTdataLogger_Cfg", LOGGER, members).await;
    site
}

/// A site with an alarm notifier of two points.
pub(super) async fn with_notifier() -> Site {
    let site = Site::start(ServerKind::Ejabberd).await;
    let mut members = String::new();
    for point in [TEMP, FLOAT] {
        let _ = write!(
            members,
            "<DataPoint xsi:type='UFPTalarmNotifier_Input_DpRef' dpType='Input' discrim='dir_in'>\
             <UCPTname>{point}</UCPTname><AlarmFlags><UCPTlogEnable>1</UCPTlogEnable>\
             <UCPTinvisible>0</UCPTinvisible><UCPTclearRequired>1</UCPTclearRequired>\
             <UCPTackRequired>1</UCPTackRequired><UCPTdisabled>0</UCPTdisabled>\
             <UCPTcovEnabled>0</UCPTcovEnabled></AlarmFlags><UCPTalarmGroup>1</UCPTalarmGroup>\
             <UCPTalarmPriority2>100</UCPTalarmPriority2><UCPTdescription>Too warm</UCPTdescription></DataPoint>"
        );
    }
    members += "<SCPTdelayTime>0.0</SCPTdelayTime><UCPTsumLogSize>20.0</UCPTsumLogSize>\
                <UCPThistLogSize>100.0</UCPThistLogSize>";
    set(&site, "UFPTalarmNotifier_Cfg", NOTIFIER, &members).await;
    site
}

async fn set(site: &Site, kind: &str, name: &str, members: &str) {
    // What the pages of a SmartServer send is theirs, not the gateway's.
    site.field.watch.allow_anything();
    let item = format!("<Item xsi:type='{kind}'><UCPTname>{name}</UCPTname>{members}</Item>");
    let answer = ask(site, "Set", &item).await;
    assert_eq!((answer.faults(), answer.names()), ("0".to_owned(), vec![name.to_owned()]));
}

/// Asks about a block with a filter on its data.
pub(super) async fn about(site: &Site, operation: &str, block: &str, select: &str) -> Answer {
    let answer = ask(site, operation, &format!("{}{}", x_select(select), item(block))).await;
    assert_eq!(answer.faults(), "0");
    answer
}

pub(super) fn kind(item: &Element) -> &str {
    item.attr_ns(XSI, "type").unwrap()
}

#[track_caller]
pub(super) fn member(item: &Element, name: &str) -> String {
    item.child_text(name).unwrap_or_else(|| panic!("no {name}: {item:?}"))
}
