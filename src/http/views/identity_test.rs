use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::identity::{NewIdentityView, SecretText, default_resource};
use super::smartserver::milliseconds;
use crate::domain::IdentityId;
use crate::gateway::{IdentityReport, NewIdentity, StoredSecret, TestOutcome, TestStep, Tested};
use crate::http::problem::HttpError;

/// An identity to be tried out; nothing of it is stored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = IdentityTest)]
pub(crate) struct IdentityTestView {
    /// The account, `user@domain`.
    #[schema(example = "noc@xmpp.example")]
    jid: String,
    /// Resource of the identity. The test binds one of its own, so that it disturbs no session.
    #[serde(default = "default_resource")]
    #[schema(default = "nocgate", max_length = 200)]
    resource: String,
    /// BOSH addresses; each is tried.
    #[schema(example = json!(["https://xmpp.example:5443/http-bind"]), min_items = 1, max_items = 16)]
    bosh_urls: Vec<String>,
    /// Password of the account. Either this or `identity` is needed.
    #[schema(value_type = Option<String>, format = Password, example = "secret", max_length = 1000)]
    password: Option<SecretText>,
    /// Id of a registered identity whose stored password and CA are used. Its `jid` and `bosh_urls` have to be
    /// those given here, and `ca_pem` absent: a stored password goes where it went before, and nowhere else.
    identity: Option<Uuid>,
    /// Whether PLAIN may be used without TLS when the address is on loopback.
    #[serde(default)]
    plain_on_loopback: bool,
    /// A private CA in PEM form, trusted in place of the platform's.
    #[serde(default)]
    #[schema(max_length = 100000)]
    ca_pem: Option<String>,
}

/// How a test of an identity went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityTestReport)]
pub(crate) struct IdentityReportView {
    /// Whether the account can log in: one address stands and the log-in over it went well.
    ok: bool,
    /// `name`, `tls` and `bosh` of each address, in the order in which addresses were given; then `login` over
    /// the first that stands.
    steps: Vec<TestedView>,
}

/// How a step went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityTestStep)]
pub(crate) struct TestedView {
    step: TestStepView,
    /// BOSH address that it was tried with; null for a log-in that was not tried.
    #[schema(example = "https://xmpp.example:5443/http-bind")]
    url: Option<String>,
    outcome: TestOutcomeView,
    /// What was found, or what is wrong and how to mend it: a sentence or two.
    #[schema(example = "TLS 1.3; the certificate was issued by Example CA and is valid until 2027-03-01.")]
    detail: String,
    /// Milliseconds.
    #[schema(example = 12.5)]
    took_ms: f64,
}

/// What is tried: the host's name, TLS with the server's certificate, a BOSH session, the log-in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityTestStepName)]
pub(crate) enum TestStepView {
    Name,
    Tls,
    Bosh,
    Login,
}

/// How it went. `skipped`: there was nothing to try, or a step before it failed.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = IdentityTestOutcome)]
pub(crate) enum TestOutcomeView {
    Ok,
    Failed,
    Skipped,
}

super::reading::same_words!(TestStep, TestStepView: Name, Tls, Bosh, Login);
super::reading::same_words!(TestOutcome, TestOutcomeView: Ok, Failed, Skipped);

impl IdentityTestView {
    /// The identity, and whose stored secret it is to be tried with.
    pub(crate) fn parts(self) -> Result<(NewIdentity, Option<StoredSecret>), HttpError> {
        let stored = match (&self.password, self.identity) {
            (Some(_), None) => None,
            (None, Some(id)) => Some(StoredSecret(IdentityId(id))),
            _ => return Err(HttpError::Shape("either password or identity is needed".into())),
        };
        let new = NewIdentityView {
            jid: self.jid,
            resource: self.resource,
            bosh_urls: self.bosh_urls,
            password: self.password.unwrap_or_default(),
            plain_on_loopback: self.plain_on_loopback,
            ca_pem: self.ca_pem,
        };
        Ok((new.try_into()?, stored))
    }
}

impl From<IdentityReport> for IdentityReportView {
    fn from(report: IdentityReport) -> Self {
        IdentityReportView { ok: report.ok, steps: report.steps.into_iter().map(Into::into).collect() }
    }
}

impl From<Tested> for TestedView {
    fn from(tested: Tested) -> Self {
        TestedView {
            step: tested.step.into(),
            url: tested.url.map(|url| url.to_string()),
            outcome: tested.outcome.into(),
            detail: tested.detail,
            took_ms: milliseconds(tested.took),
        }
    }
}
