//! The OpenAPI document, made from the code.

use std::collections::BTreeMap;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi as _};

use super::problem::Problem;
use super::views::{MissedView, TrafficMessageView};

/// What every route may answer beside success: a problem document.
pub(super) struct Problems;

const PROBLEMS: [(&str, &str); 14] = [
    ("400", "The request is not understood"),
    ("401", "API key or session needed"),
    ("403", "Not allowed"),
    ("404", "Not known here"),
    ("405", "The route does not take this method"),
    ("409", "In conflict with what is there"),
    ("413", "Too large"),
    ("415", "Content type not taken"),
    ("422", "Understood, not acceptable"),
    ("429", "Too often, or too many at once"),
    ("500", "A defect of the gateway"),
    ("502", "The SmartServer answered with a fault, or with something that is not understood"),
    ("503", "The SmartServer, the XMPP server or the database is not reachable; see `code`"),
    ("504", "No answer within the deadline"),
];

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let problem = |text: &str| {
            let schema = Ref::from_schema_name("Problem");
            ResponseBuilder::new()
                .description(text)
                .content("application/problem+json", Content::new(Some(schema)))
                .build()
        };
        PROBLEMS.iter().map(|(status, text)| ((*status).to_owned(), problem(text).into())).collect()
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "nocgate",
        description = "Gateway between a network operations centre and SmartServers, over XMPP.\n\n\
            Failures are problem documents (RFC 9457) whose `code` is stable. Times are RFC 3339, UTC. \
            Lists page by `cursor`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    // What streams tell stands in no answer's schema.
    components(schemas(Problem, TrafficMessageView, MissedView)),
    modifiers(&Security),
    security(("api_key" = []), ("session" = [])),
    tags(
        (name = "auth", description = "API keys and the dashboard's sessions"),
        (name = "identities", description = "XMPP accounts that the gateway acts as"),
        (name = "smartservers", description = "The SmartServers registered here"),
        (name = "data points", description = "Inventory and readings"),
        (name = "history", description = "What is remembered of readings"),
        (name = "poll groups", description = "What is read on a schedule, and what of it is remembered"),
        (name = "data loggers", description = "What SmartServers log by themselves"),
        (name = "alarms", description = "Alarm generators and notifiers, and the alarms in their logs"),
        (name = "commands", description = "Writes and releases, and their fate"),
        (name = "devices", description = "What is behind a SmartServer, and commands to it"),
        (name = "events", description = "What happens, as it happens"),
        (name = "operation", description = "For whoever runs the gateway"),
    ),
)]
struct Base;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("API key").build();
        components.add_security_scheme("api_key", SecurityScheme::Http(bearer));
        let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("nocgate")));
        components.add_security_scheme("session", cookie);
    }
}

/// The document without paths, for the router to add them.
pub(super) fn base() -> OpenApi {
    Base::openapi()
}
