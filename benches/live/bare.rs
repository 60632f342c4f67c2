//! The least that an HTTP service in Rust can do for an answer: an axum handler with the bytes at
//! hand, on the same runtime as the gateway.

use std::path::PathBuf;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use bytes::Bytes;

#[derive(Debug, clap::Args)]
pub(crate) struct Settings {
    port: u16,
    /// File with the answer's body
    body: PathBuf,
}

pub(crate) fn run(settings: &Settings) -> anyhow::Result<()> {
    let body = Bytes::from(std::fs::read(&settings.body)?);
    let handler = async move || ([(CONTENT_TYPE, "application/json")], body.clone());
    let router: Router = Router::new().route("/{*path}", get(handler));
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", settings.port)).await?;
        Ok(axum::serve(listener, router).await?)
    })
}
