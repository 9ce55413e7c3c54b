//! How operations show reports: in the form that the caller asked for, or in the way of the platform.

use super::{
    Audience, Context, Outcome, inputs,
    project::{self, Workspace},
    review::Reviewed,
};
use crate::{
    error::{Result, exit},
    finding::Level,
    lint::{self, Baseline},
    platform::Effect,
    render::{self, Colour, Format, RuleDoc, Subject, Templates},
    report::{Origin, Report},
};

/// Where a report comes from, as far as the run alone tells.
pub(super) fn origin(cx: &Context, reproduce: String) -> Origin {
    let repository = cx.trigger.repository.as_ref();
    Origin {
        server: String::new(),
        format: None,
        head: cx.trigger.head.clone(),
        base: None,
        base_branch: None,
        plan: None,
        dev_database: None,
        trust: cx.trigger.trust,
        log_url: cx.trigger.log_url.clone(),
        run: cx.trigger.run,
        blob_url: repository
            .zip(cx.trigger.head.as_ref())
            .map(|(repository, head)| format!("{}/{}/blob/{head}/", repository.server_url, repository.name)),
        rules_url: None,
        reproduce,
    }
}

/// The file of accepted findings that the input names, from the work tree: its path and its text.
pub(super) fn baseline(cx: &Context, workspace: &Workspace) -> Result<Option<(String, String)>> {
    let Some(path) = cx.inputs.get(&inputs::BASELINE)? else { return Ok(None) };
    let path = workspace.path_of(cx, &path)?;
    let text = workspace.read_text(&path)?;
    Ok(Some((path, text)))
}

/// Shows reviews on standard output, in the form that `format` says; refuses where an error stands.
pub(super) fn reviewed(cx: &Context, workspace: &Workspace, reviews: &[Reviewed]) -> Result<Outcome> {
    let reports: Vec<&Report> = reviews.iter().map(|review| &review.report).collect();
    let mut outcome = Outcome::answer(match cx.inputs.need(&inputs::FORMAT_REPORT)?.as_str() {
        "json" => render::json(&reports),
        "sarif" => render::sarif(&reports, &rule_docs()),
        "markdown" => {
            let parts =
                reports.iter().map(|report| render::comment(report, &Templates::embedded(), usize::MAX));
            parts.collect::<Result<Vec<_>>>()?.join("\n") + "\n"
        }
        "text" => reviews
            .iter()
            .map(|review| render::terminal(&review.report, &review.sources, colour(cx)))
            .collect::<Vec<_>>()
            .join("\n"),
        // Scripts that name a template expect the document that Atlas gives it.
        template => documents(cx, &Format::parse(template)?, &reports)?,
    });
    if let Some(path) = cx.inputs.get(&inputs::WRITE_BASELINE)? {
        let path = workspace.absolute(&workspace.path_of(cx, &path)?);
        let findings: Vec<_> = reports.iter().flat_map(|report| report.standing()).cloned().collect();
        outcome.effects.push(Effect::Write {
            path: path.to_string_lossy().into_owned(),
            text: Baseline::of(&findings).to_string(),
        });
    }
    if reports.iter().any(|report| objects(report)) {
        outcome.exit = exit::REFUSED;
    }
    Ok(outcome)
}

/// The reports as Atlas's documents, in the form that the caller's template gives them.
fn documents(cx: &Context, format: &Format, reports: &[&Report]) -> Result<String> {
    let dialect = project::dialect(cx)?.ops();
    let document = |report: &&Report| {
        let (driver, schema) = (dialect.driver(), dialect.default_schema());
        let subject = Subject { driver, target: "", schema, directory: &report.project };
        Ok(format.render(&render::lint_document(&subject, report))?.unwrap_or_default())
    };
    reports.iter().map(document).collect()
}

/// Whether the report must fail the run.
pub(super) fn objects(report: &Report) -> bool {
    report.findings.worst() == Some(Level::Error) || report.broken.is_some()
}

/// Whether to colour what goes to the terminal.
pub(super) fn colour(cx: &Context) -> Colour {
    Colour::when(cx.audience == Audience::Terminal)
}

/// What SARIF says about rules.
pub(super) fn rule_docs() -> Vec<RuleDoc<'static>> {
    lint::rules::ALL
        .iter()
        .map(|rule| RuleDoc {
            id: rule.id,
            summary: rule.summary,
            help_markdown: rule.doc,
            level: rule.level,
        })
        .collect()
}
