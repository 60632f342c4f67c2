mod book;
mod echo;
mod sender;
mod sync;

use std::cell::RefCell;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::{Instant, timeout};

use super::Folder;
use super::stage::{NOC, RAW_TCP, start_of};
use crate::args::Args;
use crate::c2s::C2s;
use crate::field::{self, DOMAIN};
use crate::fleet::{Files, Nature, point_name, value};
use crate::gateway::Gateway;
use crate::report::{Failures, Spread, Table};
use crate::sse::Events;
use crate::xmpp_server::{ServerKind, XmppServer};
use book::Book;
use sender::{Pace, Run, Sender};

/// SmartServers that push.
const SENDERS: usize = 64;
/// Pushes in a second, where they are few.
const FEW: u32 = 50;
/// How long the last events of a run may take.
const PATIENCE: Duration = Duration::from_secs(30);
const ECHO: &str = "echo";

pub(super) async fn run(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    println!("\nPushes of {SENDERS} SmartServers on {}, one value each, beside bare iqs", kind.name());
    LocalSet::new().run_until(measured(args, kind, folder, failures)).await
}

async fn measured(
    args: &Args,
    kind: ServerKind,
    folder: &Folder,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    let path = folder.fresh("push")?;
    let server = XmppServer::start(kind, args.server_core, &path).await?;
    server.register((0..SENDERS).map(field::user).chain([NOC, RAW_TCP].map(str::to_owned))).await?;
    let nature = Nature::new(&Files::of(&path), true)?;
    let logins = (0..SENDERS).map(|number| Sender::login(server.c2s_port, number, &nature));
    let mut senders = try_join_all(logins).await?;
    spawn_local(echo::serve(C2s::login(server.c2s_port, RAW_TCP, ECHO).await?));
    let mut gateway = Gateway::start(&start_of(args, path.join("gateway"))).await?;
    let identity = gateway.add_identity(&server, NOC).await?;
    gateway.until_online(1).await?;
    gateway.register(&identity, SENDERS).await?;
    gateway.until_inventories(SENDERS).await?;
    let mut events = Events::open(gateway.port, &gateway.get("/events?kinds=reading")).await?;
    let ours = gateway.session_jid(&identity).await?;
    let bare = format!("{RAW_TCP}@{DOMAIN}/{ECHO}");

    let mut table = Table::new(&["rate", "what", "1/s", "p50 ms", "p99 ms", "of bare iq: p50", "p99"]);
    let window = args.window() * 2;
    for (name, pace) in [("few", Pace::Modest(FEW)), ("many", Pace::Volume)] {
        let mut samples = [const { Vec::new() }; 3];
        for _ in 0..args.rounds {
            let to = [(bare.clone(), false), (ours.clone(), true)];
            for (place, (to, is_push)) in to.into_iter().enumerate() {
                let run = Run { to, is_push, pace, window };
                let book = exchange(&mut senders, &run, &mut events).await?;
                let who = if is_push { "push" } else { "bare iq" };
                failures.note_answers(who, book.failures, book.first_failure.as_deref());
                samples[place].push(Latencies::of(book.answered, window));
                if is_push {
                    samples[2].push(Latencies::of(book.told, window));
                }
            }
        }
        let [bare, answered, told] = samples;
        table.row(row(name, "bare iq answered", &bare, &bare));
        table.row(row(name, "push answered", &answered, &bare));
        table.row(row(name, "push told", &told, &bare));
    }
    table.print();
    check_latest(&senders, &mut gateway, failures).await?;
    println!(
        "  A push is told to a listener over SSE, and answered once it is stored. Writing 4 KiB and syncing it \
         takes {} here.",
        sync::cost(&path)?
    );
    Ok(())
}

/// Lets all senders send, and waits until everything is answered and told.
async fn exchange(senders: &mut [Sender], run: &Run, events: &mut Events) -> anyhow::Result<Book> {
    let (book, count) = (RefCell::new(Book::default()), senders.len());
    let all = try_join_all(senders.iter_mut().map(|sender| sender.send(run, count, &book)));
    tokio::select! {
        sent = all => drop(sent?),
        ended = listen(events, &book) => ended?,
    }
    while !book.borrow().is_settled() {
        let told = async {
            let event = events.next().await?;
            anyhow::Ok((event, Instant::now()))
        };
        let Ok(next) = timeout(PATIENCE, told).await else {
            book.borrow_mut().give_up();
            break;
        };
        let (event, at) = next?;
        note_event(&event.name, &event.data, at, &book)?;
    }
    Ok(book.into_inner())
}

async fn listen(events: &mut Events, book: &RefCell<Book>) -> anyhow::Result<()> {
    loop {
        let event = events.next().await?;
        note_event(&event.name, &event.data, Instant::now(), book)?;
    }
}

fn note_event(name: &str, data: &str, at: Instant, book: &RefCell<Book>) -> anyhow::Result<()> {
    if name == "gap" {
        book.borrow_mut().failed(format!("events were missed: {data}"));
        return Ok(());
    }
    ensure!(name == "reading", "an event {name} came, which was not asked for");
    let reading: Value = serde_json::from_str(data)?;
    book.borrow_mut().told(reading["raw"].as_str().context("no raw value")?, at);
    Ok(())
}

/// Checks that the gateway holds what was pushed last.
async fn check_latest(
    senders: &[Sender],
    gateway: &mut Gateway,
    failures: &mut Failures,
) -> anyhow::Result<()> {
    let points = gateway.pages("/data-points?limit=1000").await?;
    let holds = |sender: &Sender| {
        let (number, point, count) = sender.latest();
        let (key, name) = (field::user(number), point_name(point));
        let held = points.iter().find(|held| held["smartserver"] == key && held["name"] == name);
        match held {
            Some(held) if held["reading"]["raw"] == value(number, point, count).to_string().as_str() => {
                Ok(())
            }
            _ => bail!("the last push of {key} is not held: {held:?}"),
        }
    };
    let wrong: Vec<_> = senders.iter().filter_map(|sender| holds(sender).err()).collect();
    let first = wrong.first().map(ToString::to_string);
    failures.note_answers("push", wrong.len() as u64, first.as_deref());
    Ok(())
}

/// Latencies of a run.
struct Latencies {
    /// In ascending order.
    all: Vec<Duration>,
    per_second: f64,
}

impl Latencies {
    fn of(mut all: Vec<Duration>, window: Duration) -> Latencies {
        all.sort_unstable();
        let per_second = all.len() as f64 / window.as_secs_f64();
        Latencies { all, per_second }
    }

    fn ms(&self, part: f64) -> f64 {
        let last = self.all.len().saturating_sub(1);
        let at = self.all.get((last as f64 * part).round() as usize);
        at.map_or(f64::NAN, |latency| latency.as_secs_f64() * 1e3)
    }
}

fn row(rate: &str, what: &str, ours: &[Latencies], bare: &[Latencies]) -> Vec<String> {
    let spread = |figure: &dyn Fn(&Latencies) -> f64| Spread::of(ours.iter().map(figure));
    let ratio =
        |part: f64| Spread::of(ours.iter().zip(bare).map(|(ours, bare)| ours.ms(part) / bare.ms(part)));
    vec![
        rate.to_owned(),
        what.to_owned(),
        spread(&|sample| sample.per_second).to_string(),
        format!("{:.2}", spread(&|sample| sample.ms(0.5))),
        format!("{:.2}", spread(&|sample| sample.ms(0.99))),
        format!("{:.1}", ratio(0.5)),
        format!("{:.1}", ratio(0.99)),
    ]
}
