//! Rebuilds when something that is compiled in changes without a source file changing.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed=web/dist");
}
