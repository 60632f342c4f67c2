//! A client of the XMPP server that sends and answers what a test wants.

use jid::Jid;
use nocgate::xml::{Element, Limits, XSI, parse};
use nocgate::xmpp::{Account, Client, Inbound, IqError, IqKind, IqRequest, State};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::harness::PATIENCE;
use crate::harness::site::{PASSWORD, Site};
use crate::harness::xmpp_server::{ServerKind, XmppServer};

pub(super) struct Device {
    client: Client,
    inbound: mpsc::Receiver<Inbound>,
}

impl Device {
    /// Takes the place of the site's SmartServer.
    pub(super) async fn in_place_of_smartserver(site: &Site) -> Device {
        site.smartserver().go_offline().await;
        let jid = site.smartserver().jid();
        Device::log_in(site.kind, jid.node().unwrap().as_str(), jid.resource().as_str()).await
    }

    pub(super) async fn log_in(kind: ServerKind, user: &str, resource: &str) -> Device {
        let server = XmppServer::shared(kind).await;
        server.register(user, PASSWORD).await;
        let account = Account { resource: resource.to_owned(), ..server.account(user, PASSWORD) };
        let (client, inbound) = Client::start(account, crate::simulator::options());
        let mut status = client.status();
        let online = status.wait_for(|status| matches!(status.state, State::Online(_)));
        timeout(PATIENCE, online).await.expect("it logs in").unwrap();
        Device { client, inbound }
    }

    /// Sends an envelope with this body and waits for the answer.
    pub(super) async fn send(
        &self,
        to: impl Into<Jid>,
        version: &str,
        body: &str,
    ) -> Result<Option<Element>, IqError> {
        self.client.iq(&to.into(), IqKind::Set, envelope(version, body), Instant::now() + PATIENCE).await
    }

    /// The next request with a SOAP message.
    pub(super) async fn request(&mut self) -> IqRequest {
        let next = async {
            loop {
                if let Inbound::Iq(request) = self.inbound.recv().await.expect("it is online") {
                    return request;
                }
            }
        };
        timeout(PATIENCE, next).await.expect("a request")
    }

    /// Sends a result with the id of a request, whoever was asked.
    pub(super) async fn answer(&self, request: &IqRequest, version: &str, body: &str) {
        self.client.reply(request, Ok(Some(envelope(version, body)))).await.unwrap();
    }

    /// Asks a client and waits for the answer: what was sent to it before has arrived.
    pub(super) async fn settle(&self, with: &Jid) {
        let ping = Element::new("urn:xmpp:ping", "ping");
        self.client.iq(with, IqKind::Get, ping, Instant::now() + PATIENCE).await.expect("an answer");
    }
}

fn envelope(version: &str, body: &str) -> Element {
    let text =
        format!("<e:Envelope xmlns:e='{version}' xmlns:xsi='{XSI}'><e:Body>{body}</e:Body></e:Envelope>");
    parse(&text, &Limits::REQUEST).unwrap()
}
