#include "cli/app.hpp"

#include "core/base/escape.hpp"

#include <cstdio>
#include <string_view>

namespace cordon::cli {
namespace {

constexpr const char* usage
    = R"(cordon runs untrusted programs on Linux without root or containers.

Usage: cordon COMMAND [OPTIONS]

Commands:
  run [OPTIONS] [--] PROGRAM [ARGUMENT…]   run a program within its grants
  explain [OPTIONS] ACTION [SUBJECT]       say whether a run may do something, and why
  check                                    say what this kernel offers
  list-syscalls                            print what becomes of every system call
  profile list|show|save|delete            manage profiles
  ps                                       list running sandboxes
  inspect NAME                             print the policy of one
  stats NAME                               print its figures and last denials
  kill NAME                                end it, or send it a signal

cordon COMMAND --help describes each. Programs see nothing that was not granted:
  cordon run -p base -r . -- ls
)";

int dispatch(std::string_view command, const arguments& words,
             const policy::kernel_facts& kernel) {
  if (command == "run")
    return run(words, kernel);
  if (command == "explain")
    return explain(words, kernel);
  if (command == "check")
    return check(words, kernel);
  if (command == "list-syscalls")
    return list_syscalls(words);
  if (command == "profile")
    return profile(words);
  if (command == "ps")
    return ps(words);
  if (command == "inspect")
    return inspect(words);
  if (command == "stats")
    return stats(words);
  if (command == "kill")
    return kill(words);
  return reject(escape(command)
                + ": no such command; expected run, explain, check, "
                  "list-syscalls, profile, ps, inspect, stats or kill");
}

} // namespace

int reject(const std::string& line) {
  std::fprintf(stderr, "cordon: %s\n", line.c_str());
  return exit_status::bad_input;
}

int run_main(int argc, char** argv, const policy::kernel_facts& kernel) {
  if (argc < 2) {
    std::fputs(usage, stderr);
    return exit_status::bad_input;
  }
  const std::string_view command = argv[1];
  if (command == "--help" || command == "-h" || command == "help") {
    std::fputs(usage, stdout);
    return 0;
  }
  if (command == "--version") {
    std::puts("cordon " CORDON_VERSION);
    return 0;
  }
  return dispatch(command, arguments(argv + 2, argv + argc), kernel);
}

} // namespace cordon::cli
