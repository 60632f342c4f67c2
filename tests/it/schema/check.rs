use nocgate::xml::{Element, XSI};

use super::types::{Content, Particle, SCHEMA};

const MESSAGE: &str = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/";

/// What the schema has against an answer, the child of an envelope's `Body`. Faults and the new
/// value in a `WriteResponse` are not in it, though real.
pub(crate) fn answer(message: &Element) -> Vec<String> {
    match message.name.as_str() {
        "GetResponse" => collection(message, "Item_CfgColl"),
        "ReadResponse" => collection(message, "Item_DataColl"),
        "ListResponse" | "SetResponse" | "WriteResponse" | "DeleteResponse" | "ClearResponse"
        | "InvokeCmdResponse" => collection(message, "Item_Coll"),
        other => vec![format!("{other} is no answer")],
    }
}

/// What the schema has against a message, the child of an envelope's `Body`. Messages without
/// `iLonItem` are those of other schemas.
pub(super) fn message(message: &Element) -> Vec<String> {
    let type_name = match message.name.as_str() {
        "Set" => "Item_CfgColl",
        "Write" => "Item_DataColl",
        "List" | "Get" | "Delete" | "Read" | "Clear" | "InvokeCmd" => "Item_Coll",
        "SystemService_Read_Info" => return Vec::new(),
        other => return vec![format!("{other} is no operation")],
    };
    collection(message, type_name)
}

fn collection(message: &Element, type_name: &str) -> Vec<String> {
    let mut found = Found(Vec::new());
    let particle = [Particle {
        name: "iLonItem".into(),
        optional: false,
        most: Some(1),
        type_name: Some(type_name.into()),
        content: None,
    }];
    found.namespace(message, &message.name);
    found.children(message, &particle.iter().collect::<Vec<_>>(), &message.name);
    found.0
}

struct Found(Vec<String>);

impl Found {
    fn say(&mut self, path: &str, what: impl std::fmt::Display) {
        self.0.push(format!("{path}: {what}"));
    }

    fn namespace(&mut self, element: &Element, path: &str) {
        if element.ns != MESSAGE {
            self.say(path, format!("in namespace {:?}", element.ns));
        }
    }

    /// The elements in an element stand in the schema's order, each as often as it may.
    fn children(&mut self, element: &Element, particles: &[&Particle], path: &str) {
        let mut rest = element.elements().peekable();
        for particle in particles {
            let mut count = 0;
            while let Some(child) = rest.next_if(|child| child.name == particle.name) {
                count += 1;
                self.element(child, particle, &format!("{path}/{}", child.name));
            }
            if count == 0 && !particle.optional && !known_without(element, particle) {
                self.say(path, format!("{} is missing", particle.name));
            }
            if particle.most.is_some_and(|most| count > most) {
                self.say(path, format!("{count} times {}", particle.name));
            }
        }
        for child in rest {
            self.say(path, format!("{} is unknown or out of order", child.name));
        }
    }

    fn element(&mut self, element: &Element, particle: &Particle, path: &str) {
        self.namespace(element, path);
        match (&particle.type_name, &particle.content) {
            (Some(declared), _) => self.typed(element, declared, path),
            (None, Some(content)) => self.content(element, content, path),
            (None, None) => self.say(path, "the schema gives no type"),
        }
    }

    /// An element of a declared type, or of one that extends it and is named by `xsi:type`.
    fn typed(&mut self, element: &Element, declared: &str, path: &str) {
        let named = element.attr_ns(XSI, "type").unwrap_or(declared);
        let Some(content) = SCHEMA.types.get(named) else {
            return self.text(&element.text(), named, path);
        };
        // A request names the type that it asks for where the schema has the plain item (manual 4-14).
        if !SCHEMA.extends(named, declared) {
            self.say(path, format!("{named} is no {declared}"));
        }
        self.content(element, content, path);
    }

    fn content(&mut self, element: &Element, content: &Content, path: &str) {
        let (particles, attributes) = SCHEMA.flat(content);
        for attribute in element.attributes.iter().filter(|attribute| attribute.ns != XSI) {
            match attributes.iter().find(|known| known.name == attribute.name) {
                Some(known) => self.text(&attribute.value, &known.type_name, path),
                None => self.say(path, format!("attribute {} is unknown", attribute.name)),
            }
        }
        for known in attributes.iter().filter(|known| known.required) {
            if element.attr_ns("", &known.name).is_none() {
                self.say(path, format!("attribute {} is missing", known.name));
            }
        }
        self.children(element, &particles, path);
        if let Some(base) = content.base.as_deref().filter(|base| base.starts_with("xsd:")) {
            self.text(&element.text(), base, path);
        }
    }

    fn text(&mut self, text: &str, type_name: &str, path: &str) {
        let good = match type_name {
            "xsd:string" | "xsd:anyURI" => true,
            "xsd:int" => text.parse::<i32>().is_ok(),
            "xsd:unsignedInt" => text.parse::<u32>().is_ok(),
            "xsd:unsignedShort" => text.parse::<u16>().is_ok(),
            "xsd:float" | "xsd:double" => text.parse::<f64>().is_ok(),
            "xsd:boolean" => matches!(text, "true" | "false" | "0" | "1"),
            "xsd:hexBinary" => text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit()),
            "xsd:dateTime" => date_time(text),
            "xsd:date" => text.parse::<jiff::civil::Date>().is_ok(),
            "xsd:time" => text.parse::<jiff::civil::Time>().is_ok(),
            // These two were not recovered; the manual has their values (4-15, 14-18).
            "E_Flag" => matches!(text, "0" | "1"),
            "E_Priority" => text.parse::<u8>().is_ok(),
            other => match SCHEMA.enumerations.get(other) {
                Some(names) => names.iter().any(|name| name == text),
                None => return self.say(path, format!("{other} is no type of the schema")),
            },
        };
        if !good {
            self.say(path, format!("{text:?} is no {type_name}"));
        }
    }
}

/// The manual deletes data points by name alone (4-19), which the schema does not foresee.
fn known_without(item: &Element, particle: &Particle) -> bool {
    particle.name == "UCPTformatDescription" && item.elements().all(|child| child.name == "UCPTname")
}

fn date_time(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
}

#[cfg(test)]
mod tests {
    use nocgate::xml::{Limits, parse};

    use super::{MESSAGE, message};

    fn against(xml: &str) -> Vec<String> {
        let xml = xml.replacen(
            '>',
            &format!(" xmlns='{MESSAGE}' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"),
            1,
        );
        message(&parse(&xml, &Limits::REQUEST).unwrap())
    }

    #[test]
    fn what_the_schema_allows_is_found_good() {
        let write = "<Write><iLonItem><Item xsi:type='Dp_Data'><UCPTname>a</UCPTname>\
             <UCPTvalue LonFormat='UCPTvalueDef'>ON</UCPTvalue><UCPTpriority>240</UCPTpriority></Item></iLonItem></Write>";
        assert_eq!(against(write), [""; 0]);
        let read =
            "<Read><iLonItem><xSelect>//Item</xSelect><Item><UCPTname>a</UCPTname></Item></iLonItem></Read>";
        assert_eq!(against(read), [""; 0]);
    }

    #[test]
    fn what_it_does_not_is_named() {
        for (xml, complaint) in [
            ("<Foo><iLonItem/></Foo>", "Foo is no operation"),
            ("<Read></Read>", "Read: iLonItem is missing"),
            ("<Read><iLonItem><Item/></iLonItem></Read>", "Read/iLonItem/Item: UCPTname is missing"),
            (
                "<Read><iLonItem><Item><UCPTname>a</UCPTname></Item><xSelect>x</xSelect></iLonItem></Read>",
                "Read/iLonItem: xSelect is unknown or out of order",
            ),
            (
                "<Write><iLonItem><Item xsi:type='Dp_Data'><UCPTname>a</UCPTname><UCPTpriority>256</UCPTpriority></Item></iLonItem></Write>",
                "Write/iLonItem/Item/UCPTpriority: \"256\" is no E_Priority",
            ),
            (
                "<Write><iLonItem><Item xsi:type='Dp_Data'><UCPTname>a</UCPTname><UCPTpriority>1</UCPTpriority><UCPTvalue LonFormat=''>1</UCPTvalue></Item></iLonItem></Write>",
                "Write/iLonItem/Item: UCPTvalue is unknown or out of order",
            ),
            (
                "<Write><iLonItem><Item xsi:type='Dp_Data'><UCPTname>a</UCPTname><UCPTvalue>1</UCPTvalue></Item></iLonItem></Write>",
                "Write/iLonItem/Item/UCPTvalue: attribute LonFormat is missing",
            ),
            (
                "<Write><iLonItem><Item xsi:type='LON_Device_Cfg'><UCPTname>a</UCPTname></Item></iLonItem></Write>",
                "Write/iLonItem/Item: LON_Device_Cfg is no Item_Data",
            ),
            (
                "<InvokeCmd><iLonItem><Item xsi:type='LON_Device_Command_Invoke' Command='Blink'><UCPTname>a</UCPTname></Item></iLonItem></InvokeCmd>",
                "InvokeCmd/iLonItem/Item: \"Blink\" is no LON_Device_eCommand",
            ),
            (
                "<Read><iLonItem><Item><UCPTname xmlns='urn:x'>a</UCPTname></Item></iLonItem></Read>",
                "Read/iLonItem/Item/UCPTname: in namespace \"urn:x\"",
            ),
        ] {
            assert_eq!(against(xml), [complaint], "{xml}");
        }
    }
}
