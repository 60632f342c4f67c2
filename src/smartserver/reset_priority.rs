use super::item::{MessageError, Outcomes, Parsed, Reply, item, message, text_element};
use super::write::acknowledged;
use crate::domain::{DataPointName, Priority};
use crate::xml::Element;

/// Command that frees each point's priority, which becomes 255; its value stays (manual 4-17). The
/// priority given must overrule that of the point's holder, else the item is refused with code 12.
pub(super) fn request(items: &[(DataPointName, Priority)]) -> Element {
    message("InvokeCmd", items.iter().map(|(name, priority)| reset(name, *priority)))
}

fn reset(name: &DataPointName, priority: Priority) -> Element {
    item(Some("Dp_ResetPrio_Invoke"), name.as_str())
        .with_child(text_element("UCPTpriority", priority.0.to_string()))
}

pub(super) fn parse<'n>(
    body: &Element,
    names: impl Iterator<Item = &'n DataPointName>,
) -> Result<Parsed<Outcomes<()>>, MessageError> {
    acknowledged(Reply::open(body, "InvokeCmd")?, names)
}

#[cfg(test)]
mod tests {
    use super::super::item::tests::{NS, body, name};
    use super::{parse, request};
    use crate::domain::{ItemFault, Priority};

    #[test]
    fn asks_with_the_priority_to_reset_with() {
        assert_eq!(
            request(&[(name("Net/LON/AHU 1/Lamp[0]/nviLamp"), Priority(235))]).to_xml(),
            format!(
                "<InvokeCmd xmlns=\"{NS}\"><iLonItem><Item xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
                 xsi:type=\"Dp_ResetPrio_Invoke\"><UCPTname>Net/LON/AHU 1/Lamp[0]/nviLamp</UCPTname>\
                 <UCPTpriority>235</UCPTpriority></Item></iLonItem></InvokeCmd>"
            )
        );
    }

    #[test]
    fn a_holder_that_is_stronger_is_a_fault_of_its_item() {
        let xml = format!(
            "<InvokeCmdResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>1</UCPTfaultCount>\
             <Item><fault><faultcode faultType='_error'>12</faultcode><faultstring>no</faultstring></fault>\
             <UCPTname>a</UCPTname></Item><Item><UCPTname>b</UCPTname></Item></iLonItem></InvokeCmdResponse>"
        );
        let names = [name("b"), name("a")];
        let parsed = parse(&body(&xml), names.iter()).unwrap();
        assert_eq!(
            parsed.value,
            [(name("b"), Ok(())), (name("a"), Err(ItemFault { code: 12, text: "no".into() }))]
        );
    }
}
