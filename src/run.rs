//! The composition root: the real arguments, environment, clock and streams meet the operations.

use std::{
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::{
    actions::{self, Audience, Context, Inputs, Outcome, Spec},
    cli::{self, Flags, Invocation},
    devdb::sandbox,
    env::Env,
    error::{Error, Kind, Result, exit},
    files,
    lint::rules,
    platform::{self, Effect, Platform},
    render,
    secret::Redactor,
};

/// Runs the program with the real arguments and environment.
pub fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    if arguments.next().as_deref() == Some(sandbox::ARGUMENT) {
        return sandbox::serve(arguments.next().as_deref());
    }
    report_panics();
    match cli::parse(std::env::args_os()) {
        Err(answer) => {
            // Whether it goes to a terminal, and in colours, is decided there.
            let _ = answer.print();
            ExitCode::from(if answer.use_stderr() { exit::USAGE } else { exit::OK })
        }
        Ok(Invocation::Explain(rule)) => explain(&rule),
        Ok(Invocation::Run(spec, flags)) => operation(Some(spec), Some(&flags)),
        Ok(Invocation::Nothing) => operation(None, None),
    }
}

/// Makes a panic what it is, a bug of ours, with its exit code; says where, since its message may hold anything.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        let error = Error::bug(format!("Plinth has a bug at {place}"))
            .hint("please report it, with the command and, if you can, the files");
        complain(&error, &Redactor::default(), platform::detect(&Env::default()));
        #[expect(
            clippy::exit,
            clippy::disallowed_methods,
            reason = "nothing can go on, and the code must not be that of a signal"
        )]
        std::process::exit(i32::from(exit::BUG));
    }));
}

/// Prints the page of a rule; of several, where the name is an analyzer's.
fn explain(name: &str) -> ExitCode {
    let pages: Vec<_> = rules::named(name).map(|rule| rule.doc).collect();
    if pages.is_empty() {
        let error = Error::usage(format!("there is no rule `{name}`"))
            .hint("the codes and names are listed in docs/reference/rules.md");
        return complain(&error, &Redactor::default(), platform::detect(&Env::default()));
    }
    print(&mut std::io::stdout(), &pages.join("\n"));
    ExitCode::SUCCESS
}

/// Runs one operation; none stands for what the CI's `action` input says.
fn operation(spec: Option<&'static Spec>, flags: Option<&Flags>) -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the real environment")]
    let env: Env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let platform = platform::detect(&env);
    match prepare(spec, flags, env, platform) {
        Ok(None) => {
            print(&mut std::io::stdout(), &cli::help());
            ExitCode::SUCCESS
        }
        Ok(Some((spec, context))) => {
            let redactor = &context.redactor;
            let masks: Vec<&str> = redactor.masks().collect();
            perform(platform.mask(&masks), &context.directory, &Redactor::default());
            match execute(spec, &context).and_then(|outcome| show(&context, outcome, redactor)) {
                Ok(code) => code,
                Err(error) => give_up(&error, redactor, platform),
            }
        }
        Err(error) => give_up(&error, &Redactor::default(), platform),
    }
}

fn prepare(
    spec: Option<&'static Spec>,
    flags: Option<&Flags>,
    env: Env,
    platform: &'static dyn Platform,
) -> Result<Option<(&'static Spec, Context)>> {
    let Some(spec) = spec.map_or_else(|| action_of(&env, platform), |spec| Ok(Some(spec)))? else {
        return Ok(None);
    };
    let directory = working_directory(&env, platform)?;
    let inputs = Inputs::gather(spec.inputs, |input| {
        let from_flag = flags.and_then(|flags| flags.get(input)).filter(|text| !text.trim().is_empty());
        let flag = from_flag.map(|text| (text, format!("`--{}`", input.name)));
        flag.or_else(|| {
            platform.input(&env, input.name).map(|given| (given.value, format!("`{}`", given.variable)))
        })
    });
    inputs.check(spec.inputs)?;
    let event = platform.event_file(&env).map(|path| event(&path)).transpose()?;
    let mut trigger = platform.trigger(&env, event.as_deref())?;
    trigger.trust = actions::trust(spec, &inputs, &trigger)?;
    let token = trigger.repository.as_ref().and_then(|repository| repository.token.clone());
    let mut redactor = Redactor::default();
    for secret in inputs.secrets(spec.inputs).iter().chain(&token) {
        redactor.learn(secret);
    }
    let shown = redactor.clone();
    let executable = std::env::current_exe()
        .map_err(|error| Error::outside("cannot tell where this program is").because(error))?;
    let audience = match (platform.is_ci(), std::io::stdout().is_terminal(), env.get("NO_COLOR")) {
        (true, ..) => Audience::Log,
        (false, true, None) => Audience::Terminal,
        (false, ..) => Audience::PlainTerminal,
    };
    let context = Context {
        inputs,
        redactor,
        committed: Arc::default(),
        trigger,
        platform,
        directory,
        executable,
        audience,
        temporary: std::env::temp_dir(),
        clock: jiff::Timestamp::now,
        progress: Box::new(move |text| {
            let text = shown.clean(text);
            let lines = text.split('\n').map(|line| platform.log_line(line) + "\n");
            print(&mut std::io::stdout(), &lines.collect::<String>());
        }),
        env,
    };
    Ok(Some((spec, context)))
}

/// The operation that the environment asks for; none for a person who gave no arguments.
fn action_of(env: &Env, platform: &'static dyn Platform) -> Result<Option<&'static Spec>> {
    let given = platform.input(env, "action").map(|given| given.value);
    let named = given.or_else(|| env.get("ATLAS_ACTION").map(|id| id.trim().to_owned()));
    match named.as_deref() {
        None if platform.is_ci() => Ok(actions::find("ci")),
        None => Ok(None),
        Some(id) => actions::find(id).map(Some).ok_or_else(|| {
            let known: Vec<_> = actions::ALL.iter().map(|spec| spec.id).collect();
            Error::usage(format!("there is no action `{id}`"))
                .hint(format!("the actions are `{}`", known.join("`, `")))
        }),
    }
}

fn working_directory(env: &Env, platform: &'static dyn Platform) -> Result<PathBuf> {
    let here = std::env::current_dir()
        .map_err(|error| Error::outside("cannot tell the working directory").because(error))?;
    match platform.input(env, actions::WORKING_DIRECTORY) {
        Some(given) => files::folder_beneath(&here, &given.value),
        None => Ok(here),
    }
}

/// The event that the platform wrote down.
fn event(path: &str) -> Result<String> {
    let place = Path::new(path);
    let (Some(folder), Some(name)) = (place.parent(), place.file_name().and_then(|name| name.to_str()))
    else {
        return Err(Error::usage(format!("`{path}` is no event file")));
    };
    let bytes = files::read_file(folder, name)?;
    String::from_utf8(bytes)
        .map_err(|error| Error::usage(format!("`{path}` is not UTF-8")).because(error.utf8_error()))
}

fn execute(spec: &Spec, context: &Context) -> Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Error::outside("cannot start the runtime").because(error))?;
    let result = runtime.block_on(async {
        // On a thread of its own: the operation may be at work for long without a pause.
        let interrupted = tokio::spawn(interrupted(Arc::clone(&context.committed)));
        tokio::select! {
            result = (spec.run)(context) => result,
            Ok(signal) = interrupted => Err(Error::new(cut_short(&context.committed), format!("stopped by {signal}"))
                .hint("what was committed stays; run the same command again to go on")),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    result
}

/// How long an operation may take to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

/// What it means for a target that the operation stops here.
fn cut_short(committed: &AtomicBool) -> Kind {
    if committed.load(Ordering::Relaxed) { Kind::Partial } else { Kind::Outside }
}

/// Waits for Ctrl-C or SIGTERM; the operation is then dropped, which releases its locks.
async fn interrupted(committed: Arc<AtomicBool>) -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let name = match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => "Ctrl-C",
            _ = terminate.recv() => "SIGTERM",
        },
        Err(_) => std::future::pending().await,
    };
    std::thread::spawn(move || end_late(&committed));
    name
}

/// Ends the process where the operation does not come to a pause, which releases what it holds.
#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "nobody else can stop an operation that never pauses"
)]
fn end_late(committed: &AtomicBool) {
    std::thread::sleep(GRACE);
    std::process::exit(cut_short(committed).exit_code().into());
}

/// Performs an outcome; returns the exit code.
fn show(context: &Context, outcome: Outcome, redactor: &Redactor) -> Result<ExitCode> {
    print(&mut std::io::stdout(), &answer(context, &redactor.clean(&outcome.answer)));
    let remarks = outcome.remarks.iter().flat_map(|text| text.lines());
    let directory = &context.directory;
    perform(remarks.map(|line| Effect::Log(context.platform.log_line(line))).collect(), directory, redactor);
    perform(outcome.effects, directory, redactor);
    perform(context.platform.hand_over(&context.env, &outcome.outputs)?, directory, redactor);
    Ok(match outcome.failure {
        Some(error) => complain(&error, redactor, context.platform),
        None => ExitCode::from(outcome.exit),
    })
}

/// What was asked for, as standard output takes it: in CI that is the log, unless it is sent to a file.
fn answer(context: &Context, text: &str) -> String {
    if !context.platform.is_ci() || files::is_plain(std::io::stdout()) {
        return text.to_owned();
    }
    text.split('\n').map(|line| context.platform.log_line(line)).collect::<Vec<_>>().join("\n")
}

/// The one executor of effects; a log or file that cannot be written does not change the verdict.
fn perform(effects: Vec<Effect>, directory: &Path, redactor: &Redactor) {
    for effect in effects {
        let result = match effect {
            Effect::Append { path, text } => files::append_file(&path, &redactor.clean(&text)),
            Effect::Write { path, text } => {
                files::write_at(directory, Path::new(&path), redactor.clean(&text).as_bytes())
            }
            Effect::Log(line) => {
                print(&mut std::io::stderr(), &format!("{}\n", redactor.clean(&line)));
                Ok(())
            }
        };
        if let Err(error) = result {
            print(&mut std::io::stderr(), &format!("{}\n", redactor.clean(&error.to_string())));
        }
    }
}

/// Complains where no report says what happened.
fn give_up(error: &Error, redactor: &Redactor, platform: &dyn Platform) -> ExitCode {
    let code = complain(error, redactor, platform);
    let lines = [error.message()].into_iter().chain(error.hints().iter().map(String::as_str));
    perform(platform.complain(&lines.collect::<Vec<_>>().join("\n")), Path::new("."), redactor);
    code
}

fn complain(error: &Error, redactor: &Redactor, platform: &dyn Platform) -> ExitCode {
    let colour = render::Colour::when(!platform.is_ci() && std::io::stderr().is_terminal());
    let text = render::error(error, colour);
    let lines =
        text.lines().map(|line| if platform.is_ci() { platform.log_line(line) } else { line.to_owned() });
    perform(lines.map(Effect::Log).collect(), Path::new("/"), redactor);
    ExitCode::from(error.kind().exit_code())
}

/// Writes to a standard stream; a reader that went away is no failure of ours.
fn print(stream: &mut dyn Write, text: &str) {
    let _ = stream.write_all(text.as_bytes());
    let _ = stream.flush();
}
