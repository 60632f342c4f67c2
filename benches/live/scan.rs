//! Looking into XML that only servers under test have rewritten: by text search, since a yardstick
//! must cost little.

/// Value of an attribute in a start tag, whatever its quotes.
pub(crate) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let at = rest.find(name)?;
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        rest = after;
        if !before.ends_with([' ', '\n']) {
            continue;
        }
        let Some(value) = after.strip_prefix('=') else { continue };
        let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        return value[1..].split(quote).next();
    }
}

/// Text of the first element of this name without children, whatever its prefix and attributes.
pub(crate) fn text_of<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let rest = &xml[xml.find(name)? + name.len()..];
    rest[rest.find('>')? + 1..].split('<').next()
}

/// Takes whole iq stanzas that have children off the front of a stream, the start tag apart from the
/// rest; returns how many bytes are done with.
pub(crate) fn each_iq<'a>(xml: &'a str, mut take: impl FnMut(&'a str, &'a str)) -> usize {
    const END: &str = "</iq>";
    let mut done = 0;
    while let Some(end) = xml[done..].find(END) {
        let until = done + end;
        // The last one: iqs without children end themselves.
        if let Some(start) = xml[done..until].rfind("<iq ")
            && let Some(tag_end) = xml[done + start..until].find('>')
        {
            let stanza = &xml[done + start..until];
            take(&stanza[..tag_end], &stanza[tag_end + 1..]);
        }
        done = until + END.len();
    }
    done
}

/// Takes whole stanzas off the front of a stream, each with its name, its start tag and what is behind
/// that; returns how many bytes are done with.
pub(crate) fn each_stanza<'a>(xml: &'a str, mut take: impl FnMut(&'a str, &'a str, &'a str)) -> usize {
    let mut done = 0;
    while let Some(stanza) = xml[done..].find('<').map(|start| &xml[done + start..])
        && let Some(tag_end) = stanza.find('>')
    {
        let tag = &stanza[1..tag_end];
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        let end = format!("</{name}>");
        let length = match stanza[tag_end..].find(&end) {
            // The end of the stream itself begins with a slash.
            _ if tag.ends_with('/') || name.is_empty() => tag_end + 1,
            Some(end_tag) => tag_end + end_tag + end.len(),
            None => break,
        };
        take(name, tag, &stanza[tag_end + 1..length]);
        done = xml.len() - stanza.len() + length;
    }
    done
}
