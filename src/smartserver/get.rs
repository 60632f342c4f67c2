use jiff::Timestamp;

use super::dates;
use super::item::{MessageError, Outcomes, Parsed, Reply, filled, item, message};
use crate::domain::{DataPointName, Direction, FormatName, Preset};
use crate::xml::Element;

/// Configuration of a data point (`Dp_Cfg`, manual 4-6).
#[derive(Debug, Clone, PartialEq)]
pub struct PointConfig {
    /// Name.
    pub name: DataPointName,
    /// `UCPTannotation`.
    pub annotation: Option<String>,
    /// `UCPTaliasName`.
    pub alias: Option<String>,
    /// `UCPTdescription`.
    pub description: Option<String>,
    /// `UCPTformatDescription`.
    pub format: Option<FormatName>,
    /// `UCPTunit`; of a structure those of its fields, joined by `, `.
    pub unit: Option<String>,
    /// `UCPTdirection`; if that does not tell, what the annotation says.
    pub direction: Option<Direction>,
    /// `ValueDef`s in order.
    pub presets: Vec<Preset>,
    /// Time of the last configuration change by the SmartServer's clock.
    pub configured_at: Option<Timestamp>,
}

pub(super) fn request(names: &[DataPointName]) -> Element {
    message("Get", names.iter().map(|name| item(None, name.as_str())))
}

pub(super) fn parse(
    body: &Element,
    names: &[DataPointName],
) -> Result<Parsed<Outcomes<PointConfig>>, MessageError> {
    Ok(Reply::open(body, "Get")?.outcomes(names.iter(), config))
}

/// Reads a `Dp_Cfg` item.
pub(super) fn config(name: &DataPointName, item: &Element) -> PointConfig {
    let annotation = filled(item, "UCPTannotation");
    let units: Vec<_> = item.children_named("UCPTunit").map(|unit| unit.text().trim().to_owned()).collect();
    let direction = match filled(item, "UCPTdirection").as_deref() {
        Some("DIR_IN") => Some(Direction::In),
        Some("DIR_OUT") => Some(Direction::Out),
        told => annotation.as_deref().and_then(direction_in).or(told.map(|_| Direction::InOut)),
    };
    PointConfig {
        name: name.clone(),
        alias: filled(item, "UCPTaliasName"),
        description: filled(item, "UCPTdescription"),
        format: filled(item, "UCPTformatDescription").map(|text| FormatName::from(text.as_str())),
        unit: Some(units.join(", ")).filter(|unit| !unit.trim_matches([',', ' ']).is_empty()),
        direction,
        presets: item.children_named("ValueDef").filter_map(preset).collect(),
        configured_at: filled(item, "UCPTlastUpdate").and_then(|text| dates::parse(&text)),
        annotation,
    }
}

fn preset(definition: &Element) -> Option<Preset> {
    Some(Preset { name: filled(definition, "UCPTname")?, raw: definition.child_text("UCPTvalue")? })
}

/// Direction that the first part of an annotation tells, as `Dp_Out;xsi:type="LON_Dp_Cfg"`.
pub(super) fn direction_in(annotation: &str) -> Option<Direction> {
    match annotation.split(';').next()?.trim() {
        "Dp_In" => Some(Direction::In),
        "Dp_Out" => Some(Direction::Out),
        "Dp_In_Out" => Some(Direction::InOut),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::item::tests::{NS, body, name};
    use super::{direction_in, parse, request};
    use crate::domain::{Direction, FormatName, Preset};

    fn answer(items: &str) -> crate::xml::Element {
        body(&format!(
            "<GetResponse xmlns='{NS}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>\
             <iLonItem><UCPTfaultCount>0</UCPTfaultCount>{items}</iLonItem></GetResponse>"
        ))
    }

    #[test]
    fn asks_by_name() {
        assert_eq!(
            request(&[name("Net/a & b")]).to_xml(),
            format!(
                "<Get xmlns=\"{NS}\"><iLonItem><Item><UCPTname>Net/a &amp; b</UCPTname></Item></iLonItem></Get>"
            )
        );
    }

    #[test]
    fn reads_a_configuration() {
        let lamp = name("Net/LON/AHU 1/Lamp[0]/nviLamp");
        let body = answer(
            r##"<Item xsi:type="Dp_Cfg">
              <UCPTname>Net/LON/AHU 1/Lamp[0]/nviLamp</UCPTname><UCPTannotation>Dp_In;xsi:type=&quot;LON_Dp_Cfg&quot;</UCPTannotation>
              <UCPThidden>0</UCPThidden><UCPTaliasName>nviLamp</UCPTaliasName><UCPTlastUpdate>2012-04-02T08:00:00.000+02:00</UCPTlastUpdate>
              <UCPTdescription>lamp</UCPTdescription>
              <UCPTformatDescription>#0000000000000000[0].SNVT_switch</UCPTformatDescription><UCPTlength>2</UCPTlength>
              <UCPTdirection LonFormat="UCPTdirection">DIR_IN</UCPTdirection>
              <UCPTunit field="value">% of full level</UCPTunit><UCPTunit field="state">state code</UCPTunit>
              <UCPTbaseType LonFormat="UCPTbaseType">BT_STRUCT</UCPTbaseType><UCPTmaxFields>2</UCPTmaxFields>
              <ValueDef><UCPTindex>0</UCPTindex><UCPTname>OFF</UCPTname><UCPTvalue LonFormat="#0000000000000000[0].SNVT_switch">0.0 0</UCPTvalue></ValueDef>
              <ValueDef><UCPTindex>1</UCPTindex><UCPTname>ON</UCPTname><UCPTvalue LonFormat="#0000000000000000[0].SNVT_switch">100.0 1</UCPTvalue></ValueDef>
              <ValueDef><UCPTname/></ValueDef>
            </Item>"##,
        );
        let parsed = parse(&body, std::slice::from_ref(&lamp)).unwrap();
        let (answered, config) = parsed.value.into_iter().next().unwrap();
        let config = config.unwrap();
        assert_eq!(answered, lamp);
        assert_eq!(config.name, lamp);
        assert_eq!(config.alias.as_deref(), Some("nviLamp"));
        assert_eq!(config.description.as_deref(), Some("lamp"));
        assert_eq!(config.format, Some(FormatName::from("#0000000000000000[0].SNVT_switch")));
        assert_eq!(config.unit.as_deref(), Some("% of full level, state code"));
        assert_eq!(config.direction, Some(Direction::In));
        assert_eq!(config.configured_at, Some("2012-04-02T06:00:00Z".parse().unwrap()));
        let preset = |name: &str, raw: &str| Preset { name: name.into(), raw: raw.into() };
        assert_eq!(config.presets, [preset("OFF", "0.0 0"), preset("ON", "100.0 1")]);
    }

    #[test]
    fn takes_the_direction_from_the_annotation_if_need_be() {
        for (direction, annotation, expected) in [
            ("DIR_OUT", "Dp_In;x", Some(Direction::Out)),
            ("DIR_NUL", "Dp_In;x", Some(Direction::In)),
            ("DIR_NUL", "", Some(Direction::InOut)),
            ("", "Dp_In_Out;x", Some(Direction::InOut)),
            ("", "App;local", None),
        ] {
            let xml = format!(
                "<Item><UCPTname>a</UCPTname><UCPTannotation>{annotation}</UCPTannotation>\
                 <UCPTdirection>{direction}</UCPTdirection></Item>"
            );
            let parsed = parse(&answer(&xml), &[name("a")]).unwrap();
            assert_eq!(parsed.value[0].1.as_ref().unwrap().direction, expected, "{direction} {annotation}");
        }
        assert_eq!(direction_in("Dp_In_WebBinding"), None);
    }

    #[test]
    fn a_bare_item_has_an_empty_configuration() {
        let parsed = parse(&answer("<Item><UCPTname>a</UCPTname><UCPTunit/></Item>"), &[name("a")]).unwrap();
        let config = parsed.value[0].1.as_ref().unwrap();
        assert_eq!((&config.format, &config.unit, config.configured_at), (&None, &None, None));
    }
}
