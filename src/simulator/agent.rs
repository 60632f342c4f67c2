use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::shared::Shared;
use super::wire::{SOAP_1_1, SOAP_1_2};
use super::{push, serve};
use crate::xmpp::{Client, Common, Inbound, Options, State};

/// Runs one SmartServer until `stop`: logged in while it is wanted.
pub(super) async fn run(shared: Arc<Shared>, tasks: TaskTracker, stop: CancellationToken) {
    let mut wanted = shared.wanted.subscribe();
    while stop.run_until_cancelled(wanted.wait_for(|wanted| *wanted)).await.is_some_and(|w| w.is_ok()) {
        shared.running.send_replace(true);
        let (client, inbound) = Client::start(shared.account.clone(), options(&shared.common));
        let session = stop.child_token();
        if shared.web_connection.is_some() {
            tasks.spawn(push::web_connection(Arc::clone(&shared), session.clone()));
        }
        serve_session(&shared, &client, inbound, &tasks, &session).await;
        session.cancel();
        shared.online.send_replace(None);
        client.stop().await;
        shared.running.send_replace(false);
    }
}

fn options(common: &Arc<Common>) -> Options {
    Options {
        wait: Duration::from_secs(60),
        max_stanzas: 16,
        max_body_bytes: 1 << 20,
        answered_namespaces: vec![SOAP_1_1, SOAP_1_2, serve::DISCO],
        disco_identity: ("automation", "soap", "SmartServer (simulated)"),
        disco_features: Vec::new(),
        resumes_streams: false,
        records_streams: false,
        plain_first: true,
        common: Arc::clone(common),
        follows: None,
    }
}

/// Takes what arrives until the SmartServer is not wanted any more; each request has a task.
async fn serve_session(
    shared: &Arc<Shared>,
    client: &Client,
    mut inbound: mpsc::Receiver<Inbound>,
    tasks: &TaskTracker,
    session: &CancellationToken,
) {
    let mut status = client.status();
    let mut wanted = shared.wanted.subscribe();
    status.mark_changed();
    loop {
        tokio::select! {
            () = session.cancelled() => return,
            _ = wanted.wait_for(|wanted| !wanted) => return,
            Ok(()) = status.changed() => {
                let state = status.borrow_and_update().state.clone();
                tell(shared, client, &state);
            }
            Some(stanza) = inbound.recv() => {
                let answer = serve::stanza(Arc::clone(shared), client.clone(), stanza);
                tasks.spawn(session.clone().run_until_cancelled_owned(answer));
            }
        }
    }
}

fn tell(shared: &Shared, client: &Client, state: &State) {
    let online = matches!(state, State::Online(_));
    if shared.online.borrow().is_some() != online {
        tracing::info!(jid = %shared.jid, online, "simulated SmartServer");
    }
    if *state == State::Refused {
        tracing::error!(jid = %shared.jid, "the XMPP server refuses the account of a simulated SmartServer");
    }
    shared.online.send_replace(online.then(|| client.clone()));
}
