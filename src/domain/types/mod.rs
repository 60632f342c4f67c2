//! Typed values: the text of a data point's value to numbers, names and fields, and back.
//!
//! Types come from a catalogue of the standard resource files, which is compiled in: every type is
//! typed of whose members the catalogue is sure, values of all others travel as text. How the catalogue
//! is read, and what it says wrongly, is in `build.rs`, `range.rs` and `corrections.rs`. A structure's
//! text is its fields in order with one blank between them (manual 4-13).

mod build;
mod catalogue;
mod corrections;
mod decode;
mod describe;
mod encode;
mod equal;
mod kind;
mod number;
mod range;
mod source;
mod units;
mod unread;
mod words;

pub use decode::decode;
pub use describe::{TypeInfo, TypeKind, describe, describe_in};
pub use encode::{EncodeError, OffStep, encode, encode_in};
pub use equal::{equal, equal_in};
pub use units::{UnitSystem, convert, format_of_units, system_of, unit_in};
pub use unread::is_unread;

#[cfg(test)]
mod property_tests;
