use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jid::{BareJid, FullJid};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::agent;
use super::behaviour::Behaviour;
use super::handle::Handle;
use super::journal::Journal;
use super::mac::{Mac, macs};
use super::plan::Plan;
use super::profile::{Past, plans, raise_alarm};
use super::settings::Settings;
use super::shape::Shape;
use super::shared::{Shared, WebConnection};
use super::unit::Unit;
use crate::xmpp::{Account, Common};

/// Resource that SmartServers bind.
pub const RESOURCE: &str = "ilon";
/// SmartServers that log in at the same time: many more than one gateway's identities do, since in the
/// field each is a machine of its own.
const LOGINS_AT_ONCE: usize = 64;

/// How long the alarm of the first SmartServer has waited for somebody at the start, in a fleet that has been
/// at work before. Those of others have waited longer.
const ALARMS_FOR: SignedDuration = SignedDuration::from_mins(40);

/// Many simulated SmartServers in one process. Stops when it is dropped; [`Fleet::stop`] stops it
/// in good order.
#[derive(Debug)]
pub struct Fleet {
    smartservers: Vec<Handle>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Why a fleet does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The XMPP domain is none.
    #[error("{0:?} is not an XMPP domain")]
    Domain(String),
    /// The journal cannot be opened.
    #[error("the journal {path} cannot be opened")]
    Journal {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Fleet {
    /// Starts all SmartServers of `settings`, on the runtime of the caller; they log in on their
    /// own.
    ///
    /// # Errors
    /// [`StartError`]
    pub fn start(settings: &Settings) -> Result<Fleet, StartError> {
        let journal = settings.journal.as_deref().map(open).transpose()?.map(Arc::new);
        let past = Past { entries: settings.log_entries, days: settings.history_days };
        let plans = plans(settings.profile, settings.points, past);
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        let common = Common::new(LOGINS_AT_ONCE, Vec::new());
        let mut smartservers = Vec::new();
        for (n, mac) in macs(settings.first_mac, settings.count).into_iter().enumerate() {
            let plan = Arc::clone(&plans[n % plans.len()]);
            let mut unit = live(mac, plan, n, settings);
            trouble(&mut unit, n, settings);
            let account = login(mac, settings)?;
            let jid = full(&account.jid, &settings.domain)?;
            let (web, journal, common) = (web_connection(settings), journal.clone(), Arc::clone(&common));
            let shared =
                Arc::new(Shared::new(unit, account, jid, web, (journal, settings.tap.clone()), common));
            let handle = Handle::new(Arc::clone(&shared));
            behave(&handle, n, settings);
            tasks.spawn(agent::run(shared, tasks.clone(), stop.clone()));
            smartservers.push(handle);
        }
        Ok(Fleet { smartservers, tasks, stop })
    }

    /// All SmartServers, by rising MAC ID.
    pub fn smartservers(&self) -> &[Handle] {
        &self.smartservers
    }

    /// The SmartServer with this MAC ID.
    pub fn smartserver(&self, mac: Mac) -> Option<&Handle> {
        self.smartservers.iter().find(|handle| handle.mac() == mac)
    }

    /// Waits until every SmartServer that is switched on is online.
    pub async fn online(&self) {
        for handle in self.smartservers.iter().filter(|handle| handle.is_switched_on()) {
            handle.online().await;
        }
    }

    /// Logs all SmartServers out and waits until nothing of them runs.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn open(path: &Path) -> Result<Journal, StartError> {
    Journal::open(path).map_err(|source| StartError::Journal { path: path.to_owned(), source })
}

/// The account of the SmartServer with this MAC ID.
pub(super) fn account(mac: Mac, domain: &str) -> Result<BareJid, StartError> {
    BareJid::new(&format!("{mac}@{domain}")).map_err(|_| StartError::Domain(domain.to_owned()))
}

fn full(account: &BareJid, domain: &str) -> Result<FullJid, StartError> {
    account.with_resource_str(RESOURCE).map_err(|_| StartError::Domain(domain.to_owned()))
}

fn login(mac: Mac, settings: &Settings) -> Result<Account, StartError> {
    Ok(Account {
        jid: account(mac, &settings.domain)?,
        resource: RESOURCE.to_owned(),
        password: settings.password.clone(),
        addresses: vec![settings.bosh_url.clone()],
        plain_on_loopback: true,
        ca_pem: None,
    })
}

fn web_connection(settings: &Settings) -> Option<WebConnection> {
    let to = settings.push_to.clone()?;
    Some(WebConnection { to, every: settings.push_every, points: settings.push_points })
}

/// SmartServer `n` as it has become in the days before the start.
fn live(mac: Mac, plan: Arc<Plan>, n: usize, settings: &Settings) -> Unit {
    let now = Timestamp::now();
    let days = SignedDuration::from_hours(24 * i64::from(settings.history_days));
    let mut unit = Unit::new(mac, plan, settings.seed, now - days);
    let raised = now - days.min(ALARMS_FOR * (1 + 6 * n.min(9) as i32));
    if !days.is_zero() {
        unit.pass(raised);
    }
    if n < settings.alarms {
        raise_alarm(settings.profile, &mut unit, raised);
    }
    if !days.is_zero() {
        unit.pass(now);
    }
    unit
}

/// What is wrong with the devices of SmartServer `n`. Points whose look before the first poll is
/// known are the first to have none behind them.
fn trouble(unit: &mut Unit, n: usize, settings: &Settings) {
    let known = |point: &usize| match unit.config(*point).shape() {
        Shape::Float(_) => true,
        Shape::Scaled(scale) => scale.signed && scale.size == 2,
        _ => false,
    };
    let (first, last): (Vec<usize>, Vec<usize>) = unit.all().into_iter().partition(known);
    first.into_iter().chain(last).take(settings.never_polled).for_each(|point| unit.forget(point));
    if n < settings.unreachable_devices {
        unit.unreachable.extend(unit.plan.devices.len().checked_sub(1));
    }
}

/// What is wrong with SmartServer `n` itself.
fn behave(handle: &Handle, n: usize, settings: &Settings) {
    let from_last = settings.count - 1 - n;
    let mut behaviour = Behaviour::default();
    if from_last < settings.offline {
        handle.switch_off();
    } else if from_last < settings.offline + settings.slow {
        behaviour = Behaviour::slow(settings.slow_by);
    }
    handle.set_behaviour(settings.quirks.iter().fold(behaviour, |behaviour, quirk| behaviour.with(*quirk)));
}
