//! How GitHub's runner reads what a step prints and writes: its grammar, written down on its own.

/// A workflow command that the runner would obey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Obeyed {
    /// Its name in lower case.
    pub(crate) name: String,
    /// Its properties, unescaped.
    pub(crate) properties: Vec<(String, String)>,
    /// Its data, unescaped.
    pub(crate) data: String,
}

impl Obeyed {
    /// The value of a property.
    pub(crate) fn property(&self, key: &str) -> Option<&str> {
        self.properties.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

const NAMES: [&str; 14] = [
    "error",
    "warning",
    "notice",
    "debug",
    "group",
    "endgroup",
    "add-mask",
    "add-matcher",
    "remove-matcher",
    "echo",
    "stop-commands",
    "set-env",
    "set-output",
    "save-state",
];

/// The commands in what a step printed, on either stream.
pub(crate) fn commands(log: &str) -> Vec<Obeyed> {
    log.split(['\n', '\r']).filter_map(|line| current(line).or_else(|| legacy(line))).collect()
}

/// `::name key=value,key=value::data`, at the start of a line after white space.
fn current(line: &str) -> Option<Obeyed> {
    let rest = line.trim_start().strip_prefix("::")?;
    let (head, data) = rest.split_once("::")?;
    command(head, ',', data, |text| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%25", "%")
    })
}

/// `##[name key=value;key=value]data`, anywhere in a line.
fn legacy(line: &str) -> Option<Obeyed> {
    let (_, rest) = line.split_once("##[")?;
    let (head, data) = rest.split_once(']')?;
    command(head, ';', data, |text| {
        text.replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%3B", ";")
            .replace("%5D", "]")
            .replace("%25", "%")
    })
}

fn command(head: &str, separator: char, data: &str, unescape: impl Fn(&str) -> String) -> Option<Obeyed> {
    let (name, properties) = head.split_once(' ').unwrap_or((head, ""));
    let name = name.to_lowercase();
    if !NAMES.contains(&name.as_str()) {
        return None;
    }
    let properties = properties
        .split(separator)
        .filter_map(|pair| pair.trim().split_once('='))
        .map(|(key, value)| (key.to_owned(), unescape(value)))
        .collect();
    Some(Obeyed { name, properties, data: unescape(data) })
}

/// The values in an output file, in order; an error as the runner would report it.
pub(crate) fn values(mut file: &str) -> Result<Vec<(String, String)>, String> {
    let mut values = Vec::new();
    while !file.is_empty() {
        let (line, rest) = file.split_once('\n').unwrap_or((file, ""));
        file = rest;
        if line.is_empty() {
            continue;
        }
        match (line.find('='), line.find("<<")) {
            (Some(equals), heredoc) if heredoc.is_none_or(|at| equals < at) => {
                values.push((line[..equals].to_owned(), line[equals + 1..].to_owned()));
            }
            (_, Some(at)) if at > 0 && line.len() > at + 2 => {
                let (name, delimiter) = (&line[..at], &line[at + 2..]);
                let (value, rest) = heredoc(file, delimiter).ok_or(format!("no line `{delimiter}`"))?;
                values.push((name.to_owned(), value));
                file = rest;
            }
            _ => return Err(format!("invalid line `{line}`")),
        }
    }
    Ok(values)
}

/// The lines up to one that equals the delimiter, without the last line end; and what follows.
fn heredoc<'a>(file: &'a str, delimiter: &str) -> Option<(String, &'a str)> {
    let mut lines = Vec::new();
    let mut rest = file;
    loop {
        let (line, after) = match rest.split_once('\n') {
            Some((line, after)) => (line, after),
            None if rest.is_empty() => return None,
            None => (rest, ""),
        };
        if line == delimiter {
            return Some((lines.join("\n"), after));
        }
        lines.push(line);
        rest = after;
    }
}
