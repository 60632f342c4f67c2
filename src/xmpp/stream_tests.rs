use super::*;

fn stream(recorded: bool) -> (Stream, Instant) {
    let now = Instant::now();
    let mut stream = Stream::new(now, FullJid::new("noc@nocgate.test/gw").unwrap(), recorded);
    let enabled = Element::new(SM, "enabled").with_attr("id", "s1").with_attr("resume", "true");
    stream.enabled(&enabled);
    (stream, now)
}

fn resumable(id: &str, received: u32) -> Resumable {
    Resumable { id: id.into(), jid: FullJid::new("noc@nocgate.test/gw").unwrap(), received }
}

fn stanzas(names: &[&str]) -> Vec<Outgoing> {
    let stanzas: Vec<_> = names.iter().map(|name| Outgoing::unattended((*name).to_owned())).collect();
    stanzas.iter().for_each(|stanza| assert!(stanza.fate.post(Instant::now())));
    stanzas
}

fn texts(stanzas: &[Outgoing]) -> Vec<&str> {
    stanzas.iter().map(|stanza| &*stanza.xml).collect()
}

#[test]
fn without_an_id_there_is_nothing_to_resume() {
    let (mut stream, _) = stream(false);
    stream.enabled(&Element::new(SM, "enabled").with_attr("id", "s1"));
    assert!(!stream.is_resumable());
    assert_eq!(stream.resume(), None);
}

#[test]
fn a_refused_request_is_replaced_where_it_stood() {
    let (mut stream, now) = stream(false);
    stream.sends(1, &stanzas(&["a", "b"]));
    stream.sends(2, &stanzas(&["c"]));
    stream.replaces(1, &stanzas(&["a"]));
    assert_eq!(texts(&stream.resumed(now, 0, None)), ["a", "c"]);
}

#[test]
fn counts_wrap_around() {
    let (mut stream, now) = stream(false);
    stream.taken = u32::MAX;
    stream.received = u32::MAX;
    stream.sends(1, &stanzas(&["a", "b", "c"]));
    stream.acknowledged(1);
    stream.receives(2);
    assert!(stream.resume().unwrap().contains("h=\"1\""));
    assert_eq!(texts(&stream.resumed(now, 1, None)), ["c"]);
}

#[test]
fn a_server_that_counts_more_than_was_sent_is_not_trusted() {
    let (mut stream, _) = stream(false);
    stream.sends(1, &stanzas(&["a"]));
    stream.acknowledged(2);
    assert!(!stream.is_resumable());
}

#[test]
fn nothing_is_acknowledged_before_it_is_recorded() {
    let (mut stream, now) = stream(true);
    stream.receives(3);
    stream.asked(now);
    let soon = now + Duration::from_secs(1);
    assert_eq!(stream.answer(soon), None);
    stream.recorded(&resumable("s1", 2));
    assert!(stream.answer(soon).unwrap().contains("h=\"2\""));
    stream.asked(soon);
    assert_eq!(stream.answer(soon + Duration::from_secs(9)), None);
    let late = stream.answer(soon + ACK_LATEST).unwrap();
    assert!(late.contains("h=\"3\""), "a database that hangs does not cost the stream");
    assert_eq!(stream.answer(soon + 2 * ACK_LATEST), None, "what was told is not taken back");
}

#[test]
fn the_record_of_another_stream_does_not_count() {
    let (mut stream, now) = stream(true);
    stream.receives(3);
    stream.asked(now);
    stream.recorded(&resumable("s0", 3));
    assert_eq!(stream.answer(now + Duration::from_secs(1)), None);
}

#[test]
fn much_is_acknowledged_unasked() {
    let (mut stream, now) = stream(true);
    stream.receives(199);
    stream.recorded(&resumable("s1", 199));
    assert_eq!(stream.answer(now), None);
    stream.receives(1);
    stream.recorded(&resumable("s1", 200));
    assert!(stream.answer(now).unwrap().contains("h=\"200\""));
    stream.receives(2_000);
    assert!(stream.answer(now).unwrap().contains("h=\"2200\""), "recording does not keep up");
}

#[test]
fn the_stream_of_an_earlier_run_takes_the_servers_count_as_its_own() {
    let now = Instant::now();
    let mut stream = Stream::inherited(now, resumable("s1", 7), true);
    assert!(stream.resume().unwrap().contains("h=\"7\" previd=\"s1\""));
    assert!(stream.resumed(now, 41, Some("s2")).is_empty());
    stream.sends(9, &stanzas(&["a", "b"]));
    stream.acknowledged(42);
    assert_eq!(texts(&stream.resumed(now, 42, None)), ["b"]);
    let mut known = None;
    assert!(stream.describe(&mut known));
    assert_eq!(known.as_ref().map(|known| (known.id.as_str(), known.received)), Some(("s2", 7)));
    stream.receives(1);
    assert!(!stream.describe(&mut known));
    assert_eq!(known.map(|known| known.received), Some(8));
}

#[test]
fn much_is_recorded_without_delay() {
    for recorded in [true, false] {
        let (mut stream, _) = stream(recorded);
        let mut known = None;
        assert!(stream.describe(&mut known), "it has begun");
        let woken = |stream: &mut Stream, stanzas: usize, known: &mut Option<Resumable>| {
            stream.receives(stanzas);
            stream.describe(known)
        };
        assert!(!woken(&mut stream, 499, &mut known));
        assert_eq!(woken(&mut stream, 1, &mut known), recorded);
        assert!(!woken(&mut stream, 1, &mut known));
        assert_eq!(woken(&mut stream, 4_000, &mut known), recorded);
        assert_eq!(known.map(|known| known.received), Some(4_501));
    }
}

#[test]
fn a_server_that_never_counts_does_not_fill_the_memory() {
    let (mut stream, _) = stream(false);
    for rid in 0..=SENT_MOST as u64 {
        stream.sends(rid, &stanzas(&["a"]));
    }
    assert!(!stream.is_resumable());
    assert!(stream.sent.is_empty());
}

#[test]
fn nor_do_few_that_are_large() {
    let (mut stream, _) = stream(false);
    let large = "x".repeat(SENT_BYTES / 4);
    stream.sends(1, &stanzas(&[&*large; 4]));
    stream.acknowledged(2);
    stream.sends(2, &stanzas(&[&*large; 2]));
    assert!(stream.is_resumable());
    stream.sends(3, &stanzas(&["a"]));
    assert!(!stream.is_resumable());
    assert!(stream.sent.is_empty());
}
