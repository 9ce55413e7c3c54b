//! Values that must not be shown, and the one place that removes them from text.

use secrecy::{ExposeSecret, SecretString};

/// A value that never prints itself; read it with [`Secret::expose`] at the place of use only.
#[derive(Debug, Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

/// What a removed secret is replaced by.
pub const REDACTED: &str = "[redacted]";

/// Knows the secrets of this run and takes them out of every text that leaves the process.
///
/// Values shorter than four bytes are not removed: they would blank out half of the log.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    needles: Vec<Secret>,
}

impl Redactor {
    /// Learns one secret, with its percent-encoded and decoded forms.
    ///
    /// A URL is one only as far as it has a password or parameters; the path of a file is none.
    pub fn learn(&mut self, secret: &Secret) {
        let value = secret.expose();
        let parts = match url::Url::parse(value) {
            Ok(url) => [url.password(), url.query()].into_iter().flatten().map(str::to_owned).collect(),
            Err(_) => vec![String::new()],
        };
        if parts.is_empty() {
            return;
        }
        let hidden: Vec<String> = url::Url::parse(value)
            .iter()
            .flat_map(url::Url::query_pairs)
            .filter(|(name, _)| is_secret_parameter(name))
            .map(|(_, value)| value.into_owned())
            .collect();
        for part in parts.iter().chain(&hidden).map(String::as_str).chain([value]) {
            self.add(part);
            self.add(&percent_decoded(part));
            self.add(&url::form_urlencoded::byte_serialize(part.as_bytes()).collect::<String>());
        }
        self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.expose().len()));
    }

    /// The text with every known secret replaced by [`REDACTED`].
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for needle in &self.needles {
            if text.contains(needle.expose()) {
                text = text.replace(needle.expose(), REDACTED);
            }
        }
        text
    }

    /// The values to register with a CI runner's own masking, longest first.
    pub fn masks(&self) -> impl Iterator<Item = &str> {
        self.needles.iter().map(Secret::expose)
    }

    fn add(&mut self, value: &str) {
        if value.len() >= 4 && self.needles.iter().all(|known| known.expose() != value) {
            self.needles.push(Secret::new(value));
        }
    }
}

/// Whether a parameter of a URL holds a secret, by its name; `mode=memory` is none.
fn is_secret_parameter(name: &str) -> bool {
    let name = name.to_lowercase();
    ["pass", "pwd", "secret", "token", "credential", "auth"].iter().any(|part| name.contains(part))
}

fn percent_decoded(value: &str) -> String {
    url::form_urlencoded::parse(format!("v={}", value.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print_itself() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }

    #[test]
    fn the_password_of_a_url_is_removed_in_every_spelling() {
        let mut redactor = Redactor::default();
        redactor.learn(&Secret::new("postgres://u:p%40ss%2Bword@db/x"));
        let text = "tried p%40ss%2Bword and p@ss+word at postgres://u:p%40ss%2Bword@db/x";
        assert_eq!(redactor.clean(text), "tried [redacted] and [redacted] at [redacted]");
    }

    #[test]
    fn a_url_without_password_is_no_secret() {
        let mut redactor = Redactor::default();
        redactor.learn(&Secret::new("sqlite://app.db"));
        assert_eq!(redactor.clean("sqlite://app.db"), "sqlite://app.db");
    }

    #[test]
    fn a_password_among_the_parameters_is_removed_on_its_own_too() {
        let mut redactor = Redactor::default();
        redactor.learn(&Secret::new("sqlite://app.db?mode=memory&password=hunter%32hunter"));
        assert_eq!(redactor.clean("hunter2hunter in memory"), "[redacted] in memory");
    }

    #[test]
    fn short_values_stay() {
        let mut redactor = Redactor::default();
        redactor.learn(&Secret::new("abc"));
        assert_eq!(redactor.clean("abc"), "abc");
    }
}
