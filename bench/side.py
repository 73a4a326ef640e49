# SPDX-License-Identifier: Apache-2.0
"""What the comparisons of this folder share: sides that are run in turn, a process and a peak of memory for each, medians, checks of quality,
the machine's description, and one schema for every table.

A *piece* is what one run of a script found, as JSON: {"schema": 1, "table", "title", "command", "threads", "wide",
"tolerance", "machine", "rows": [...], "left_out": [...]}.
A *row* is one library on one case: {"data", "case", "library", "version", "settings", "rounds", "seconds": {what: median}, "ratio", "peak_bytes",
"before_bytes", "quality": {figure: value}}. `ratio` is its seconds over librec's of the same data and case, `before_bytes` what its process held
when the fit began. bench/run merges pieces."""
import argparse
import concurrent.futures
import importlib.metadata
import json
import multiprocessing
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import time

DATA = pathlib.Path(os.environ.get("REC_DATA_DIR", pathlib.Path(__file__).resolve().parents[2] / "shared" / "data"))
PARAMS = pathlib.Path(__file__).resolve().parent / "params"
SMALLER_IS_BETTER = {"rmse", "mae"}


# One side: who it is, and how to run it once.

def quiet_output():
    """What a library prints on its own account goes where errors go."""
    os.dup2(2, 1)


def apart(function, *arguments, environment=None):
    """The function's answer from a process of its own, begun afresh, so that its memory is its own."""
    kept = dict(os.environ)
    os.environ.update(environment or {})
    try:
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), quiet_output) as pool:
            return pool.submit(function, *arguments).result()
    finally:
        os.environ.clear()
        os.environ.update(kept)


def status_bytes(field):
    found = re.search(rf"{field}:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())
    return int(found.group(1)) * 1024 if found else 0


def watched(work):
    """The work's answer, and what it took: seconds, memory held before, peak of memory (Linux's peak is set back before it begins)."""
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    before, begin = status_bytes("VmRSS"), time.perf_counter()
    answer = work()
    seconds = time.perf_counter() - begin
    return answer, {"seconds": seconds, "before_bytes": before, "peak_bytes": status_bytes("VmHWM")}


def rec(program, *words):
    """The JSON that a command of rec prints."""
    command = [str(word) for word in (program, *words, "--json")]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"{' '.join(command)}\n{run.stderr}")
    return json.loads(run.stdout)


def settings(parameters):
    """Parameters as words for rec."""
    return [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]


def evaluated(program, algorithm, parameters, files, metrics, threads, seed=42):
    """One fit and evaluation by rec, as a measurement. files: words such as --train FILE --test FILE."""
    got = rec(program, "evaluate", algorithm, *files, "--metrics", ",".join(metrics), "--quiet", "--threads", threads, "--seed", seed,
              *settings(parameters))
    return {"seconds": {"fit": got["fit_seconds"], "predict": got["score_seconds"]}, "quality": got["metrics"],
            "peak_bytes": got["peak_rss_bytes"]}


# Sides in turn.

def median_of(measurements):
    """Seconds by their median, quality by its mean (a side may measure it in its first round alone), memory by its greatest."""
    result = {"rounds": len(measurements), "seconds": {}, "quality": {}}
    for what in measurements[0]["seconds"]:
        result["seconds"][what] = statistics.median(one["seconds"][what] for one in measurements)
    for figure in measurements[0].get("quality", {}):
        result["quality"][figure] = statistics.fmean(one["quality"][figure] for one in measurements if figure in one.get("quality", {}))
    for what in ("peak_bytes", "before_bytes"):
        if what in measurements[0]:
            result[what] = max(one[what] for one in measurements)
    return result


def interleave(sides, rounds):
    """sides: by name, functions of the round's number. Each round runs every side once; answers each side's measurements."""
    measurements = {name: [] for name in sides}
    for number in range(rounds):
        for name, run in sides.items():
            measurements[name].append(run(number))
    return measurements


def compare(data, case, sides, rounds, about, ratio_of=None):
    """Rows of one case. about: by side's name, further fields of its row. The first side is librec's, whose seconds the others' are divided by;
    ratio_of: which seconds are added up for that, all by default."""
    rows = []
    for name, found in interleave(sides, rounds).items():
        row = {"data": data, "case": case, "library": name, **about.get(name, {}), **median_of(found)}
        total = sum(row["seconds"][what] for what in ratio_of or row["seconds"])
        base = total if not rows else base
        row["ratio"] = total / base
        rows.append(row)
    return rows


def checks(rows, tolerance):
    """Sentences for every figure in which librec is worse than another library of the same case by more than the tolerance, a share of it."""
    found = []
    for row in rows:
        mine = next(r for r in rows if (r["data"], r["case"]) == (row["data"], row["case"]))
        for figure, theirs in row["quality"].items():
            ours, sign = mine["quality"].get(figure), -1 if figure in SMALLER_IS_BETTER else 1
            if ours is not None and sign * (theirs - ours) > tolerance * abs(theirs):
                found.append(f"{row['data']}, {row['case']}: {figure} of librec {ours:.4f}, of {row['library']} {theirs:.4f}")
    return found


# The machine.

def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def caches():
    found = {}
    for index in sorted(pathlib.Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        level, kind, size = ((index / name).read_text().strip() for name in ("level", "type", "size"))
        found[f"L{level}" + ("" if kind == "Unified" else kind[0].lower())] = size
    return found


def build_facts(program):
    """The compiler and the BLAS of the build that a rec belongs to, as far as meson says."""
    facts, build = {}, pathlib.Path(program).resolve().parents[1]
    known = build / "meson-info" / "intro-dependencies.json"
    if known.exists():
        blas = [d for d in json.loads(known.read_text()) if "blas" in d["name"]]
        facts["blas"] = ", ".join(f"{d['name']} {d['version']}" for d in blas) or None
    commands = build / "compile_commands.json"
    if commands.exists():
        words = json.loads(commands.read_text())[0]["command"].split()
        compiler = words[1] if "ccache" in words[0] else words[0]
        facts["compiler"] = first_line(compiler, "--version")
    return facts


def machine(program):
    cpu = pathlib.Path("/proc/cpuinfo")
    models = re.findall(r"model name\s*: (.*)", cpu.read_text()) if cpu.exists() else []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30
    return {"processor": models[0] if models else platform.machine(), "processors": os.cpu_count(), "caches": caches(), "memory_gib": round(memory, 1),
            "kernel": platform.platform(), "python": platform.python_version(), "librec": first_line(str(program), "--version"), **build_facts(program)}


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


# Tables.

def bytes_text(n):
    return "" if n is None else f"{n / 2 ** 20:,.0f} MB"


def seconds_text(s):
    return f"{s * 1e3:.3g} ms" if s < 0.1 else f"{s:.3g} s" if s < 100 else f"{s:.0f} s"


def figure_text(value):
    return f"{value:.4f}" if value < 100 else f"{value:,.0f}"


def names_of(rows, field):
    return list(dict.fromkeys(name for row in rows for name in row[field]))


def columns_of(rows):
    """Titles, and for each a function of a row to its text."""
    columns = [("data", lambda r: r["data"]), ("case", lambda r: r["case"]), ("library", lambda r: f"{r['library']} {r.get('version') or ''}".strip())]
    columns += [(figure, lambda r, f=figure: figure_text(r["quality"][f]) if f in r["quality"] else "") for figure in names_of(rows, "quality")]
    columns += [(what, lambda r, w=what: seconds_text(r["seconds"][w]) if w in r["seconds"] else "") for what in names_of(rows, "seconds")]
    columns.append(("ratio", lambda r: f"{r['ratio']:.2f}"))
    if any("peak_bytes" in row for row in rows):
        columns.append(("peak memory", lambda r: bytes_text(r.get("peak_bytes"))))
        columns.append(("of it before the fit", lambda r: bytes_text(r.get("before_bytes"))))
    return columns


def pairs_of(rows):
    """Cases of two libraries, each as one row: librec's figure beside the other's."""
    cases = {}
    for row in rows:
        cases.setdefault((row["data"], row["case"]), []).append(row)
    pairs = list(cases.values())
    columns = [("case", lambda p: p[0]["case"])]
    for figure in names_of(rows, "quality"):
        columns += [(f"{figure} ours", lambda p, f=figure: figure_text(p[0]["quality"][f])),
                    ("theirs", lambda p, f=figure: figure_text(p[1]["quality"][f]))]
    for what in names_of(rows, "seconds"):
        columns += [(f"{what} ours", lambda p, w=what: seconds_text(p[0]["seconds"][w])), ("theirs", lambda p, w=what: seconds_text(p[1]["seconds"][w]))]
    return pairs, columns + [("times as fast", lambda p: f"{p[1]['ratio']:.1f}")]


def markdown(rows, wide=False):
    rows, columns = pairs_of(rows) if wide else (rows, columns_of(rows))
    lines = ["| " + " | ".join(title for title, _ in columns) + " |", "| --- " * len(columns) + "|"]
    return "\n".join(lines + ["| " + " | ".join(text(row) for _, text in columns) + " |" for row in rows])


def chosen(cases, beginnings):
    """Of names, those that begin with one of the words; all of them for no words."""
    picked = [case for case in cases if not beginnings or any(case.startswith(word) for word in beginnings)]
    for word in beginnings or []:
        if not any(case.startswith(word) for case in cases):
            sys.exit(f"no case's name begins with \"{word}\"; there are: {'; '.join(cases)}")
    return picked


class Table:
    """A script's command line, its rows as they come, and the piece it writes.

    name, title: of the table.   doc: of the script.   cases: names that --cases chooses from.   tolerance: for checks().   wide: a line a case,
    of two libraries.
    """

    def __init__(self, name, title, doc, cases, tolerance=0.01, wide=False):
        self.name, self.title, self.cases, self.tolerance, self.wide = name, title, list(cases), tolerance, wide
        self.rows, self.left_out = [], []
        self.parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
        self.parser.add_argument("rec", type=pathlib.Path, help="the rec program of a build")
        self.parser.add_argument("--rounds", type=int, default=3, help="times each side is run, in turn (3)")
        self.parser.add_argument("--threads", type=int, default=os.cpu_count(), help="on both sides (all processors)")
        self.parser.add_argument("--cases", help="cases, or how their names begin, with semicolons between (all)")
        self.parser.add_argument("--peers", help="libraries, with commas between (all that are installed)")
        self.parser.add_argument("--times", action="store_true", help="do not work out the others' quality anew, where that takes long")
        self.parser.add_argument("--folder", type=pathlib.Path, default=pathlib.Path("side-by-side"), help="for data that is made (side-by-side)")
        self.parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the piece there")
        self.parser.add_argument("--list", action="store_true", help="print the cases' names")

    def read_arguments(self):
        if "--list" in sys.argv:
            print("\n".join(self.cases))
            sys.exit(0)
        args = self.parser.parse_args()
        args.cases = chosen(self.cases, args.cases.split(";") if args.cases else None)
        args.folder.mkdir(parents=True, exist_ok=True)
        self.args = args
        return args

    def add(self, rows):
        self.rows += rows
        for row in rows:
            print(f"{row['data']}, {row['case']}: {row['library']}", *(f"{k} {figure_text(v)}" for k, v in row["quality"].items()),
                  *(f"{k} {seconds_text(v)}" for k, v in row["seconds"].items()), f"ratio {row['ratio']:.2f}", file=sys.stderr, flush=True)

    def leave_out(self, what, why):
        if {"what": what, "why": why} not in self.left_out:
            self.left_out.append({"what": what, "why": why})

    def has(self, package):
        """Whether it is wanted and installed; left out with the reason if not installed."""
        if self.args.peers and package not in self.args.peers.split(","):
            return False
        if version(package) is None:
            self.leave_out(package, "not installed")
        return version(package) is not None

    def finish(self):
        """Print and write the piece. Exit status 1 where librec's figures are worse."""
        worse = checks(self.rows, self.tolerance)
        if self.rows:
            print(markdown(self.rows, self.wide))
        for out in self.left_out:
            print(f"\nLeft out: {out['what']}: {out['why']}")
        for sentence in worse:
            print(f"\nWorse: {sentence}")
        if self.args.json:
            piece = {"schema": 1, "table": self.name, "title": self.title, "command": " ".join(["bench/" + pathlib.Path(sys.argv[0]).name, *sys.argv[1:]]),
                     "threads": self.args.threads, "wide": self.wide, "tolerance": self.tolerance, "machine": machine(self.args.rec), "rows": self.rows, "left_out": self.left_out, "worse": worse}
            self.args.json.write_text(json.dumps(piece, indent=1) + "\n")
        sys.exit(1 if worse else 0)
