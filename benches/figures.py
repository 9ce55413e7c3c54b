#!/usr/bin/env python3
"""Measures Plinth as whole processes and prints the table of docs/performance.md.

    cargo build --release && python3 benches/figures.py [target/release/plinth]

Needs Python 3.9 or newer; with squawk on the PATH (`pip install squawk-cli`) the static lint is
compared with it in the same run, in turn, and the apply with the `sqlite3` shell. Medians of 20 runs, after one that is not counted.
"""
import os, pathlib, random, shutil, statistics, subprocess, sys, sysconfig, tempfile, time

RUNS = 20
PLINTH = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else "target/release/plinth")


def table(rng, number):
    """Twenty statements about one table, in SQL that SQLite and PostgreSQL both take."""
    name = f"t{number}"
    sql = [f"CREATE TABLE {name} (id integer PRIMARY KEY, a integer NOT NULL, b text, c text, owner integer)"]
    for column in range(6):
        sql.append(f"ALTER TABLE {name} ADD COLUMN x{column} {rng.choice(['integer', 'text', 'numeric'])}")
    sql.append(f"CREATE INDEX {name}_a ON {name} (a)")
    sql.append(f"CREATE INDEX {name}_b ON {name} (b, c)")
    sql.append(f"CREATE UNIQUE INDEX {name}_c ON {name} (c)")
    sql.append(f"INSERT INTO {name} (id, a, b) VALUES (1, {rng.randrange(1000)}, 'it''s; here')")
    sql.append(f"UPDATE {name} SET b = 'x' WHERE a > {rng.randrange(1000)}")
    sql.append(f"UPDATE {name} SET c = b || 'y' WHERE c IS NULL")
    sql.append(f"CREATE VIEW {name}_v AS SELECT a, count(*) AS n FROM {name} WHERE b IS NOT NULL GROUP BY a")
    sql.append(f"DROP VIEW {name}_v")
    sql.append(f"DROP INDEX {name}_b")
    sql.append(f"ALTER TABLE {name} RENAME COLUMN x1 TO y1")
    sql.append(f"ALTER TABLE {name} DROP COLUMN x5")
    sql.append(f"DELETE FROM {name} WHERE a < 0")
    sql.append(f"ALTER TABLE {name} ADD COLUMN z integer DEFAULT {rng.randrange(10)}")
    assert len(sql) == 20
    return "".join(statement + ";\n" for statement in sql)


def history(folder, files):
    rng = random.Random(42)
    folder.mkdir(parents=True)
    for number in range(files):
        (folder / f"{20200101000000 + number}_t.sql").write_text(table(rng, number))
    subprocess.run([PLINTH, "migrate", "hash", "--dir", "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def grown(folder, files, tables):
    """A history as applications have them: tables come one by one, and most files change one that is there."""
    rng = random.Random(42)
    folder.mkdir(parents=True)
    every = files // tables
    for number in range(files):
        last = number // every
        name = f"t{rng.randrange(last + 1)}"
        if number % every == 0:
            parent = f" REFERENCES t{rng.randrange(last)} (id)" if last else ""
            sql = [
                f"CREATE TABLE t{last} (id integer PRIMARY KEY, a integer NOT NULL, b text, owner integer{parent})",
                f"CREATE INDEX t{last}_a ON t{last} (a)",
            ]
        elif number % 2:
            sql = [f"ALTER TABLE {name} ADD COLUMN x{number} text", f"UPDATE {name} SET x{number} = b WHERE a > 7"]
        else:
            sql = [f"CREATE INDEX {name}_i{number} ON {name} (b, a)", f"INSERT INTO {name} (a, b) VALUES (1, 'x')"]
        (folder / f"{20200101000000 + number}_t.sql").write_text("".join(one + ";\n" for one in sql))
    subprocess.run([PLINTH, "migrate", "hash", "--dir", "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def one_file(folder, statements):
    rng = random.Random(42)
    folder.mkdir(parents=True)
    text = "".join(table(rng, number) for number in range(statements // 20))
    (folder / "20200101000000_big.sql").write_text(text)
    subprocess.run([PLINTH, "migrate", "hash", "--dir", "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def rows(folder, files):
    """Files of five statements each: a hundred tables, then rows."""
    rng = random.Random(42)
    folder.mkdir(parents=True)
    for number in range(files):
        name = f"t{number % 100}"
        sql = [f"CREATE TABLE {name} (id integer PRIMARY KEY, a integer, b text)"] if number < 100 else []
        while len(sql) < 5:
            sql.append(f"INSERT INTO {name} (a, b) VALUES ({rng.randrange(1000)}, 'some text that is a bit longer')")
        (folder / f"{20200101000000 + number}_t.sql").write_text("".join(one + ";\n" for one in sql))
    subprocess.run([PLINTH, "migrate", "hash", "--dir", "."], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return folder


def script(folder, path):
    """The same statements for the `sqlite3` shell, each file in a transaction."""
    with open(path, "w") as out:
        out.write("PRAGMA synchronous = FULL;\n")
        for file in sorted(folder.glob("*.sql")):
            out.write(f"BEGIN IMMEDIATE;\n{file.read_text()}COMMIT;\n")
    return path


def once(command, cwd, stdin=None):
    start = time.perf_counter()
    source = open(stdin) if stdin else subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=cwd, stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 1):
        raise SystemExit(f"{command} ended with {code}")
    return wall, usage.ru_maxrss / 1024


def measure(commands, runs=RUNS):
    """Runs the commands in turn; returns for each the median wall time in ms and the peak memory in MiB."""
    results = [[] for _ in commands]
    for run in range(runs + 1):
        for result, (command, cwd) in zip(results, commands):
            figures = once(command, cwd)
            if run:
                result.append(figures)
    return [(statistics.median(r[0] for r in result) * 1000, max(r[1] for r in result)) for result in results]


def applied(work):
    """Apply against the `sqlite3` shell, each on a new database on the same disk, in turn; then the status."""
    folder, shell = rows(work / "rows" / "migrations", 1000), shutil.which("sqlite3")
    sql = script(folder, work / "rows.sql")
    ours, theirs = [], []
    for run in range(6):
        apply = [PLINTH, "migrate", "apply", "--dir", ".", "--url", f"sqlite://{work}/ours{run}.db"]
        ours.append(once(apply, folder))
        if shell:
            theirs.append(once([shell, str(work / f"theirs{run}.db")], work, sql))
    middle = lambda runs: statistics.median(wall for wall, _ in runs[1:]) * 1000
    row("apply of 1,000 files × 5 to SQLite", f"{middle(ours):.0f} ms, {max(m for _, m in ours):.0f} MiB", "–")
    if shell:
        row("… `sqlite3`, the same files, in turn", f"{middle(theirs):.0f} ms", "–")
        row("… ratio", f"{middle(ours) / middle(theirs):.2f}", "≤ 1.3")
    folder = rows(work / "many rows" / "migrations", 10_000)
    target = f"sqlite://{work}/many.db"
    once([PLINTH, "migrate", "apply", "--dir", ".", "--url", target, "--tx-mode", "all"], folder)
    [(status, memory)] = measure([([PLINTH, "migrate", "status", "--dir", ".", "--url", target], folder)])
    row("status on 10,000 applied files", f"{status:.0f} ms, {memory:.0f} MiB", "≤ 200 ms")


def squawk_program():
    """The program itself: a version manager's script in front of it would be measured with it."""
    beside = os.path.join(sysconfig.get_path("scripts"), "squawk")
    return beside if os.path.exists(beside) else shutil.which("squawk")


def row(name, figure, target):
    print(f"| {name} | {figure} | {target} |")


def main():
    load = os.getloadavg()[0]
    print(f"load when it began: {load:.2f}, {os.cpu_count()} cores\n")
    print("| what | median of 20 | aim |\n|---|---|---|")
    work = pathlib.Path(tempfile.mkdtemp(prefix="plinth-figures-"))
    try:
        row("release binary", f"{os.path.getsize(PLINTH) / 1e6:.1f} MB", "≤ 20 MB")
        [(version, memory)] = measure([([PLINTH, "--version"], work)])
        row("start to `--version`", f"{version:.1f} ms, {memory:.0f} MiB", "≤ 5 ms")
        small = history(work / "small" / "migrations", 1)
        [(review, memory)] = measure([([PLINTH, "ci", "--dir", "migrations", "--latest", "1"], small.parent)])
        row("review of one file, without the forge", f"{review:.0f} ms, {memory:.0f} MiB", "≤ 50 ms")
        many = history(work / "many" / "migrations", 1000)
        lint = [PLINTH, "migrate", "lint", "--dir", ".", "--latest", "1000", "--evidence", "syntax", "--format", "json"]
        squawk = squawk_program()
        commands = [(lint, many)]
        if squawk:
            files = sorted(str(path) for path in many.glob("*.sql"))
            commands.append(([squawk, "--reporter", "json", *files], many))
        static = measure(commands)
        row("static lint, 1,000 files × 20", f"{static[0][0]:.0f} ms, {static[0][1]:.0f} MiB", "≤ 60 MiB")
        if squawk:
            row("… squawk, JSON, same files, in turn", f"{static[1][0]:.0f} ms, {static[1][1]:.0f} MiB", "–")
            row("… ratio", f"{static[0][0] / static[1][0]:.2f}", "≤ 0.5")
        replay = [PLINTH, "migrate", "lint", "--dir", ".", "--latest", "1"]
        [(last, memory)] = measure([(replay, grown(work / "grown" / "migrations", 1000, 100))])
        row("replay of 1,000 files with 100 tables + lint of the last", f"{last:.0f} ms, {memory:.0f} MiB", "≤ 1 s")
        applied(work)
        ten, hundred = one_file(work / "ten", 10_000), one_file(work / "hundred", 100_000)
        for form in ["text", "json", "sarif", "markdown"]:
            command = [PLINTH, "migrate", "lint", "--dir", ".", "--latest", "1", "--evidence", "syntax", "--format", form]
            (short, _), (long, memory) = measure([(command, ten), (command, hundred)], 5)
            row(f"100,000 : 10,000 statements, {form}", f"{long:.0f} : {short:.0f} ms = {long / short:.1f}, {memory:.0f} MiB", "≤ 11")
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
