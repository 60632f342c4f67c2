//! How values become columns and come back.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use serde::de::value::{Error as WordError, StrDeserializer};
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde::{Deserialize, Serialize};

use super::StoreError;

/// A time as milliseconds since 1970; what is finer is cut off.
pub(super) fn millis(time: Timestamp) -> i64 {
    time.as_millisecond()
}

pub(super) fn optional_millis(time: Option<Timestamp>) -> Option<i64> {
    time.map(millis)
}

pub(super) fn time(column: &str, millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(millis).map_err(|error| StoreError::corrupt(column, error))
}

pub(super) fn optional_time(column: &str, millis: Option<i64>) -> Result<Option<Timestamp>, StoreError> {
    millis.map(|millis| time(column, millis)).transpose()
}

/// A value that has a form as text: an id, a JID, a name.
pub(super) fn parse<T>(column: &str, text: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: Display,
{
    text.parse().map_err(|error| StoreError::corrupt(column, error))
}

/// The word that an enumeration without content is written as.
pub(super) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Corrupt(format!("{other:?} is not a word"))),
    }
}

pub(super) fn parse_word<'a, T: Deserialize<'a>>(column: &str, word: &'a str) -> Result<T, StoreError> {
    let word: StrDeserializer<'a, WordError> = word.into_deserializer();
    T::deserialize(word).map_err(|error| StoreError::corrupt(column, error))
}

pub(super) fn json<T: Serialize>(column: &str, value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::corrupt(column, error))
}

pub(super) fn parse_json<T: DeserializeOwned>(column: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::corrupt(column, error))
}

/// A number that fits a smaller type.
pub(super) fn number<T: TryFrom<i64>>(column: &str, number: i64) -> Result<T, StoreError> {
    T::try_from(number).map_err(|_| StoreError::corrupt(column, format!("{number} is out of range")))
}

/// A SHA-256 hash.
pub(super) fn hash(column: &str, bytes: Vec<u8>) -> Result<[u8; 32], StoreError> {
    bytes.try_into().map_err(|_| StoreError::corrupt(column, "not 32 bytes"))
}
