//! The descriptions of their interfaces that vendors publish, where this machine has them.

use std::{fs, path::PathBuf, sync::OnceLock};

use jsonschema::{Draft, Registry, Validator};
use serde_json::{Map, Value, json};

/// The folder that `PLINTH_CONTRACTS` names; without it the tests run without this extra check.
#[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "the tests have no composition root")]
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("PLINTH_CONTRACTS").filter(|value| !value.is_empty()).map(PathBuf::from);
    if folder.is_none() {
        eprintln!("not checked against the contracts of the forges: PLINTH_CONTRACTS is not set");
    }
    folder
}

/// A request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// `GET` and so on.
    pub(crate) method: String,
    /// The path on the server, without the prefix of the API, still encoded.
    pub(crate) path: String,
    /// The query, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// The headers by lower-case name.
    pub(crate) headers: Vec<(String, String)>,
    /// The content of the request; empty if it had none.
    pub(crate) body: String,
    /// The status of the answer; none if the connection was cut.
    pub(crate) status: Option<u16>,
    /// The content of the answer.
    pub(crate) answer: String,
    /// Whether the answer was wrong on purpose.
    pub(crate) broken: bool,
}

/// An OpenAPI 3.0 description, ready to check exchanges.
pub(crate) struct OpenApi {
    document: Value,
    registry: Registry<'static>,
}

const ROOT: &str = "https://contracts.invalid/root";
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl OpenApi {
    /// The description of GitHub's REST API, if it is here.
    pub(crate) fn github() -> Option<&'static Self> {
        static GITHUB: OnceLock<Option<OpenApi>> = OnceLock::new();
        GITHUB.get_or_init(|| folder().map(|folder| Self::read(&folder.join("github/openapi.json")))).as_ref()
    }

    fn read(path: &std::path::Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document = schema(serde_json::from_str(&text).expect("JSON"));
        let registry = Registry::new()
            .draft(Draft::Draft4)
            .add(ROOT, document.clone())
            .and_then(jsonschema::RegistryBuilder::prepare)
            .expect("a description");
        Self { document, registry }
    }

    /// What is wrong with an exchange; nothing where all is well.
    pub(crate) fn faults(&self, exchange: &Exchange) -> Vec<String> {
        let method = exchange.method.to_lowercase();
        let Some((template, operation)) = self.operation(&method, &exchange.path) else {
            return vec!["no such operation".to_owned()];
        };
        let at = format!("#/paths/{}/{method}", pointer(template));
        let mut faults = self.request_faults(exchange, operation, &at);
        if !exchange.broken {
            faults.extend(self.answer_faults(exchange, operation, &at));
        }
        faults
    }

    /// The operation whose path template fits with the fewest parameters.
    fn operation(&self, method: &str, path: &str) -> Option<(&str, &Value)> {
        let fitting = self.document["paths"].as_object()?.iter().filter(|(template, item)| {
            let many = METHODS.iter().any(|method| {
                let parameters = item[method]["parameters"].as_array();
                parameters
                    .is_some_and(|all| all.iter().any(|one| self.resolved(one)["x-multi-segment"] == true))
            });
            item.get(method).is_some() && fits(template, path, many)
        });
        let (template, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        Some((template, &item[method]))
    }

    fn request_faults(&self, exchange: &Exchange, operation: &Value, at: &str) -> Vec<String> {
        let mut faults = Vec::new();
        let none = Vec::new();
        let parameters: Vec<_> = operation["parameters"]
            .as_array()
            .unwrap_or(&none)
            .iter()
            .map(|one| self.resolved(one))
            .collect();
        for (name, value) in &exchange.query {
            let Some(known) =
                parameters.iter().find(|one| one["in"] == "query" && one["name"] == name.as_str())
            else {
                faults.push(format!("unknown query parameter `{name}`"));
                continue;
            };
            let kind = &known["schema"]["type"];
            if kind == "integer" && value.parse::<i64>().is_err() {
                faults.push(format!("`{name}={value}` is not a number"));
            }
        }
        match (&operation["requestBody"], exchange.body.as_str()) {
            (Value::Null, "") => {}
            (Value::Null, _) => faults.push("content that nobody expects".to_owned()),
            (_, body) => match serde_json::from_str(body) {
                Ok(body) => {
                    let at = format!("{at}/requestBody/content/application~1json/schema");
                    faults.extend(
                        self.validated(&at, &body).into_iter().map(|fault| format!("request: {fault}")),
                    );
                }
                Err(error) => faults.push(format!("the request is not JSON: {error}")),
            },
        }
        faults
    }

    fn answer_faults(&self, exchange: &Exchange, operation: &Value, at: &str) -> Vec<String> {
        let Some(status) = exchange.status else { return Vec::new() };
        let answers = &operation["responses"];
        let Some(answer) = answers.get(status.to_string()) else {
            // Refusals are described for few operations only; all have the same form.
            let refused = serde_json::from_str::<Value>(&exchange.answer);
            let usual = refused.is_ok_and(|body| body["message"].is_string());
            let known = matches!(status, 401 | 403 | 404 | 409 | 410 | 422 | 429) || status >= 500;
            return if usual && known {
                Vec::new()
            } else {
                vec![format!("status {status} is not described")]
            };
        };
        let at = match answer["$ref"].as_str() {
            Some(reference) => reference.to_owned(),
            None => format!("{at}/responses/{status}"),
        };
        let content = &self.resolved(answer)["content"];
        if content.get("application/json").is_none() {
            let empty = exchange.answer.is_empty();
            return if empty { Vec::new() } else { vec![format!("content with status {status}")] };
        }
        match serde_json::from_str(&exchange.answer) {
            Ok(body) => {
                let faults = self.validated(&format!("{at}/content/application~1json/schema"), &body);
                faults.into_iter().map(|fault| format!("answer: {fault}")).collect()
            }
            Err(error) => vec![format!("the answer is not JSON: {error}")],
        }
    }

    fn validated(&self, at: &str, value: &Value) -> Vec<String> {
        let validator: Validator = jsonschema::options()
            .with_draft(Draft::Draft4)
            .with_registry(&self.registry)
            .build(&json!({ "$ref": format!("{ROOT}{at}") }))
            .unwrap_or_else(|error| panic!("{at}: {error}"));
        validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(&reference[1..]).expect("what a reference names"),
            None => value,
        }
    }
}

/// Whether a path fits a template; where parameters may span segments, the last one takes the rest.
fn fits(template: &str, path: &str, many: bool) -> bool {
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let same = wanted.len() == given.len() || (many && template.ends_with('}') && wanted.len() < given.len());
    same && wanted
        .iter()
        .zip(&given)
        .all(|(wanted, given)| if wanted.starts_with('{') { !given.is_empty() } else { wanted == given })
}

/// A path template as a piece of a JSON pointer in a URL.
fn pointer(template: &str) -> String {
    template.replace('~', "~0").replace('/', "~1").replace('{', "%7B").replace('}', "%7D")
}

/// OpenAPI 3.0 as JSON Schema: `nullable` becomes a choice, examples go.
fn schema(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(schema).collect(),
        Value::Object(mut fields) => {
            let nullable = fields.remove("nullable") == Some(Value::Bool(true));
            let is_schema = fields.get("type").is_none_or(Value::is_string);
            let mut kept = Map::new();
            for (key, value) in fields {
                let noise = is_schema && matches!(key.as_str(), "example" | "examples" | "discriminator");
                match (noise, key.as_str()) {
                    (true, _) => {}
                    // The names in here are not keywords.
                    (_, "properties") => {
                        let fields = value.as_object().cloned().unwrap_or_default();
                        let fields: Map<_, _> =
                            fields.into_iter().map(|(name, value)| (name, schema(value))).collect();
                        kept.insert(key, Value::Object(fields));
                    }
                    _ => {
                        kept.insert(key, schema(value));
                    }
                }
            }
            if nullable { json!({ "anyOf": [kept, { "type": "null" }] }) } else { Value::Object(kept) }
        }
        other => other,
    }
}
