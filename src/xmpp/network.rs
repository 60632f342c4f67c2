use url::Url;

use super::bosh::{Dialer, HttpTransport, Target, Transport};
use super::probes::Echo;

/// The ways to BOSH addresses.
pub(crate) trait Network: Send + Sync {
    /// What carries a session's requests.
    type Transport: Transport;

    /// For one session at this address.
    fn open(&self, address: &Url) -> Self::Transport;

    /// Asks whether somebody is there.
    fn ask(&self, address: &Url) -> impl Future<Output = Echo> + Send;
}

/// HTTP over connections of this dialer.
#[derive(Debug)]
pub(crate) struct HttpNetwork(pub(crate) Dialer);

impl Network for HttpNetwork {
    type Transport = HttpTransport;

    fn open(&self, address: &Url) -> HttpTransport {
        HttpTransport::new(Target::new(self.0.clone(), address.clone()))
    }

    fn ask(&self, address: &Url) -> impl Future<Output = Echo> + Send {
        super::bosh::ask(&self.0, address)
    }
}
