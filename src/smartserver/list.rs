use std::collections::HashSet;

use super::item::{MessageError, Parsed, Reply, filled, message, name_of, text_element};
use super::{Answer, CallError, Selector, SmartServerRpc, get::direction_in};
use crate::domain::{DataPointName, Direction};
use crate::xml::Element;
use crate::xmpp::Limits;

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

/// Data points of one page: some 50 kB of an answer.
const PAGE: usize = 200;
/// Most data points that are listed, in as many pages as it takes. A SmartServer holds 1,000 (manual 4-2).
const MOST: usize = 20_000;

impl SmartServerRpc {
    /// A page of all data points: those behind the `known` first ones. The first has one more than others
    /// where a SmartServer counts from 0, and each later one begins with the last of the page before where
    /// it counts from 1, so that none is left out either way. Names that are known are to be dropped.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list_page(
        &self,
        known: usize,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Vec<ListedPoint>>, CallError> {
        self.call(request(&page(known)), limits, parse).await
    }
}

fn page(known: usize) -> Selector {
    match known {
        0 => Selector::of("Dp_Cfg").first(PAGE),
        known => Selector::of("Dp_Cfg").positions(known, known + PAGE),
    }
}

/// Data points that were listed page by page, each once.
#[derive(Debug, Default)]
pub struct PagedList {
    points: Vec<ListedPoint>,
    names: HashSet<DataPointName>,
}

impl PagedList {
    /// Data points known so far.
    pub fn known(&self) -> usize {
        self.points.len()
    }

    /// Takes a page; tells whether there may be another. There is none behind one that is not full, nor
    /// behind one that brings nothing new, as where `position()` is ignored and each page holds all.
    pub fn take(&mut self, page: Vec<ListedPoint>) -> bool {
        let listed = page.len();
        let before = self.points.len();
        self.points.extend(page.into_iter().filter(|point| self.names.insert(point.name.clone())));
        let is_new = self.points.len() > before;
        is_new && listed >= PAGE && self.points.len() < MOST
    }

    /// All of them, in the order in which they came.
    pub fn into_points(self) -> Vec<ListedPoint> {
        self.points
    }
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
    use super::{ListedPoint, PAGE, PagedList, page, parse, request};
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

    fn listed(n: usize) -> ListedPoint {
        ListedPoint {
            name: format!("Net/{n}").parse().unwrap(),
            annotation: None,
            direction: None,
            hidden: false,
        }
    }

    /// Lists `count` points of a SmartServer that counts from `base`; gives what came, and the calls.
    fn all_of(count: usize, base: usize) -> (Vec<ListedPoint>, usize) {
        let (mut list, mut calls) = (PagedList::default(), 0);
        loop {
            calls += 1;
            let (from, to) = match list.known() {
                0 => (0, PAGE),
                known => (known, known + PAGE),
            };
            let page = (0..count).filter(|n| (from..=to).contains(&(n + base))).map(listed).collect();
            if !list.take(page) {
                return (list.into_points(), calls);
            }
        }
    }

    #[test]
    fn pages_leave_nothing_out_wherever_a_smartserver_counts_from() {
        for count in [0, 1, PAGE - 1, PAGE, PAGE + 1, PAGE + 2, 2 * PAGE, 2 * PAGE + 1, 1_000, 1_001] {
            for base in [0, 1] {
                let (points, calls) = all_of(count, base);
                assert_eq!(points, (0..count).map(listed).collect::<Vec<_>>(), "{count} from {base}");
                assert!(calls <= count / PAGE + 2, "{calls} calls for {count}");
            }
        }
        assert_eq!(all_of(40, 1).1, 1, "a small SmartServer is asked once");
    }

    #[test]
    fn a_smartserver_that_ignores_positions_is_asked_twice() {
        for count in [PAGE, 1_000] {
            let mut list = PagedList::default();
            let mut asked = 1;
            while list.take((0..count).map(listed).collect()) {
                asked += 1;
            }
            assert_eq!((list.into_points().len(), asked), (count, 2));
        }
    }

    #[test]
    fn pages_are_asked_for_by_position() {
        assert!(page(0).to_string().ends_with("[position()<=200]"));
        assert!(page(200).to_string().ends_with("[position()>=200 and position()<=400]"));
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
