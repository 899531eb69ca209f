"""The rows of the lane: what a trapped call costs, and programs that trap."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

TRUE = ["/bin/true"]
LIMIT = ["-P", "200"]


def operation(bench, name, count):
    return [bench.tools / "bench_ops", name, str(count), bench.work,
            bench.tools / "bench_static_true"]


def calls(bench):
    """One call, many times, beside a loop that answers by hand."""
    for name in ("answer", "chmod", "utimens", "fchmod", "connect"):
        command = operation(bench, name, 20000)
        bench.row(name, bench.printed_time, bench.cordon(command),
                  "raw_answer", [bench.tools / "bench_raw_answer", *command],
                  1.30, rounds=max(11, bench.rounds), bare=command)


def datagrams(bench):
    """A message to a socket file, which the supervisor sends: a figure."""
    command = operation(bench, "send", 20000)
    bench.row("datagram", bench.printed_time,
              bench.cordon(command, "--extra-allow-syscall", "unix_datagram"),
              "bare", command, None)


def views(bench):
    """Calls about paths in a root, beside a loop that does the same by hand.
    The program lies in the root, at the same place for all three."""
    root = bench.work / "root"
    directory = root / "d"
    directory.mkdir(parents=True)
    program = root / "ops"
    shutil.copy(bench.tools / "bench_static_ops", program)
    (directory / "file").write_text("text")
    (directory / "link").symlink_to("file")
    for name in ("open", "stat", "readlink", "access"):
        words = [name, "20000", "/d", "none"]
        bench.row(f"{name} in a view", bench.printed_time,
                  [bench.bin, "run", "--chroot", root, "-w", "/", "--",
                   "/ops", *words],
                  "raw_paths", [bench.tools / "bench_raw_paths", root,
                                program, *words],
                  1.30, rounds=max(11, bench.rounds),
                  bare=[program, name, "20000", directory, "none"])


def limits(bench):
    """What -P costs: the same run without it."""
    pipes = ["/bin/dash", "-c", "i=0; while [ $i -lt 150 ]; do "
             "x=$(echo a | cat | cat); i=$((i+1)); done"]
    for name, measure, command, bar in (
            ("pipelines with -P", bench.start_time, pipes, 1.30),
            ("100 fork+exec with -P", bench.printed_time,
             operation(bench, "exec", 100), 1.10),
            ("2000 fork+exec with -P", bench.printed_time,
             operation(bench, "exec", 2000), 1.10)):
        bench.row(name, measure, bench.cordon(command, *LIMIT), "without",
                  bench.cordon(command), bar, bare=command,
                  raw=[bench.tools / "bench_raw_answer", *command])
    # With a supervisor that has answered: a thread is no process.
    threads = operation(bench, "thread", 800)
    bench.row("thread with -P", bench.printed_time,
              bench.cordon(threads, *LIMIT), "bare", threads, 1.03,
              without=bench.cordon(threads))
    bench.row("start with -P", bench.start_time, bench.cordon(TRUE, *LIMIT),
              "bwrap --unshare-all",
              ["bwrap", "--unshare-all", "--ro-bind", "/", "/", *TRUE], 0.8,
              rounds=bench.rounds * 5)


def repaired(bench):
    """A program whose handlers all restart calls, with a keeper that does not
    repair broken calls beside the one that does."""
    unrepaired = bench.bin.parent / "cordon-keeper-unrepaired"
    if not unrepaired.exists():
        return print("interrupted: no unrepaired keeper was built")
    place = pathlib.Path(tempfile.mkdtemp(prefix="cordon-unrepaired."))
    for name in ("cordon", "cordon-lane"):
        shutil.copy(bench.bin.parent / name, place / name)
    shutil.copy(unrepaired, place / "cordon-keeper")
    command = operation(bench, "interrupted", 20000)
    with_repair = bench.cordon(command)
    bench.row("interrupted, repaired", bench.printed_time, with_repair,
              "not repaired", [place / "cordon", *with_repair[1:]], 1.02,
              bare=command)
    shutil.rmtree(place)


def make_tree(bench, alone):
    """Sixty C files in a git repository, and an archive of real files."""
    source = bench.work / "many"
    source.mkdir()
    for i in range(60):
        (source / f"f{i}.c").write_text(
            "#include <stdio.h>\n#include <stdlib.h>\n" + "".join(
                f"int f{i}_{j}(int x) {{ return x * {j} + {i}; }}\n"
                for j in range(40)))
    (source / "Makefile").write_text(
        "O = $(patsubst %.c,%.o,$(wildcard *.c))\nall: $(O)\n")
    subprocess.run(
        alone + "git init -q . && git config user.email a && git config "
        "user.name a && git add . && git commit -qm a && "
        "tar cf ../small.tar . && "
        "tar czf ../real.tar.gz -C /usr include/linux include/c++",
        shell=True, cwd=source, check=True)
    return source


def work(bench):
    """git, tar and make: each inside and bare, in a place of its own."""
    os.environ["TMPDIR"] = str(bench.work)
    # In the scripts, not here: cordon's own profiles are in its HOME.
    alone = f"export GIT_CONFIG_NOSYSTEM=1 HOME={bench.work}; "
    source = make_tree(bench, alone)

    def often(command, count=40):
        return (f"i=0; while [ $i -lt {count} ]; do i=$((i+1)); "
                f"{command} || exit 1; done")

    fresh = f"cd {bench.work}; rm -rf out; mkdir out; "
    for name, script, bar in (
            ("git status", f"cd {source}; "
             + often("git status --short >/dev/null"), 1.15),
            ("tar xz of headers", fresh + "tar xzf real.tar.gz -C out", 1.3),
            ("tar x of tiny files", fresh + often("tar xf small.tar -C out"),
             None),
            ("make -j2", f"cd {source}; make -s -j2 -B >/dev/null", 1.05)):
        command = ["/bin/sh", "-c", alone + script]
        bench.row(name, bench.start_time, bench.cordon(command), "bare",
                  command, bar, rounds=max(7, bench.rounds // 4),
                  with_limit=bench.cordon(command, *LIMIT))
    parallel = ["/bin/sh", "-c", f"cd {source}; make -s -j4 -B >/dev/null"]
    bench.row("make -j4 with -P", bench.start_time,
              bench.cordon(parallel, *LIMIT), "without",
              bench.cordon(parallel), 1.03, rounds=max(7, bench.rounds // 4))


def supervisor_of(running):
    """The memory of a supervisor in KiB (PSS), and its context switches."""
    proc = pathlib.Path(f"/proc/{running.pid}")

    def field(file, key):
        for line in (proc / file).read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1])
        return 0

    switches = sum(
        int(line.split()[1])
        for task in (proc / "task").iterdir()
        for line in (task / "status").read_text().splitlines()
        if line.startswith("voluntary_ctxt_switches"))
    return field("smaps_rollup", "Pss:"), switches


def idle(bench):
    """A supervisor that has answered and waits: its memory, its wake-ups."""
    script = f"chmod 600 {bench.work}; exec sleep 30"
    running = subprocess.Popen(
        bench.cordon(["/bin/sh", "-c", script], *LIMIT),
        stdin=subprocess.DEVNULL)
    try:
        time.sleep(1)
        memory, before = supervisor_of(running)
        time.sleep(5)
        _, after = supervisor_of(running)
    finally:
        running.terminate()
        running.wait()
    bench.plain_row("supervisor PSS in MiB", round(memory / 1024, 1), 12)
    bench.plain_row("wake-ups in 5 idle seconds", after - before, 0)
