#include "core/exec/elf.hpp"
#include "core/exec/intents.hpp"
#include "core/exec/name_page.hpp"
#include "core/exec/script.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <future>
#include <string_view>
#include <thread>
#include <vector>

using namespace cordon;
using namespace cordon::exec;

namespace {

/// "interpreter|argument", "interpreter" or "none".
std::string line_of(std::string_view text) {
  file_head head{};
  std::ranges::copy(text.substr(0, head.size()), head.begin());
  const auto line = read_script(head);
  if (!line)
    return "none";
  return line->interpreter + (line->argument ? "|" + *line->argument : "");
}

startable named(std::string name) {
  startable made;
  made.name = std::move(name);
  return made;
}

} // namespace

TEST_CASE("a script's first line is read as the kernel reads it", "[exec]") {
  CHECK(line_of("#!/bin/sh\n") == "/bin/sh");
  CHECK(line_of("#! \t/bin/sh \t -e -u \t\nmore") == "/bin/sh|-e -u");
  CHECK(line_of("#!/bin/sh") == "/bin/sh");
  CHECK(line_of("#!/bin/sh\r\n") == "/bin/sh\r");
  CHECK(line_of("#!\n/bin/sh\n") == "none");
  CHECK(line_of("#!  \t\n") == "none");
  CHECK(line_of("#!") == ""); // which is not there
  CHECK(line_of("#!" + std::string(254, ' ')) == "none");
  // Of a line that is cut off the name must be whole.
  CHECK(line_of("#!/" + std::string(300, 'a')) == "none");
  CHECK(line_of("#!/a " + std::string(300, 'b'))
        == "/a|" + std::string(250, 'b'));
  CHECK(line_of({"#!/a\0b\n", 8}) == "/a");
}

namespace {

intents::key add(intents& to, pid_t process, pid_t tid, const char* name) {
  const auto made = to.reserve(process, tid);
  REQUIRE(made);
  to.add(*made, tid, named(name));
  return *made;
}

} // namespace

TEST_CASE("a process gets what was found for it, once", "[exec]") {
  intents all;
  const auto first = add(all, 1, 1, "a");
  const auto second = add(all, 1, 2, "b");
  const auto other = add(all, 3, 3, "c");

  CHECK(first != second);
  CHECK_FALSE(all.take({3, second.token}));
  const auto got = all.take(second);
  REQUIRE(got);
  CHECK(got->name == "b");
  CHECK_FALSE(all.take(second));
  CHECK_FALSE(all.take(first)); // that thread is no more
  CHECK(all.take(other));
  CHECK(all.size() == 0);
}

TEST_CASE("what is taken back of one thread leaves the others'", "[exec]") {
  intents all;
  const auto first = add(all, 1, 1, "a");
  const auto second = add(all, 1, 2, "b");

  const auto back = all.take_back(first);

  REQUIRE(back);
  CHECK(back->name == "a");
  CHECK_FALSE(all.take_back(first));
  CHECK(add(all, 1, 3, "c") == first);
  CHECK(all.take(second)->name == "b");
}

TEST_CASE("an exec that came to nothing is forgotten by the next", "[exec]") {
  intents all;
  static_cast<void>(add(all, 1, 1, "a"));
  const auto second = add(all, 1, 1, "b");

  CHECK(all.size() == 1);
  CHECK(all.take(second)->name == "b");
}

TEST_CASE("one process has no more execs at once than can be told apart",
          "[exec]") {
  std::promise<void> over;
  const auto until_over = over.get_future().share();
  std::vector<std::thread> threads;
  std::vector<pid_t> tids;
  for (unsigned i = 0; i < name_page::tokens; ++i) {
    std::promise<pid_t> started;
    auto tid = started.get_future();
    threads.emplace_back([started = std::move(started), until_over]() mutable {
      started.set_value(::gettid());
      until_over.wait();
    });
    tids.push_back(tid.get());
  }
  intents all;
  for (unsigned i = 0; i < name_page::tokens; ++i)
    CHECK(add(all, ::getpid(), tids[i], "a").token == i);

  CHECK_FALSE(all.reserve(::getpid(), ::gettid()));
  CHECK(all.size() == name_page::tokens);
  CHECK(all.reserve(::getpid(), tids[7])->token
        == 7); // its own comes to nothing

  over.set_value();
  for (auto& each : threads)
    each.join();
  CHECK(add(all, ::getpid(), ::gettid(), "b").token == 7);
  CHECK(all.reserve(::getpid(), 1)); // theirs are forgotten
}

TEST_CASE("so many programs wait for those who asked, and no more; the dead "
          "ask for nothing",
          "[exec]") {
  intents all;
  // What is kept for one process is bounded as well: these are nine.
  std::vector<pid_t> processes;
  for (int i = 0; i < 9; ++i) {
    const pid_t child = ::fork();
    if (child == 0)
      while (true)
        ::pause();
    processes.push_back(child);
  }
  std::size_t n = 0;
  for (; n < 512 && !all.full(); ++n)
    static_cast<void>(
        add(all, processes[n / 60], static_cast<pid_t>(n + 1), "x"));

  CHECK(n == 512);
  CHECK(all.size() == 512);
  CHECK(all.full());
  CHECK(all.size() == 512); // all live
  for (const pid_t each : processes) {
    ::kill(each, SIGKILL);
    ::waitpid(each, nullptr, 0);
  }
  CHECK_FALSE(all.full());
  CHECK(all.size() == 0);
}

TEST_CASE("the stub's name tells by its slashes which exec it is", "[exec]") {
  name_page page;
  put_name(page, "/opt/stub");
  for (const unsigned token : {0U, 1U, 63U}) {
    const char* const name = page.name + (name_with(token) - name_page_at);
    CHECK(leading_slashes(name) == token + 1);
    CHECK(std::string(name).ends_with("/opt/stub"));
    CHECK((name_with(token) & name_mask) == name_page_at);
  }
}

TEST_CASE("what is no program of this machine is told", "[exec]") {
  const unique_fd itself{::open("/proc/self/exe", O_RDONLY | O_CLOEXEC)};
  const unique_fd text{::open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)};

  const auto program = read_program(itself.get());

  REQUIRE(program);
  CHECK((*program)->find("/ld-") != std::string::npos);
  CHECK(check_loader(itself.get()) == 0);
  CHECK(read_program(text.get()).error().code == ENOEXEC);
}
