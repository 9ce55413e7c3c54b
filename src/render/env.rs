//! The head of a document about a target, in the fields of Atlas: its driver, its URL, the folder.

use serde::Serialize;

/// What a document is about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The driver, as Atlas calls it.
    pub driver: &'static str,
    /// The URL of the target without secrets.
    pub target: &'a str,
    /// The schema that unqualified names mean.
    pub schema: &'a str,
    /// The path of the folder.
    pub directory: &'a str,
}

/// The fields of a subject.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Env<'a> {
    driver: &'static str,
    #[serde(rename = "URL")]
    url: Url<'a>,
    dir: &'a str,
}

/// A URL in the parts that Go knows.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Url<'a> {
    scheme: &'a str,
    host: &'a str,
    path: &'a str,
    schema: &'a str,
}

impl<'a> Subject<'a> {
    pub(super) fn env(&self) -> Env<'a> {
        let (scheme, rest) = self.target.split_once("://").unwrap_or(("", self.target));
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Env { driver: self.driver, url: Url { scheme, host, path, schema: self.schema }, dir: self.directory }
    }
}
