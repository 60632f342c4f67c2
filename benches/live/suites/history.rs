//! What remembering costs: readings into SQLite through the store, beside a bare multi-row insert of the same
//! rows into the same tables; one point's month at 500 buckets, beside counting the same rows; and bytes.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use nocgate::domain::{DataPointId, HistoryRow, HistorySource, Quality, SeriesId, SmartServerId, Value};
use nocgate::store::{MasterKey, NewSeries, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection as _, QueryBuilder};
use tokio::time::Instant;

use super::Folder;
use crate::args::Args;
use crate::report::{Spread, Table};

/// A reading a minute for a month.
const MONTH: usize = 30 * 24 * 60;
const MINUTE_MS: i64 = 60_000;
/// 2026-05-01.
const BEGIN_MS: i64 = 1_777_593_600_000;
/// Rows of a turn, of a transaction and of a statement.
const TURN: usize = 50_000;
const TRANSACTION: usize = 5_000;
const STATEMENT: usize = 1_000;
const BUCKETS: i64 = 500;
/// Queries of each side.
const QUERIES: usize = 21;
const KEY: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub(super) async fn run(args: &Args, folder: &Folder) -> anyhow::Result<()> {
    let readings = usize::try_from(args.readings)?;
    let points = readings.div_ceil(MONTH).max(1);
    println!("\nHistory: {} readings of {points} data points, a reading a minute each", args.readings);
    let path = folder.fresh("history")?;
    let ours = open(&path.join("ours.db")).await?;
    let series = make_series(&ours, points).await?;
    let theirs = open(&path.join("bare.db")).await?;
    theirs.close().await;
    let mut bare = connect(&path.join("bare.db")).await?;

    let rows_per_second = fill(readings, &ours, &mut bare, &series).await?;
    print_inserts(&rows_per_second);
    let mut reader = connect(&path.join("ours.db")).await?;
    let (month, count) = query(&ours, &mut reader, series[points / 2]).await?;
    print_queries(&month, &count);

    reader.close().await?;
    bare.close().await?;
    ours.close().await;
    for name in ["ours", "bare"] {
        let bytes = std::fs::metadata(path.join(format!("{name}.db")))?.len();
        println!("  {name}: {:.1} bytes on disk a reading", bytes as f64 / args.readings as f64);
    }
    Ok(())
}

async fn open(path: &Path) -> anyhow::Result<Store> {
    Ok(Store::open(&format!("sqlite:{}", path.display()), MasterKey::from_text(KEY)?).await?)
}

/// As durable as the store's.
async fn connect(path: &Path) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    Ok(SqliteConnection::connect_with(&options).await?)
}

async fn make_series(store: &Store, points: usize) -> anyhow::Result<Vec<SeriesId>> {
    let smartserver_id = SmartServerId::new();
    let new = |n: usize| -> anyhow::Result<NewSeries> {
        let name = format!("Net/LON/Device 1/Block[0]/nvoTemp_{n}").parse()?;
        Ok(NewSeries { smartserver_id, name, data_point_id: DataPointId::new() })
    };
    let new = (0..points).map(new).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(store.series().make(&new).await?.into_iter().map(|series| series.id).collect())
}

/// Rows per second of both sides, turn by turn.
async fn fill(
    readings: usize,
    ours: &Store,
    bare: &mut SqliteConnection,
    series: &[SeriesId],
) -> anyhow::Result<[Vec<f64>; 2]> {
    let mut figures = [const { Vec::new() }; 2];
    for turn in 0..readings.div_ceil(TURN) {
        let numbers = turn * TURN..((turn + 1) * TURN).min(readings);
        let rows: Vec<HistoryRow> = numbers.map(|n| row(n, series)).collect::<anyhow::Result<_>>()?;
        let bare_first = turn % 2 == 1;
        for is_bare in [bare_first, !bare_first] {
            let began = Instant::now();
            if is_bare {
                insert_bare(bare, &rows).await?;
            } else {
                for rows in rows.chunks(TRANSACTION) {
                    let added = ours.history().insert(rows).await?;
                    ensure!(added == rows.len() as u64, "{added} of {} readings are new", rows.len());
                }
            }
            figures[usize::from(is_bare)].push(rows.len() as f64 / began.elapsed().as_secs_f64());
        }
    }
    Ok(figures)
}

/// As it comes: all points in turn, minute by minute.
fn row(n: usize, series: &[SeriesId]) -> anyhow::Result<HistoryRow> {
    let (minute, point) = (n / series.len(), n % series.len());
    let value = Value::Number(20.0 + ((minute * 7 + point * 13) % 1_000) as f64 / 100.0);
    let at = Timestamp::from_millisecond(BEGIN_MS + minute as i64 * MINUTE_MS + point as i64)?;
    let (quality, source) = (Quality::Good, HistorySource::Poll);
    Ok(HistoryRow { series: series[point], at, value, quality, source })
}

async fn insert_bare(db: &mut SqliteConnection, rows: &[HistoryRow]) -> anyhow::Result<()> {
    for rows in rows.chunks(TRANSACTION) {
        let mut transaction = db.begin().await?;
        for rows in rows.chunks(STATEMENT) {
            let mut query =
                QueryBuilder::new("INSERT INTO history (series, at, number, text, quality, source) ");
            query.push_values(rows, |mut tuple, row| {
                let number = if let Value::Number(number) = row.value { Some(number) } else { None };
                tuple.push_bind(row.series.0).push_bind(row.at.as_millisecond()).push_bind(number);
                tuple.push_bind(None::<String>).push_bind(0_i16).push_bind(1_i16);
            });
            query.build().persistent(rows.len() == STATEMENT).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
    }
    Ok(())
}

/// Milliseconds of both queries, in turns.
async fn query(
    ours: &Store,
    reader: &mut SqliteConnection,
    series: SeriesId,
) -> anyhow::Result<(Vec<f64>, Vec<f64>)> {
    let (mut month, mut count) = (Vec::new(), Vec::new());
    let span = month_span()?;
    let resolution = MONTH as i64 * MINUTE_MS / BUCKETS;
    for _ in 0..QUERIES {
        let (buckets, took) = timed(ours.history().buckets(series, span.clone(), resolution)).await;
        let buckets = buckets?;
        month.push(took);
        let counted =
            sqlx::query_scalar("SELECT COUNT(*) FROM history WHERE series = ? AND at >= ? AND at < ?")
                .bind(series.0)
                .bind(span.start.as_millisecond())
                .bind(span.end.as_millisecond())
                .fetch_one(&mut *reader);
        let (counted, took) = timed(counted).await;
        let counted: i64 = counted?;
        count.push(took);
        let sum: u64 = buckets.iter().map(|bucket| bucket.count).sum();
        ensure!(i64::try_from(sum)? == counted, "{sum} readings in buckets, {counted} in the table");
    }
    Ok((month, count))
}

fn month_span() -> anyhow::Result<Range<Timestamp>> {
    let from = Timestamp::from_millisecond(BEGIN_MS)?;
    let length = Duration::from_millis(u64::try_from(MINUTE_MS)?) * u32::try_from(MONTH)?;
    Ok(from..from.checked_add(length).context("the end of the month")?)
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, f64) {
    let began = Instant::now();
    let done = work.await;
    (done, began.elapsed().as_secs_f64() * 1e3)
}

fn print_inserts([ours, bare]: &[Vec<f64>; 2]) {
    let mut table = Table::new(&["into SQLite by", "readings/s", "of bare"]);
    for (name, figures) in [("bare multi-row insert", bare), ("nocgate's store", ours)] {
        table.row([name.to_owned(), spread(figures), ratio(figures, bare)]);
    }
    table.print();
}

fn print_queries(month: &[f64], count: &[f64]) {
    let mut table = Table::new(&["one point's month", "ms", "of plain count"]);
    for (name, figures) in [("plain count of its rows", count), ("500 buckets by nocgate", month)] {
        let ms = Spread::of(figures.iter().copied());
        table.row([name.to_owned(), format!("{ms:.2}"), ratio(figures, count)]);
    }
    table.print();
}

fn spread(figures: &[f64]) -> String {
    Spread::of(figures.iter().copied()).to_string()
}

fn ratio(figures: &[f64], base: &[f64]) -> String {
    format!("{:.2}", Spread::of(figures.iter().zip(base).map(|(figure, base)| figure / base)))
}
