use super::item::{
    MessageError, NOT_IN_ANSWER, Outcomes, Parsed, Reply, filled, item, message, text_element,
};
use super::members::{Members, Order};
use super::rpc::{Answer, CallError, SmartServerRpc, check_count};
use super::write::acknowledged;
use super::{Selector, alarm_generator, alarm_notifier, data_logger, dates, list};
use crate::domain::{BlockConfig, BlockPoint, DataPointName, FormatName, ItemFault, Value};
use crate::xml::{Element, Node};
use crate::xmpp::Limits;

/// Kinds of functional blocks whose configuration is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Data loggers.
    DataLogger,
    /// Alarm generators.
    AlarmGenerator,
    /// Alarm notifiers.
    AlarmNotifier,
}

impl BlockKind {
    fn xsi_type(self) -> &'static str {
        match self {
            BlockKind::DataLogger => "UFPTdataLogger_Cfg",
            BlockKind::AlarmGenerator => "UFPTalarmGenerator_Cfg",
            BlockKind::AlarmNotifier => "UFPTalarmNotifier_Cfg",
        }
    }

    fn order(self) -> Order {
        match self {
            BlockKind::DataLogger => data_logger::ORDER,
            BlockKind::AlarmGenerator => alarm_generator::ORDER,
            BlockKind::AlarmNotifier => alarm_notifier::ORDER,
        }
    }
}

/// Members that `Fb_Cfg` adds to `Item_Cfg` (WSDL).
pub(super) const FB_CFG: &[&str] = &["DataPoint"];

/// Configuration of a functional block with all that it came with: `Set` erases what it does not name,
/// so that it goes back whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    kind: BlockKind,
    pub(super) members: Members,
}

impl SmartServerRpc {
    /// Names of all functional blocks of a kind (`List`).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list_blocks(
        &self,
        kind: BlockKind,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Vec<DataPointName>>, CallError> {
        let request = list::request(&Selector::of(kind.xsi_type()));
        self.call(request, limits, |body| names(list::parse(body)?)).await
    }

    /// Configurations of up to 100 functional blocks (`Get`).
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get_blocks(
        &self,
        kind: BlockKind,
        names: &[DataPointName],
        limits: impl Into<Limits>,
    ) -> Result<Answer<Outcomes<Block>>, CallError> {
        check_count(names)?;
        self.call(get_request(kind, names), limits, |body| get_parse(body, kind, names)).await
    }

    /// Replaces the configuration of a functional block (`Set`). `Ok`: answered without error.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn set_block(
        &self,
        block: Block,
        limits: impl Into<Limits>,
    ) -> Result<Answer<Result<(), ItemFault>>, CallError> {
        let name: Vec<DataPointName> = block.name().parse().into_iter().collect();
        check_count(&name)?;
        self.call(set_request(block), limits, |body| set_parse(body, &name)).await
    }
}

fn names(parsed: Parsed<Vec<super::ListedPoint>>) -> Result<Parsed<Vec<DataPointName>>, MessageError> {
    let value = parsed.value.into_iter().map(|listed| listed.name).collect();
    Ok(Parsed { value, warnings: parsed.warnings })
}

/// The type stands in the selector, which is joined with the names by "and" (manual 2-13).
pub(super) fn get_request(kind: BlockKind, names: &[DataPointName]) -> Element {
    let selector = text_element("xSelect", Selector::of(kind.xsi_type()).to_string());
    message("Get", [selector].into_iter().chain(names.iter().map(|name| item(None, name.as_str()))))
}

pub(super) fn get_parse(
    body: &Element,
    kind: BlockKind,
    names: &[DataPointName],
) -> Result<Parsed<Outcomes<Block>>, MessageError> {
    let block =
        |_: &DataPointName, item: &Element| Block { kind, members: Members::of(item, kind.xsi_type()) };
    let mut parsed = Reply::open(body, "Get")?.outcomes(names.iter(), block);
    parsed.value.iter_mut().for_each(|(_, outcome)| check_type(outcome, kind));
    Ok(parsed)
}

/// A block of another type is none of those asked for: set as one of them, it would be spoilt.
fn check_type(outcome: &mut Result<Block, ItemFault>, kind: BlockKind) {
    if outcome.as_ref().is_ok_and(|block| block.members.xsi_type() != kind.xsi_type()) {
        let text = format!("the block is no {}", kind.xsi_type());
        *outcome = Err(ItemFault { code: NOT_IN_ANSWER, text });
    }
}

pub(super) fn set_request(block: Block) -> Element {
    message("Set", [block.members.into_item(block.kind.order())])
}

pub(super) fn set_parse(
    body: &Element,
    name: &[DataPointName],
) -> Result<Parsed<Result<(), ItemFault>>, MessageError> {
    let Parsed { value, warnings } = acknowledged(Reply::open(body, "Set")?, name.iter())?;
    let value = value.into_iter().next().map_or(Ok(()), |(_, outcome)| outcome);
    Ok(Parsed { value, warnings })
}

impl Block {
    /// Its name.
    pub fn name(&self) -> String {
        text(&self.members, "UCPTname").unwrap_or_default()
    }

    /// What all blocks have, with the points that `is_own` lets through.
    pub(super) fn common(&self, is_own: impl Fn(&Element) -> bool) -> BlockConfig {
        let members = &self.members;
        BlockConfig {
            name: self.name(),
            description: text(members, "UCPTdescription"),
            hidden: text(members, "UCPThidden").is_some_and(|flag| is_set(&flag)),
            configured_at: text(members, "UCPTlastUpdate").and_then(|text| dates::parse(&text)),
            points: members.named("DataPoint").filter(|point| is_own(point)).map(block_point).collect(),
        }
    }

    /// A text member, if a new text is given.
    pub(super) fn change_text(&mut self, name: &str, text: Option<&String>) {
        if let Some(text) = text {
            self.members.set_text(name, text);
        }
    }

    /// A number, if a new one is given.
    pub(super) fn change_number(&mut self, name: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.members.set_text(name, number_text(number));
        }
    }

    /// A word of an enumeration, if a new one is given; its format is named after it.
    pub(super) fn change_word(&mut self, name: &str, word: Option<&String>) {
        if let Some(word) = word {
            self.members.replace(name, [lon_string(name, word)]);
        }
    }
}

/// Reference to a data point.
pub(super) fn block_point(point: &Element) -> BlockPoint {
    BlockPoint {
        role: point.attr("dpType").unwrap_or_default().trim().to_owned(),
        name: super::item::name_of(point),
        format: filled(point, "UCPTformatDescription").map(|text| FormatName::from(text.as_str())),
    }
}

/// A word of the enumeration that the element is named after.
pub(super) fn lon_string(name: &str, word: &str) -> Element {
    text_element(name, word).with_attr("LonFormat", name)
}

/// Text of a member, unless it is blank.
pub(super) fn text(members: &Members, name: &str) -> Option<String> {
    Some(members.get(name)?.text().trim().to_owned()).filter(|text| !text.is_empty())
}

/// Number of a member.
pub(super) fn number(members: &Members, name: &str) -> Option<f64> {
    text(members, name).and_then(|text| text.parse().ok()).filter(|number: &f64| number.is_finite())
}

/// Number of a child.
pub(super) fn number_in<T: std::str::FromStr>(element: &Element, name: &str) -> Option<T> {
    filled(element, name).and_then(|text| text.parse().ok())
}

/// Whether a flag is set.
pub(super) fn is_set(flag: &str) -> bool {
    !matches!(flag.trim(), "" | "0" | "false")
}

/// A flag's text.
pub(super) fn flag(is_set: bool) -> &'static str {
    if is_set { "1" } else { "0" }
}

/// A number as `xsd:double` is written, always with a point or an exponent.
pub(super) fn number_text(number: f64) -> String {
    format!("{number:?}")
}

/// What a limit says: a number, else text; `Null` if it is empty.
pub(super) fn limit(element: &Element) -> Value {
    let text = element.text().trim().to_owned();
    match text.parse::<f64>() {
        _ if text.is_empty() => Value::Null,
        Ok(number) if number.is_finite() => Value::Number(number),
        _ => Value::Text(text),
    }
}

/// Text of a limit.
pub(super) fn limit_text(value: &Value) -> String {
    match value {
        Value::Number(number) => number_text(*number),
        Value::Text(text) => text.clone(),
        Value::Null | Value::Fields(_) | Value::List(_) => String::new(),
    }
}

/// Puts a child in the place of those of its name, else where the order has it.
pub(super) fn put(element: &mut Element, order: &[&str], child: Element) {
    let place = |name: &str| order.iter().position(|known| *known == name);
    let at = element.children.iter().position(|node| is_named(node, &child.name));
    let at = at.unwrap_or_else(|| {
        let behind = |node: &Node| match node {
            Node::Element(other) => place(&other.name) > place(&child.name),
            Node::Text(_) => false,
        };
        element.children.iter().position(behind).unwrap_or(element.children.len())
    });
    let name = child.name.clone();
    element.children.retain(|node| !is_named(node, &name));
    element.children.insert(at.min(element.children.len()), Node::Element(child));
}

fn is_named(node: &Node, name: &str) -> bool {
    matches!(node, Node::Element(element) if element.name == name)
}

#[cfg(test)]
#[path = "block_config_tests.rs"]
mod tests;
