use nocgate::domain::{DataPointName, GapReason, GapState, HistoryGap, HistoryGapId};
use nocgate::store::NewGap;

use super::on_both_engines;
use super::samples::{at, stored_smartserver};
use crate::harness::database::TestDatabase;

on_both_engines!(a_gap_is_replaced_by_what_it_has_come_to, the_latest_gaps_come_first_in_pages);

async fn a_gap_is_replaced_by_what_it_has_come_to(db: &TestDatabase) {
    let store = db.open().await;
    let ours = stored_smartserver(&store, "A").await.id;
    let (from, to, reason) = (at(10), Some(at(20)), GapReason::Asked);
    let gap =
        store.gaps().open(NewGap { smartserver_id: ours, from, to, reason, detail: None }).await.unwrap();
    let name = |text: &str| -> DataPointName { format!("Net/LON/\"D\" 1/Block[0]/{text}").parse().unwrap() };
    let filled =
        HistoryGap { state: GapState::Filled, points: Some(vec![name("a"), name("b")]), ..gap.clone() };
    let left = HistoryGap {
        id: HistoryGapId::new(),
        state: GapState::Unfillable,
        to: Some(at(12)),
        detail: Some("no data logger".into()),
        points: Some(vec![name("c")]),
        ..gap.clone()
    };
    for _ in 0..2 {
        store.gaps().replace(gap.id, &[filled.clone(), left.clone()]).await.unwrap();
        let mut found = store.gaps().of_smartserver(ours, at(0)..at(99)).await.unwrap();
        found.sort_by_key(|gap| gap.id);
        assert_eq!(found, [filled.clone(), left.clone()]);
        store.gaps().replace(left.id, &[]).await.unwrap();
    }
    assert!(left.is_of(&name("c")) && !filled.is_of(&name("c")) && gap.is_of(&name("c")));
    assert_eq!(store.gaps().unfinished().await.unwrap(), []);
}

async fn the_latest_gaps_come_first_in_pages(db: &TestDatabase) {
    let store = db.open().await;
    let ours = stored_smartserver(&store, "A").await.id;
    let theirs = stored_smartserver(&store, "B").await.id;
    for (smartserver_id, from) in [(ours, 5), (ours, 9), (theirs, 7), (ours, 5), (ours, 1)] {
        let (from, to, reason) = (at(from), None, GapReason::Offline);
        store.gaps().open(NewGap { smartserver_id, from, to, reason, detail: None }).await.unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.gaps().newest(ours, after, 1).await.unwrap();
        let Some(gap) = page.first() else { break };
        after = Some((gap.from, gap.id));
        seen.push(gap.clone());
    }
    assert_eq!(seen.iter().map(|gap| gap.from).collect::<Vec<_>>(), [at(9), at(5), at(5), at(1)]);
    assert_ne!(seen[1].id, seen[2].id);
}
