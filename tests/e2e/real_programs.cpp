// Real programs say and do the same inside as outside.
#include "tests/support/outside.hpp"
#include "tests/support/world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <sstream>

using namespace cordon::test;

namespace {

/// What a directory entry is; of a file, its contents as one number.
std::string describe(const std::filesystem::directory_entry& entry) {
  if (entry.is_symlink())
    return " -> " + std::filesystem::read_symlink(entry.path()).string();
  if (!entry.is_regular_file())
    return "/";
  const std::string text = read_file(entry.path());
  return ": " + std::to_string(text.size()) + " bytes, "
         + std::to_string(std::hash<std::string>{}(text));
}

/// Everything beneath a directory, in order.
std::string tree_of(const std::string& directory) {
  std::vector<std::string> lines;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(directory))
    lines.push_back(std::filesystem::relative(entry.path(), directory).string()
                    + describe(entry));
  std::sort(lines.begin(), lines.end());
  std::string all;
  for (const std::string& line : lines)
    all += line + "\n";
  return all;
}

struct both {
  outcome outside;
  outcome inside;
  std::string tree_outside;
  std::string tree_inside;
};

/// Runs the program in a fresh directory outside, then in the same inside.
both run_both(const world& place, const words& options, const words& program) {
  const auto fresh = [&] {
    std::filesystem::remove_all(place.inside());
    place.files().directory("inside", place.who());
  };
  both made;
  fresh();
  command outside = place.outside(program);
  outside.env.emplace_back("TMPDIR", place.inside());
  made.outside = run(outside);
  made.tree_outside = tree_of(place.inside());
  fresh();
  command inside = place.confined(options, program);
  inside.env.emplace_back("TMPDIR", place.inside());
  made.inside = run(inside);
  made.tree_inside = tree_of(place.inside());
  return made;
}

void check_same(const both& made) {
  INFO("outside: " << made.outside.err << "\ninside: " << made.inside.err);
  CHECK(made.outside.code() == 0);
  CHECK(made.inside.code() == made.outside.code());
  CHECK(made.inside.out == made.outside.out);
  CHECK(made.inside.err == made.outside.err);
  CHECK(made.tree_inside == made.tree_outside);
}

void check_same(const world& place, const words& options,
                const words& program) {
  const both made = run_both(place, options, program);
  CHECK_FALSE(made.outside.out.empty());
  check_same(made);
}

} // namespace

TEST_CASE("bash: jobs, pipes, traps, here documents and substitutions",
          "[e2e][programs]") {
  const world place(GENERATE(from_range(everybody())));
  check_same(place, {}, {"/bin/bash", "-c", R"text(
set -e
trap 'echo trapped' USR1
kill -USR1 $$
(for i in 1 2 3; do (sleep 0.0$i; echo job $i) & done; wait) | sort
diff <(seq 3) <(printf '1\n2\n4\n') || echo differ $?
cat <<END | tr a-z A-Z
here $((6*7))
END
coproc cat; echo co >&${COPROC[1]}; read -u ${COPROC[0]} line; echo $line
mapfile -t lines < <(seq 5); echo ${#lines[@]} ${lines[-1]}
timeout 0.1 sleep 5 || echo timed out $?
ulimit -s; umask; type -t cd; printf '%q\n' 'a b'
for i in $(seq 200); do :; /bin/true; done; echo forked
)text"});
}

TEST_CASE("coreutils: files made, moved, linked, sorted and summed",
          "[e2e][programs]") {
  const world place(GENERATE(from_range(everybody())));
  check_same(place, {}, {"/bin/bash", "-c", R"text(
set -e
mkdir -p a/b/c; seq 1000 > a/numbers; cp a/numbers a/copy; mv a/copy a/b/moved
cp -r a d; ln a/numbers a/hard; ln -s numbers a/soft; readlink a/soft
ls -R a; stat -c '%n %F %s %h' a/*; du -b --apparent-size a/numbers
head -n 3 a/numbers; tail -n 2 a/numbers; wc a/numbers; sort -rn a/numbers | head -n 1
cut -c1 a/numbers | uniq -c | sort -n | tail -n 1; tac a/numbers | head -n 1
sha256sum a/numbers; md5sum a/numbers; base64 a/numbers | tail -c 20; cksum a/b/moved
dd if=a/numbers of=part bs=7 count=3 status=none; od -c part | head -n 2
split -n 3 a/numbers part.; cat part.a? | cmp - a/numbers && echo same
truncate -s 10 a/b/moved; wc -c a/b/moved; tee t < part > /dev/null; comm part t | head -n 1
rm a/hard; rmdir a/b/c; rm -r d; find . | sort; date -u -d @0; id -u; pwd > /dev/null
seq 3 | paste -sd+ ; expr 6 \* 7; factor 391; test -e a/numbers; basename /x/y; shuf -n 0 part; nl part | head -n 1
)text"});
}

TEST_CASE("gcc compiles, with the same result", "[e2e][programs]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string source = place.files().file(
      "program.c",
      "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
      "int main(int argc, char** argv) {\n"
      "  char* copy = strdup(argv[argc - 1]);\n"
      "  printf(\"%s %d\\n\", copy, argc);\n  free(copy);\n  return 0;\n}\n",
      place.who());
  const std::string options = GENERATE("-O0", "-O2 -g -Wall", "-O1 -pipe");

  const both made = run_both(place, {"-p", "build", "-r", source},
                             {"/bin/sh", "-c",
                              "gcc -c " + options + " " + source
                                  + " -o program.o && gcc -S -O1 " + source
                                  + " -o - | wc -l"});

  check_same(made);
  CHECK(read_file(place.inside() + "/program.o")
            .starts_with("\x7f"
                         "ELF"));
}

TEST_CASE("python: threads, subprocesses and processes", "[e2e][programs]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string script = place.files().file("script.py", R"text(
import concurrent.futures, hashlib, json, multiprocessing, os, sqlite3
import subprocess, sys, tempfile, threading
def square(x):
    return x * x
if __name__ == "__main__":
    results = []
    threads = [threading.Thread(target=lambda i=i: results.append(i)) for i in range(50)]
    for t in threads: t.start()
    for t in threads: t.join()
    print(sorted(results) == list(range(50)))
    print(subprocess.run(["/bin/echo", "sub"], capture_output=True, text=True).stdout)
    print(subprocess.Popen("exit 7", shell=True).wait())
    with multiprocessing.Pool(3) as pool:
        print(sum(pool.map(square, range(100))))
    queue = multiprocessing.Queue()
    process = multiprocessing.Process(target=queue.put, args=("from a process",))
    process.start(); print(queue.get()); process.join()
    with concurrent.futures.ThreadPoolExecutor(8) as executor:
        print(sum(executor.map(square, range(100))))
    with tempfile.TemporaryFile() as f:
        f.write(b"x" * 100000); f.seek(0); print(hashlib.sha256(f.read()).hexdigest())
    database = sqlite3.connect("data.db")
    database.execute("create table t (x)")
    database.executemany("insert into t values (?)", [(i,) for i in range(1000)])
    database.commit(); print(database.execute("select sum(x) from t").fetchone())
    database.close(); os.unlink("data.db")
    print(json.dumps({"cwd": os.path.basename(os.getcwd()), "uid": os.getuid()}))
    sys.exit(0)
)text",
                                                place.who());

  check_same(place, {"-p", "python", "-r", script, "-w", "/dev/shm"},
             {"/usr/bin/python3", "-B", script});
}

TEST_CASE("node: timers, workers, children and files", "[e2e][programs]") {
  const world place(GENERATE(from_range(everybody())));
  check_same(place, {}, {"/usr/bin/node", "-e", R"text(
const fs = require('fs'), cp = require('child_process');
const { Worker } = require('worker_threads');
const sum = [...Array(1000).keys()].reduce((a, b) => a + b);
fs.writeFileSync('file', 'text ' + sum);
console.log(fs.readFileSync('file', 'utf8'), fs.readdirSync('.'));
console.log(cp.execFileSync('/bin/echo', ['child']).toString().trim());
fs.renameSync('file', 'other'); fs.promises.readFile('other').then(b => {
  console.log(b.length);
  new Worker('require("worker_threads").parentPort.postMessage(6*7)', { eval: true })
    .on('message', m => setTimeout(() => {
      console.log(m, require('crypto').createHash('sha256').update('x').digest('hex'));
    }, 5));
});
)text"});
}

TEST_CASE("perl: files, pipes, forks and sockets of its own",
          "[e2e][programs]") {
  const world place(GENERATE(from_range(everybody())));
  check_same(place, {}, {"/usr/bin/perl", "-MSocket", "-e", R"text(
use strict; use warnings; $| = 1;
open my $f, '>', 'file' or die $!; print $f "line $_\n" for 1..100; close $f;
open $f, '<', 'file' or die $!; my @l = grep { /7/ } <$f>; print scalar(@l), "\n";
print `echo from a child`; my $pid = fork; exit 9 unless $pid;
waitpid $pid, 0; print $? >> 8, "\n";
socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die $!;
syswrite $a, "through\n"; sysread $b, my $t, 100; print $t;
local $SIG{ALRM} = sub { print "alarm\n" }; alarm 1; select undef, undef, undef, 5;
rename 'file', 'renamed' or die $!; print join(' ', sort glob('*')), "\n"; unlink 'renamed' or die $!;
)text"});
}

TEST_CASE("redis serves its benchmark on a granted port", "[e2e][programs]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string port = std::to_string(unused_port());
  const auto serve = [&](const command& server, const command& client) {
    running one(server);
    if (!one.wait_for("Ready to accept connections")) {
      const outcome ended = one.wait();
      FAIL("redis ended with " << ended.code() << ": " << ended.out
                               << ended.err);
    }
    return run(client);
  };
  const words server{"/usr/bin/redis-server",
                     "--port",
                     port,
                     "--bind",
                     "127.0.0.1",
                     "--save",
                     "",
                     "--dir",
                     place.inside(),
                     "--appendonly",
                     "no"};
  const words client{
      "/usr/bin/redis-benchmark", "-p",   port, "-n", "2000", "-t",
      "set,get,incr,lpush",       "--csv"};
  const auto names = [](const std::string& csv) {
    // The first column; the others are speeds.
    std::string all;
    std::istringstream lines(csv);
    for (std::string line; std::getline(lines, line);)
      all += line.substr(0, line.find(',')) + "\n";
    return all;
  };

  const outcome outside = serve(place.outside(server), place.outside(client));
  const outcome inside
      = serve(place.confined({"--net-allow-bind", port}, server),
              place.confined({"--net-allow", ":" + port}, client));
  const outcome not_granted
      = serve(place.confined({"--net-allow-bind", port}, server),
              place.confined({"--net-allow", ":1"}, client));

  INFO(inside.err);
  CHECK(outside.code() == 0);
  CHECK(inside.code() == 0);
  CHECK(names(inside.out) == names(outside.out));
  CHECK(names(inside.out).find("GET") != std::string::npos);
  CHECK(not_granted.out.find("GET") == std::string::npos);
}

TEST_CASE("compiling, linking, installing and make -j4",
          "[e2e][programs][lane]") {
  const world place(GENERATE(from_range(everybody())));
  const words limit = GENERATE(words{}, words{"-P", "60"});
  check_same(place, words{"-p", "build"} + limit, {"/bin/sh", "-c", R"text(
set -e
mkdir src
for i in 1 2 3 4 5 6 7 8; do echo "int f$i(void) { return $i; }" > src/f$i.c; done
cat > src/main.c <<END
#include <stdio.h>
int f1(void), f8(void);
int main(void) { printf("%d\n", f1() + f8()); return 0; }
END
printf 'O = %s\nprogram: $(O)\n\tgcc -o $@ $(O)\n%%.o: src/%%.c\n\tgcc -c -o $@ $<\n' \
  'main.o f1.o f2.o f3.o f4.o f5.o f6.o f7.o f8.o' > Makefile
make -s -j4
./program
ar rc libf.a f1.o f2.o
install -d -m 750 tree/bin
install -m 755 program tree/bin/program
cp -p program copy
strip copy
rm -f *.o libf.a copy program tree/bin/program
ls -l tree | wc -l
)text"});
}

TEST_CASE("git, tar and cp -p keep what they should", "[e2e][programs][lane]") {
  const world place(GENERATE(from_range(everybody())));
  check_same(place, {"-p", "build"}, {"/bin/bash", "-c", R"text(
set -e
export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_DATE=2001-01-01T00:00:00Z
export GIT_COMMITTER_DATE=2001-01-01T00:00:00Z
git init -q -b main repo 2>&1
cd repo
git config user.email a@example.org; git config user.name a
echo one > file; mkdir sub; echo two > sub/file; chmod 755 sub/file
git add .; git commit -q -m first; git log --format=%H
echo more >> file; git status --short
git clone -q . ../clone; git -C ../clone log --oneline | wc -l
cd ..
touch -d 2001-02-03T04:05:06Z repo/file
tar cf all.tar repo/file repo/sub
mkdir out; tar xpf all.tar -C out
stat -c '%a %Y %n' out/repo/file out/repo/sub/file | sed 's/ [0-9]* out.repo.sub/ sub/'
cp -pr out/repo again; stat -c '%a %Y' again/file
rm -rf repo clone out again all.tar .gitconfig
)text"});
}
