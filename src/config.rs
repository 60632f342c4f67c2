//! The configuration: compiled-in defaults, a file over them, the environment over both.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use toml::{Table, Value};

/// Every key with its default and what it means.
pub const DEFAULT: &str = include_str!("../nocgate.default.toml");
/// Environment variables that set keys begin so.
const PREFIX: &str = "NOCGATE__";

/// The whole configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct Config {
    pub http: Http,
    pub database: Database,
    pub secrets: Secrets,
    pub reading: Reading,
    pub history: History,
    pub smartserver: SmartServer,
    pub session: Session,
    pub log: Log,
}

/// `[http]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct Http {
    pub listen: SocketAddr,
    pub public_url: String,
    pub max_body_bytes: usize,
}

/// `[database]`. The address may hold a password.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct Database {
    pub url: Secret,
}

/// `[secrets]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct Secrets {
    pub key_file: PathBuf,
    pub key: Secret,
}

/// `[reading]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct Reading {
    pub default_max_age_ms: u64,
    pub save_interval_ms: u64,
}

/// `[history]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct History {
    pub retention_days: u32,
    pub buffer_s: u64,
    pub buffer_mb: usize,
}

/// `[smartserver]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct SmartServer {
    pub deadline_ms: u64,
    pub in_flight: usize,
    pub queue: usize,
    pub batch_items: usize,
}

/// `[session]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct Session {
    pub wait_s: u64,
    pub max_stanzas: usize,
    /// Whether a lost session's stream is resumed on the next (XEP-0198).
    pub resume: bool,
    pub max_body_bytes: usize,
    pub subscribe_presence: bool,
    pub logins_at_once: usize,
    pub redirect_hosts: Vec<String>,
}

/// `[log]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "nocgate.default.toml documents every key")]
pub struct Log {
    pub level: String,
    pub format: LogFormat,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

/// Text that `Debug` does not show.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The text.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Secret(text.into()))
    }
}

/// What is wrong with the configuration, with the key that it concerns.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{path}: {error}")]
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{path}, line {line}: {message}")]
    Toml {
        /// Its path.
        path: PathBuf,
        /// Where.
        line: usize,
        /// Why. Without the line itself, which may hold a password.
        message: String,
    },
    /// A key is unknown or its value is of another kind.
    #[error("{0}")]
    Value(String),
    /// A value is out of its bounds.
    #[error("{key}: {message}")]
    Bounds {
        /// The key.
        key: &'static str,
        /// The bounds.
        message: &'static str,
    },
}

impl Config {
    /// Reads the defaults, the file, then the environment.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is wrong; nothing is corrected silently.
    pub fn load(
        file: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Config, ConfigError> {
        let mut table = parse(Path::new("nocgate.default.toml"), DEFAULT)?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| ConfigError::File { path: path.to_owned(), error })?;
            lay_over(&mut table, parse(path, &text)?);
        }
        for (name, text) in env {
            if let Some(key) = name.strip_prefix(PREFIX) {
                set(&mut table, key, &text);
            }
        }
        let config: Config = serde_path_to_error::deserialize(Value::Table(table))
            .map_err(|error| ConfigError::Value(format!("{}: {}", error.path(), error.inner().message())))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let bounds: [(&str, u64, u64, u64, &str); 14] = [
            ("http.max_body_bytes", self.http.max_body_bytes as u64, 1_024, 1 << 30, "1024 to 1073741824"),
            ("reading.save_interval_ms", self.reading.save_interval_ms, 100, 60_000, "100 to 60000"),
            ("reading.default_max_age_ms", self.reading.default_max_age_ms, 0, 86_400_000, "0 to 86400000"),
            ("history.retention_days", self.history.retention_days.into(), 1, 3_650, "1 to 3650"),
            ("history.buffer_s", self.history.buffer_s, 1, 86_400, "1 to 86400"),
            ("history.buffer_mb", self.history.buffer_mb as u64, 1, 65_536, "1 to 65536"),
            ("smartserver.deadline_ms", self.smartserver.deadline_ms, 100, 600_000, "100 to 600000"),
            ("smartserver.in_flight", self.smartserver.in_flight as u64, 1, 2, "1 or 2"),
            ("smartserver.queue", self.smartserver.queue as u64, 1, 100_000, "1 to 100000"),
            ("smartserver.batch_items", self.smartserver.batch_items as u64, 1, 100, "1 to 100"),
            ("session.wait_s", self.session.wait_s, 5, 300, "5 to 300"),
            (
                "session.max_body_bytes",
                self.session.max_body_bytes as u64,
                8_192,
                1 << 26,
                "8192 to 67108864",
            ),
            ("session.logins_at_once", self.session.logins_at_once as u64, 1, 1_000, "1 to 1000"),
            ("session.max_stanzas", self.session.max_stanzas as u64, 1, 32, "1 to 32"),
        ];
        for (key, value, least, most, message) in bounds {
            if !(least..=most).contains(&value) {
                return Err(ConfigError::Bounds { key, message });
            }
        }
        let url = &self.http.public_url;
        if !(url.is_empty() || url.starts_with("https://") || url.starts_with("http://")) {
            let message = "empty, or an address that begins with https:// or http://";
            return Err(ConfigError::Bounds { key: "http.public_url", message });
        }
        Ok(())
    }

    /// Default deadline of a call.
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.smartserver.deadline_ms)
    }
}

fn parse(path: &Path, text: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        ConfigError::Toml { path: path.to_owned(), line, message: error.message().to_owned() }
    })
}

fn lay_over(table: &mut Table, over: Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(value)) => lay_over(below, value),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

/// Sets `SECTION__KEY`. The text is read as the kind of value that the default has; where it cannot
/// be, it stays text and is refused by name later.
fn set(table: &mut Table, key: &str, text: &str) {
    let key = key.to_lowercase();
    let Some((section, key)) = key.split_once("__") else {
        table.insert(key, Value::String(text.to_owned()));
        return;
    };
    let section = table.entry(section.to_owned()).or_insert_with(|| Value::Table(Table::new()));
    let Value::Table(section) = section else { return };
    let value = match section.get(key) {
        Some(Value::Integer(_)) => text.parse().map(Value::Integer).ok(),
        Some(Value::Boolean(_)) => text.parse().map(Value::Boolean).ok(),
        Some(Value::Array(_)) => Some(Value::Array(list(text))),
        _ => None,
    };
    section.insert(key.to_owned(), value.unwrap_or_else(|| Value::String(text.to_owned())));
}

/// What a variable lists, separated by commas.
fn list(text: &str) -> Vec<Value> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| Value::String(part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(env: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::load(None, env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
    }

    #[test]
    fn the_defaults_are_complete() {
        let config = load(&[]).unwrap();
        assert_eq!(config.smartserver.in_flight, 1);
        assert!(config.http.listen.ip().is_loopback());
    }

    #[test]
    fn the_environment_wins_and_secrets_stay_hidden() {
        let config = load(&[
            ("NOCGATE__HTTP__LISTEN", "127.0.0.1:1"),
            ("NOCGATE__SMARTSERVER__QUEUE", "7"),
            ("NOCGATE__SECRETS__KEY", "geheim"),
            ("NOCGATE__SESSION__REDIRECT_HOSTS", "one.example, two.example"),
            ("OTHER", "x"),
        ])
        .unwrap();
        assert_eq!(config.http.listen.port(), 1);
        assert_eq!(config.smartserver.queue, 7);
        assert_eq!(config.session.redirect_hosts, ["one.example", "two.example"]);
        assert_eq!(config.secrets.key.expose(), "geheim");
        assert!(!format!("{config:?}").contains("geheim"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (env, word) in [
            (("NOCGATE__SMARTSERVER__QUEUE", "many"), "smartserver.queue"),
            (("NOCGATE__SMARTSERVER__IN_FLIGHT", "9"), "smartserver.in_flight"),
            (("NOCGATE__HTTP__LISTEM", "x"), "listem"),
            (("NOCGATE__HTTP__PUBLIC_URL", "noc.example"), "http.public_url"),
            (("NOCGATE__SESSION__MAX_BODY_BYTES", "0"), "session.max_body_bytes"),
            (("NOCGATE__SESSION__LOGINS_AT_ONCE", "0"), "session.logins_at_once"),
            (("NOCGATE__LOG__FORMAT", "xml"), "log.format"),
            (("NOCGATE__NOSUCH__KEY", "x"), "nosuch"),
        ] {
            let error = load(&[env]).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_no_toml_is_not_shown() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "[database]\nurl = \"postgres://u:geheim@h/db\n").unwrap();
        let error = Config::load(Some(file.path()), std::iter::empty()).unwrap_err().to_string();
        assert!(error.contains("line 2") && !error.contains("geheim"), "{error}");
    }

    #[test]
    fn a_file_lies_over_the_defaults() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, "[log]\nlevel = 'debug'").unwrap();
        let config = Config::load(Some(file.path()), std::iter::empty()).unwrap();
        assert_eq!(config.log.level, "debug");
        assert_eq!(config.log.format, LogFormat::Text);
    }
}
