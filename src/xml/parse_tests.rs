use super::super::{Element, Limits, XmlError, parse};

const SMALL: Limits = Limits { bytes: 2_000, depth: 5, nodes: 20 };

fn read(text: &str) -> Result<Element, XmlError> {
    parse(text, &SMALL)
}

#[test]
fn resolves_namespaces_of_elements_and_attributes() {
    let e = read(r#"<a xmlns="urn:a" xmlns:p="urn:p" p:x="1" y="2"><p:b/><c xmlns=""/></a>"#).unwrap();
    assert!(e.is("urn:a", "a"));
    assert_eq!(e.attr_ns("urn:p", "x"), Some("1"));
    assert_eq!(e.attr_ns("", "y"), Some("2"));
    assert!(e.child_ns("urn:p", "b").is_some());
    assert!(e.child_ns("", "c").is_some());
}

#[test]
fn joins_text_references_and_cdata() {
    let e = read("<a>1 &lt; 2 &#38; <![CDATA[<3>]]></a>").unwrap();
    assert_eq!(e.text(), "1 < 2 & <3>");
    assert_eq!(e.children.len(), 1);
}

#[test]
fn refuses_what_xmpp_forbids() {
    for text in [
        "<!DOCTYPE a><a/>",
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        "<a>&nbsp;</a>",
        "<?php x?><a/>",
        "<a>\u{1}</a>",
        "<a>&#1;</a>",
        "<a b='&#2;'/>",
    ] {
        assert!(read(text).is_err(), "{text:?}");
    }
}

#[test]
fn refuses_what_is_not_well_formed() {
    for text in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "</a>",
        "<a/><b/>",
        "<a/>text",
        "<p:a/>",
        "<a p:b='1'/>",
        "<a b='1' b='2'/>",
        "<a xmlns:p='u' xmlns:q='u' p:b='1' q:b='2'/>",
        "<a b=1/>",
        "<1a/>",
        "<a & b>",
    ] {
        assert!(read(text).is_err(), "{text:?}");
    }
}

#[test]
fn bounds_size_depth_and_count() {
    assert!(matches!(read(&"x".repeat(2_001)), Err(XmlError::TooLarge { what: "bytes", .. })));
    assert!(matches!(read(&"<a>".repeat(6)), Err(XmlError::TooLarge { what: "levels", .. })));
    let wide = format!("<a>{}</a>", "<b/>".repeat(20));
    assert!(matches!(read(&wide), Err(XmlError::TooLarge { what: "nodes", .. })));
    let attributes: String = (0..20).map(|i| format!(" a{i}='1'")).collect();
    assert!(matches!(read(&format!("<a{attributes}/>")), Err(XmlError::TooLarge { what: "nodes", .. })));
}

#[test]
fn tolerates_declaration_comments_and_blanks_before_the_end_of_a_tag() {
    let e = read("<?xml version='1.0'?>\n<!-- c --><a ><b x='1' >t</b ></a >\n").unwrap();
    assert_eq!(e.child_text("b").as_deref(), Some("t"));
}
