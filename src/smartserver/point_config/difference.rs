use super::schema::PointMember;
use super::{PointItem, all_text};
use crate::domain::FormatName;
use crate::domain::types;
use crate::xml::Element;

/// A member that is not what it was set to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name for callers; the element's where there is no other.
    pub member: String,
    /// Its text as it was sent; `None`: erased.
    pub sent: Option<String>,
    /// Its text as it was found; `None`: not there.
    pub found: Option<String>,
}

impl PointItem {
    /// Where what is found now differs from this, which was sent: in what was sent, and in what was
    /// there `before` and was left out. What the SmartServer adds by itself is no difference, nor is the
    /// time of the change.
    pub fn differences(&self, before: Option<&PointItem>, found: &PointItem) -> Vec<Difference> {
        let mut names: Vec<&str> = Vec::new();
        let told = before.map_or(&[][..], |before| before.members.all());
        for member in self.members.all().iter().chain(told) {
            if !names.contains(&member.name.as_str()) && member.name != PointMember::LastUpdate.element() {
                names.push(&member.name);
            }
        }
        names.into_iter().filter_map(|name| self.difference(name, found)).collect()
    }

    fn difference(&self, name: &str, found: &PointItem) -> Option<Difference> {
        let sent: Vec<_> = self.members.named(name).collect();
        let there: Vec<_> = found.members.named(name).collect();
        let same = sent.len() == there.len() && sent.iter().zip(&there).all(|(a, b)| equal(a, b));
        let both_blank = text(&sent).is_none() && text(&there).is_none();
        (!same && !both_blank).then(|| Difference {
            member: PointMember::word_of(name).to_owned(),
            sent: text(&sent),
            found: text(&there),
        })
    }
}

fn text(members: &[&Element]) -> Option<String> {
    let texts: Vec<_> = members.iter().map(|member| all_text(member)).filter(|t| !t.is_empty()).collect();
    Some(texts.join(", ")).filter(|text| !text.is_empty())
}

/// Whether two elements say the same: values by their format, numbers as numbers.
fn equal(a: &Element, b: &Element) -> bool {
    let format = a.attr("LonFormat").map(FormatName::from);
    let (a_text, b_text) = (a.text(), b.text());
    let same_text = match &format {
        Some(_) => types::equal(format.as_ref(), &a_text, &b_text),
        None => a_text.trim() == b_text.trim() || same_number(&a_text, &b_text),
    };
    let same_child = |child: &Element| {
        let of_name = |parent: &Element| parent.children_named(&child.name).count();
        of_name(a) == of_name(b) && b.child(&child.name).is_some_and(|other| equal(child, other))
    };
    same_text && a.attr("field") == b.attr("field") && a.elements().all(same_child)
}

fn same_number(a: &str, b: &str) -> bool {
    match (a.trim().parse::<f64>(), b.trim().parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= a.abs().max(b.abs()) * 1e-6,
        _ => false,
    }
}
