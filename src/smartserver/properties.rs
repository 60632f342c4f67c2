use std::time::Duration;

use jiff::Timestamp;

use super::dates;
use super::item::filled;
use crate::xml::Element;

/// The header `messageProperties` (manual 2-6), which SmartServers put into answers and pushes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageProperties {
    /// `UCPTtimeStamp`: when the message was sent, by the SmartServer's clock.
    pub sent_at: Option<Timestamp>,
    /// `UCPTuniqueId` in lower case: 12 hexadecimal digits that name the unit.
    pub unique_id: Option<String>,
    /// `UCPTipAddress`: address of the interface used.
    pub ip_address: Option<String>,
    /// `UCPTport`: port of the unit's own HTTP server.
    pub port: Option<u16>,
    /// `UCPTlastUpdate`: last change of any configuration, or the last restart. When it changes,
    /// names and formats may have changed too.
    pub configured_at: Option<Timestamp>,
    /// `UCPTprocessingTime`: time between receiving the request and sending the answer.
    pub processing: Option<Duration>,
}

impl MessageProperties {
    /// The properties among the header blocks, if they are there.
    pub(super) fn find(header: &[Element]) -> Option<MessageProperties> {
        let block = header.iter().find(|block| block.name == "messageProperties")?;
        let time = |name| filled(block, name).and_then(|text| dates::parse(&text));
        let millis = filled(block, "UCPTprocessingTime").and_then(|text| text.parse().ok());
        Some(MessageProperties {
            sent_at: time("UCPTtimeStamp"),
            unique_id: filled(block, "UCPTuniqueId").map(|id| id.to_lowercase()),
            ip_address: filled(block, "UCPTipAddress"),
            port: filled(block, "UCPTport").and_then(|text| text.parse().ok()),
            configured_at: time("UCPTlastUpdate"),
            processing: millis.map(Duration::from_millis),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::item::tests::{NS, body};
    use super::MessageProperties;

    #[test]
    fn reads_all_six_properties() {
        let header = [body(&format!(
            r#"<p:messageProperties xmlns:p="{NS}">
                 <p:UCPTtimeStamp>2012-05-08T09:15:02.410+02:00</p:UCPTtimeStamp>
                 <p:UCPTuniqueId>0300001A7C62</p:UCPTuniqueId>
                 <p:UCPTipAddress>192.0.2.17</p:UCPTipAddress>
                 <p:UCPTport>80</p:UCPTport>
                 <p:UCPTlastUpdate>2012-05-08T07:02:11Z</p:UCPTlastUpdate>
                 <p:UCPTprocessingTime>38</p:UCPTprocessingTime>
               </p:messageProperties>"#
        ))];
        assert_eq!(
            MessageProperties::find(&header),
            Some(MessageProperties {
                sent_at: Some("2012-05-08T07:15:02.410Z".parse().unwrap()),
                unique_id: Some("0300001a7c62".into()),
                ip_address: Some("192.0.2.17".into()),
                port: Some(80),
                configured_at: Some("2012-05-08T07:02:11Z".parse().unwrap()),
                processing: Some(Duration::from_millis(38)),
            })
        );
    }

    #[test]
    fn what_is_missing_or_nonsense_is_none() {
        let header = [body("<x/>"), body("<messageProperties><UCPTport>many</UCPTport></messageProperties>")];
        assert_eq!(MessageProperties::find(&header), Some(MessageProperties::default()));
        assert_eq!(MessageProperties::find(&[]), None);
    }
}
