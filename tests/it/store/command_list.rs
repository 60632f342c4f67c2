use std::time::Duration;

use jiff::Timestamp;
use nocgate::domain::{Command, CommandId, DataPoint, ListedCommand, Outcome, Phase};
use nocgate::store::{CommandFilter, FinishedItem, Store};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};

use super::on_both_engines;
use super::samples::{at, command, new_point, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    pages_are_exactly_the_commands_that_fit_newest_first,
    counts_speak_of_items_that_are_not_told,
    commands_of_before_are_in_the_lists,
);

/// Points of three SmartServers.
async fn points(store: &Store) -> Vec<DataPoint> {
    let mut points = Vec::new();
    for key in ["a", "b", "c"] {
        let smartserver = stored_smartserver(store, key).await;
        let new: Vec<_> = (0..3).map(|n| new_point(&format!("Net/p{n}"))).collect();
        store.data_points().replace_inventory(smartserver.id, &new).await.unwrap();
        points.extend(store.data_points().of_smartserver(smartserver.id).await.unwrap());
    }
    points
}

/// Commands as they are stored, many at the same time.
async fn stored(store: &Store, points: &[DataPoint], dice: &mut StdRng) -> Vec<Command> {
    let mut all = Vec::new();
    for _ in 0..80 {
        let count = dice.random_range(1..4);
        let some: Vec<_> = points.sample(dice, count).cloned().collect();
        let command = command(&some, at(dice.random_range(0..12)));
        store.commands().insert(&command).await.unwrap();
        if dice.random_bool(0.8) {
            let done = &some[..dice.random_range(0..=some.len())];
            let outcome = [Outcome::Verified, Outcome::Refused][dice.random_range(0..2)];
            let item = |point: &DataPoint| FinishedItem {
                data_point_id: point.id,
                outcome,
                reason: None,
                held_at: None,
                raw: None,
            };
            let done: Vec<_> = done.iter().map(item).collect();
            store.commands().finish(command.id, &done, at(20)).await.unwrap();
        }
        all.push(store.commands().get(command.id).await.unwrap().unwrap());
    }
    all.sort_by_key(|command| std::cmp::Reverse((command.created_at, command.id.to_string())));
    all
}

fn expected(all: &[Command], filter: &CommandFilter) -> Vec<Command> {
    let fits = |command: &&Command| {
        filter.since.is_none_or(|since| command.created_at >= since)
            && filter.until.is_none_or(|until| command.created_at < until)
            && filter.finished.is_none_or(|finished| command.is_finished() == finished)
    };
    let narrowed = all.iter().filter(fits).cloned().map(|mut command| {
        command.items.retain(|item| {
            filter.data_point.is_none_or(|id| item.data_point_id == id)
                && filter.smartserver.is_none_or(|id| item.smartserver_id == id)
        });
        command
    });
    narrowed.filter(|command| !command.items.is_empty()).collect()
}

fn filter(points: &[DataPoint], dice: &mut StdRng) -> CommandFilter {
    let mut maybe = |often: f64| dice.random_bool(often);
    let (a_point, a_smartserver, from, to, fate) =
        (maybe(0.4), maybe(0.4), maybe(0.3), maybe(0.3), maybe(0.5));
    let point = points.choose(dice).unwrap();
    CommandFilter {
        data_point: a_point.then_some(point.id),
        // Now and then not that of the data point.
        smartserver: a_smartserver.then(|| points.choose(dice).unwrap().smartserver_id),
        since: from.then(|| at(dice.random_range(0..14))),
        until: to.then(|| at(dice.random_range(0..14))),
        finished: fate.then(|| dice.random_bool(0.5)),
    }
}

async fn all_pages(store: &Store, filter: &CommandFilter, limit: usize) -> Vec<ListedCommand> {
    let (mut all, mut before) = (Vec::new(), None::<(Timestamp, CommandId)>);
    loop {
        let page = store.commands().list(filter, before, limit).await.unwrap();
        assert!(page.len() <= limit);
        let Some(last) = page.last() else { return all };
        before = Some((last.command.created_at, last.command.id));
        all.extend(page);
    }
}

async fn pages_are_exactly_the_commands_that_fit_newest_first(db: &TestDatabase) {
    let store = db.open().await;
    let seed = rand::rng().next_u64();
    let mut dice = StdRng::seed_from_u64(seed);
    let points = points(&store).await;
    let all = stored(&store, &points, &mut dice).await;
    for _ in 0..40 {
        let filter = filter(&points, &mut dice);
        let limit = dice.random_range(1..30);
        let listed = all_pages(&store, &filter, limit).await;
        let commands: Vec<_> = listed.iter().map(|listed| listed.command.clone()).collect();
        assert_eq!(commands, expected(&all, &filter), "seed {seed}: {filter:?}, {limit} a page");
        for ListedCommand { command, counts } in &listed {
            let whole = all.iter().find(|whole| whole.id == command.id).unwrap();
            let items: usize = counts.iter().map(|count| count.items).sum();
            assert_eq!(items, whole.items.len(), "seed {seed}: {filter:?}");
        }
    }
}

async fn counts_speak_of_items_that_are_not_told(db: &TestDatabase) {
    let store = db.open().await;
    let points = points(&store).await;
    let command = command(&points, at(1));
    store.commands().insert(&command).await.unwrap();
    let done = FinishedItem {
        data_point_id: points[0].id,
        outcome: Outcome::Verified,
        reason: None,
        held_at: None,
        raw: None,
    };
    store.commands().finish(command.id, &[done], at(2)).await.unwrap();
    let filter = CommandFilter { data_point: Some(points[0].id), ..CommandFilter::default() };
    let listed = store.commands().list(&filter, None, 10).await.unwrap();
    let [ListedCommand { command: told, .. }] = &*listed else { panic!("{listed:?}") };
    assert_eq!(told.items.iter().map(|item| item.data_point_id).collect::<Vec<_>>(), [points[0].id]);
    assert!(told.is_finished() && !listed[0].is_finished(), "the others have no outcome");
    let mut counts: Vec<_> = listed[0].counts.iter().map(|c| (c.phase, c.outcome, c.items)).collect();
    counts.sort_by_key(|(.., items)| *items);
    assert_eq!(counts, [(Phase::Finished, Some(Outcome::Verified), 1), (Phase::Queued, None, 8)]);
}

/// As the migration finds them, which cannot be run again here: it takes the time from the command.
async fn commands_of_before_are_in_the_lists(db: &TestDatabase) {
    let store = db.open().await;
    let points = points(&store).await;
    let command = command(&points[..1], at(1) + Duration::from_secs(1));
    store.commands().insert(&command).await.unwrap();
    store.close().await;
    db.execute("UPDATE command_items SET created_at = 0").await;
    let migration = std::fs::read_to_string("migrations/sqlite/0010_activity.sql").unwrap();
    let update = migration.lines().find(|line| line.starts_with("UPDATE")).unwrap();
    assert_eq!(db.execute(update).await, 1);
    let store = db.open().await;
    let filter = CommandFilter { data_point: Some(points[0].id), ..CommandFilter::default() };
    let filter = CommandFilter { since: Some(command.created_at), ..filter };
    let listed = store.commands().list(&filter, None, 10).await.unwrap();
    assert_eq!(listed.into_iter().map(|listed| listed.command).collect::<Vec<_>>(), [command]);
}
