//! What a proxy does to the bytes that it carries.

use std::sync::Mutex;
use std::time::Duration;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the server.
    Requests,
    /// From the server to the client.
    Answers,
}

/// What the proxy is told to do from now on; the default is to carry everything.
#[derive(Debug, Default)]
pub(crate) struct Spoil(Mutex<Orders>);

#[derive(Debug, Default)]
struct Orders {
    /// The connection that carries the byte after so many of this way is cut there.
    cut: Option<(Way, usize)>,
    swallow: Option<Way>,
    delay: Option<Delay>,
    delay_polls: Option<Duration>,
    bad_gateway: Option<Way>,
}

#[derive(Debug)]
struct Delay {
    every: u64,
    by: Duration,
    seen: u64,
}

/// What to do with some bytes that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    /// Pass so many, then cut the connection.
    CutAfter(usize),
    Swallow,
    /// Pass them later; other connections are not held up.
    Delay(Duration),
    /// Answer the request, or replace the answer, by a 502 with HTML.
    BadGateway,
}

impl Spoil {
    /// Cuts one connection once `bytes` more have gone this way.
    pub(crate) fn cut_after(&self, way: Way, bytes: usize) {
        self.orders().cut = Some((way, bytes));
    }

    /// Whether an ordered cut has not happened yet.
    pub(crate) fn will_cut(&self) -> bool {
        self.orders().cut.is_some()
    }

    /// Throws away what goes this way.
    pub(crate) fn swallow(&self, way: Way) {
        self.orders().swallow = Some(way);
    }

    /// Holds every n-th piece of a request back, so that what comes after it on another connection
    /// overtakes it.
    pub(crate) fn delay_requests(&self, every: u64, by: Duration) {
        self.orders().delay = Some(Delay { every, by, seen: 0 });
    }

    /// Holds empty requests back, so that what comes after one on another connection overtakes it.
    pub(crate) fn delay_polls(&self, by: Duration) {
        self.orders().delay_polls = Some(by);
    }

    /// Answers 502: requests before the server has seen them, or in place of its answers.
    pub(crate) fn bad_gateway(&self, way: Way) {
        self.orders().bad_gateway = Some(way);
    }

    /// Carries everything again.
    pub(crate) fn heal(&self) {
        *self.orders() = Orders::default();
    }

    /// What to do with bytes that go `way`.
    pub(crate) fn verdict(&self, way: Way, bytes: &[u8]) -> Verdict {
        let mut orders = self.orders();
        let count = bytes.len();
        if orders.swallow == Some(way) {
            return Verdict::Swallow;
        }
        if orders.bad_gateway == Some(way) {
            return Verdict::BadGateway;
        }
        match &mut orders.cut {
            Some((cut, left)) if *cut == way && *left < count => {
                let left = *left;
                orders.cut = None;
                return Verdict::CutAfter(left);
            }
            Some((cut, left)) if *cut == way => *left -= count,
            _ => {}
        }
        if let Some(by) = orders.delay_polls.filter(|_| way == Way::Requests && is_poll(bytes)) {
            return Verdict::Delay(by);
        }
        match &mut orders.delay {
            Some(delay) if way == Way::Requests => {
                delay.seen += 1;
                if delay.seen % delay.every == 0 { Verdict::Delay(delay.by) } else { Verdict::Pass }
            }
            _ => Verdict::Pass,
        }
    }

    fn orders(&self) -> std::sync::MutexGuard<'_, Orders> {
        self.0.lock().unwrap()
    }
}

/// Whether a whole request holds no stanza: nothing, or only the acknowledgement of stream management.
fn is_poll(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let of_a_poll = |tag: &str| ["body ", "a ", "/body>"].iter().any(|known| tag.starts_with(known));
    text.split_once("\r\n\r\n")
        .is_some_and(|(_, body)| body.ends_with('>') && body.split('<').skip(1).all(of_a_poll))
}

/// What a proxy in front of a server says that it cannot reach.
pub(crate) fn bad_gateway() -> Vec<u8> {
    let page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway\
                </h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";
    let length = page.len();
    let head =
        format!("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: {length}\r\n\r\n");
    (head + page).into_bytes()
}

/// Whether this is a whole HTTP message.
pub(crate) fn is_whole(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().filter_map(|line| line.split_once(':'));
    let mut length = length.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.next().map_or(0, |(_, value)| value.trim().parse::<usize>().unwrap());
    message.len() >= head.len() + 4 + length
}

#[cfg(test)]
mod tests {
    use super::is_poll;

    #[test]
    fn a_poll_may_carry_an_acknowledgement() {
        let request = |body: &str| format!("POST / HTTP/1.1\r\n\r\n{body}").into_bytes();
        assert!(is_poll(&request("<body rid=\"1\"/>")));
        assert!(is_poll(&request("<body rid=\"1\"><a xmlns=\"urn:xmpp:sm:3\" h=\"4\"/></body>")));
        assert!(!is_poll(&request("<body rid=\"1\"><a h=\"4\"/><iq/></body>")));
        assert!(!is_poll(&request("<body rid=\"1\"><iq")));
    }
}
