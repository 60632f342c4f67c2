//! Of a certificate, what people are told (RFC 5280). Whether it holds is for `rustls` to say.

/// Who issued a certificate, and until when it is valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    /// Common name of the issuer, or its organisation.
    pub(crate) issuer: String,
    /// Last day, `2027-03-01`.
    pub(crate) valid_until: String,
}

/// Tags of DER (X.690).
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BMP_STRING: u8 = 0x1e;

/// Object identifiers of parts of names, in order of preference: common name, organisation.
const PARTS: [&[u8]; 2] = [&[0x55, 0x04, 0x03], &[0x55, 0x04, 0x0a]];

impl Certificate {
    /// Reads one in DER; `None` if it is none.
    pub(crate) fn read(der: &[u8]) -> Option<Self> {
        let mut certificate = Der(Der(der).expect(SEQUENCE)?);
        let mut body = Der(certificate.expect(SEQUENCE)?);
        if body.0.first() == Some(&VERSION) {
            body.next()?;
        }
        let (_serial, _algorithm) = (body.next()?, body.next()?);
        let issuer = name(body.expect(SEQUENCE)?)?;
        let mut validity = Der(body.expect(SEQUENCE)?);
        let _from = validity.next()?;
        let (tag, until) = validity.next()?;
        Some(Certificate { issuer, valid_until: day(tag, until)? })
    }
}

/// What is left to read.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value with its tag.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..0x80 => (usize::from(first), rest),
            _ => {
                let (bytes, rest) =
                    rest.split_at_checked(usize::from(first & 0x7f)).filter(|(b, _)| b.len() <= 4)?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, value))
    }

    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, value)| value)
    }
}

/// The best part of a distinguished name.
fn name(name: &[u8]) -> Option<String> {
    let mut best = None;
    let mut sets = Der(name);
    while let Some((_, set)) = sets.next() {
        let mut part = Der(Der(set).expect(SEQUENCE)?);
        let (oid, (tag, value)) = (part.expect(OID)?, part.next()?);
        if let Some(rank) = PARTS.iter().position(|known| *known == oid)
            && best.as_ref().is_none_or(|(known, _)| rank < *known)
        {
            best = Some((rank, text(tag, value)));
        }
    }
    Some(best.map_or_else(|| "an issuer without a name".to_owned(), |(_, text)| text))
}

fn text(tag: u8, value: &[u8]) -> String {
    if tag == BMP_STRING {
        let units: Vec<_> =
            value.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(value).into_owned()
}

/// `YYMMDD…` up to 2049, `YYYYMMDD…` from then on.
fn day(tag: u8, value: &[u8]) -> Option<String> {
    let digits = std::str::from_utf8(value).ok().filter(|text| text.is_ascii())?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2)?;
            (format!("{}{year}", if year < "50" { "20" } else { "19" }), rest)
        }
        GENERALIZED_TIME => digits.split_at_checked(4).map(|(year, rest)| (year.to_owned(), rest))?,
        _ => return None,
    };
    Some(format!("{year}-{}-{}", rest.get(..2)?, rest.get(2..4)?))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    #[test]
    fn issuer_and_end_are_read() {
        let der = CertificateDer::from_pem_slice(include_bytes!("test_ca.pem")).unwrap();
        let certificate = Certificate::read(&der).expect("a certificate");
        assert_eq!(
            certificate,
            Certificate { issuer: "nocgate tests".into(), valid_until: "2126-10-29".into() }
        );
        for length in 0..der.len() / 2 {
            assert_eq!(Certificate::read(&der[..length]), None, "cut after {length}");
        }
    }

    #[test]
    fn both_centuries_are_told_apart() {
        assert_eq!(day(UTC_TIME, b"491231235959Z").as_deref(), Some("2049-12-31"));
        assert_eq!(day(UTC_TIME, b"991231235959Z").as_deref(), Some("1999-12-31"));
        assert_eq!(day(GENERALIZED_TIME, b"20500101000000Z").as_deref(), Some("2050-01-01"));
        assert_eq!(day(UTC_TIME, b"49"), None);
    }
}
