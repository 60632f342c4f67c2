//! The rules of ARCHITECTURE.md that a compiler does not check, read from the sources.

use std::{fs, path::Path};

/// Which modules of the crate a top-level module may name. Those not listed (`app`, `config`,
/// `main`, …) put the parts together and may name all; nobody in the list may name them.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("xml", &[]),
    ("xmpp", &["xml"]),
    ("soap", &["xml"]),
    ("smartserver", &["domain", "soap", "xmpp", "xml"]),
    ("store", &["domain"]),
    // xml: what an iq carries, handed on between xmpp and smartserver.
    ("gateway", &["domain", "smartserver", "store", "xml", "xmpp"]),
    ("http", &["domain", "gateway"]),
    ("simulator", &["xmpp", "xml"]),
];

/// Words, the files that may hold them, and why no other may.
struct Reserved {
    words: &'static [&'static str],
    allowed: fn(&str) -> bool,
    because: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        words: &["async", "await", "tokio", "reqwest", "sqlx", "fs", "net"],
        allowed: |file| !file.starts_with("domain/"),
        because: "domain does no I/O",
    },
    Reserved {
        words: &["sqlx"],
        allowed: |file| file.starts_with("store/"),
        because: "only store holds SQL",
    },
];

/// Codes that a route may answer with by itself; all others are problems. What a BOSH server
/// answered is another matter, so `xmpp` is free.
const STATUS_OF_SUCCESS: &[&str] = &["OK", "CREATED", "ACCEPTED", "NO_CONTENT", "NOT_MODIFIED", "SEE_OTHER"];

#[test]
fn sources_keep_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut breaches = Vec::new();
    for_each_source(&root, &mut |path| {
        let file = path.strip_prefix(&root).expect("below src").to_str().expect("a plain name");
        breaches.extend(breaches_in(file, &fs::read_to_string(path).expect("readable")));
    });
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}

#[test]
fn a_breach_is_found_and_located() {
    let cases = [
        (
            "domain/value.rs",
            "//! crate::store\n\nuse crate::store::Pool;",
            "src/domain/value.rs:3: domain may not name store",
        ),
        (
            "xmpp/client.rs",
            "use crate::{xml::Element, soap};",
            "src/xmpp/client.rs:1: xmpp may not name soap",
        ),
        (
            "simulator/plan.rs",
            "fn f() { crate::smartserver::read() }",
            ": simulator may not name smartserver",
        ),
        ("store/mod.rs", "use super::http::Problem;", ": store may not name http"),
        ("gateway/reads/mod.rs", "use super::super::http::Query;", ": gateway may not name http"),
        (
            "smartserver/read.rs",
            "use crate::{soap::Fault,\n xmpp::Jid};",
            "only smartserver/rpc.rs joins soap and xmpp",
        ),
        (
            "http/routes/reads.rs",
            "let s = StatusCode::NOT_FOUND;",
            ":1: StatusCode::NOT_FOUND: only http/problem.rs",
        ),
        ("gateway/reads.rs", "fn f() {\n sqlx::query(\"\") }", ":2: sqlx: only store holds SQL"),
        ("domain/value.rs", "async fn f() {}", ": async: domain does no I/O"),
    ];
    for (file, text, expected) in cases {
        let found = breaches_in(file, text);
        assert!(found.iter().any(|breach| breach.contains(expected)), "{file}: {text}\n{found:?}");
    }
}

#[test]
fn what_the_rules_allow_is_no_breach() {
    let cases = [
        ("app.rs", "use crate::{http, gateway::Gateway, store, xmpp};"),
        ("http/problem.rs", "use crate::gateway::Error; const C: StatusCode = StatusCode::NOT_FOUND;"),
        ("http/routes/reads.rs", "const C: StatusCode = StatusCode::ACCEPTED; // StatusCode::NOT_FOUND"),
        ("smartserver/rpc.rs", "use crate::{soap::Envelope, xmpp::Client};"),
        ("xmpp/bosh/http.rs", "const C: StatusCode = StatusCode::FORBIDDEN; pub(crate) struct X;"),
        (
            "domain/mod.rs",
            "mod tests { use super::*; const S: &str = \"\\\"crate::store\"; const C: char = '\"'; }",
        ),
        (
            "xml/write.rs",
            "mod tests { use super::super::parse; } /* use crate::soap; */ const S: &str = r#\"\"sqlx\"#;",
        ),
        ("xmpp/bosh/session.rs", "use super::http; fn f<'a>(crate_: &'a str) {}"),
    ];
    for (file, text) in cases {
        assert_eq!(breaches_in(file, text), Vec::<String>::new(), "{file}: {text}");
    }
}

/// deny.toml looks at the crates that are built; the lock also shows what one feature would add.
#[test]
fn the_lock_holds_one_sqlite_and_no_openssl() {
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).expect("Cargo.lock");
    let lock: toml::Table = lock.parse().expect("TOML");
    let versions = |name: &str| -> Vec<&str> {
        let packages = lock["package"].as_array().expect("packages").iter();
        packages.filter(|p| p["name"].as_str() == Some(name)).filter_map(|p| p["version"].as_str()).collect()
    };
    assert!(versions("openssl-sys").is_empty());

    // 0.37 brings SQLite 3.51.3; those before it can corrupt a database in WAL mode.
    let [sqlite] = versions("libsqlite3-sys")[..] else { panic!("more than one libsqlite3-sys") };
    let minor: u32 = sqlite.split('.').nth(1).and_then(|n| n.parse().ok()).expect("a version");
    assert!(minor >= 37, "libsqlite3-sys {sqlite}");
}

fn for_each_source(folder: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            for_each_source(&path, visit);
        } else if path.extension().is_some_and(|e| e == "rs") {
            visit(&path);
        }
    }
}

/// The breaches of one file, each with its line; `file` is its path below `src`.
fn breaches_in(file: &str, text: &str) -> Vec<String> {
    let tokens = Tokens::of(text);
    let mut breaches = Vec::new();
    let mut add = |line: usize, what: String| breaches.push(format!("src/{file}:{line}: {what}"));

    let layer = file.split('/').next().unwrap_or_default();
    let named = tokens.modules_named(depth_of(file));
    if let Some((_, may)) = MAY_NAME.iter().find(|(name, _)| *name == layer) {
        for (line, module) in named.iter().filter(|(_, m)| m != layer && !may.contains(&m.as_str())) {
            add(*line, format!("{layer} may not name {module}"));
        }
    }
    let names = |module: &str| named.iter().find(|(_, m)| m == module).map(|(line, _)| *line);
    if let (Some(line), Some(_), false) = (names("soap"), names("xmpp"), file.starts_with("smartserver/rpc"))
    {
        add(line, "only smartserver/rpc.rs joins soap and xmpp".into());
    }
    if file != "http/problem.rs" && layer != "xmpp" {
        for (line, code) in tokens.after(&["StatusCode"]) {
            let is_constant = code.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            if is_constant && !STATUS_OF_SUCCESS.contains(&code.as_str()) {
                add(line, format!("StatusCode::{code}: only http/problem.rs turns failures into codes"));
            }
        }
    }
    for Reserved { words, because, .. } in RESERVED.iter().filter(|r| !(r.allowed)(file)) {
        for (line, word) in tokens.0.iter().filter(|(_, t)| words.contains(&t.as_str())) {
            add(*line, format!("{word}: {because}"));
        }
    }
    breaches
}

/// How many modules deep a file is below the crate: 1 for `xml/mod.rs`, 2 for `xml/parse.rs`.
fn depth_of(file: &str) -> usize {
    file.split('/').filter(|part| *part != "mod.rs").count()
}

/// Words and single signs of a file with their lines, without comments and literals.
struct Tokens(Vec<(usize, String)>);

impl Tokens {
    fn of(text: &str) -> Self {
        let mut tokens = Vec::new();
        for (index, line) in without_comments_and_literals(text).lines().enumerate() {
            let mut rest = line.trim_start();
            while let Some(first) = rest.chars().next() {
                let is_word = |c: char| c.is_alphanumeric() || c == '_';
                let word = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                let (token, tail) =
                    rest.split_at(word.max(if is_word(first) { 0 } else { first.len_utf8() }));
                tokens.push((index + 1, token.to_owned()));
                rest = tail.trim_start();
            }
        }
        Self(tokens)
    }

    /// Top-level modules of the crate: what follows `crate::`, or so many `super::` that they reach it.
    fn modules_named(&self, depth: usize) -> Vec<(usize, String)> {
        let mut named = self.after(&["crate"]);
        let supers = vec!["super"; depth].join(" : : ");
        let reached = self.after(&supers.split(' ').collect::<Vec<_>>());
        named.extend(reached.into_iter().filter(|(_, name)| MAY_NAME.iter().any(|(layer, _)| layer == name)));
        named
    }

    /// The names right after `path::`, also those of a list in braces.
    fn after(&self, path: &[&str]) -> Vec<(usize, String)> {
        let start = [path, &[":", ":"]].concat();
        let mut names = Vec::new();
        for (at, window) in self.0.windows(start.len()).enumerate() {
            if window.iter().map(|(_, token)| token).eq(&start) {
                names.extend(self.names_from(at + start.len()));
            }
        }
        names
    }

    /// The name at a place, or the first name of each part if a list in braces begins there.
    fn names_from(&self, from: usize) -> Vec<(usize, String)> {
        let (mut depth, mut at_start, mut names) = (0, true, Vec::new());
        for (line, token) in &self.0[from..] {
            match token.as_str() {
                "{" => depth += 1,
                "}" => depth -= 1,
                "," => at_start = depth == 1,
                name if at_start => {
                    names.push((*line, name.into()));
                    at_start = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
        names
    }
}

/// Puts blanks for comments and for the insides of string and character literals; lines stay.
fn without_comments_and_literals(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let skipped = skipped_at(rest);
        if skipped == 0 {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            kept.extend(rest[..skipped].chars().map(|c| if c == '\n' { c } else { ' ' }));
            rest = &rest[skipped..];
        }
    }
    kept
}

/// The length of the comment or literal that begins here; 0 for none.
fn skipped_at(text: &str) -> usize {
    let until =
        |from: usize, end: &str| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        text.find('\n').unwrap_or(text.len())
    } else if text.starts_with("/*") {
        until(2, "*/")
    } else if text.starts_with("r\"")
        || text.starts_with("r#") && text[1..].trim_start_matches('#').starts_with('"')
    {
        let hashes = &text[1..text.find('"').unwrap_or(1)];
        until(hashes.len() + 2, &format!("\"{hashes}"))
    } else if text.starts_with('"') {
        end_of_quoted(text, '"')
    } else if text.starts_with("'\\") || text.starts_with('\'') && text.chars().nth(2) == Some('\'') {
        end_of_quoted(text, '\'')
    } else {
        0
    }
}

fn end_of_quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
