use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{HOST, USER_AGENT};
use tokio::time::timeout;
use url::{Position, Url};

use super::line::Dialer;
use crate::xmpp::probes::Echo;

/// How long connecting and answering may take together.
const LIMIT: Duration = Duration::from_secs(1);

/// Asks whether an HTTP server is at the address, over a connection of its own: both servers answer
/// GET there, and a proxy without a server behind it says 502, 503 or 504.
pub(crate) async fn ask(dialer: &Dialer, address: &Url) -> Echo {
    match timeout(LIMIT, get(dialer, address)).await {
        Ok(Ok(status)) if !(502..=504).contains(&status) => Echo::Alive,
        Ok(_) => Echo::Nobody,
        Err(_late) => Echo::Silence,
    }
}

async fn get(dialer: &Dialer, address: &Url) -> Result<u16, String> {
    let mut line = dialer.dial(address).await?;
    let request = Request::get(&address[Position::BeforePath..Position::AfterQuery])
        .header(HOST, &address[Position::BeforeHost..Position::AfterPort])
        .header(USER_AGENT, concat!("nocgate/", env!("CARGO_PKG_VERSION")))
        .body(Full::<Bytes>::default())
        .map_err(|error| error.to_string())?;
    let answer = line.sender.send_request(request).await.map_err(|error| error.to_string())?;
    Ok(answer.status().as_u16())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn an_answer_tells_whether_a_server_is_there() {
        for (answer, echo) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Echo::Alive),
            ("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n", Echo::Alive),
            ("HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n", Echo::Alive),
            ("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", Echo::Nobody),
            ("", Echo::Nobody),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("http://{}/http-bind", listener.local_addr().unwrap());
            let play = async {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut begin = [0; 20];
                stream.read_exact(&mut begin).await.unwrap();
                assert_eq!(&begin, b"GET /http-bind HTTP/");
                stream.write_all(answer.as_bytes()).await.unwrap();
            };
            let (dialer, address) = (Dialer::new(None), Url::parse(&address).unwrap());
            let (heard, ()) = tokio::join!(ask(&dialer, &address), play);
            assert_eq!(heard, echo, "{answer:?}");
        }
    }

    #[tokio::test]
    async fn nobody_and_silence_are_told_apart() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        assert_eq!(ask(&Dialer::new(None), &address).await, Echo::Silence);
        drop(listener);
        assert_eq!(ask(&Dialer::new(None), &address).await, Echo::Nobody);
    }
}
