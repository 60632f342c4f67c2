//! The other end of a bare iq: a client that answers at once with as many bytes as the gateway would.

use anyhow::Context as _;
use tokio::io::AsyncWriteExt as _;

use crate::c2s::C2s;
use crate::fleet::push_answer;
use crate::scan::{attribute, each_stanza, text_of};

pub(super) async fn serve(mut c2s: C2s) -> anyhow::Result<()> {
    let mut out = String::new();
    loop {
        c2s.receive().await?;
        let done = each_stanza(c2s.text(), |kind, tag, content| {
            if kind == "iq" && attribute(tag, "type") == Some("set") {
                let part = |name| attribute(tag, name).unwrap_or_default();
                let answer = push_answer(text_of(content, "UCPTname").unwrap_or_default());
                out.push_str(&format!(
                    "<iq type='result' id='{}' to='{}'>{answer}</iq>",
                    part("id"),
                    part("from")
                ));
            }
        });
        c2s.consume(done);
        c2s.stream.write_all(out.as_bytes()).await.context("echo")?;
        out.clear();
    }
}
