use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use url::Host;

/// A client configuration that trusts the CAs in `ca_pem`, or the platform's without it.
pub(super) fn config(ca_pem: Option<&str>) -> Result<Arc<ClientConfig>, String> {
    let provider =
        CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()));
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match ca_pem {
        Some(pem) => builder.with_root_certificates(roots(pem)?),
        None => builder.with_platform_verifier().map_err(|error| error.to_string())?,
    };
    Ok(Arc::new(builder.with_no_client_auth()))
}

/// Whether a text can serve as a private CA.
///
/// # Errors
/// Why it cannot, for people.
pub fn check_ca(pem: &str) -> Result<(), String> {
    roots(pem).map(drop)
}

fn roots(pem: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let added =
            certificate.map_err(|e| e.to_string()).and_then(|c| roots.add(c).map_err(|e| e.to_string()));
        added.map_err(|error| format!("the CA is not a PEM certificate: {error}"))?;
    }
    match roots.is_empty() {
        true => Err("the CA holds no PEM certificate".into()),
        false => Ok(roots),
    }
}

/// The name that the server's certificate must be for.
pub(super) fn server_name(host: &Host<&str>) -> Result<ServerName<'static>, String> {
    match host {
        Host::Domain(name) => ServerName::try_from((*name).to_owned()).map_err(|error| error.to_string()),
        Host::Ipv4(ip) => Ok(ServerName::from(std::net::IpAddr::from(*ip))),
        Host::Ipv6(ip) => Ok(ServerName::from(std::net::IpAddr::from(*ip))),
    }
}

#[cfg(test)]
mod tests {
    use super::check_ca;

    #[test]
    fn what_is_no_certificate_is_no_ca() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
        for pem in ["", "nonsense", broken] {
            assert!(check_ca(pem).is_err(), "{pem:?}");
        }
    }
}
