use super::condition::{Comparison, Condition, Operand, Text};

/// Reads an expression from left to right; blanks between tokens do not matter.
pub(super) struct Reader<'a> {
    pub rest: &'a str,
}

impl Reader<'_> {
    pub(super) fn take(&mut self, token: &str) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(token)?.trim_start();
        Some(())
    }

    pub(super) fn condition(&mut self) -> Option<Condition> {
        for (name, starts) in [("starts-with", true), ("contains", false)] {
            if self.take(name).is_some() {
                self.take("(")?;
                let property = self.word()?;
                self.take(",")?;
                let part = self.literal()?;
                self.take(")")?;
                let part = part.trim().to_owned();
                return Some(if starts {
                    Condition::StartsWith(property, part)
                } else {
                    Condition::Contains(property, part)
                });
            }
        }
        Some(Condition::Compare(self.operand()?, self.comparison()?, self.operand()?))
    }

    fn operand(&mut self) -> Option<Operand> {
        if self.take("@xsi:type").is_some() {
            return Some(Operand::Type);
        }
        if self.take("position()").is_some() {
            return Some(Operand::Position);
        }
        if self.take("last()").is_some() {
            let less = if self.take("-").is_some() { self.number()? } else { 0.0 };
            return Some(Operand::Last(less));
        }
        if self.rest.starts_with(['"', '\'']) {
            return self.literal().map(|text| Operand::Literal(Text::new(&text)));
        }
        self.number().map(Operand::Number).or_else(|| self.word().map(Operand::Property))
    }

    fn comparison(&mut self) -> Option<Comparison> {
        [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ]
        .into_iter()
        .find_map(|(token, comparison)| self.take(token).map(|()| comparison))
    }

    fn literal(&mut self) -> Option<String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (text, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest.trim_start();
        Some(text.to_owned())
    }

    fn word(&mut self) -> Option<String> {
        self.split(|c| c.is_ascii_alphanumeric() || c == '_')
    }

    fn number(&mut self) -> Option<f64> {
        if !self.rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.split(|c| c.is_ascii_digit() || c == '.')?.parse().ok()
    }

    fn split(&mut self, belongs: impl Fn(char) -> bool) -> Option<String> {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        (!word.is_empty()).then(|| word.to_owned())
    }
}
