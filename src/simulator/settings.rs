use std::path::PathBuf;
use std::time::Duration;

use jid::Jid;
use secrecy::SecretString;
use url::Url;

use super::mac::Mac;
use super::profile::Profile;
use super::quirks::Quirk;
use super::tap::Tap;

/// A fleet to simulate.
#[derive(Debug, Clone)]
pub struct Settings {
    /// BOSH address of the XMPP server.
    pub bosh_url: Url,
    /// XMPP domain.
    pub domain: String,
    /// Password of all accounts.
    pub password: SecretString,
    /// Number of SmartServers.
    pub count: usize,
    /// Data points of each.
    pub points: usize,
    /// MAC ID of the first; the others follow.
    pub first_mac: Mac,
    /// Kind of values.
    pub profile: Profile,
    /// Entries that each data log begins with. `None` is as the profile has it: 2,000 in the demo; in
    /// the deterministic one no data loggers, alarm generators or alarm notifiers at all.
    pub log_entries: Option<usize>,
    /// Days that SmartServers have been at work before the start: in the demo, data logs and alarm logs begin
    /// with those of so many days. `log_entries` outweighs it.
    pub history_days: u32,
    /// How many SmartServers of the demo, from the first, have an alarm that waits for somebody.
    pub alarms: usize,
    /// Makes values differ from those of another fleet.
    pub seed: u64,
    /// Where changes are pushed. Of a bare JID the resource is learnt from what it sends first.
    pub push_to: Option<Jid>,
    /// Pause between pushes.
    pub push_every: Duration,
    /// How many points of each SmartServer are pushed, from the first output on.
    pub push_points: usize,
    /// How many SmartServers, from the last, do not log in.
    pub offline: usize,
    /// How many SmartServers, after those that are offline, answer slowly.
    pub slow: usize,
    /// How slowly they answer.
    pub slow_by: Duration,
    /// How many points of each SmartServer have never been polled.
    pub never_polled: usize,
    /// How many SmartServers, from the first, have a device that cannot be reached.
    pub unreachable_devices: usize,
    /// How all of them differ from the manual.
    pub quirks: Vec<Quirk>,
    /// File that gets a JSON line for each request.
    pub journal: Option<PathBuf>,
    /// Is shown every request.
    pub tap: Option<Tap>,
}

impl Settings {
    /// One SmartServer with a hundred points and nothing wrong.
    pub fn new(bosh_url: Url, domain: &str, password: SecretString) -> Self {
        Settings {
            bosh_url,
            domain: domain.to_owned(),
            password,
            count: 1,
            points: 100,
            first_mac: Mac::FIRST,
            profile: Profile::Demo,
            log_entries: None,
            history_days: 0,
            alarms: 1,
            seed: 1,
            push_to: None,
            push_every: Duration::from_secs(10),
            push_points: 10,
            offline: 0,
            slow: 0,
            slow_by: Duration::from_secs(5),
            never_polled: 0,
            unreachable_devices: 0,
            quirks: Vec::new(),
            journal: None,
            tap: None,
        }
    }
}
