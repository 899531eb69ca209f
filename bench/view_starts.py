"""Programs that start others in a view: the rows of bench/run.py about it."""
import lane


def inside(bench, command):
    """In a view of the whole host, as a root of its own."""
    return [bench.bin, "run", "--chroot", "/", "-r", "/", "-w", bench.work,
            "-w", "/dev", "--cwd", bench.work, "--", *command]


def rows(bench):
    few = max(7, bench.rounds // 4)
    start = [bench.tools / "bench_ops", "exec", "200", bench.work, "/bin/true"]
    bench.row("fork+exec of a dynamic program in a root", bench.printed_time,
              inside(bench, start), "bare", start, 1.8)
    # From a shell that is inside already.
    python = ["/bin/sh", "-c", "for i in 1 2 3 4 5; do \"$@\"; done", "sh",
              "/usr/bin/python3", "-c", "import json, re"]
    bench.row("python start in a root", bench.start_time,
              inside(bench, python), "bare", python, 1.3, rounds=few)
    source = lane.make_tree(bench, "")
    make = ["/bin/sh", "-c",
            f"cd {source}; TMPDIR={bench.work} make -s -j2 -B >/dev/null"]
    bench.row("make -j2 in a root", bench.start_time, inside(bench, make),
              "bare", make, 1.4, rounds=few)
