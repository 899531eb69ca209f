"""Programs that look at many files, in a root: the rows of bench/run.py about
them, beside those who do the same by other means."""
import os
import shutil
import subprocess

FILES = 10000
BAR = 8
PEERS = ("proot", "runsc", "sandlock")


def make_files(bench):
    """A git repository of 10,000 files."""
    tree = bench.work / "tree"
    for i in range(100):
        directory = tree / f"d{i}"
        directory.mkdir(parents=True)
        for j in range(FILES // 100):
            (directory / f"f{j}.c").write_text(f"int f{i}_{j};\n" * 8)
    alone = {**os.environ, "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(bench.work)}
    subprocess.run("git init -q . && git config user.email a && git config "
                   "user.name a && git add . && git commit -qm a",
                   shell=True, cwd=tree, env=alone, check=True)
    return tree


def ways(bench, tree, command):
    """The command in a root, by everybody who is there. Each shows the host's
    own root, so that all see the same files."""
    writable = ["-w", tree, "-w", bench.work, "-w", "/dev"]
    ours = [bench.bin, "run", "--chroot", "/", "-r", "/", *writable, "--",
            *command]
    peers = {"proot": ["proot", "-r", "/"],
             "runsc": ["runsc", "--rootless", "--network=none",
                       "--ignore-cgroups", "do"],
             "sandlock": ["sandlock", "run", "--chroot", "/", "-r", "/",
                          *writable, "--"]}
    others = {name: [*peers[name], *command] for name in PEERS
              if shutil.which(name)}
    return ours, others


def rows(bench):
    if not shutil.which("git"):
        return print("work in a root: git is not installed")
    for name in PEERS:
        if not shutil.which(name):
            print(f"work in a root: {name} is not installed, no ratio to it")
    tree = make_files(bench)
    alone = (f"export GIT_CONFIG_NOSYSTEM=1 HOME={bench.work}; "
             f"cd {tree} || exit 1; ")
    out = bench.work / "out.tar"
    for name, script in (
            ("find+grep+ls of 10,000 files in a root",
             "find . -type f -size +0 >/dev/null && "
             "grep -rq nothing-like-this . ; ls -R . >/dev/null"),
            ("tar of 10,000 files in a root",
             f"tar cf {out} . && rm {out}"),
            ("git status of 10,000 files in a root",
             "git status --short >/dev/null && "
             "touch d1/f1.c && git status --short >/dev/null")):
        command = ["/bin/sh", "-c", alone + script]
        ours, others = ways(bench, tree, command)
        bench.row(name, bench.start_time, ours, "bare", command, BAR,
                  rounds=max(5, bench.rounds // 8), **others)
