#!/usr/bin/env python3
"""Measures cordon as ratios: samples are interleaved, medians compared.

  bench/run.py --build build/release [--quick] [--json FILE]
               [--only PART]
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import lane
import view_starts
import view_work

BASE = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"]
QUIET = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def finish(command, stdout):
    """The ended command, with its group; None when it hangs or fails."""
    running = subprocess.Popen(command, stdout=stdout, start_new_session=True,
                               **QUIET)
    try:
        printed, _ = running.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        return None
    return printed if running.returncode == 0 else None


def start_time(command):
    """Seconds from start to end of a whole command."""
    begin = time.perf_counter()
    done = finish(command, subprocess.PIPE)
    return None if done is None else time.perf_counter() - begin


def printed_time(command):
    """The number a command prints."""
    done = finish(command, subprocess.PIPE)
    return None if done is None else float(done)


def compare(measure, commands, rounds):
    """Medians of each command, sampled in turn; None for one that fails."""
    samples = {name: [] for name in commands}
    running = dict(commands)
    for _ in range(rounds):
        for name, command in list(running.items()):
            taken = measure(command)
            if taken is None:
                del running[name]
            else:
                samples[name].append(taken)
    return {name: statistics.median(all) if len(all) == rounds else None
            for name, all in samples.items()}, samples


def spread(values):
    """Interquartile range over the median: how far samples lie apart."""
    if len(values) < 4:
        return None
    low, _, high = statistics.quantiles(values, n=4)
    return round((high - low) / statistics.median(values), 3)


class Bench:
    start_time = staticmethod(start_time)
    printed_time = staticmethod(printed_time)

    def __init__(self, build, quick):
        self.bin = build / "bin" / "cordon"
        self.tools = build / "bench"
        self.rounds = 11 if quick else 41
        self.rows = []
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="cordon-bench."))
        self.grants = [str(p) for p in BASE] + [str(build)]

    # ---- the ways to run a command

    def cordon(self, command, *extra):
        reads = [w for p in self.grants if os.path.exists(p)
                 for w in ("-r", p)]
        return [self.bin, "run", *reads, "-w", self.work, "-w", "/dev/null",
                *extra, "--", *command]

    def raw_wall(self, command):
        reads = [w for p in self.grants for w in ("-r", p)]
        return [self.tools / "bench_raw_wall", *reads, "-w", self.work, "-w",
                "/dev/null", "--", *command]

    def peers(self, command, net=()):
        ways = {}
        if shutil.which("bwrap"):
            ways["bwrap"] = ["bwrap", "--ro-bind", "/", "/", "--bind",
                             self.work, self.work, *command]
        if shutil.which("firejail"):
            ways["firejail"] = ["firejail", "--quiet", "--noprofile",
                                *command]
        if shutil.which("proot"):
            ways["proot"] = ["proot", "-r", "/", *command]
        if shutil.which("sandlock"):
            ways["sandlock"] = ["sandlock", "run", "-r", "/", "-w", self.work,
                                "-w", "/dev", *net, "--", *command]
        return ways

    # ---- rows

    def row(self, what, measure, ours, base_name, base, bar, rounds=None,
            **others):
        commands = {"cordon": ours, base_name: base, **others}
        medians, samples = compare(measure, commands, rounds or self.rounds)
        mine, floor = medians["cordon"], medians[base_name]
        ratio = mine / floor if mine and floor else None
        entry = {
            "row": what, "against": base_name, "bar": bar,
            "ratio": round(ratio, 3) if ratio else None,
            "pass": bool(ratio and (bar is None or ratio <= bar)),
            "samples": len(samples["cordon"]),
            "spread": spread(samples["cordon"]),
            "others": {n: round(mine / m, 3) if m and mine else "did not run"
                       for n, m in medians.items()
                       if n not in ("cordon", base_name)},
        }
        self.rows.append(entry)
        print_row(entry)

    def plain_row(self, what, figure, bar):
        """A figure that is no ratio."""
        entry = {"row": what, "against": "", "bar": bar, "ratio": figure,
                 "pass": figure <= bar, "samples": 1, "spread": None,
                 "others": {}}
        self.rows.append(entry)
        print_row(entry)

    def operations(self):
        counts = {"open": 4000, "create": 1500, "rename": 1500, "stat": 8000,
                  "exec": 60, "read": 20000, "write": 8000, "list": 3000,
                  "thread": 800}
        for name, count in counts.items():
            command = [self.tools / "bench_ops", name, str(count), self.work,
                       self.tools / "bench_static_true"]
            walled = name in ("open", "create", "rename", "stat", "exec")
            ways = dict(self.peers(command))
            if walled:
                self.row(name, printed_time, self.cordon(command), "raw_wall",
                         self.raw_wall(command), 1.03, bare=command, **ways)
            else:
                self.row(name, printed_time, self.cordon(command), "bare",
                         command, 1.03, raw_wall=self.raw_wall(command),
                         **ways)

    def programs(self):
        source = self.work / "work.c"
        source.write_text("#include <stdio.h>\n" + "".join(
            f"int f{i}(int x) {{ return x * {i} + printf(\"%d\", x); }}\n"
            for i in range(400)))
        os.environ["TMPDIR"] = str(self.work)
        build = ["gcc", "-O1", "-c", source, "-o", self.work / "work.o"]
        python = ["/usr/bin/python3", "-c", "import json, re"]
        for name, command in (("gcc -c", build), ("python start", python)):
            # Both start the program from a shell that is inside already, so
            # that starting cordon itself is not part of the row.
            loop = ["/bin/sh", "-c",
                    "for i in 1 2 3; do \"$@\"; done", "sh", *command]
            self.row(name, start_time, self.cordon(loop), "bare", loop, 1.05,
                     rounds=max(7, self.rounds // 3), **self.peers(loop))

    def lane(self):
        lane.calls(self)
        lane.datagrams(self)
        lane.views(self)
        lane.limits(self)
        lane.repaired(self)
        lane.work(self)
        lane.idle(self)
        for what in ("answered", "denied"):
            self.plain_row(f"board update, {what} (ns)",
                           printed_time([self.tools / "bench_board", what]),
                           100)

    def view_starts(self):
        view_starts.rows(self)

    def view_work(self):
        view_work.rows(self)

    def starts(self):
        true = ["/bin/true"]
        self.row("start --no-supervisor", start_time,
                 self.cordon(true, "--no-supervisor"), "bwrap --ro-bind",
                 ["bwrap", "--ro-bind", "/", "/", *true], 1.0,
                 rounds=self.rounds * 5, bare=true)
        starts = [self.tools / "bench_starts"]
        often = ["30", self.tools / "bench_static_true"]
        self.row("one more start in a service", printed_time,
                 [*starts, "cordon", *often, self.bin.parent / "cordon-keeper"],
                 "by hand", [*starts, "raw", *often,
                             self.bin.parent / "cordon-keeper"], 1.5)
        others = {k: v for k, v in self.peers(true).items() if k != "bwrap"}
        self.row("start", start_time, self.cordon(true),
                 "bwrap --unshare-all",
                 ["bwrap", "--unshare-all", "--ro-bind", "/", "/", *true], 0.6,
                 rounds=self.rounds * 5, bare=true, **others)

    def redis(self):
        if not shutil.which("redis-server"):
            return print("redis: not installed")
        script = self.work / "redis.sh"
        script.write_text(
            "redis-server --port $1 --save '' --appendonly no --dir $2 "
            "--bind 127.0.0.1 --daemonize no >/dev/null 2>&1 &\n"
            "until redis-cli -p $1 ping >/dev/null 2>&1; do :; done\n"
            "redis-benchmark -p $1 -t $3 -n 60000 -q --csv 2>/dev/null | "
            "awk -F'\"' 'END {print 1e9 / $4}'\n"
            "redis-cli -p $1 shutdown nosave >/dev/null 2>&1; wait\n")
        for name, port in (("SET", 7711), ("GET", 7712)):
            command = ["/bin/sh", script, str(port), self.work, name.lower()]
            net = ["--net-allow", f":{port}", "--net-allow-bind", str(port)]
            rounds = max(9, self.rounds // 4)
            ours = self.cordon(command, *net)
            self.row(f"redis {name}", printed_time, ours, "bare", command,
                     1.05, rounds=rounds, **self.peers(command, net))
            limited = self.cordon(command, *net, *lane.LIMIT)
            self.row(f"redis {name} with -P", printed_time, limited, "bare",
                     command, 1.03, rounds=rounds)


def print_row(entry):
    others = ", ".join(f"{n} {r}" for n, r in entry["others"].items())
    bar = "" if entry["bar"] is None else f"≤ {entry['bar']}"
    state = "ok  " if entry["pass"] else "OVER"
    print(f"{state} {entry['row']:22} / {entry['against']:20} "
          f"{entry['ratio']}  {bar:7} spread {entry['spread']}"
          f"  also: {others}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument(
        "--only",
        help="starts, operations, programs, lane, view_starts, view_work "
        "or redis")
    options = parser.parse_args()
    bench = Bench(options.build.resolve(), options.quick)
    try:
        for part in (bench.starts, bench.operations, bench.programs,
                     bench.lane, bench.view_starts, bench.view_work,
                     bench.redis):
            if options.only in (None, part.__name__):
                part()
    finally:
        shutil.rmtree(bench.work, ignore_errors=True)
    target = options.json or options.build / "bench.json"
    target.write_text(json.dumps(bench.rows, indent=2) + "\n")
    print(f"written to {target}")
    sys.exit(0 if all(row["pass"] for row in bench.rows) else 1)


if __name__ == "__main__":
    main()
