//! What templates receive: the report as pieces of finished Markdown, cut to a budget.

use minijinja::{Value, context};

use crate::{
    finding::{Evidence, Finding, Level, Place, Silenced, Silencer},
    prose::{Piece, Prose},
    render::{
        escape::{self, code, cut, fence, link, prose, text},
        templates::Escaped,
    },
    report::{AppliedFile, ApplyLog, Kind, ObjectRow, Origin, Report, Risk, SqlFile},
    review::duration,
    text::file_name,
};

/// How much of each part is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    rows: usize,
    findings: usize,
    /// Characters of a statement.
    statement: usize,
    silenced: usize,
    notes: usize,
    sql: bool,
    diagram: bool,
}

impl Budget {
    const FULL: Self = Self {
        rows: 200,
        findings: 200,
        statement: 2_000,
        silenced: 100,
        notes: 30,
        sql: true,
        diagram: true,
    };

    /// From everything to nothing but counts.
    pub(super) const LADDER: [Self; 8] = [
        Self::FULL,
        Self { diagram: false, ..Self::FULL },
        Self { diagram: false, sql: false, ..Self::FULL },
        Self { rows: 60, findings: 100, statement: 400, silenced: 30, notes: 10, sql: false, diagram: false },
        Self { rows: 30, findings: 40, statement: 160, silenced: 10, notes: 10, sql: false, diagram: false },
        Self { rows: 10, findings: 10, statement: 160, silenced: 0, notes: 5, sql: false, diagram: false },
        Self { rows: 0, findings: 2, statement: 80, silenced: 0, notes: 2, sql: false, diagram: false },
        Self { rows: 0, findings: 0, statement: 0, silenced: 0, notes: 0, sql: false, diagram: false },
    ];
}

/// The values that templates know; `most` is the size above which there is no use in making a text.
pub(super) fn data(report: &Report, budget: &Budget, most: usize) -> Value {
    let origin = &report.origin;
    let log = origin.log_url.as_deref().map(|url| link("log", Some(url), ""));
    let findings = &report.findings.findings;
    let silenced = &report.findings.silenced;
    let sql = if budget.sql { sql(report, most) } else { None };
    let has_sql = report.files.iter().any(|file| !file.statements.is_empty());
    let diagram = report.diagram.as_deref().filter(|_| budget.diagram);
    let left_out: Value = [
        (has_sql && sql.is_none()).then_some("the SQL"),
        (report.diagram.is_some() && diagram.is_none()).then_some("the diagram"),
    ]
    .into_iter()
    .flatten()
    .collect();
    context! {
        kind => match report.kind { Kind::Review => "review", Kind::Apply => "apply" },
        verdict => context! {
            dot => dot(report.verdict.risk),
            risk => report.verdict.risk.name(),
            text => Escaped::value(prose(&report.verdict.text)),
        },
        summary => report.summary.iter().map(|part| Escaped::value(prose(part))).collect::<Value>(),
        server => Escaped::value(text(&origin.server)),
        objects => report.objects.iter().take(budget.rows).map(row).collect::<Value>(),
        objects_left => report.objects.len().saturating_sub(budget.rows),
        broken => report.broken.as_ref().map(|broken| context! {
            place => Escaped::value(place(origin, &broken.place)),
            statement => statement(&broken.statement, budget),
            message => code_value(&broken.message),
        }),
        findings => findings.iter().take(budget.findings).map(|one| finding(one, origin, budget)).collect::<Value>(),
        findings_left => findings_left(findings.get(budget.findings..).unwrap_or_default()),
        silenced => silenced.iter().take(budget.silenced).map(|one| silenced_line(one, origin)).collect::<Value>(),
        silenced_left => silenced.len().saturating_sub(budget.silenced),
        silenced_title => counted(silenced.len(), "finding silenced", "findings silenced"),
        sql_title => sql_title(report),
        sql => sql.map(Escaped::value),
        diagram => diagram.map(|diagram| Escaped::value(fence("mermaid", diagram))),
        left_out => left_out,
        notes => report.notes.iter().take(budget.notes).map(|note| Escaped::value(prose(note))).collect::<Value>(),
        applied => report.applied.as_ref().map(|log| applied(log, origin, budget)),
        log => log.clone().map(Escaped::value),
        footer => footer(report, log).into_iter().map(Escaped::value).collect::<Value>(),
    }
}

fn dot(risk: Risk) -> &'static str {
    match risk {
        Risk::Green => "🟢",
        Risk::Yellow => "🟡",
        Risk::Red => "🔴",
    }
}

fn row(row: &ObjectRow) -> Value {
    context! {
        dot => dot(row.risk),
        risk => row.risk.name(),
        object => code_value(&row.object),
        change => Escaped::value(prose(&row.change)),
        meanwhile => Escaped::value(prose(&row.meanwhile)),
        work => Escaped::value(prose(&row.work)),
    }
}

fn finding(finding: &Finding, origin: &Origin, budget: &Budget) -> Value {
    let rule = format!(
        "{} {}",
        link(finding.rule.code, origin.rules_url.as_deref(), finding.rule.code),
        code(finding.rule.name)
    );
    context! {
        dot => dot(match finding.level {
            Level::Info => Risk::Green,
            Level::Warning => Risk::Yellow,
            Level::Error => Risk::Red,
        }),
        level => finding.level.to_string(),
        headline => Escaped::value(sentence(&finding.headline)),
        place => Escaped::value(place(origin, &finding.place)),
        statement => statement(&finding.statement, budget),
        seen => filled(&finding.seen),
        instead => filled(&finding.instead),
        rule => Escaped::value(rule),
        evidence => Escaped::value(evidence(finding.evidence, origin)),
    }
}

fn evidence(evidence: Evidence, origin: &Origin) -> String {
    match (evidence, &origin.dev_database) {
        (Evidence::Syntax, _) => "read in the text".to_owned(),
        (Evidence::State, _) => "seen in the schema before and after".to_owned(),
        (Evidence::Observed, None) => "observed".to_owned(),
        (Evidence::Observed, Some(database)) => format!("observed on {}", text(database)),
    }
}

/// How many findings are not shown, in words.
fn findings_left(left: &[Finding]) -> Option<String> {
    let count = |level| left.iter().filter(|finding| finding.level == level).count();
    let said: Vec<String> = [
        (count(Level::Error), "error", "errors"),
        (count(Level::Warning), "warning", "warnings"),
        (count(Level::Info), "remark", "remarks"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, many)| counted(count, one, many))
    .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// A finding that somebody decided about, on one line.
fn silenced_line(silenced: &Silenced, origin: &Origin) -> Value {
    let finding = &silenced.finding;
    let reason = silenced.reason.as_deref().filter(|reason| !reason.trim().is_empty());
    let reason = reason.map(|reason| format!(" — “{}”", text(reason.trim()))).unwrap_or_default();
    let by = match silenced.by {
        Silencer::Directive { line } => format!("a directive on line {line}"),
        Silencer::Check { line } => format!("the check on line {line}"),
        Silencer::Revert => "the check that a revert makes".to_owned(),
        Silencer::Baseline => "the baseline".to_owned(),
    };
    Escaped::value(format!(
        "{} on {}: {}{reason}, accepted by {by}",
        code(finding.rule.code),
        place(origin, &finding.place),
        prose(&finding.headline),
    ))
}

/// The file and line, as a link where the repository is on the web.
fn place(origin: &Origin, place: &Place) -> String {
    place_of(origin, &place.path, place.start.line)
}

fn place_of(origin: &Origin, path: &str, line: usize) -> String {
    let label = code(&format!("{}:{line}", file_name(path)));
    link(&label, origin.blob_url.as_deref(), &format!("{}#L{line}", escape::url_path(path)))
}

fn statement(sql: &str, budget: &Budget) -> Option<Value> {
    let sql = sql.trim();
    if sql.is_empty() || budget.statement == 0 {
        return None;
    }
    let most_lines = 30;
    let mut shown = cut(sql, budget.statement);
    if let Some((at, _)) = shown.match_indices('\n').nth(most_lines) {
        shown.truncate(at);
        shown.push_str("\n…");
    }
    Some(Escaped::value(fence("sql", &ended(&shown))))
}

/// All statements with their files, and how long each took where they ran; none where there are
/// none, or more than `most` bytes of them.
fn sql(report: &Report, most: usize) -> Option<String> {
    let size: usize = report.files.iter().flat_map(SqlFile::texts).map(str::len).sum();
    if size == 0 || size > most {
        return None;
    }
    let mut took = report
        .applied
        .iter()
        .flat_map(|log| log.files.iter().filter(|file| file.is_kept()))
        .flat_map(|file| file.statements.iter().map(|(_, millis)| *millis));
    let mut out = String::with_capacity(size);
    for file in report.files.iter().filter(|file| !file.statements.is_empty()) {
        out.push_str(&format!("-- {}\n", escape::one_line(file_name(file.path()))));
        for statement in file.texts() {
            out.push_str(&ended(statement.trim()));
            if let Some(millis) = took.next() {
                out.push_str(&format!(" -- {}", duration(millis)));
            }
            out.push('\n');
        }
    }
    Some(fence("sql", &out))
}

/// A statement with its delimiter.
fn ended(sql: &str) -> String {
    let last_line = sql.rsplit('\n').next().unwrap_or(sql);
    if sql.ends_with([';', '…']) {
        sql.to_owned()
    } else if last_line.contains("--") {
        format!("{sql}\n;")
    } else {
        format!("{sql};")
    }
}

fn sql_title(report: &Report) -> String {
    let count = report.files.iter().map(|file| file.statements.len()).sum();
    let count = counted(count, "statement", "statements");
    match (report.kind, &report.applied) {
        (Kind::Review, _) => format!("SQL to be applied on merge ({count})"),
        (Kind::Apply, Some(_)) => format!("SQL that was applied ({count})"),
        (Kind::Apply, None) => format!("SQL that would run ({count})"),
    }
}

fn applied(log: &ApplyLog, origin: &Origin, budget: &Budget) -> Option<Value> {
    if log.files.is_empty() {
        return None;
    }
    let most = budget.rows.max(3);
    let failed = log.files.iter().find_map(|file| file.failure.as_ref().map(|failure| (file, failure)));
    Some(context! {
        files => log.files.iter().take(most).map(|file| applied_file(file, origin)).collect::<Value>(),
        left => log.files.len().saturating_sub(most),
        failure => failed.map(|(file, failure)| context! {
            place => Escaped::value(place_of(origin, &file.path, failure.line)),
            statement => statement(&failure.statement, budget),
            message => code_value(&failure.message),
        }),
    })
}

fn applied_file(file: &AppliedFile, origin: &Origin) -> Value {
    let label = code(file_name(&file.path));
    let statements = if file.is_kept() { file.total.to_string() } else { file.extent() };
    context! {
        dot => dot(if file.is_kept() { Risk::Green } else { Risk::Red }),
        path => Escaped::value(link(&label, origin.blob_url.as_deref(), &escape::url_path(&file.path))),
        statements => statements,
        took => duration(file.millis),
    }
}

/// Where all this comes from, part by part.
fn footer(report: &Report, log: Option<String>) -> Vec<String> {
    let origin = &report.origin;
    let mut parts = Vec::new();
    if let Some(head) = &origin.head {
        let verb = match report.kind {
            Kind::Review => "Reviewed",
            Kind::Apply => "Apply of",
        };
        let mut part = format!("{verb} {}", commit(head));
        match (&origin.base_branch, &origin.base) {
            (Some(branch), Some(base)) => {
                part.push_str(&format!(" against {} at {}", code(branch), commit(base)));
            }
            (Some(only), None) => part.push_str(&format!(" against {}", code(only))),
            (None, Some(base)) => part.push_str(&format!(" against {}", commit(base))),
            (None, None) => {}
        }
        parts.push(part);
    }
    if let Some(plan) = &origin.plan {
        parts.push(format!("plan {}", code(&short(plan))));
    }
    if let Some(format) = &origin.format {
        parts.push(format!("format: {}", text(format)));
    }
    if let Some(database) = &origin.dev_database {
        parts.push(format!("dev database: {}", text(database)));
    }
    parts.push(format!("trust: {}", origin.trust));
    parts.extend(log);
    if !origin.reproduce.is_empty() {
        parts.push(format!("try it here: {}", code(&origin.reproduce)));
    }
    parts
}

fn commit(id: &str) -> String {
    code(&id.chars().take(7).collect::<String>())
}

/// `sha256:` and four and two digits, as people compare them.
fn short(plan: &str) -> String {
    match plan.split_once(':') {
        Some((kind, hex)) if hex.len() == 64 && hex.is_ascii() => {
            format!("{kind}:{}…{}", &hex[..4], &hex[62..])
        }
        _ => plan.to_owned(),
    }
}

fn code_value(value: &str) -> Value {
    Escaped::value(code(value))
}

fn filled(words: &Prose) -> Option<Value> {
    (!words.is_empty()).then(|| Escaped::value(prose(words)))
}

/// The words with a capital at the start, where they start with a word of ours.
fn sentence(words: &Prose) -> String {
    let text = prose(words);
    match words.pieces().first() {
        Some(Piece::Plain(_)) => {
            let mut chars = text.chars();
            chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
        }
        _ => text,
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}
