use std::fmt::Display;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use jid::{BareJid, Jid};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::fleet::{Fleet, StartError, account};
use super::mac::{Mac, macs};
use super::profile::Profile;
use super::quirks::Quirk;
use super::settings::Settings;

/// Command line of `nocgate simulate`.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// BOSH address of the XMPP server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:5280/http-bind")]
    bosh_url: Url,
    /// XMPP domain
    #[arg(long, default_value = "nocgate.test")]
    domain: String,
    /// Password of all accounts
    #[arg(long, env = "NOCGATE_SIMULATOR_PASSWORD", hide_env_values = true, value_parser = secret)]
    #[arg(required_unless_present = "list_accounts")]
    password: Option<SecretString>,
    /// Number of SmartServers
    #[arg(long, default_value_t = 5, value_name = "COUNT")]
    smartservers: usize,
    /// Data points of each SmartServer
    #[arg(long, default_value_t = 100, value_name = "COUNT")]
    points: usize,
    /// MAC ID of the first SmartServer; the others follow
    #[arg(long, default_value_t = Mac::FIRST, value_name = "MAC")]
    first_mac: Mac,
    /// Kind of values
    #[arg(long, value_enum, default_value_t = Profile::Demo)]
    profile: Profile,
    /// Entries that each data log begins with; without it 2000 in the demo profile, and no logs in the other
    #[arg(long, value_name = "COUNT")]
    log_entries: Option<usize>,
    /// Days that the demo profile has been at work already: data logs and alarm logs begin with those of so many
    #[arg(long, default_value_t = 0, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(..=366))]
    history_days: u32,
    /// How many SmartServers of the demo profile have an alarm that waits for somebody
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    alarms: usize,
    /// Makes values differ from those of another fleet
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// JID that changes are pushed to; of a bare one the resource is learnt from what it sends first
    #[arg(long, value_name = "JID")]
    push_to: Option<Jid>,
    /// Seconds between pushes
    #[arg(long, default_value_t = 10, value_name = "SECONDS")]
    push_every: u64,
    /// How many points of each SmartServer are pushed
    #[arg(long, default_value_t = 10, value_name = "COUNT")]
    push_points: usize,
    /// How many SmartServers do not log in
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    offline: usize,
    /// How many SmartServers answer slowly
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    slow: usize,
    /// Milliseconds that a slow SmartServer takes
    #[arg(long, default_value_t = 5000, value_name = "MS")]
    slow_by: u64,
    /// How many points of each SmartServer have never been polled
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    never_polled: usize,
    /// How many SmartServers have a device that cannot be reached
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    unreachable_devices: usize,
    /// How all SmartServers differ from the manual, joined by commas
    #[arg(long, value_enum, value_delimiter = ',', value_name = "QUIRK")]
    quirks: Vec<Quirk>,
    /// File that gets a JSON line for each request
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Print the JIDs of the accounts that are needed, one a line, and end
    #[arg(long)]
    list_accounts: bool,
}

impl Args {
    /// The fleet asked for.
    pub fn settings(&self) -> Settings {
        Settings {
            bosh_url: self.bosh_url.clone(),
            domain: self.domain.clone(),
            password: self.password.clone().unwrap_or_default(),
            count: self.smartservers,
            points: self.points,
            first_mac: self.first_mac,
            profile: self.profile,
            log_entries: self.log_entries,
            history_days: self.history_days,
            alarms: self.alarms,
            seed: self.seed,
            push_to: self.push_to.clone(),
            push_every: Duration::from_secs(self.push_every.max(1)),
            push_points: self.push_points,
            offline: self.offline,
            slow: self.slow,
            slow_by: Duration::from_millis(self.slow_by),
            never_polled: self.never_polled,
            unreachable_devices: self.unreachable_devices,
            quirks: self.quirks.clone(),
            journal: self.journal.clone(),
            tap: None,
        }
    }

    /// Accounts that the fleet needs on the XMPP server.
    ///
    /// # Errors
    /// [`StartError::Domain`] when the domain is none.
    pub fn accounts(&self) -> Result<Vec<BareJid>, StartError> {
        macs(self.first_mac, self.smartservers).into_iter().map(|mac| account(mac, &self.domain)).collect()
    }
}

fn secret(text: &str) -> Result<SecretString, std::convert::Infallible> {
    Ok(text.into())
}

/// Simulates a fleet until `shutdown` is cancelled. Prints the JIDs that log in, one a line, then
/// a line when all of them are online.
///
/// # Errors
/// [`StartError`] when the fleet cannot be started.
pub async fn run(args: &Args, shutdown: CancellationToken) -> Result<(), StartError> {
    if args.list_accounts {
        args.accounts()?.iter().for_each(|account| say(account));
        return Ok(());
    }
    let fleet = Fleet::start(&args.settings())?;
    fleet.smartservers().iter().filter(|s| s.is_switched_on()).for_each(|s| say(s.jid()));
    tokio::select! {
        () = fleet.online() => say(&"all SmartServers are online"),
        () = shutdown.cancelled() => {}
    }
    shutdown.cancelled().await;
    fleet.stop().await;
    Ok(())
}

/// Prints a line; a reader that went away is no failure.
fn say(line: &dyn Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        args: Args,
    }

    fn parse(args: &[&str]) -> Result<Args, clap::Error> {
        Cli::try_parse_from([&["simulate"], args].concat()).map(|cli| cli.args)
    }

    #[test]
    fn accounts_are_listed_without_a_password() {
        let args =
            parse(&["--list-accounts", "--smartservers", "2", "--first-mac", "00-D0-71-00-00-FF"]).unwrap();
        let accounts: Vec<String> = args.accounts().unwrap().iter().map(BareJid::to_string).collect();
        assert_eq!(accounts, ["00-d0-71-00-00-ff@nocgate.test", "00-d0-71-00-01-00@nocgate.test"]);
    }

    #[test]
    fn settings_are_what_the_command_line_says() {
        let line = [
            "--password",
            "s3cret",
            "--profile",
            "deterministic",
            "--push-to",
            "noc@nocgate.test",
            "--slow",
            "1",
            "--quirks",
            "short-offsets,cut-faults",
        ];
        let args = parse(&line).unwrap();
        let settings = args.settings();
        assert_eq!((settings.count, settings.points, settings.slow), (5, 100, 1));
        assert_eq!(settings.profile, Profile::Deterministic);
        assert_eq!(settings.quirks, [Quirk::ShortOffsets, Quirk::CutFaults]);
        assert_eq!(settings.push_to.unwrap().to_string(), "noc@nocgate.test");
        assert!(!format!("{args:?}").contains("s3cret"));
    }

    #[test]
    fn nonsense_is_refused() {
        for line in [
            ["--first-mac", "1"],
            ["--push-to", "@"],
            ["--profile", "x"],
            ["--bosh-url", "x"],
            ["--quirks", "odd"],
        ] {
            assert!(parse(&[&["--password", "x"], line.as_slice()].concat()).is_err(), "{line:?}");
        }
    }
}
