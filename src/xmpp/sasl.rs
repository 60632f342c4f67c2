use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::scram::properties::{Iterations, Salt, SaltedPassword};
use rsasl::prelude::{Mechname, SASLClient, SASLConfig, Session, SessionError, State};
use rsasl::property::{AuthId, Password};
use secrecy::{ExposeSecret, SecretString};

use super::salted::SaltedPasswords;

/// Mechanisms in order of preference. DIGEST-MD5 is never used, -PLUS is not offered over BOSH.
const PREFERENCE: [&str; 4] = ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"];

/// When PLAIN is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plain {
    /// It may not be used here.
    Never,
    /// If nothing better is offered.
    Last,
    /// Before anything better.
    First,
}

/// What a server may ask for: below it the password is cheap to guess, above it the server wastes
/// our time (RFC 7677, section 4, sets the lower bound).
const ITERATIONS: std::ops::RangeInclusive<u32> = 4_096..=1_000_000;

/// Why an exchange ended without the server's or our consent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SaslError {
    #[error("the server offers no mechanism that may be used here, only: {0}")]
    NoMechanism(String),
    #[error("the server did not prove that it knows the password")]
    ServerNotProven,
    #[error("SASL: {0}")]
    Protocol(String),
}

/// The credentials of an account.
pub(crate) struct Credentials(Arc<SASLConfig>);

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}

impl Credentials {
    /// Credentials of the account `user`.
    ///
    /// # Errors
    /// The password holds characters that SASLprep (RFC 4013) forbids.
    pub(crate) fn new(user: &str, password: &SecretString) -> Result<Self, SaslError> {
        let prepared = stringprep::saslprep(password.expose_secret())
            .map_err(|_| SaslError::Protocol("the password has characters that SASL forbids".into()))?;
        let secrets = Secrets {
            user: user.to_owned(),
            password: SecretString::from(prepared.into_owned()),
            salted: SaltedPasswords::default(),
        };
        let config = SASLConfig::builder().with_default_mechanisms();
        config.with_callback(secrets).map(Credentials).map_err(protocol)
    }

    /// Begins with the strongest of the `offered` mechanisms; PLAIN as `plain` says.
    pub(crate) fn start(&self, offered: &[String], plain: Plain) -> Result<Exchange, SaslError> {
        let mut preference = PREFERENCE.to_vec();
        match plain {
            Plain::Never => preference.retain(|name| *name != "PLAIN"),
            Plain::Last => {}
            Plain::First => preference.sort_by_key(|name| *name != "PLAIN"),
        }
        let mechanism = preference
            .into_iter()
            .find(|name| offered.iter().any(|offer| offer == name))
            .ok_or_else(|| SaslError::NoMechanism(offered.join(", ")))?;
        let name = Mechname::parse(mechanism.as_bytes()).map_err(protocol)?;
        let session = SASLClient::new(Arc::clone(&self.0)).start_suggested(&[name]).map_err(protocol)?;
        Ok(Exchange { session, mechanism, finished: false })
    }
}

/// What the mechanisms ask for.
struct Secrets {
    user: String,
    password: SecretString,
    salted: SaltedPasswords,
}

impl SessionCallback for Secrets {
    fn callback(
        &self,
        data: &SessionData,
        context: &Context,
        asked: &mut Request,
    ) -> Result<(), SessionError> {
        asked.satisfy::<AuthId>(&self.user)?;
        let iterations = context.get_ref::<Iterations>().copied().and_then(NonZeroU32::new);
        if let (Some(salt), Some(iterations), true) =
            (context.get_ref::<Salt>(), iterations, asked.is::<SaltedPassword>())
        {
            let mechanism = data.mechanism().mechanism.as_str();
            let satisfy = |key: &[u8]| asked.satisfy::<SaltedPassword>(key).map(drop);
            return self.salted.with(&self.password, mechanism, salt, iterations, satisfy).unwrap_or(Ok(()));
        }
        asked.satisfy::<Password>(self.password.expose_secret().as_bytes())?;
        Ok(())
    }
}

/// One authentication (RFC 6120, section 6; SCRAM: RFC 5802). Texts are Base64, as in XML.
pub(crate) struct Exchange {
    session: Session,
    mechanism: &'static str,
    finished: bool,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Exchange").field(&self.mechanism).finish()
    }
}

impl Exchange {
    pub(crate) fn mechanism(&self) -> &'static str {
        self.mechanism
    }

    /// Text of `<auth/>`.
    pub(crate) fn initial(&mut self) -> Result<String, SaslError> {
        self.step(None)
    }

    /// Text of `<response/>` to a `<challenge/>`.
    pub(crate) fn response(&mut self, challenge: &str) -> Result<String, SaslError> {
        let challenge = decode(challenge)?;
        check_iterations(&challenge)?;
        self.step(Some(&challenge))
    }

    /// Checks `<success/>`: SCRAM holds the server's own proof in it (RFC 5802, section 3), and
    /// without that proof the login has failed.
    pub(crate) fn success(&mut self, text: &str) -> Result<(), SaslError> {
        if self.finished {
            return Ok(());
        }
        let proof = decode(text)?;
        match self.session.step(Some(&proof), &mut Vec::new()) {
            Ok(State::Finished(_)) => Ok(()),
            _ => Err(SaslError::ServerNotProven),
        }
    }

    fn step(&mut self, input: Option<&[u8]>) -> Result<String, SaslError> {
        if self.finished {
            return Err(SaslError::Protocol("a challenge after the last step".into()));
        }
        let mut output = Vec::new();
        let state = self.session.step(input, &mut output);
        // rsasl forbids a further step after an error as well.
        self.finished = !matches!(state, Ok(State::Running));
        state.map_err(protocol)?;
        Ok(STANDARD.encode(output))
    }
}

/// `i=` of SCRAM's first server message; other messages have none.
fn check_iterations(challenge: &[u8]) -> Result<(), SaslError> {
    let text = String::from_utf8_lossy(challenge);
    match text.split(',').find_map(|part| part.strip_prefix("i=")) {
        Some(count) if !count.parse().is_ok_and(|count: u32| ITERATIONS.contains(&count)) => {
            Err(SaslError::Protocol(format!("the server asks for {count} iterations")))
        }
        _ => Ok(()),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, SaslError> {
    match text.trim() {
        "=" => Ok(Vec::new()),
        text => STANDARD.decode(text).map_err(protocol),
    }
}

fn protocol(error: impl fmt::Display) -> SaslError {
    SaslError::Protocol(error.to_string())
}

#[cfg(test)]
#[path = "sasl_tests.rs"]
mod tests;
