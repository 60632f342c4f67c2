//! Command line of nocgate.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Args, Parser, Subcommand};
use nocgate::config::{Config, DEFAULT, LogFormat};
use nocgate::domain::ApiKeyId;
use nocgate::{app, gateway, http, shutdown, simulator};
use secrecy::ExposeSecret as _;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

/// Gateway between a network operations centre and SmartServers, over XMPP.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API and the dashboard until SIGINT or SIGTERM
    Serve(ConfigFile),
    /// Print the default configuration, every key with its meaning
    DefaultConfig,
    /// Bring the database's tables up to date and end
    Migrate(ConfigFile),
    /// Make, list and delete API keys
    #[command(subcommand)]
    Key(Key),
    /// Print the OpenAPI document
    Openapi,
    /// Run simulated SmartServers, to try the gateway without real ones
    Simulate(Box<simulator::Args>),
}

#[derive(Args)]
struct ConfigFile {
    /// Configuration file (TOML); NOCGATE__SECTION__KEY variables lie over it
    #[arg(long, env = "NOCGATE_CONFIG")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Key {
    /// Make an API key and print it: it is shown this once
    Create {
        #[command(flatten)]
        file: ConfigFile,
        /// What the key is for; unique
        #[arg(long)]
        name: String,
    },
    /// List API keys: id, name, when made, when last used
    List(ConfigFile),
    /// Delete an API key and the browser sessions opened with it
    Delete {
        #[command(flatten)]
        file: ConfigFile,
        /// Id of the key
        id: ApiKeyId,
    },
}

impl ConfigFile {
    fn load(&self) -> anyhow::Result<Config> {
        let config = Config::load(self.config.as_deref(), environment()).context("configuration")?;
        start_log(&config.log.level, config.log.format)?;
        Ok(config)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", in_words(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, each once, on one line.
fn in_words(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |told, cause| match () {
        () if told.is_empty() => cause,
        () if told.contains(&cause) => told,
        () => format!("{told}: {cause}"),
    })
}

async fn run() -> anyhow::Result<()> {
    app::install_crypto();
    match Cli::parse().command {
        Command::Serve(file) => serve(&file.load()?).await,
        Command::DefaultConfig => print(DEFAULT),
        Command::Migrate(file) => app::open_store(&file.load()?).await.map(drop),
        Command::Key(command) => key(command).await,
        Command::Simulate(args) => simulate(&args).await,
        Command::Openapi => print(&(http::openapi_document().to_pretty_json()? + "\n")),
    }
}

async fn serve(config: &Config) -> anyhow::Result<()> {
    let shutdown = shutdown::on_signals()?;
    let address = config.http.listen;
    let listener = TcpListener::bind(address).await.with_context(|| format!("http.listen {address}"))?;
    app::serve(config, listener, shutdown).await
}

async fn simulate(args: &simulator::Args) -> anyhow::Result<()> {
    start_log("info", LogFormat::Text)?;
    Ok(simulator::run(args, shutdown::on_signals()?).await?)
}

async fn key(command: Key) -> anyhow::Result<()> {
    match command {
        Key::Create { file, name } => {
            let store = app::open_store(&file.load()?).await?;
            let made = gateway::create_api_key(&store, &name).await?;
            print(&format!("{}\n", made.key.expose_secret()))
        }
        Key::List(file) => {
            let store = app::open_store(&file.load()?).await?;
            for key in store.api_keys().list().await? {
                let used =
                    key.last_used_at.map_or("never used".to_owned(), |at| format!("last used {at:.0}"));
                print(&format!("{}  {}  made {:.0}  {used}\n", key.id, key.name, key.created_at))?;
            }
            Ok(())
        }
        Key::Delete { file, id } => Ok(app::open_store(&file.load()?).await?.api_keys().delete(id).await?),
    }
}

/// The environment, but for what is not text: none of our keys could be.
fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Prints to standard output; a reader that went away is no panic.
fn print(text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

/// Logs go to standard error: standard output is for answers.
fn start_log(level: &str, format: LogFormat) -> anyhow::Result<()> {
    // A word alone that is no level would be taken for a module, and everything else be silent.
    let is_known = |part: &str| part.contains('=') || part.trim().parse::<LevelFilter>().is_ok();
    ensure!(
        level.split(',').all(is_known),
        "log.level: error, warn, info, debug, trace or off; module=level"
    );
    let filter = EnvFilter::try_new(level).context("log.level")?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
