//! The command line, made from the table of operations; the only user of `clap`.

use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};

use crate::actions::{self, InputSpec, OnCommandLine, Spec, Takes};

/// What the command line asks for.
pub enum Invocation {
    /// Run an operation, with the values that flags gave.
    Run(&'static Spec, Flags),
    /// Print the documentation of a rule.
    Explain(String),
    /// Nothing was said: the entrypoint of the container, or a person who wants help.
    Nothing,
}

/// The values of flags.
pub struct Flags(ArgMatches);

impl Flags {
    /// The value of an input as the command line has it; repeated flags make lines.
    pub fn get(&self, spec: &InputSpec) -> Option<String> {
        let values = self.0.try_get_many::<String>(spec.name).ok()??;
        Some(values.map(String::as_str).collect::<Vec<_>>().join("\n"))
    }
}

/// Reads the arguments; `Err` is help, a version or a complaint to print.
pub fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Invocation, clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    Ok(match matches.subcommand() {
        Some(("explain", rest)) => {
            Invocation::Explain(rest.get_one::<String>("rule").cloned().unwrap_or_default())
        }
        Some((name, rest)) => {
            let (id, rest) = match rest.subcommand() {
                Some((verb, rest)) => (format!("{name}/{verb}"), rest),
                None => (name.to_owned(), rest),
            };
            match actions::find(&id) {
                Some(spec) => Invocation::Run(spec, Flags(rest.clone())),
                None => Invocation::Nothing,
            }
        }
        None => Invocation::Nothing,
    })
}

/// The help of the whole program.
pub fn help() -> String {
    command().render_long_help().to_string()
}

/// The whole command, with a sub-command for each operation.
pub fn command() -> Command {
    let mut command = Command::new("plinth")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Reviews every database schema change in the pull request and applies it on merge")
        .after_help("Run without arguments in CI, Plinth reads the input `action` (default `ci`).")
        .subcommand_required(false)
        .disable_help_subcommand(true);
    for (group, about) in
        [("migrate", "Work with a folder of versioned migrations"), ("schema", "Look at states of a schema")]
    {
        let verbs = actions::ALL.iter().filter_map(|spec| {
            let (of, verb) = spec.id.split_once('/')?;
            (of == group).then(|| operation(verb, spec))
        });
        command = command.subcommand(
            Command::new(group)
                .about(about)
                .subcommand_required(true)
                .arg_required_else_help(true)
                .subcommands(verbs),
        );
    }
    let alone = actions::ALL.iter().filter(|spec| !spec.id.contains('/'));
    command.subcommands(alone.map(|spec| operation(spec.id, spec))).subcommand(
        Command::new("explain").about("Print the documentation of a lint rule").arg(
            Arg::new("rule").required(true).value_name("RULE").help("Its code or name, such as `DS103`"),
        ),
    )
}

fn operation(name: &'static str, spec: &'static Spec) -> Command {
    Command::new(name)
        .about(spec.summary)
        .after_long_help(spec.docs)
        .args(spec.inputs.iter().map(|input| argument(input)))
}

fn argument(input: &'static InputSpec) -> Arg {
    let argument = Arg::new(input.name).help(help_of(input));
    let argument = match input.on_command_line {
        OnCommandLine::Argument => argument.value_name(input.name.to_uppercase()),
        OnCommandLine::Flag => {
            argument.long(input.name).short(input.short).value_name(placeholder(input.takes))
        }
    };
    match input.takes {
        // No default is given to clap: what the environment says must win over a default.
        Takes::Flag => argument.num_args(0..=1).require_equals(true).default_missing_value("true"),
        Takes::List if input.on_command_line == OnCommandLine::Argument => argument.num_args(1..),
        Takes::List | Takes::Secrets => argument.action(ArgAction::Append),
        Takes::Choice(words) => argument.value_parser(PossibleValuesParser::new(words)),
        Takes::Text | Takes::Secret | Takes::Number | Takes::Duration => argument,
    }
}

fn help_of(input: &InputSpec) -> String {
    match (input.default, input.takes) {
        ("", _) | (_, Takes::Flag) => input.docs.to_owned(),
        (default, _) => format!("{} [default: {default}]", input.docs),
    }
}

const fn placeholder(takes: Takes) -> &'static str {
    match takes {
        Takes::Text | Takes::List => "TEXT",
        Takes::Secret | Takes::Secrets => "URL",
        Takes::Flag => "true|false",
        Takes::Number => "N",
        Takes::Duration => "TIME",
        Takes::Choice(_) => "WORD",
    }
}
