//! Names that tell of a secret.

/// Parts of names, in lower case and without what separates words. Manuals and WSDL name `UCPTauthenticationKey`,
/// `UCPTauthKey`, `UCPTdomainKey` (WSDL); the passwords of the LAN's services, of mail and of the security settings
/// are in messages whose element names were never printed, so what passwords are called anywhere counts.
const PARTS: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "secret",
    "credential",
    "token",
    "authkey",
    "authenticationkey",
    "domainkey",
    "privatekey",
    "sharedkey",
    "encryptionkey",
    "apikey",
    "ucpttkey",
];

/// Whole names, without `UCPT` in front: too short to be looked for within others.
const NAMES: [&str; 6] = ["pass", "pw", "key", "pin", "psk", "community"];

/// Whether an element or attribute of this name holds a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = plain(name);
    let bare = name.strip_prefix("ucpt").unwrap_or(&name);
    NAMES.contains(&bare) || PARTS.iter().any(|part| name.contains(part))
}

/// Whether a text names a secret, as the name of a field does.
pub(super) fn names_secret(text: &str) -> bool {
    let text = plain(text);
    PARTS.iter().any(|part| text.contains(part)) || NAMES[..2].contains(&text.as_str())
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
