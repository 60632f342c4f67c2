use crate::domain::DataPointName;
use crate::xml::{Element, Limits, parse};

pub(crate) const NS: &str = super::MESSAGE;

pub(crate) fn body(xml: &str) -> Element {
    parse(xml, &Limits::REQUEST).unwrap()
}

pub(crate) fn name(text: &str) -> DataPointName {
    text.parse().unwrap()
}
