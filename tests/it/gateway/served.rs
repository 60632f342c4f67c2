use std::path::Path;
use std::process::Command;

use reqwest::Method;
use reqwest::header::ACCEPT;

use crate::harness::api::{Answer, send};
use crate::harness::database::{Engine, TestDatabase};
use crate::harness::gateway::Gateway;

/// What the binary prints.
fn printed(command: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_nocgate")).arg(command).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_default_configuration_is_the_file() {
    assert!(printed("default-config") == file("nocgate.default.toml"), "they differ");
}

#[test]
fn the_openapi_document_is_the_file() {
    let (printed, file) = (printed("openapi"), file("openapi/openapi.json"));
    let difference = printed.lines().zip(file.lines()).find(|(a, b)| a != b);
    assert!(printed == file, "`make generate` writes it anew; first difference: {difference:?}");
}

#[tokio::test]
async fn the_openapi_document_is_served_with_its_reader() {
    let (_database, gateway) = gateway().await;
    let api = gateway.api.anonymous();
    let document = api.get("/openapi.json").await.ok();
    let file: serde_json::Value = serde_json::from_str(&file("openapi/openapi.json")).unwrap();
    assert_eq!(document, file);

    let page = api.get("//api/docs/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("http"), "{policy}");
    let own = |part: &str| page.text.contains(part);
    assert!(own("swagger-ui-bundle.js") && !own("//cdn") && !own("https://"), "{}", page.text);
    for part in ["swagger-ui-bundle.js", "swagger-ui.css", "swagger-initializer.js"] {
        assert_eq!(api.get(&format!("//api/docs/{part}")).await.status, 200, "{part}");
    }
}

async fn gateway() -> (TestDatabase, Gateway) {
    let database = TestDatabase::start(Engine::Sqlite).await;
    let gateway = Gateway::start(&database, &[]).await;
    (database, gateway)
}

async fn page(gateway: &Gateway, path: &str) -> Answer {
    send(gateway.api.anonymous().request(Method::GET, path).header(ACCEPT, "text/html")).await
}

#[tokio::test]
async fn the_dashboard_may_talk_to_its_gateway_only() {
    let (_database, gateway) = gateway().await;
    let page = page(&gateway, "//").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self';", "connect-src 'self'", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let api = gateway.api.get("/auth/me").await;
    assert_eq!(api.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_path_of_the_dashboard_is_its_page() {
    let (_database, gateway) = gateway().await;
    let page = page(&gateway, "//smartservers/00-d0-71-00-00-01").await;
    assert_eq!(page.status, 200);
    if !Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist/index.html").exists() {
        assert!(page.text.contains("built without its dashboard"), "{}", page.text);
        return;
    }
    assert_eq!(page.header("cache-control"), Some("no-cache"));
    let script = page.text.split('"').find(|part| part.starts_with("/assets/") && part.ends_with(".js"));
    let script = script.unwrap_or_else(|| panic!("no script in {}", page.text));
    let asset = gateway.api.anonymous().get(&format!("/{script}")).await;
    assert_eq!(asset.status, 200);
    assert_eq!(asset.header("cache-control"), Some("public, max-age=31536000, immutable"));

    let json = gateway.api.anonymous().request(Method::GET, "//nowhere").header(ACCEPT, "application/json");
    assert_eq!(send(json).await.problem(), (404, "route_unknown".into()));
}
