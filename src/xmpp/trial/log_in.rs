use std::sync::Arc;

use jid::FullJid;
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::{ANSWER_BYTES, LIMIT, TestOutcome, TestStep, Tested, words};
use crate::xmpp::account::Account;
use crate::xmpp::bosh::{
    Action, Dialer, End, Event, Greeting, HttpTransport, Identity, Input, Session, Settings, Target,
    Transport,
};
use crate::xmpp::round::may_use_plain;
use crate::xmpp::sasl::{Credentials, Plain};

/// `wait` asked for: nothing is held for long before the log-in is over.
const WAIT: std::time::Duration = std::time::Duration::from_secs(5);
/// Largest body; those of a log-in are small.
const BODY_BYTES: usize = 64 << 10;

/// A log-in that went well.
struct Bound {
    jid: FullJid,
    mechanism: Option<&'static str>,
}

/// Logs in at an address and out again.
pub(super) async fn test(
    account: &Account,
    url: Url,
    at: Url,
    greeting: &Greeting,
    dialer: Dialer,
) -> Tested {
    let begun = Instant::now();
    let (bound, over) = match settings(account, &at) {
        Ok(settings) => {
            let target = Target::new(dialer, at.clone()).at_most(ANSWER_BYTES);
            run(settings, HttpTransport::new(target)).await
        }
        Err(end) => (Err(end), Instant::now()),
    };
    let (outcome, detail) = match bound {
        Ok(Bound { jid, mechanism }) => (TestOutcome::Ok, words::logged_in(&jid, mechanism)),
        Err(end) => (TestOutcome::Failed, words::not_logged_in(account, &at, greeting, &end)),
    };
    Tested { step: TestStep::Login, url: Some(url), outcome, detail, took: over - begun }
}

fn settings(account: &Account, at: &Url) -> Result<Settings, End> {
    let user = account.jid.node().map_or("", |node| node.as_str());
    let credentials =
        Credentials::new(user, &account.password).map_err(|error| End::Login(error.to_string()))?;
    let plain = match may_use_plain(at, account.plain_on_loopback) {
        true => Plain::Last,
        false => Plain::Never,
    };
    let identity = Identity {
        jid: account.jid.clone(),
        // Not that of the account's own session, nor that of another test.
        resource: format!("nocgate-test-{:016x}", rand::random::<u64>()),
        credentials: Arc::new(credentials),
        plain,
    };
    Ok(Settings {
        identity,
        first_rid: rand::random_range(1..1 << 52),
        wait: WAIT,
        step_limit: LIMIT,
        max_stanzas: 1,
        max_body_bytes: BODY_BYTES,
        // Else what is sent to the bare account would come here, and contacts would be told of it.
        announces: false,
        resumes: false,
        recorded: false,
        drowned: 0,
        carried: None,
    })
}

/// Runs a session until it is logged in, or cannot be, and then to its end. Beside that, when that was.
async fn run(settings: Settings, mut transport: impl Transport) -> (Result<Bound, End>, Instant) {
    let until = Instant::now() + LIMIT;
    let (mut session, mut actions) = Session::new(Instant::now(), settings);
    let (mut bound, mut over) = (None, None);
    loop {
        let mut input = None;
        for action in actions {
            match action {
                Action::Post(post) => transport.post(post),
                Action::Abort { rid } => transport.abort(rid),
                Action::Online { jid, .. } => {
                    over = Some(Instant::now());
                    bound = Some(Bound { jid, mechanism: session.mechanism() });
                    input = Some(Input::Close);
                }
                Action::Ended(end) => {
                    return (bound.ok_or(end), over.unwrap_or_else(Instant::now));
                }
                Action::Deliver(_) | Action::Refused { .. } | Action::StreamLost => {}
            }
        }
        let input = match input {
            Some(input) => input,
            None => next_input(&mut session, &mut transport, until, &mut over).await,
        };
        actions = session.handle(Instant::now(), input);
    }
}

/// What happens next. When the time for logging in is over, it is given up.
async fn next_input(
    session: &mut Session,
    transport: &mut impl Transport,
    until: Instant,
    over: &mut Option<Instant>,
) -> Input {
    let wake_at = session.wake_at();
    let wake = async {
        match wake_at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        event = transport.event() => match event {
            Event::Written { rid } => Input::Written { rid },
            Event::Answered { rid, status, body } => Input::Answered { rid, status, body },
            Event::Failed { rid, error } => Input::Failed { rid, error },
        },
        () = wake => Input::Tick,
        () = sleep_until(until), if over.is_none() => {
            *over = Some(Instant::now());
            Input::Close
        }
    }
}
