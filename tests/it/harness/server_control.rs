//! What an operator or an accident does to an XMPP server and its sessions.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::eventually;
use super::xmpp_server::XmppServer;

impl XmppServer {
    /// Stops the process without ending it.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// Lets a frozen process go on.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.pid().to_string()).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Returns when the server creates BOSH sessions.
    pub(crate) async fn able(&self) {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(1)).no_proxy().build().unwrap();
        let body = format!(
            "<body xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh' rid='4711' to='{}' \
             xml:lang='en' wait='1' hold='1' ver='1.6' xmpp:version='1.0'/>",
            self.domain()
        );
        eventually("the server creates sessions", async || {
            let answer = http.post(self.bosh_url()).body(body.clone()).send().await.ok()?;
            answer.text().await.ok()?.contains("sid=").then_some(())
        })
        .await;
    }

    /// Ends a session as an administrator would (ejabberd).
    pub(crate) async fn kick(&self, user: &str, resource: &str) {
        let session =
            json!({"user": user, "host": self.domain(), "resource": resource, "reason": "maintenance"});
        self.command("kick_session", session).await;
    }

    /// Removes an account (ejabberd).
    pub(crate) async fn unregister(&self, user: &str) {
        self.command("unregister", json!({"user": user, "host": self.domain()})).await;
    }

    /// How many sessions an account has (ejabberd).
    pub(crate) async fn sessions(&self, user: &str) -> usize {
        let answer = self.command("user_sessions_info", json!({"user": user, "host": self.domain()})).await;
        serde_json::from_str::<Vec<Value>>(&answer).expect("a list").len()
    }
}
