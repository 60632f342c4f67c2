use super::corrections::{CORRECTIONS, Correction, TIMES};
use super::kind::{ArrayType, EnumType, Field, Kind, NumberType, TextType};
use super::source::{Member, Source};
use super::units::Heat;

/// A type of the catalogue.
#[derive(Debug)]
pub(super) struct Type {
    pub(super) unit: Option<String>,
    pub(super) kind: Kind,
    /// See [`is_doubtful`].
    pub(super) is_doubtful: bool,
}

/// A type by its whole name; `None` for one that the catalogue does not have, or of which it is not sure.
///
/// The text of a structure is its fields in order with one blank between them (manual 4-13). That the
/// members of a structure or an array inside stand there one after the other, without more marks, is an
/// inference.
pub(super) fn build(source: &Source, name: &str) -> Option<Type> {
    let found = source.types.get(name)?;
    let correction = correction(name, None);
    let kind = if found.member.kind.as_deref() == Some("structure") {
        structure(source, name)?
    } else {
        member_kind(source, name, &found.member, correction)?
    };
    let is_doubtful = is_doubtful(name, &kind);
    Some(Type { unit: unit(&found.member, correction), kind, is_doubtful })
}

fn structure(source: &Source, name: &str) -> Option<Kind> {
    let fields = source.types.get(name)?.fields.iter().map(|field| {
        let correction = correction(name, Some(&field.name));
        let kind = member_kind(source, name, &field.member, correction)?;
        let unit = unit(&field.member, correction).or_else(|| nested(source, &field.member)?.unit);
        Some(Field { name: field.name.clone(), unit, kind })
    });
    let mut fields = fields.collect::<Option<Vec<_>>>()?;
    // A structure of nothing but text is text.
    match fields.as_slice() {
        [Field { kind: Kind::Text(_), .. }] => fields.pop().map(|only| only.kind),
        _ => Some(Kind::Structure(fields)),
    }
}

/// Whether the text form of a type is open to doubt: those that tell a time, and structures with arrays,
/// text or structures inside, whose form is inferred.
///
/// Of these a text is typed only if all of it fits: as many parts as there should be, each inside its
/// range, each name known. Any other stays text. A string is written as it is, so that what was read can
/// be written; and read-back compares numbers, whatever stands between them.
fn is_doubtful(name: &str, kind: &Kind) -> bool {
    let Kind::Structure(fields) = kind else { return false };
    let is_plain = |field: &Field| matches!(field.kind, Kind::Number(_) | Kind::Enumeration(_));
    TIMES.contains(&name) || !fields.iter().all(is_plain)
}

fn correction(name: &str, field: Option<&str>) -> Option<&'static Correction> {
    CORRECTIONS.iter().find(|correction| correction.of == (name, field))
}

fn member_kind(source: &Source, of: &str, member: &Member, correction: Option<&Correction>) -> Option<Kind> {
    if member.note.is_some() {
        return None;
    }
    let Some(count) = member.count.and_then(|count| usize::try_from(count).ok()) else {
        return one(source, of, member, correction);
    };
    match characters(member, correction) {
        Some(text) => Some(Kind::Text(text)),
        None => {
            let element = Box::new(one(source, of, member, correction)?);
            Some(Kind::Array(ArrayType { count, element }))
        }
    }
}

/// An array is text if its unit says so, or if its range is that of printable ASCII characters.
fn characters(member: &Member, correction: Option<&Correction>) -> Option<TextType> {
    let corrected = correction.and_then(|correction| correction.characters);
    let is_text = member.unit.as_deref().is_some_and(|unit| unit.contains("characters"))
        || (member.minimum, member.maximum) == (Some(32.0), Some(126.0));
    let most =
        corrected.or(member.count.filter(|_| is_text).and_then(|count| usize::try_from(count).ok()))?;
    let highest = match (member.maximum, member.size) {
        (Some(126.0), _) => 126,
        (_, Some(2)) => 0xffff,
        _ => 0xff,
    };
    Some(TextType { most, highest })
}

/// A member, or an element of an array.
fn one(source: &Source, of: &str, member: &Member, correction: Option<&Correction>) -> Option<Kind> {
    if member.structure.is_some() {
        return Some(nested(source, member)?.kind);
    }
    if let Some(name) = &member.enumeration {
        let mut names: Vec<_> =
            source.enumerations.get(name)?.iter().map(|(name, n)| (*n, name.clone())).collect();
        names.sort_by_key(|(number, _)| (*number < 0, *number));
        return Some(Kind::Enumeration(EnumType { names }));
    }
    let heat = Heat::of(of, unit(member, correction).as_deref());
    Some(Kind::Number(NumberType { heat, ..NumberType::of(member, correction)? }))
}

/// The type of a member that is another type; members name it without `SNVT_`.
fn nested(source: &Source, member: &Member) -> Option<Type> {
    build(source, &format!("SNVT_{}", member.structure.as_deref()?))
}

/// Unit in the words of SmartServers (manual 4-12), which differ from the catalogue's in this one.
fn unit(member: &Member, correction: Option<&Correction>) -> Option<String> {
    let corrected = correction.and_then(|correction| correction.unit);
    corrected.or(member.unit.as_deref()).map(|unit| unit.replace("degrees Celsius", "°C"))
}
