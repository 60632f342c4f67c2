use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;

/// Which part of a list is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Most items wanted; at least one is given when there is one.
    pub limit: usize,
    /// Where the page before ended; `None` for the first page.
    pub cursor: Option<String>,
}

impl PageRequest {
    /// The first page, of `limit` items.
    pub fn first(limit: usize) -> Self {
        Self { limit, cursor: None }
    }

    /// The page after the one that ended at `cursor`.
    pub fn after(limit: usize, cursor: String) -> Self {
        Self { limit, cursor: Some(cursor) }
    }

    /// The sort key of the last item of the page before.
    pub(super) fn position<K: DeserializeOwned>(&self) -> Result<Option<K>, StoreError> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| StoreError::Cursor)?;
        serde_json::from_slice(&json).map(Some).map_err(|_| StoreError::Cursor)
    }

    /// Rows to fetch: one more than wanted, which tells whether there is a next page.
    pub(super) fn rows(&self) -> i64 {
        i64::try_from(self.size()).unwrap_or(i64::MAX).saturating_add(1)
    }

    fn size(&self) -> usize {
        self.limit.max(1)
    }
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The items, in the order of the list.
    pub items: Vec<T>,
    /// Asks for the next page; `None` when this is the last one.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page of the rows fetched for `request`; `key` gives an item's sort key.
    pub(super) fn new<K: Serialize>(
        mut items: Vec<T>,
        request: &PageRequest,
        key: impl Fn(&T) -> K,
    ) -> Result<Self, StoreError> {
        let more = items.len() > request.size();
        items.truncate(request.size());
        let last = items.last().filter(|_| more);
        let next_cursor = last.map(|item| cursor(&key(item))).transpose()?;
        Ok(Self { items, next_cursor })
    }
}

fn cursor<K: Serialize>(key: &K) -> Result<String, StoreError> {
    let json = serde_json::to_vec(key).map_err(|_| StoreError::Cursor)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

/// The text in lower case, each character by itself: what substrings are looked for in. The engines'
/// own functions disagree beyond ASCII.
pub(super) fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// The pattern of a substring of a folded text, for `LIKE … ESCAPE '\'`.
pub(super) fn substring(text: &str) -> String {
    let text = folded(text).replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{text}%")
}

/// The first text, by bytes, after all that begin with `prefix`; `None` when there is no such text.
pub(super) fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            return Some(chars.into_iter().chain([next]).collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{end_of_prefix, substring};

    #[test]
    fn wildcards_are_literal() {
        assert_eq!(substring(r"A_b%c\"), r"%a\_b\%c\\%");
    }

    #[test]
    fn a_prefix_ends_before_the_next_character() {
        for (prefix, end) in [
            ("a", Some("b")),
            ("Net/", Some("Net0")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("a\u{10FFFF}", Some("b")),
            ("\u{10FFFF}", None),
            ("", None),
        ] {
            assert_eq!(end_of_prefix(prefix).as_deref(), end, "{prefix}");
        }
    }
}
