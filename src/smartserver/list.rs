use super::item::{MessageError, Parsed, Reply, filled, message, name_of, text_element};
use super::{Selector, get::direction_in};
use crate::domain::{DataPointName, Direction};
use crate::xml::Element;

/// A data point as `List` tells it (manual 4-5): nothing of its type or value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedPoint {
    /// Name.
    pub name: DataPointName,
    /// `UCPTannotation`, as `Dp_Out;xsi:type="LON_Dp_Cfg"`.
    pub annotation: Option<String>,
    /// Direction, if the annotation tells it.
    pub direction: Option<Direction>,
    /// Whether the SmartServer's own pages hide it.
    pub hidden: bool,
}

/// `List` of what a selector selects; a List without selector is refused by the SmartServer
/// (manual 2-13).
pub(super) fn request(selector: &Selector) -> Element {
    message("List", [text_element("xSelect", selector.to_string())])
}

/// The data points of a List answer. Items whose name cannot be a data point's are left out.
pub(super) fn parse(body: &Element) -> Result<Parsed<Vec<ListedPoint>>, MessageError> {
    let reply = Reply::open(body, "List")?;
    let points = reply.items.iter().filter_map(|item| listed(item)).collect();
    Ok(reply.parsed(points))
}

fn listed(item: &Element) -> Option<ListedPoint> {
    let annotation = filled(item, "UCPTannotation");
    Some(ListedPoint {
        name: name_of(item).parse().ok()?,
        direction: annotation.as_deref().and_then(direction_in),
        hidden: filled(item, "UCPThidden").is_some_and(|flag| flag != "0" && flag != "false"),
        annotation,
    })
}

#[cfg(test)]
mod tests {
    use super::super::item::tests::{NS, body};
    use super::super::{MessageError, Selector};
    use super::{ListedPoint, parse, request};
    use crate::domain::{Direction, ItemFault};

    #[test]
    fn asks_with_a_selector() {
        let selector = Selector::of("Dp_Cfg").name_starts_with("Net/LON/AHU 1").unwrap();
        assert_eq!(
            request(&selector).to_xml(),
            format!(
                "<List xmlns=\"{NS}\"><iLonItem><xSelect>//Item[@xsi:type=\"Dp_Cfg\"]\
                 [starts-with(UCPTname,\"Net/LON/AHU 1\")]</xSelect></iLonItem></List>"
            )
        );
    }

    #[test]
    fn reads_the_points_of_an_answer() {
        let parsed = parse(&body(&format!(
            r#"<ListResponse xmlns="{NS}"><iLonItem>
                 <UCPTfaultCount>0</UCPTfaultCount>
                 <UCPTcurrentConfig>4.0</UCPTcurrentConfig>
                 <Item><UCPTname>Net/LON/AHU 1/Sensor[0]/nvoTemp</UCPTname>
                       <UCPTannotation>Dp_Out;xsi:type=&quot;LON_Dp_Cfg&quot;</UCPTannotation><UCPThidden>0</UCPThidden></Item>
                 <Item ><UCPThidden>1</UCPThidden><Foo/><UCPTname> Net/x y </UCPTname></Item>
                 <Item><UCPTname/></Item>
               </iLonItem></ListResponse>"#
        )))
        .unwrap();
        assert_eq!(
            parsed.value,
            [
                ListedPoint {
                    name: "Net/LON/AHU 1/Sensor[0]/nvoTemp".parse().unwrap(),
                    annotation: Some(r#"Dp_Out;xsi:type="LON_Dp_Cfg""#.into()),
                    direction: Some(Direction::Out),
                    hidden: false,
                },
                ListedPoint {
                    name: "Net/x y".parse().unwrap(),
                    annotation: None,
                    direction: None,
                    hidden: true
                },
            ]
        );
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        let xml =
            format!("<List xmlns='{NS}'><iLonItem><UCPTfaultCount>0</UCPTfaultCount></iLonItem></List>");
        assert_eq!(parse(&body(&xml)).unwrap().value, []);
    }

    #[test]
    fn a_bad_selector_is_a_global_fault() {
        let xml = format!(
            "<ListResponse xmlns='{NS}'><iLonItem><UCPTfaultCount>1</UCPTfaultCount><fault>\
             <faultcode faultType='_error'>3</faultcode><faultstring>invalid xSelect expression</faultstring>\
             </fault></iLonItem></ListResponse>"
        );
        let fault = ItemFault { code: 3, text: "invalid xSelect expression".into() };
        assert_eq!(parse(&body(&xml)), Err(MessageError::GlobalFault(fault)));
    }
}
