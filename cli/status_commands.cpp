// ps, inspect, stats, kill: running sandboxes, seen and told from outside.
#include "cli/app.hpp"
#include "cli/status_text.hpp"
#include "cli/status_words.hpp"
#include "core/base/escape.hpp"
#include "core/status/control.hpp"
#include "core/status/registry.hpp"

#include <time.h>

#include <cerrno>
#include <cstdio>

namespace cordon::cli {
namespace {

using status::control::what;

/// No sandbox has that name.
constexpr int not_there = 1;

int fail_with(const std::string& line) {
  std::fprintf(stderr, "cordon: %s\n", line.c_str());
  return exit_status::own_failure;
}

void print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

/// Calls `use` with the words of a command, or says what is wrong with them.
template <class Use>
int with_words(const char* command, const arguments& words, Use use) {
  const auto parsed = parse_status_words(command, words);
  if (!parsed)
    return reject(parsed.error().line());
  if (parsed->help)
    return print_status_help(command), 0;
  return use(*parsed);
}

/// Calls `use` with the sandbox that the words name.
template <class Use>
int with_sandbox(const char* command, const arguments& words, Use use) {
  return with_words(command, words, [&](const status_words& told) {
    auto found = status::find_sandbox(told.name);
    if (!found && found.error().code == ENOENT) {
      std::fprintf(stderr,
                   "cordon: %s: no running sandbox is called '%s'; `cordon "
                   "ps` shows them\n",
                   command, escape(told.name).c_str());
      return not_there;
    }
    if (!found)
      return fail_with("cannot " + found.error().message());
    return use(told, *found);
  });
}

int unreadable(const error& why) {
  return fail_with("cannot " + why.message());
}

} // namespace

int ps(const arguments& words) {
  return with_words("ps", words, [](const status_words& told) {
    const auto all = status::list_sandboxes();
    if (!all)
      return unreadable(all.error());
    print(told.json ? json_of(*all) : table_of(*all, ::time(nullptr)));
    int result = 0;
    for (const auto& each : *all)
      if (!each.board)
        result = fail_with(escape(each.name) + ": cannot "
                           + each.board.error().message());
    return result;
  });
}

int inspect(const arguments& words) {
  return with_sandbox(
      "inspect", words,
      [](const status_words& told, const status::sandbox_entry& found) {
        if (!found.board)
          return unreadable(found.board.error());
        const auto text
            = status::ask(found.directory.get(),
                          told.toml ? what::policy_toml : what::policy_text);
        if (!text)
          return unreadable(text.error());
        print(told.toml ? *text : identity_text(*found.board) + *text);
        return 0;
      });
}

int stats(const arguments& words) {
  return with_sandbox(
      "stats", words,
      [](const status_words& told, const status::sandbox_entry& found) {
        if (!found.board)
          return unreadable(found.board.error());
        print(told.json ? stats_json(*found.board) : stats_text(*found.board));
        return 0;
      });
}

int kill(const arguments& words) {
  return with_sandbox(
      "kill", words,
      [](const status_words& told, const status::sandbox_entry& found) {
        const auto done = status::ask(found.directory.get(),
                                      told.signal ? what::signal : what::end,
                                      told.signal.value_or(0));
        return done ? 0 : unreadable(done.error());
      });
}

} // namespace cordon::cli
