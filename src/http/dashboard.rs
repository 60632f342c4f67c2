//! The dashboard: files embedded in the binary, precompressed when it was built.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower::{Service, ServiceExt as _, service_fn};
use tower_http::services::ServeDir;
use tower_http::services::fs::{Backend, File, Metadata};

use super::problem::HttpError;

/// What pages of the dashboard may do: nothing but talk to this gateway.
pub(super) const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html";
/// Swagger UI needs inline styles.
pub(super) const DOCS_CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE: &str = "index.html";
const PAGE_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// Names of assets hold a hash of their content.
const ASSET_CACHE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

#[derive(RustEmbed)]
#[folder = "web/dist"]
#[allow_missing = true]
struct Assets;

/// Serves the dashboard's files; any other path that a browser asks for as a page is the dashboard,
/// whose own router knows it.
pub(super) fn service()
-> impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + Sync + 'static
{
    service_fn(|request: Request| async move { Ok(serve(request).await) })
}

async fn serve(mut request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return HttpError::NoRoute.into_response();
    }
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let is_asset = !path.is_empty() && Assets::get(&path).is_some();
    if !is_asset {
        if !wants_page(&request) {
            return HttpError::NoRoute.into_response();
        }
        if Assets::get(PAGE).is_none() {
            return "This nocgate was built without its dashboard: `make build` builds both.".into_response();
        }
        *request.uri_mut() = axum::http::Uri::from_static("/index.html");
    }
    let files = ServeDir::with_backend("", Embedded).precompressed_br().precompressed_gzip();
    let Ok(served) = files.oneshot(request).await;
    let mut response = served.into_response();
    let cache = if path.starts_with("assets/") { ASSET_CACHE } else { PAGE_CACHE };
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}

/// Browsers say that they want a page; a program that mistypes a route must learn it.
fn wants_page(request: &Request) -> bool {
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    request.uri().path() == "/" || accept.is_some_and(|accept| accept.contains("text/html"))
}

/// The embedded files as a file system.
#[derive(Debug, Clone)]
struct Embedded;

/// An embedded file, open.
#[derive(Debug)]
struct OpenFile {
    bytes: Cursor<Vec<u8>>,
    about: About,
}

#[derive(Debug, Clone, Copy)]
struct About {
    length: u64,
    modified: SystemTime,
}

fn find(path: &Path) -> io::Result<EmbeddedFile> {
    let path = path.strip_prefix(".").unwrap_or(path);
    Assets::get(&path.to_string_lossy()).ok_or_else(|| io::ErrorKind::NotFound.into())
}

impl About {
    fn of(file: &EmbeddedFile) -> Self {
        let since_epoch = Duration::from_secs(file.metadata.last_modified().unwrap_or_default());
        About { length: file.data.len() as u64, modified: SystemTime::UNIX_EPOCH + since_epoch }
    }
}

impl Backend for Embedded {
    type File = OpenFile;
    type Metadata = About;
    type OpenFuture = Ready<io::Result<OpenFile>>;
    type MetadataFuture = Ready<io::Result<About>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let open = |file: EmbeddedFile| OpenFile {
            about: About::of(&file),
            bytes: Cursor::new(file.data.into_owned()),
        };
        ready(find(&path).map(open))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(find(&path).map(|file| About::of(&file)))
    }
}

impl Metadata for About {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        Ok(self.modified)
    }

    fn len(&self) -> u64 {
        self.length
    }
}

impl File for OpenFile {
    type Metadata = About;
    type MetadataFuture<'a> = Ready<io::Result<About>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.about))
    }
}

impl AsyncRead for OpenFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_read(cx, buf)
    }
}

impl AsyncSeek for OpenFile {
    fn start_seek(mut self: Pin<&mut Self>, position: io::SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.bytes).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.bytes).poll_complete(cx)
    }
}
