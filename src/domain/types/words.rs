/// The parts of a text, with blanks between them.
pub(super) struct Words<'t> {
    left: &'t str,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str) -> Words<'t> {
        Words { left: text }
    }

    /// The next part. One blank after it is taken with it.
    pub(super) fn next(&mut self) -> Option<&'t str> {
        let left = self.left.trim_start();
        let end = left.find(char::is_whitespace).unwrap_or(left.len());
        let (word, left) = left.split_at(end);
        let mut after = left.chars();
        after.next();
        self.left = after.as_str();
        Some(word).filter(|word| !word.is_empty())
    }

    /// All that is left, unchanged.
    pub(super) fn rest(&mut self) -> &'t str {
        std::mem::take(&mut self.left)
    }

    /// Whether nothing but blanks is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.left.trim().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn parts_and_what_is_left() {
        let mut words = Words::new("  80 \t81  a  b ");
        assert_eq!((words.next(), words.next()), (Some("80"), Some("81")));
        assert!(!words.is_at_end());
        assert_eq!(words.rest(), " a  b ");
        assert!(words.is_at_end());
        assert_eq!((words.next(), words.rest()), (None, ""));
    }
}
