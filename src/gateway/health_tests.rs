use super::*;

const FAST: Duration = Duration::from_millis(10);
const LATE: Duration = Duration::from_secs(6);

/// A time of a day.
fn at(time: &str) -> Timestamp {
    format!("2026-05-02T{time}Z").parse().unwrap()
}

fn around(time: &str) -> Around<'static> {
    Around { now: at(time), session: None, next_probe_at: None }
}

fn silent() -> GatewayError {
    GatewayError::Deadline { sent: true }
}

fn verdict(tracker: &Tracker, time: &str) -> (HealthState, String) {
    let (state, reason) = tracker.verdict(&around(time));
    assert_eq!(tracker.is_offline(true), state == HealthState::Offline);
    assert_eq!(tracker.health(&around(time), 0).state, state);
    assert_eq!(tracker.state(true, at(time)), state);
    (state, reason)
}

fn state(tracker: &Tracker, time: &str) -> HealthState {
    verdict(tracker, time).0
}

fn failing(tracker: &mut Tracker, time: &str) {
    tracker.failed(at(time), &silent(), Duration::from_secs(30));
}

#[test]
fn three_failures_in_a_row_make_it_offline_and_one_answer_brings_it_back() {
    let mut t = Tracker::default();
    assert_eq!(verdict(&t, "12:00:00"), (HealthState::NeverSeen, "It was not asked anything yet.".into()));
    t.answered(at("12:03:10"), FAST);
    assert_eq!(verdict(&t, "12:03:11"), (HealthState::Online, "It answers.".into()));
    for (time, state, reason) in [
        (
            "12:04:00",
            HealthState::Degraded,
            "The last call failed at 12:04:00 UTC: no answer within the deadline.",
        ),
        (
            "12:04:30",
            HealthState::Degraded,
            "The last 2 calls failed; the last at 12:04:30 UTC: no answer within the deadline.",
        ),
        (
            "12:05:00",
            HealthState::Offline,
            "No answer since 12:03:10 UTC (3 calls failed; the last: no answer within the deadline).",
        ),
    ] {
        failing(&mut t, time);
        assert_eq!(verdict(&t, time), (state, reason.into()));
    }
    let again = Around { next_probe_at: Some(at("12:07:00")), ..around("12:05:01") };
    let health = t.health(&again, 3);
    assert!(health.reason.ends_with("deadline); asked again at 12:07:00 UTC."), "{}", health.reason);
    assert_eq!((health.next_probe_at, health.queued), (Some(at("12:07:00")), 3));
    assert_eq!((health.failures_in_a_row, health.last_failure_at), (3, Some(at("12:05:00"))));
    t.answered(at("12:07:00"), FAST);
    let health = t.health(&around("12:07:01"), 0);
    assert_eq!((health.state, health.failures_in_a_row), (HealthState::Online, 0));
    assert_eq!(health.last_failure_at, Some(at("12:05:00")), "it is still told");
    assert_eq!(health.last_failure.as_deref(), Some("no answer within the deadline"));
}

#[test]
fn one_that_never_answered_says_so() {
    let mut t = Tracker::default();
    for (n, reason) in [
        (1, "It never answered (one call failed: no answer within the deadline)."),
        (2, "It never answered (2 calls failed; the last: no answer within the deadline)."),
    ] {
        failing(&mut t, "12:00:00");
        assert_eq!(verdict(&t, "12:00:00"), (HealthState::NeverSeen, reason.into()), "{n}");
    }
}

#[test]
fn another_day_is_named() {
    let mut t = Tracker::seen_at(Some("2026-05-01T23:59:00Z".parse().unwrap()), None);
    (0..3).for_each(|_| failing(&mut t, "00:01:00"));
    assert!(verdict(&t, "00:02:00").1.starts_with("No answer since 2026-05-01 23:59:00 UTC (3 calls"));
}

#[test]
fn slow_answers_age_out() {
    let mut t = Tracker::default();
    t.answered(at("12:00:00"), LATE);
    let slow = "It answers slowly: one call in twenty takes 6 s or more.";
    assert_eq!(verdict(&t, "12:00:01"), (HealthState::Degraded, slow.into()));
    assert_eq!(state(&t, "12:15:00"), HealthState::Degraded);
    assert_eq!(verdict(&t, "12:15:01"), (HealthState::Online, "It answers.".into()));
    let health = t.health(&around("12:15:01"), 0);
    assert_eq!((health.round_trip_p50, health.round_trip_p95), (None, None));
    // One in twenty may be slow.
    t.answered(at("12:20:00"), LATE);
    (0..18).for_each(|_| t.answered(at("12:20:00"), FAST));
    assert_eq!(state(&t, "12:20:01"), HealthState::Degraded);
    t.answered(at("12:20:00"), FAST);
    assert_eq!(state(&t, "12:20:01"), HealthState::Online);
    // A call that failed is no slow answer.
    failing(&mut t, "12:20:02");
    t.answered(at("12:20:03"), FAST);
    assert_eq!(state(&t, "12:20:04"), HealthState::Online);
}

#[test]
fn presence_is_not_believed_alone() {
    let mut t = Tracker::default();
    t.presence(at("12:00:00"), true);
    let came = "It came to the XMPP server at 12:00:00 UTC and was not asked since.";
    assert_eq!(verdict(&t, "12:00:01"), (HealthState::Online, came.into()));
    t.answered(at("12:00:02"), FAST);
    t.presence(at("12:00:03"), true);
    assert_eq!(verdict(&t, "12:00:04"), (HealthState::Online, "It answers.".into()), "told twice");
    t.presence(at("12:01:00"), false);
    assert_eq!(
        verdict(&t, "12:01:01"),
        (HealthState::Offline, "It left the XMPP server at 12:01:00 UTC.".into())
    );
    t.pushed(at("12:02:00"));
    assert_eq!(t.health(&around("12:02:01"), 0).present, None);
    assert_eq!(state(&t, "12:02:01"), HealthState::Online);
    t.presence(at("12:03:00"), false);
    t.answered(at("12:04:00"), FAST);
    assert_eq!(state(&t, "12:04:01"), HealthState::Online);
}

#[test]
fn a_session_that_is_not_online_outranks_all_else() {
    let mut t = Tracker::default();
    let lost = Around { session: Some("the password was refused"), ..around("12:00:00") };
    assert_eq!(t.verdict(&lost).0, HealthState::NeverSeen);
    t.answered(at("11:00:00"), FAST);
    let reason = "Its identity is not online: the password was refused.";
    assert_eq!(t.verdict(&lost), (HealthState::Offline, reason.into()));
    assert!(t.is_offline(false));
    assert_eq!(t.state(false, lost.now), HealthState::Offline);
}

#[test]
fn an_earlier_run_is_remembered() {
    let t = Tracker::seen_at(None, Some(at("11:00:00")));
    assert_eq!(state(&t, "12:00:00"), HealthState::Online);
    assert_eq!(t.health(&around("12:00:00"), 0).last_push_at, Some(at("11:00:00")));
    assert_eq!(state(&Tracker::seen_at(None, None), "12:00:00"), HealthState::NeverSeen);
}

#[test]
fn the_last_sixty_calls_are_kept() {
    let mut t = Tracker::default();
    failing(&mut t, "12:00:00");
    (0..58).for_each(|_| t.answered(at("12:00:01"), FAST));
    t.answered(at("12:00:02"), LATE);
    let checks = t.checks();
    assert_eq!(checks.len(), 60);
    let failed =
        Check { at: at("12:00:00"), result: CheckResult::Failed, round_trip: Duration::from_secs(30) };
    assert_eq!(checks[0], failed);
    assert_eq!((checks[1].result, checks[59].result), (CheckResult::Ok, CheckResult::Slow));
    t.answered(at("12:00:03"), FAST);
    assert_eq!((t.checks().len(), t.checks()[0].result), (60, CheckResult::Ok));
}

#[test]
fn percentiles_are_ranks() {
    let sorted: Vec<_> = (1..=20).map(Duration::from_secs).collect();
    assert_eq!(percentile(&sorted, 50), Some(Duration::from_secs(10)));
    assert_eq!(percentile(&sorted, 95), Some(Duration::from_secs(19)));
    assert_eq!(percentile(&[], 95), None);
}
