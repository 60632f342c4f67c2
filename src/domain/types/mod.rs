//! Typed values: the text of a data point's value to numbers, names and fields, and back.
//!
//! Types come from a catalogue of the standard resource files, which is compiled in. Which of them
//! are typed is a list in `selection.rs`; values of all other types travel as text. A structure's
//! text is its fields in order with one blank between them (manual 4-13).

mod catalogue;
mod decode;
mod describe;
mod encode;
mod equal;
mod number;
mod selection;
mod source;
mod unread;

pub use decode::decode;
pub use describe::{FieldInfo, TypeInfo, TypeKind, describe};
pub use encode::{EncodeError, encode};
pub use equal::equal;
pub use unread::is_unread;
