//! Secrets at rest: XChaCha20-Poly1305 under the master key, with a random nonce.
//!
//! A sealed secret is the text `xc20p.<key id>.<base64 of nonce and ciphertext>`. It is bound to its
//! place (table, column, row): moved to another row it does not open.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD_NO_PAD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};

use super::StoreError;

const FORM: &str = "xc20p";
const NONCE: usize = 24;

/// The key that seals the secrets in the database. Shows its id only.
pub struct MasterKey {
    key: SecretBox<[u8; 32]>,
    id: String,
}

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is not a key.
    #[error("a master key is 32 bytes, written as 64 hexadecimal digits or in base64")]
    NotAKey,
    /// The file could not be read or made.
    #[error("cannot read or make the file of the master key: {0}")]
    File(#[from] io::Error),
}

impl MasterKey {
    /// A new random key.
    pub fn generate() -> Self {
        Self::from_bytes(rand::random())
    }

    /// Reads a key from text: 64 hexadecimal digits, or base64 in any of its usual forms. White space
    /// around it does not count.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        let bytes = from_hex(text).or_else(|| from_base64(text)).ok_or(MasterKeyError::NotAKey)?;
        Ok(Self::from_bytes(bytes))
    }

    /// Reads a key from a file that holds it as text.
    fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        let mode = std::fs::metadata(path)?.mode();
        if mode & 0o004 != 0 {
            tracing::warn!(path = %path.display(), "everybody can read the file of the master key");
        }
        Self::from_text(&std::fs::read_to_string(path)?)
    }

    /// Reads the key from a file; when there is none, makes one, readable by its owner only, with a
    /// new key. Without that file the secrets in the database are lost.
    pub fn from_file_or_new(path: &Path) -> Result<Self, MasterKeyError> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => Self::write_new(file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::from_file(path),
            Err(error) => Err(error.into()),
        }
    }

    /// What tells this key from others; not secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    fn write_new(mut file: File) -> Result<Self, MasterKeyError> {
        let key = Self::generate();
        writeln!(file, "{}", to_hex(key.key.expose_secret()))?;
        file.sync_all()?;
        Ok(key)
    }

    fn from_bytes(bytes: [u8; 32]) -> Self {
        let digest = Sha256::new_with_prefix(b"nocgate master key id").chain_update(bytes).finalize();
        Self { key: SecretBox::new(Box::new(bytes)), id: to_hex(&digest[..8]) }
    }

    /// Hash of a hash that only who has the key can make: what was hashed cannot be guessed from it.
    pub(super) fn keyed_hash(&self, hash: &[u8; 32]) -> [u8; 32] {
        Sha256::new_with_prefix(self.key.expose_secret()).chain_update(hash).finalize().into()
    }

    /// Seals a secret for one place.
    pub(super) fn seal(&self, place: &Place<'_>, secret: &SecretString) -> Result<String, StoreError> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload { msg: secret.expose_secret().as_bytes(), aad: &place.aad() };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::corrupt(place.column, "cannot be sealed"))?;
        let body = STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat());
        Ok(format!("{FORM}.{}.{body}", self.id))
    }

    /// Opens what was sealed for this place.
    pub(super) fn open(&self, place: &Place<'_>, sealed: &str) -> Result<SecretString, StoreError> {
        let corrupt = || StoreError::corrupt(&place.to_string(), "the secret cannot be opened");
        self.check(sealed)?;
        let body = sealed.rsplit('.').next().unwrap_or_default();
        let body = STANDARD_NO_PAD.decode(body).map_err(|_| corrupt())?;
        let (nonce, sealed) = body.split_first_chunk::<NONCE>().ok_or_else(corrupt)?;
        let payload = Payload { msg: sealed, aad: &place.aad() };
        let secret = self.cipher().decrypt(&XNonce::from(*nonce), payload).map_err(|_| corrupt())?;
        String::from_utf8(secret).map(SecretString::from).map_err(|_| corrupt())
    }

    /// Whether a secret was sealed with this key, by the key id that it bears.
    pub(super) fn check(&self, sealed: &str) -> Result<(), StoreError> {
        match sealed.split('.').collect::<Vec<_>>()[..] {
            [FORM, id, _] if id == self.id => Ok(()),
            [FORM, id, _] => {
                Err(StoreError::WrongMasterKey { sealed_with: id.to_owned(), given: self.id.clone() })
            }
            _ => Err(StoreError::corrupt("a sealed secret", "its form is not known")),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.key.expose_secret().into())
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id)
    }
}

/// Where a secret lies.
pub(super) struct Place<'a> {
    pub(super) table: &'a str,
    pub(super) column: &'a str,
    pub(super) row: &'a str,
}

impl Place<'_> {
    fn aad(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} of {}", self.table, self.column, self.row)
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    let bytes: Vec<u8> = digits.chunks(2).map(|pair| pair.iter().fold(0, |n, d| n << 4 | d)).collect();
    (digits.len() == 64).then(|| bytes.try_into().ok()).flatten()
}

fn from_base64(text: &str) -> Option<[u8; 32]> {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let standard = text.replace('-', "+").replace('_', "/");
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    engine.decode(standard).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::{MasterKey, MasterKeyError, Place};
    use crate::store::StoreError;

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1efb";
    const PLACE: Place<'_> = Place { table: "t", column: "c", row: "r" };

    #[test]
    fn a_key_is_read_from_its_usual_forms() {
        let id = MasterKey::from_text(HEX).unwrap().id().to_owned();
        for text in [
            &HEX.to_uppercase(),
            &format!("  {HEX}\n"),
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHvs=",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHvs",
        ] {
            assert_eq!(MasterKey::from_text(text).unwrap().id(), id, "{text}");
        }
        let url_safe = MasterKey::from_text("-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8").unwrap();
        let standard = MasterKey::from_text("+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/8=").unwrap();
        assert_eq!(url_safe.id(), standard.id());
    }

    #[test]
    fn other_texts_are_not_keys() {
        for text in ["", "secret", &HEX[1..], &format!("{HEX}00"), "AAECAw==", "ä".repeat(64).as_str()] {
            let read = MasterKey::from_text(text);
            assert!(matches!(read, Err(MasterKeyError::NotAKey)), "{text}");
        }
    }

    #[test]
    fn a_file_is_made_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(matches!(MasterKey::from_file(&path), Err(MasterKeyError::File(_))));
        let made = MasterKey::from_file_or_new(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(MasterKey::from_file_or_new(&path).unwrap().id(), made.id());
        assert_eq!(MasterKey::from_file(&path).unwrap().id(), made.id());
    }

    #[test]
    fn a_key_shows_its_id_only() {
        let key = MasterKey::from_text(HEX).unwrap();
        assert_eq!(format!("{key:?}"), format!("MasterKey({})", key.id()));
        assert!(!HEX.contains(key.id()));
    }

    #[test]
    fn a_secret_opens_in_its_place_with_its_key_only() {
        let key = MasterKey::from_text(HEX).unwrap();
        let sealed = key.seal(&PLACE, &"pass ü".to_owned().into()).unwrap();
        assert_eq!(key.open(&PLACE, &sealed).unwrap().expose_secret(), "pass ü");
        assert_ne!(key.seal(&PLACE, &"pass ü".to_owned().into()).unwrap(), sealed);
        for place in
            [Place { table: "x", ..PLACE }, Place { column: "x", ..PLACE }, Place { row: "x", ..PLACE }]
        {
            assert!(matches!(key.open(&place, &sealed), Err(StoreError::Corrupt(_))));
        }
        let opened = MasterKey::generate().open(&PLACE, &sealed);
        assert!(
            matches!(opened, Err(StoreError::WrongMasterKey { sealed_with, .. }) if sealed_with == key.id())
        );
    }
}
