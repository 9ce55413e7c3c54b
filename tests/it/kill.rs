//! Applying, killed from outside before each of its writes and syncs: the next run ends where one without a
//! kill does, and no statement runs twice.
//!
//! The program knows nothing of this: `strace` counts the system calls on the database, its journals and the
//! lock file, and kills it as one of them begins.

mod dump;
mod history;
mod point;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use rayon::prelude::*;

use crate::support::available;
use history::History;
use point::Point;

/// The name of the database in its folder; a relative one, so that its lock file has the same name everywhere.
const DATABASE: &str = "app.db";

/// How often it is tried to kill a run at one point: the tracer counts the calls of each thread for itself, and
/// either of two threads may be the one that closes the database.
const TRIES: usize = 40;

#[test]
fn a_run_killed_at_any_write_is_taken_up_by_the_next() {
    if !available("strace", point::can_trace()) {
        return;
    }
    let began = Instant::now();
    let histories = history::all();
    assert!(histories.len() >= 50, "only {} histories", histories.len());
    let stages: Vec<Stage> = histories.into_par_iter().map(Stage::new).collect();
    let kills: Vec<(&Stage, &Point)> =
        stages.iter().flat_map(|stage| stage.points.iter().map(move |point| (stage, point))).collect();
    let wrong: Vec<String> = kills
        .par_iter()
        .enumerate()
        .filter_map(|(at, (stage, point))| {
            stage.kill(at, point).err().map(|what| format!("{}, {point}: {what}", stage.history.name))
        })
        .collect();
    #[expect(clippy::print_stderr, reason = "how much was tried is part of the answer")]
    {
        let seconds = began.elapsed().as_secs();
        eprintln!("{} kill points in {} histories, {seconds} s", kills.len(), stages.len());
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), kills.len(), wrong.join("\n"));
}

/// A history with its migrations written, its database as it is before the runs that are killed, and what
/// becomes of it without a kill.
struct Stage {
    history: History,
    folder: tempfile::TempDir,
    points: Vec<Point>,
    expected: String,
}

impl Stage {
    fn new(history: History) -> Self {
        let folder = quick_folder();
        let mut stage = Self { history, folder, points: Vec::new(), expected: String::new() };
        stage.prepare();
        let plain = stage.copy("plain");
        stage.must(&plain, &stage.apply());
        stage.expected = dump::of(&plain);
        let traced = stage.copy("traced");
        let list = stage.folder.path().join("calls");
        let output = point::tracer(&traced, &list).args(stage.apply()).output().unwrap();
        assert!(output.status.success(), "{}", stage.history.name);
        assert_eq!(dump::of(&traced), stage.expected, "{}", stage.history.name);
        stage.points = point::all(&fs::read_to_string(list).unwrap(), &traced);
        stage
    }

    /// Writes the migrations, makes the database, and applies the files that are not part of the test.
    fn prepare(&mut self) {
        let folder = self.folder.path().join("before");
        fs::create_dir(&folder).unwrap();
        let migrations = self.migrations();
        fs::create_dir(&migrations).unwrap();
        for (name, text) in self.history.files() {
            fs::write(migrations.join(name), text).unwrap();
        }
        dump::make(&folder.join(DATABASE), self.history.setup());
        let dir = format!("file://{}", migrations.display());
        self.must(&folder, &["migrate", "hash", "--dir", &dir].map(str::to_owned));
        if self.history.applied > 0 {
            let mut apply = self.apply();
            apply.push(self.history.applied.to_string());
            self.must(&folder, &apply);
        }
        if self.history.fails {
            assert!(run(&folder, &self.apply()).is_err(), "{}", self.history.name);
            dump::make(&folder.join(DATABASE), &[history::REPAIR]);
        }
    }

    /// Kills a run at that point, runs again, and says what differs.
    fn kill(&self, at: usize, point: &Point) -> Result<(), String> {
        let killed = (0..TRIES).map(|again| self.copy(&format!("kill-{at}-{again}")));
        let mut killed = killed.filter(|folder| Point::kills(point.killer(folder).args(self.apply())));
        let folder = killed.next().ok_or("no run was killed there")?;
        run(&folder, &self.apply())?;
        let found = dump::of(&folder);
        if found != self.expected {
            return Err(format!(
                "differs from a run without a kill:\n{}",
                dump::difference(&self.expected, &found)
            ));
        }
        fs::remove_dir_all(folder).unwrap();
        Ok(())
    }

    fn apply(&self) -> Vec<String> {
        let url = format!("sqlite://{DATABASE}{}", self.history.parameters());
        let dir = format!("file://{}", self.migrations().display());
        let arguments = ["migrate", "apply", "--url", &url, "--dir", &dir, "--tx-mode", &self.history.mode];
        arguments.map(str::to_owned).to_vec()
    }

    fn migrations(&self) -> PathBuf {
        self.folder.path().join("migrations")
    }

    /// A folder with the database as it is before.
    fn copy(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        fs::create_dir(&folder).unwrap();
        for entry in fs::read_dir(self.folder.path().join("before")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        folder
    }

    fn must(&self, folder: &Path, arguments: &[String]) {
        run(folder, arguments).unwrap_or_else(|what| panic!("{}: {what}", self.history.name));
    }
}

/// Runs the program; what it complains about where it fails.
fn run(folder: &Path, arguments: &[String]) -> Result<(), String> {
    let output = in_folder(env!("CARGO_BIN_EXE_plinth"), folder).args(arguments).output().unwrap();
    let said = || String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{}: {}", output.status, said())) }
}

/// A program in an environment that has nothing but this folder.
fn in_folder(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env_clear().env("HOME", folder).env("TMPDIR", folder);
    command
}

/// Where the system keeps files in memory, if it does: thousands of databases are synced.
fn quick_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
