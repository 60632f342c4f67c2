//! What SmartServers of a fleet say (manual 4-5, 4-6, 4-12, 19-1).

use std::fmt::Write as _;

use anyhow::{Context as _, ensure};

/// Data points of a SmartServer.
pub(crate) const POINTS: usize = 20;

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";
const FORMAT: &str = "SNVT_count_f";
/// Values of one data point that tell themselves apart.
const PER_POINT: u64 = 10_000_000;
/// Places for the data points of a SmartServer.
const PER_SMARTSERVER: u64 = 100;

pub(crate) fn point_name(point: usize) -> String {
    format!("Net/LON/Meter {point:02}/nvoValue")
}

/// The number of a data point by its name.
pub(super) fn point_of(name: &str) -> Option<usize> {
    let number = name.strip_prefix("Net/LON/Meter ")?.strip_suffix("/nvoValue")?;
    number.parse().ok().filter(|&point| point < POINTS)
}

/// A value that tells who gave it, and as its how manyth.
pub(crate) fn value(smartserver: usize, point: usize, count: u64) -> u64 {
    (smartserver as u64 * PER_SMARTSERVER + point as u64) * PER_POINT + count % PER_POINT
}

/// What a value tells: SmartServer, data point, and as its how manyth it was given.
pub(crate) fn told(raw: &str) -> anyhow::Result<(usize, usize, u64)> {
    let number: u64 = raw.parse().with_context(|| format!("{raw:?} is no value of the fleet"))?;
    let (place, count) = (number / PER_POINT, number % PER_POINT);
    ensure!(count > 0, "{raw} was never given");
    Ok(((place / PER_SMARTSERVER) as usize, (place % PER_SMARTSERVER) as usize, count))
}

fn envelope(message: &str, content: &str) -> String {
    format!(
        "<Envelope xmlns='{ENVELOPE}'><Body><{message} xmlns='{MESSAGE}'>{content}</{message}></Body></Envelope>"
    )
}

fn items(message: &str, content: &str) -> String {
    envelope(message, &format!("<iLonItem><UCPTfaultCount>0</UCPTfaultCount>{content}</iLonItem>"))
}

/// Answer to a `List` of data points.
pub(super) fn listing() -> String {
    let item = |point| format!("<Item><UCPTname>{}</UCPTname></Item>", point_name(point));
    items("ListResponse", &(0..POINTS).map(item).collect::<String>())
}

/// Answer that holds nothing: there are no loggers, notifiers and the like.
pub(super) fn nothing(operation: &str) -> String {
    items(&format!("{operation}Response"), "")
}

/// Answer to a `Get` of these data points.
pub(super) fn configuration(points: &[usize]) -> String {
    let item = |&point: &usize| {
        format!(
            "<Item><UCPTname>{}</UCPTname><UCPTformatDescription>{FORMAT}</UCPTformatDescription>\
             <UCPTdirection>DIR_OUT</UCPTdirection></Item>",
            point_name(point)
        )
    };
    items("GetResponse", &points.iter().map(item).collect::<String>())
}

/// Answer to a `Read` of these data points, as the SmartServer's so manyth.
pub(super) fn readings(smartserver: usize, points: &[usize], count: u64) -> String {
    let mut content = String::with_capacity(points.len() * 240);
    for &point in points {
        item_with_value(&mut content, smartserver, point, count);
    }
    items("ReadResponse", &content)
}

/// A push of one value (manual 2-17).
pub(crate) fn push(smartserver: usize, point: usize, count: u64) -> String {
    let mut content = String::new();
    item_with_value(&mut content, smartserver, point, count);
    envelope("Write", &format!("<iLonItem>{content}</iLonItem>"))
}

/// The answer to it: the name that was taken.
pub(crate) fn push_answer(name: &str) -> String {
    items("WriteResponse", &format!("<Item><UCPTname>{name}</UCPTname></Item>"))
}

fn item_with_value(out: &mut String, smartserver: usize, point: usize, count: u64) {
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<Item><UCPTname>{}</UCPTname><UCPTpointStatus>AL_NO_CONDITION</UCPTpointStatus>\
         <UCPTpriority>255</UCPTpriority><UCPTvalue LonFormat='{FORMAT}'>{}</UCPTvalue></Item>",
        point_name(point),
        value(smartserver, point, count)
    );
}

/// Answer to a question about the system; it started a day ago.
pub(super) fn system() -> String {
    let content = "<iLONSystemService><REAL_TIME><UCPTminutesSinceBoot>1440</UCPTminutesSinceBoot></REAL_TIME>\
                   </iLONSystemService>";
    envelope("SystemService_Read_InfoResponse", content)
}

/// What is not known here.
pub(super) fn fault(operation: &str) -> String {
    format!(
        "<Envelope xmlns='{ENVELOPE}'><Body><Fault xmlns='{ENVELOPE}'><faultcode xmlns=''>Client</faultcode>\
         <faultstring xmlns=''>{operation} is not known</faultstring></Fault></Body></Envelope>"
    )
}
