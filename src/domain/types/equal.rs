use super::catalogue::{Meaning, meaning};
use super::kind::{Kind, NumberType};
use super::number;
use super::units::{Heat, Variant};
use super::words::Words;
use crate::domain::FormatName;

/// Whether two texts in a format are the same value: numbers by value, within half a step or to
/// seven significant digits, all else as text without the blanks at its ends. Of a type that is not
/// known both are tried, part by part; bytes in hexadecimal are compared in either case. Of a type whose
/// text form is open to doubt it is enough that names and numbers are the same, whatever stands between,
/// unless there is text in it, where marks mean something.
pub fn equal(format: Option<&FormatName>, a: &str, b: &str) -> bool {
    match format {
        Some(format) => equal_in(format, a, format, b),
        None => a.trim() == b.trim() || parts_equal(a.trim(), b.trim()),
    }
}

/// The same for two formats, which may differ in their units: what was written in one may be read in the
/// other. Temperatures are then the same within half of what the steps of both add up to.
pub fn equal_in(format_a: &FormatName, a: &str, format_b: &FormatName, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    let same_variant = Variant::of(format_a) == Variant::of(format_b);
    if a == b && same_variant {
        return true;
    }
    let (Some(meaning_a), Some(meaning_b)) = (meaning(format_a), meaning(format_b)) else {
        return unknown_equal(format_a, a, format_b, b);
    };
    let Meaning { is_doubtful, .. } = meaning_b;
    let Some(kind) = common(meaning_a.kind, meaning_b.kind) else { return false };
    let comparison = Comparison { a: meaning_a.variant, b: meaning_b.variant };
    // Texts of scalars that differ are not worth taking apart, but for numbers.
    let is_text = matches!(kind, Kind::Enumeration(_) | Kind::Text(_));
    (!is_text && comparison.of_all(&kind.leaves(), a, b))
        || (is_doubtful && same_variant && !kind.has_text() && runs_equal(a, b))
        || (a == b && !kind.has_heat())
}

/// The kind by which values of both are compared: their own, of two numbers the coarser.
fn common<'k>(a: &'k Kind, b: &'k Kind) -> Option<&'k Kind> {
    match (a, b) {
        (Kind::Number(one), Kind::Number(other)) if one.heat == other.heat => {
            Some(if one.step >= other.step { a } else { b })
        }
        _ => (a == b).then_some(b),
    }
}

fn unknown_equal(format_a: &FormatName, a: &str, format_b: &FormatName, b: &str) -> bool {
    let is_hex = |format: &FormatName| format.as_str() == FormatName::RAW_HEX;
    match (is_hex(format_a), is_hex(format_b)) {
        (true, true) => a.eq_ignore_ascii_case(b),
        (false, false) => a == b || parts_equal(a, b),
        _ => false,
    }
}

/// Compares texts that are in these variants.
struct Comparison {
    a: Variant,
    b: Variant,
}

impl Comparison {
    fn of_all(&self, leaves: &[&Kind], a: &str, b: &str) -> bool {
        let (mut a, mut b) = (Words::new(a), Words::new(b));
        let same = |leaf: &&Kind| match leaf {
            Kind::Text(_) => a.rest().trim() == b.rest().trim(),
            leaf => matches!((a.next(), b.next()), (Some(a), Some(b)) if self.of_one(leaf, a, b)),
        };
        leaves.iter().all(same) && a.is_at_end() && b.is_at_end()
    }

    fn of_one(&self, leaf: &Kind, a: &str, b: &str) -> bool {
        let numbers = number::parse(a).zip(number::parse(b));
        match (leaf, numbers) {
            (Kind::Number(kind), Some((a, b))) => self.of_numbers(kind, a, b),
            (_, Some((a, b))) => number::same_float(a, b),
            _ => a == b,
        }
    }

    fn of_numbers(&self, kind: &NumberType, a: f64, b: f64) -> bool {
        let is_us = [self.a, self.b].contains(&Variant::Us);
        match (kind.heat.filter(|_| is_us), kind.step) {
            (Some(heat), step) => {
                let ((a, digit_a), (b, digit_b)) =
                    (in_celsius(heat, step, a, self.a), in_celsius(heat, step, b, self.b));
                (a - b).abs() <= (step.unwrap_or_default() + digit_a + digit_b) * 0.5 * (1.0 + 1e-6)
            }
            (None, Some(step)) if self.a == Variant::Home => (a - b).abs() <= step * (0.5 + 1e-6),
            _ => number::same_float(a, b),
        }
    }
}

/// A temperature, and what its last digit counts.
fn in_celsius(heat: Heat, step: Option<f64>, value: f64, variant: Variant) -> (f64, f64) {
    match (variant, step) {
        (Variant::Us, Some(step)) => (heat.celsius(value), number::decimal(step) / 1.8),
        (Variant::Us, None) => {
            let celsius = heat.celsius(value);
            (celsius, number::last_digit(value) / 1.8 + number::last_digit(celsius))
        }
        (_, Some(_)) => (value, 0.0),
        (_, None) => (value, number::last_digit(value)),
    }
}

fn parts_equal(a: &str, b: &str) -> bool {
    let (a, b): (Vec<_>, Vec<_>) = (a.split_whitespace().collect(), b.split_whitespace().collect());
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| part_equal(a, b))
}

fn part_equal(a: &str, b: &str) -> bool {
    let numbers = number::parse(a).zip(number::parse(b));
    a == b || numbers.is_some_and(|(a, b)| number::same_float(a, b))
}

/// Whether letters and digits are the same, whatever stands between them: `0 6 22 12 333` is
/// `0 6:22:12.333`. Texts of as many words are of the same form, and compared as such.
fn runs_equal(a: &str, b: &str) -> bool {
    if a.split_whitespace().count() == b.split_whitespace().count() {
        return false;
    }
    let runs = |text: &str| -> Vec<String> {
        let is_mark = |c: char| c.is_whitespace() || matches!(c, ':' | '/' | '.' | ',' | ';');
        text.split(is_mark).filter(|run| !run.is_empty()).map(str::to_owned).collect()
    };
    let (a, b) = (runs(a), runs(b));
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| part_equal(a, b))
}

#[cfg(test)]
#[path = "equal_tests.rs"]
mod tests;
