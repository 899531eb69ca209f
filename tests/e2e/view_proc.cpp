// What a view makes itself: /proc, the files that tell a name, sorted listings.
#include "tests/e2e/view_world.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

using namespace cordon;
using namespace cordon::test;

namespace {

const words everything{"-w", "/"};

/// `proc_views WORDS…` in a root of its own.
outcome look(const world& place, const std::string& root, const words& options,
             const words& asked) {
  return in_view(place, root, options, words{"/bin/proc_views"} + asked);
}

std::string root_to_look_at(const world& place) {
  return root_with(place, "root", {"proc_views", "act"});
}

/// The value of a line "what=value".
std::string value_of(const outcome& said, const std::string& what) {
  std::istringstream lines(said.out);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(what + "="))
      return line.substr(what.size() + 1);
  return "(nothing)";
}

bool holds(const std::string& text, const std::string& word) {
  return text.find(word) != std::string::npos;
}

/// Somebody outside, of the same user.
class bystander {
public:
  explicit bystander(const identity& who)
      : pid_(::fork()) {
    if (pid_ == 0) {
      become(who);
      while (true)
        ::pause();
    }
  }
  bystander(const bystander&) = delete;
  bystander& operator=(const bystander&) = delete;
  ~bystander() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] std::string number() const {
    return std::to_string(pid_);
  }

private:
  pid_t pid_;
};

const words shown_files{"/proc/cpuinfo",
                        "/proc/meminfo",
                        "/proc/uptime",
                        "/proc/loadavg",
                        "/proc/version",
                        "/proc/stat",
                        "/proc/sys",
                        "/proc/sys/kernel",
                        "/proc/sys/kernel/osrelease",
                        "/proc/sys/vm/overcommit_memory"};

} // namespace

TEST_CASE("what /proc shows is the caller's, whichever thread or child asks",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const words asked{"/bin/proc_views", "self"};
  const words canary{"--env", "CANARY=here"};

  const auto inside = in_view(place, root, everything + canary, asked);

  INFO(inside.out << inside.err);
  CHECK(inside.code() == 0);
  CHECK(inside.out
        == "self=own\nthread-self=own\nin-thread=own\nthread-status=own\n"
           "my-number=listed\nas-process=hidden\nin-child=own\nenviron=own\n");
  // And so it is outside.
  auto outside = place.outside({programs::target("proc_views"), "self"});
  outside.env.emplace_back("CANARY", "here");
  CHECK(run(outside).out == inside.out);
}

TEST_CASE("every call tells the same of what is made for a view",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  std::filesystem::create_directory(root + "/etc");
  std::filesystem::permissions(root + "/etc", std::filesystem::perms{0755});
  const bystander other{place.who()};
  const auto asked = words{"agree"} + shown_files
                     + words{"/proc", "/etc/hostname", "/etc/hosts",
                             "/proc/sys/kernel/hostname"};

  const auto shown
      = look(place, root, everything + words{"--name", "box"}, asked);
  const auto hidden = look(place, root, everything,
                           {"agree", "/proc/" + other.number(),
                            "/proc/" + other.number() + "/comm", "/proc/1",
                            "/proc/1/status", "/proc/none", "/proc/self/none"});
  const auto closed
      = look(place, root, everything,
             {"agree", "/proc/kcore", "/proc/kallsyms", "/proc/sysrq-trigger",
              "/proc/self/mem", "/proc/self/pagemap", "/proc/self/ns",
              "/proc/net", "/proc/sys/kernel/core_pattern", "/proc/cmdline"});

  INFO(shown.err << hidden.err << closed.err);
  for (const auto& path : asked)
    if (path != "agree")
      CHECK(path + "=" + value_of(shown, path) == path + "=ok");
  for (const auto& said :
       {value_of(hidden, "/proc/" + other.number()),
        value_of(hidden, "/proc/1/status"), value_of(hidden, "/proc/none"),
        value_of(hidden, "/proc/self/none")})
    CHECK(said == "ENOENT unlisted");
  std::istringstream lines(closed.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    // Some kernels lack one or another.
    const auto path = line.substr(0, line.find('='));
    const bool there
        = std::filesystem::exists(std::filesystem::symlink_status(path));
    CHECK(line == path + (there ? "=EACCES unlisted" : "=ENOENT unlisted"));
  }
  CHECK(count == 9);
}

TEST_CASE("the files of a process are shown, the names in them are the view's",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const auto host = place.files().directory("mounted", place.who());
  const words options
      = everything + words{"--fs-mount", "/d:" + host, "--name", "box"};

  const auto names = look(place, root, options, {"names", "/proc/self"});
  const auto read
      = look(place, root, options,
             {"read", "/proc/self/maps", "/proc/self/smaps",
              "/proc/self/mountinfo", "/proc/mounts", "/proc/self/mountstats",
              "/proc/self/cgroup", "/proc/self/comm", "/proc/self/cmdline",
              "/proc/self/status", "/proc/sys/kernel/hostname",
              "/proc/thread-self/maps", "/proc/self/task/1/maps"});

  INFO(read.out << read.err << names.err);
  for (const char* const name :
       {"auxv", "cwd", "environ", "exe", "fd", "maps", "root", "stat", "task"})
    CHECK(holds(" " + value_of(names, "/proc/self") + " ",
                " " + std::string(name) + " "));
  for (const char* const name : {"mem", "ns", "pagemap", "stack", "attr"})
    CHECK_FALSE(holds(" " + value_of(names, "/proc/self") + " ",
                      " " + std::string(name) + " "));
  CHECK(holds(value_of(read, "/proc/self/maps"), " /bin/proc_views|"));
  CHECK(holds(value_of(read, "/proc/self/smaps"), " /bin/proc_views|Size:"));
  CHECK(holds(value_of(read, "/proc/thread-self/maps"), " /bin/proc_views|"));
  CHECK(value_of(read, "/proc/self/task/1/maps").empty());
  CHECK(value_of(read, "/proc/self/comm") == "proc_views|");
  CHECK(holds(value_of(read, "/proc/self/cmdline"), "/bin/proc_views"));
  CHECK(value_of(read, "/proc/self/cgroup") == "0::/|");
  CHECK(value_of(read, "/proc/sys/kernel/hostname") == "box|");
  CHECK(holds(value_of(read, "/proc/self/status"), "|TracerPid:\t0|"));
  CHECK(holds(value_of(read, "/proc/mounts"), "cordon / "));
  CHECK(holds(value_of(read, "/proc/mounts"), "|cordon /d "));
  CHECK(holds(value_of(read, "/proc/self/mountinfo"), " / / rw"));
  // No path of the host is anywhere.
  CHECK_FALSE(holds(read.out, place.files().path()));
  CHECK_FALSE(holds(read.out, "/dev/"));
}

TEST_CASE("neither supervisor nor anybody outside is found in /proc",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const bystander other{place.who()};
  const auto pid = other.number();
  for (const auto& [target, name] :
       std::initializer_list<std::pair<std::string, std::string>>{
           {"/proc/" + pid, "process"},
           {"/proc/" + pid + "/comm", "comm"},
           {"/proc/self/../" + pid + "/environ", "dots"},
           {"/proc", "proc"},
           {"proc/" + pid + "/root", "relative"}})
    REQUIRE(::symlink(target.c_str(), (root + "/" + name).c_str()) == 0);
  const words asked{"open",
                    "/proc/" + pid + "/environ",
                    "//proc//" + pid + "/environ",
                    "/proc/./" + pid + "/environ",
                    "/proc/self/../" + pid + "/environ",
                    "/proc/self/task/../../" + pid + "/environ",
                    "/d/../proc/" + pid + "/environ",
                    "/proc/self/root/proc/" + pid + "/environ",
                    "/proc/self/cwd/proc/" + pid + "/environ",
                    "/proc/" + pid + "/../version",
                    "/process/environ",
                    "/comm",
                    "/dots",
                    "/proc/" + pid + "/root",
                    "/proc/" + pid + "/cwd",
                    "/proc/" + pid + "/fd",
                    "/proc/1/root",
                    "/relative/etc/passwd",
                    "/proc/" + pid + "/task/" + pid + "/environ"};

  const auto opened = look(place, root, everything, asked);
  const auto changed
      = look(place, root, everything,
             words{"chdir"} + words(asked.begin() + 1, asked.end()));
  const auto works
      = look(place, root, everything,
             {"open", "/proc/self/environ", "//proc//self/environ",
              "/proc/./self/environ", "/d/../proc/self/environ",
              "/proc/self/task/../environ", "/proc/self/root/proc/self/environ",
              "/proc/self/fd", "/proc/self/../version"});
  const auto listed = look(place, root, everything,
                           {"names", "/proc", "/proc/self/..", "//proc/."});

  INFO(opened.out << changed.out << works.out << listed.out);
  const auto lines = [](const outcome& said) {
    return std::count(said.out.begin(), said.out.end(), '\n');
  };
  CHECK(lines(opened) == 18);
  CHECK_FALSE(holds(opened.out, "=ok"));
  CHECK_FALSE(holds(changed.out, "=ok"));
  CHECK(lines(works) == 8);
  CHECK_FALSE(holds(works.out, "=E"));
  for (const auto* const name : {"/proc", "/proc/self/..", "//proc/."}) {
    const auto names = value_of(listed, name);
    CHECK(holds(names, "self"));
    std::istringstream all(names);
    int processes = 0;
    for (std::string each; all >> each;)
      processes += each.find_first_not_of("0123456789") == std::string::npos;
    CHECK(processes == 1);
  }
}

TEST_CASE(
    "links to descriptors open the same object, by the rules of its place",
    "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);

  const auto written = look(place, root, everything, {"reopen"});
  const auto read = look(place, root, {"-r", "/"}, {"reopen"});

  INFO(written.out << written.err);
  for (const auto& [what, expected] :
       std::initializer_list<std::pair<const char*, const char*>>{
           {"file", "/d/f"},
           {"again", "at the start"},
           {"write", "ok"},
           {"memory", "ok"},
           {"memory-link", "/memfd:mine (deleted)"},
           {"pipe-link", "pipe:["},
           {"pipe", "ok"},
           {"socket", "ENXIO"},
           {"closed", "ENOENT"},
           {"through", "ok"},
           {"above", "ok"},
           {"root", "ok"},
           {"root-link", "/"},
           {"chdir", "ok"},
           {"cwd", "/d/e"},
           {"cwd-above", "ok"},
           {"exe", "/bin/proc_views"},
           {"exe-read", "ok"},
           {"named", "ok"}}) {
    INFO(what);
    CHECK(value_of(written, what) == expected);
  }
  CHECK(value_of(read, "write") == "EACCES");
  CHECK(value_of(read, "memory") == "ok");
  CHECK(value_of(read, "named") != "ok");
}

TEST_CASE("a file that cordon's caller gave is given again, and no more of it",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const auto given = place.files().file("given", "text", place.who());
  const words shell{"/bin/sh", "-c", "exec \"$@\" < " + given, "sh"};
  auto started
      = view_command(place, root, everything, {"/bin/proc_views", "reopen"});
  started.argv = shell + started.argv;

  const auto said = run(started);

  INFO(said.out << said.err);
  CHECK(value_of(said, "input") == "(unreachable)");
  CHECK(value_of(said, "input-read") == "ok");
  CHECK(value_of(said, "input-write") == "EACCES");
  CHECK(value_of(said, "input-above") == "ENOTDIR");
  CHECK_FALSE(holds(said.out, given));
}

TEST_CASE("what is made for a view cannot be changed, moved or covered",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  const bool backed = GENERATE(false, true);
  INFO(place.who().name << backed);
  const auto root = root_to_look_at(place);
  place.files().directory("root/etc", place.who());
  if (backed) {
    place.files().file("root/etc/hosts", "old", place.who());
    place.files().directory("root/proc", place.who());
  }
  const words options = everything + words{"--name", "box"};

  for (const auto* const path :
       {"/etc/hosts", "/proc/self/maps", "/proc/version"}) {
    INFO(path);
    const auto said = look(place, root, options, {"seals", path});
    INFO(said.out << said.err);
    CHECK(said.out.starts_with("open=ok\n"));
    CHECK_FALSE(holds(said.out.substr(8), "=ok"));
    CHECK(value_of(said, "write") == "EBADF");
    CHECK(value_of(said, "mkdir") == "EEXIST");
    CHECK(value_of(said, "for-writing") == "EACCES");
  }
  const auto read
      = look(place, root, options, {"read", "/etc/hosts", "/etc/hostname"});
  CHECK(value_of(read, "/etc/hosts")
        == "127.0.0.1 localhost|::1 localhost|127.0.0.1 box|");
  CHECK(value_of(read, "/etc/hostname") == "box|");
  const auto moved = in_view(place, root, options,
                             {"/bin/act", "rename", "/etc>/other", "rmdir",
                              "/proc", "rename", "/proc>/d/p"});
  CHECK(moved.out
        == "rename /etc>/other=EBUSY\nrmdir /proc=EBUSY\n"
           "rename /proc>/d/p=EBUSY\n");
  if (backed)
    CHECK(read_file(root + "/etc/hosts") == "old");
  else
    CHECK_FALSE(std::filesystem::exists(root + "/etc/hosts"));
}

TEST_CASE("without --name a view tells the host's name and its own files",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_to_look_at(place);
  place.files().directory("root/etc", place.who());
  place.files().file("root/etc/hosts", "own", place.who());

  const auto named
      = look(place, root, everything + words{"--name", "box"}, {"uname"});
  const auto unnamed = look(place, root, everything, {"uname"});
  const auto outside
      = run(place.outside({programs::target("proc_views"), "uname"}));
  const auto read
      = look(place, root, everything, {"read", "/etc/hosts", "/etc/hostname"});

  CHECK(named.out == "uname=ok\nnode=box\nhost=box\nnowhere=EFAULT\n");
  CHECK(unnamed.out == outside.out);
  CHECK(value_of(read, "/etc/hosts") == "own");
  CHECK(value_of(read, "/etc/hostname").empty());
}

TEST_CASE("a listing that is made seeks, rewinds and goes on as the kernel's",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  for (int i = 0; i < 100; ++i)
    place.files().file("root/d/name" + std::to_string(i), "", place.who());
  const std::string directory
      = GENERATE("/", "/d", "/proc/self", "/proc/sys/kernel");
  INFO(directory);

  const auto said
      = look(place, root, everything + words{"--deterministic-dirs"},
             {"listing", directory});
  const auto outside = run(
      place.outside({programs::target("proc_views"), "listing", root + "/d"}));

  INFO(said.out << said.err);
  CHECK(said.out
        == "again=\nrewound=same\nsmall=same\ntoo-small=!EINVAL\n"
           "duplicate=goes on\nsought=goes on\nolder=same\n");
  CHECK(outside.out == said.out);
}

TEST_CASE("option --deterministic-dirs lists directories in the order of bytes",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_to_look_at(place);
  place.files().directory("root/names", place.who());
  for (const char* const name :
       {"b", "B", "a.c", "a", "\xFF", "z", "a b", "\xC3\xA4"})
    place.files().file(std::string("root/names/") + name, "", place.who());

  const auto sorted
      = look(place, root, everything + words{"--deterministic-dirs"},
             {"order", "/names"});
  for (const char* const name : {"2", "1", "10", "Z"})
    place.files().file(std::string("inside/") + name, "", place.who());
  const auto without_root = run(
      place.confined({"--deterministic-dirs"}, {programs::target("proc_views"),
                                                "order", place.inside()}));

  INFO(sorted.err << without_root.err);
  CHECK(value_of(sorted, "/names") == ". .. B a a b a.c b z \xC3\xA4 \xFF");
  CHECK(value_of(without_root, place.inside()) == ". .. 1 10 2 Z");
}

TEST_CASE("grants and denials reach into /proc, as into any place",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto root = root_to_look_at(place);
  const words asked{"open",
                    "/proc/version",
                    "/proc/self/status",
                    "/proc/self/maps",
                    "/proc/self/environ",
                    "/proc"};

  const auto none = look(place, root, {"-r", "/bin"}, asked);
  const auto own = look(place, root, {"-r", "/bin", "-r", "/proc/self"}, asked);
  const auto less = look(place, root,
                         {"-r", "/", "--fs-deny", "/proc/self/environ"}, asked);
  const auto closed
      = look(place, root, {"-r", "/", "--fs-deny", "/proc"}, asked);

  INFO(none.err << own.err << less.err << closed.err);
  CHECK(none.out
        == "/proc/version=EACCES\n/proc/self/status=EACCES\n"
           "/proc/self/maps=EACCES\n/proc/self/environ=EACCES\n/proc=EACCES\n");
  CHECK(own.out
        == "/proc/version=EACCES\n/proc/self/status=ok\n"
           "/proc/self/maps=ok\n/proc/self/environ=ok\n/proc=ok\n");
  CHECK(less.out
        == "/proc/version=ok\n/proc/self/status=ok\n/proc/self/maps=ok\n"
           "/proc/self/environ=EACCES\n/proc=ok\n");
  CHECK_FALSE(holds(closed.out, "=ok"));
}

TEST_CASE("explain tells what a view makes of /proc", "[e2e][view][proc]") {
  const world place(unprivileged());
  const auto root = root_to_look_at(place);
  const auto explain = [&](const words& options, const words& question) {
    return run(
        place.cordon(words{"explain", "--chroot", root} + options + question));
  };

  const auto shown = explain({"-r", "/"}, {"read", "/proc/self/status"});
  const auto closed = explain({"-r", "/"}, {"read", "/proc/kcore"});
  const auto ungranted = explain({"-r", "/bin"}, {"read", "/proc/version"});

  CHECK(shown.code() == 0);
  CHECK(closed.out
        == "denied (EACCES): /proc/kcore is not one of the files of /proc that "
           "a view shows\nno option allows it\n");
  CHECK(holds(ungranted.out, "to allow it: --fs-read /proc/version"));
}

TEST_CASE("ordinary programs find in /proc what they look for",
          "[e2e][view][proc]") {
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const bystander other{place.who()};
  const auto shell = [&](const std::string& script) {
    const auto made = place.cordon(
        {"run", "--fs-deny", place.secret(), "-r", "/", "-w", place.inside(),
         "-w", "/dev/null", "--cwd", place.inside(), "--name", "box", "--",
         "/bin/sh", "-c", script});
    const auto said = run(made);
    INFO(script << "\n" << said.err);
    CHECK(said.code() == 0);
    return said.out;
  };
  const auto real = [](const char* path) {
    return std::filesystem::canonical(path).string();
  };

  CHECK(shell("readlink /proc/self/exe") == real("/usr/bin/readlink") + "\n");
  CHECK(shell("readlink /proc/$$/exe") == real("/bin/sh") + "\n");
  CHECK(shell("/proc/self/exe -c 'echo $0' 2>&1") == "/proc/self/exe\n");
  CHECK(shell("printf text | cat /dev/stdin") == "text");
  CHECK(shell("{ echo x | tee /dev/stderr; } 2>&1 | cat /dev/fd/0")
        == "x\nx\n");
  CHECK(shell("{ echo x > /dev/stdout; } | cat") == "x\n");
  // What can only be written to cannot be read from by opening it again.
  CHECK(shell("{ echo theirs; cat < /proc/self/fd/1; } 2>/dev/null | "
              "{ sleep 0.1; cat; }")
        == "theirs\n");
  CHECK(shell("{ cat < /proc/self/fd/1; } 2>&1 | grep -c 'ermission denied'")
        == "1\n");
  CHECK(shell("hostname; uname -n; cat /etc/hostname") == "box\nbox\nbox\n");
  CHECK(shell("cp /proc/self/maps copy && grep -c /cp copy >/dev/null; echo $?")
        == "0\n");
  CHECK(shell("cp /etc/hosts copied && cat copied | head -1")
        == "127.0.0.1 localhost\n");
  CHECK(shell("readlink /proc/self/cwd") == place.inside() + "\n");
  CHECK(shell("cat /proc/self/comm /proc/$$/comm") == "cat\nsh\n");
  CHECK(shell("cd /proc/self/task && cd $(ls) && cat comm") == "sh\n");
  CHECK(shell("ls /proc/" + other.number() + " 2>/dev/null; echo $?") == "2\n");
  // The shell, and nobody else.
  CHECK(shell("cd /proc; set -- [0-9]*; test \"$*\" = $$; echo $?") == "0\n");
  CHECK(shell("df / | tail -1 | grep -c ' /$'") == "1\n");
}
