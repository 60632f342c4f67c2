use url::Url;

/// How often one attempt is sent on.
pub(crate) const MOST_HOPS: usize = 3;

/// Where `see-other-uri` (XEP-0124, section 17.2; checklist, 14) leads to, if policy allows it:
/// to http or https, never from https to http, without a password in it, and to a host that the
/// account's own addresses name or that the process was told.
///
/// # Errors
/// What is wrong, with the address but for secrets in it.
pub(crate) fn follow(from: &Url, uri: &str, own: &[Url], hosts: &[String]) -> Result<Url, String> {
    let refused = |address: &str, why: &str| Err(format!("the server sends us to {address}: {why}"));
    let Ok(mut to) = Url::parse(uri.trim()) else { return refused("what is no address", "not followed") };
    let has_secret = !to.username().is_empty() || to.password().is_some();
    // An address without a host has no user either, and refuses to have one removed.
    let _ = (to.set_username(""), to.set_password(None));
    let address = to.to_string();
    let known = |host: &str| {
        own.iter().any(|url| url.host_str() == Some(host))
            || hosts.iter().any(|h| h.eq_ignore_ascii_case(host))
    };
    match (to.scheme(), to.host_str()) {
        _ if has_secret => refused(&address, "an address with a user in it is not followed"),
        ("http", _) if from.scheme() == "https" => refused(&address, "that would give up TLS"),
        ("http" | "https", Some(host)) if known(host) => Ok(to),
        ("http" | "https", _) => refused(&address, "its host is not in session.redirect_hosts"),
        _ => refused(&address, "only http and https are followed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_policy_allows_is_followed() {
        let own = [Url::parse("https://xmpp.example/http-bind").unwrap()];
        let hosts = ["Other.example".to_owned()];
        for (from, uri, allowed) in [
            ("https://xmpp.example/a", "https://xmpp.example:5281/b", true),
            ("https://xmpp.example/a", " https://other.example/b ", true),
            ("https://xmpp.example/a", "http://xmpp.example/b", false),
            ("http://xmpp.example/a", "http://xmpp.example/b", true),
            ("http://xmpp.example/a", "https://xmpp.example/b", true),
            ("https://xmpp.example/a", "https://evil.example/b", false),
            ("https://xmpp.example/a", "https://xmpp.example.evil/b", false),
            ("https://xmpp.example/a", "https://noc@xmpp.example/b", false),
            ("https://xmpp.example/a", "https://:geheim@xmpp.example/b", false),
            ("https://xmpp.example/a", "file:///etc/passwd", false),
            ("https://xmpp.example/a", "/b", false),
            ("https://xmpp.example/a", "", false),
        ] {
            let followed = follow(&Url::parse(from).unwrap(), uri, &own, &hosts);
            assert_eq!(followed.is_ok(), allowed, "{uri}: {followed:?}");
            if let Err(why) = followed {
                assert!(!why.contains("geheim") && !why.contains("noc@"), "{why}");
            }
        }
    }
}
