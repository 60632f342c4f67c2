use std::time::Duration;

use nocgate::domain::{
    DeviceCommand, DeviceCommandId, DeviceCommandPhase, DeviceOrder, DeviceOutcome, DeviceProgress,
    DeviceReport, SmartServerId, StatusData,
};
use nocgate::store::{Conflict, Store, StoreError};

use super::on_both_engines;
use super::samples::{at, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(
    gives_back_what_was_stored,
    is_stored_once,
    one_command_at_a_time_per_device,
    goes_on_to_an_outcome_that_is_final,
    lists_the_newest_first_a_page_at_a_time,
    outlives_its_smartserver,
    unfinished_commands_are_found_after_a_restart,
);

fn command(smartserver_id: SmartServerId, device: &str, millis: i64) -> DeviceCommand {
    let created_at = at(millis);
    DeviceCommand {
        id: DeviceCommandId::new(),
        smartserver_id,
        device: device.parse().unwrap(),
        order: DeviceOrder::Wink,
        reason: None,
        requested_by: "tests".to_owned(),
        created_at,
        deadline_at: created_at + Duration::from_secs(600),
        progress: DeviceProgress {
            phase: DeviceCommandPhase::Queued,
            outcome: None,
            detail: None,
            report: None,
            shown_before: None,
            updated_at: created_at,
        },
    }
}

fn finished(mut command: DeviceCommand, outcome: DeviceOutcome, millis: i64) -> DeviceCommand {
    command.progress.phase = DeviceCommandPhase::Finished;
    command.progress.outcome = Some(outcome);
    command.progress.updated_at = at(millis);
    command
}

async fn store_all(store: &Store, commands: &[&DeviceCommand]) {
    for command in commands {
        store.device_commands().insert(command).await.unwrap();
    }
}

async fn gives_back_what_was_stored(db: &TestDatabase) {
    let store = db.open().await;
    let id = SmartServerId::new();
    let status = StatusData { transmit_errors: Some(3), ..StatusData::default() };
    for (n, order) in
        [DeviceOrder::Wink, DeviceOrder::QueryStatus, DeviceOrder::FetchProgramId].into_iter().enumerate()
    {
        let mut stored = command(id, &format!("Net/LON/Pumpe ü[{n}]"), 1);
        (stored.order, stored.reason) = (order, Some("where is it?".to_owned()));
        stored = finished(stored, DeviceOutcome::Done, 2);
        stored.progress.detail = Some("d".to_owned());
        stored.progress.report = Some(DeviceReport::Status(status.clone()));
        stored.progress.shown_before = Some("STATUS_DONE 2012".to_owned());
        store.device_commands().insert(&stored).await.unwrap();
        assert_eq!(store.device_commands().get(stored.id).await.unwrap(), Some(stored));
    }
    assert_eq!(store.device_commands().get(DeviceCommandId::new()).await.unwrap(), None);
}

async fn is_stored_once(db: &TestDatabase) {
    let store = db.open().await;
    let first = command(SmartServerId::new(), "Net/LON/a", 1);
    store_all(&store, &[&first]).await;
    let again = DeviceCommand { device: "Net/LON/b".parse().unwrap(), ..first.clone() };
    let error = store.device_commands().insert(&again).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::DeviceCommand)), "{error}");
    assert_eq!(store.device_commands().get(first.id).await.unwrap(), Some(first));
}

async fn one_command_at_a_time_per_device(db: &TestDatabase) {
    let store = db.open().await;
    let (here, there) = (SmartServerId::new(), SmartServerId::new());
    let first = command(here, "Net/LON/a", 1);
    store_all(&store, &[&first, &command(here, "Net/LON/b", 1), &command(there, "Net/LON/a", 1)]).await;
    let second = command(here, "Net/LON/a", 2);
    let error = store.device_commands().insert(&second).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(Conflict::DeviceBusy)), "{error}");
    let done = finished(first, DeviceOutcome::Failed, 3);
    assert!(store.device_commands().advance(done.id, &done.progress).await.unwrap());
    store_all(&store, &[&second]).await;
}

async fn goes_on_to_an_outcome_that_is_final(db: &TestDatabase) {
    let store = db.open().await;
    let mut expected = command(SmartServerId::new(), "Net/LON/a", 1);
    let commands = store.device_commands();
    commands.insert(&expected).await.unwrap();
    for (phase, millis) in [(DeviceCommandPhase::Sent, 2), (DeviceCommandPhase::Pending, 3)] {
        expected.progress.phase = phase;
        expected.progress.shown_before = Some("STATUS_FAIL".to_owned());
        expected.progress.updated_at = at(millis);
        assert!(commands.advance(expected.id, &expected.progress).await.unwrap());
        assert_eq!(commands.get(expected.id).await.unwrap().as_ref(), Some(&expected));
    }
    let done = finished(expected.clone(), DeviceOutcome::Unknown, 4);
    assert!(commands.advance(done.id, &done.progress).await.unwrap());
    let again = finished(expected, DeviceOutcome::Done, 5);
    assert!(!commands.advance(again.id, &again.progress).await.unwrap());
    assert_eq!(commands.get(done.id).await.unwrap(), Some(done));
    assert!(!commands.advance(DeviceCommandId::new(), &again.progress).await.unwrap());
}

async fn lists_the_newest_first_a_page_at_a_time(db: &TestDatabase) {
    let store = db.open().await;
    let id = SmartServerId::new();
    // Two of the same millisecond.
    let mut all: Vec<_> = [1, 2, 2, 3]
        .iter()
        .enumerate()
        .map(|(n, millis)| command(id, &format!("Net/{n}"), *millis))
        .collect();
    store_all(&store, &all.iter().collect::<Vec<_>>()).await;
    store_all(&store, &[&command(SmartServerId::new(), "Net/0", 9)]).await;
    all.sort_by_key(|command| std::cmp::Reverse((command.created_at, command.id.to_string())));
    let (mut before, mut found) = (None, Vec::new());
    loop {
        let page = store.device_commands().of_smartserver(id, before, 1).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some((last.created_at, last.id));
        found.extend(page);
    }
    assert_eq!(found, all);
    assert_eq!(store.device_commands().of_smartserver(id, None, 100).await.unwrap(), all);
}

async fn outlives_its_smartserver(db: &TestDatabase) {
    let store = db.open().await;
    let smartserver = stored_smartserver(&store, "00D071000001").await;
    let stored = command(smartserver.id, "Net/LON/a", 1);
    store_all(&store, &[&stored]).await;
    store.smartservers().delete(smartserver.id).await.unwrap();
    assert_eq!(store.device_commands().get(stored.id).await.unwrap(), Some(stored));
}

async fn unfinished_commands_are_found_after_a_restart(db: &TestDatabase) {
    let store = db.open().await;
    let id = SmartServerId::new();
    let (late, early) = (command(id, "Net/b", 2), command(id, "Net/a", 1));
    let done = finished(command(id, "Net/c", 1), DeviceOutcome::NotSent, 2);
    store_all(&store, &[&late, &early, &done]).await;
    // Not closed: as after a crash.
    let store = db.open().await;
    assert_eq!(store.device_commands().list_unfinished().await.unwrap(), [early, late]);
}
