use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection that acknowledges at once what it reads. Prosody writes in steps of 8 KiB, and with
/// Nagle's algorithm, which is on unless its configuration says `nagle = false`, holds each further
/// step back until the one before is acknowledged: 40 ms later, if it is left to the kernel.
#[derive(Debug)]
pub(crate) struct Prompt(pub(super) TcpStream);

impl Prompt {
    /// The kernel forgets the wish whenever it thinks that an answer could carry the
    /// acknowledgement, so it is told before each read.
    fn acknowledge(&self) {
        // Where it cannot be had, reading works as well, only later.
        #[cfg(target_os = "linux")]
        let _ = self.0.set_quickack(true);
    }
}

impl AsyncRead for Prompt {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.acknowledge();
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Prompt {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, buffers)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn each_read_is_acknowledged_at_once() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut theirs, mut ours) = (listener.accept().await.unwrap().0, Prompt(ours));
        for round in 0..3 {
            theirs.write_all(b"answer").await.unwrap();
            // What the kernel does by itself after some rounds of question and answer.
            ours.0.set_quickack(false).unwrap();
            assert!(!ours.0.quickack().unwrap());
            ours.read_exact(&mut [0; 6]).await.unwrap();
            assert!(ours.0.quickack().unwrap(), "round {round}");
        }
    }
}
