/// What one document may cost before [`parse`](super::parse) refuses it.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Length of the document in bytes.
    pub bytes: usize,
    /// Depth of nesting; the root is depth 1.
    pub depth: usize,
    /// Elements and attributes together.
    pub nodes: usize,
}

impl Limits {
    /// Limits of one BOSH body: above the largest body that either server passes on in practice.
    pub const BODY: Limits = Limits { bytes: 8 << 20, depth: 64, nodes: 400_000 };
    /// Limits of a document that a person or program hands in (the SOAP console).
    pub const REQUEST: Limits = Limits { bytes: 1 << 20, depth: 32, nodes: 50_000 };
}
