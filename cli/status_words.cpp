#include "cli/status_words.hpp"

#include "core/base/escape.hpp"
#include "policy/grammar.hpp"

#include <string.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace cordon::cli {
namespace {

using text = const std::string&;

// clang-format off
constexpr status_option rows[] = {
  {"ps", "--json", nullptr, "Print a list of JSON objects",
   [](status_words& to, text) { return to.json = true; }},
  {"inspect", "--toml", nullptr, "Print a profile that allows the same",
   [](status_words& to, text) { return to.toml = true; }},
  {"stats", "--json", nullptr, "Print one JSON object",
   [](status_words& to, text) { return to.json = true; }},
  {"kill", "--signal", "SIG", "Send SIG to the program instead of ending the run",
   [](status_words& to, text v) { return (to.signal = parse_signal(v)).has_value(); }},
};
// clang-format on

bool takes_name(std::string_view command) {
  return command != "ps";
}

const status_option* find(std::string_view command, std::string_view option) {
  const auto* const found
      = std::ranges::find_if(rows, [&](const status_option& row) {
          return row.command == command && row.option == option;
        });
  return found == std::end(rows) ? nullptr : found;
}

/// The option at `words[at]`, which moves past it and its value.
policy::checked<void> take_option(status_words& to, std::string_view command,
                                  const arguments& words, std::size_t& at) {
  const auto& word = words[at];
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  const auto* const row = find(command, name);
  if (row == nullptr)
    return policy::reject(std::string(command) + ": " + escape(name),
                          "no such option; expected one of `cordon "
                              + std::string(command) + " --help`");
  std::string value;
  if (equals != std::string::npos)
    value = word.substr(equals + 1);
  else if (row->argument != nullptr && ++at < words.size())
    value = words[at];
  if (row->argument == nullptr && equals != std::string::npos)
    return policy::reject(name, "expected no value");
  if (!row->set(to, value))
    return policy::reject(name, "'" + escape(value) + "' is none; expected "
                                    + row->argument
                                    + ", a signal's name or number");
  return {};
}

} // namespace

std::span<const status_option> status_options() {
  return rows;
}

std::optional<int> parse_signal(std::string_view text) {
  int number = 0;
  const auto* const end = text.data() + text.size();
  if (const auto [stop, error] = std::from_chars(text.data(), end, number);
      error == std::errc{} && stop == end)
    return number > 0 && number < NSIG ? std::optional(number) : std::nullopt;
  std::string wanted(text);
  std::ranges::transform(wanted, wanted.begin(), [](unsigned char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A')
                                : static_cast<char>(c);
  });
  if (wanted.starts_with("SIG"))
    wanted.erase(0, 3);
  for (number = 1; number < NSIG; ++number)
    if (const char* const name = ::sigabbrev_np(number);
        name != nullptr && wanted == name)
      return number;
  return std::nullopt;
}

policy::checked<status_words> parse_status_words(std::string_view command,
                                                 const arguments& words) {
  status_words made;
  const std::string where(command);
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto& word = words[at];
    if (word == "--help" || word == "-h") {
      made.help = true;
      return made;
    }
    if (word.starts_with('-')) {
      if (auto taken = take_option(made, command, words, at); !taken)
        return tl::make_unexpected(taken.error());
      continue;
    }
    if (!takes_name(command) || !made.name.empty())
      return policy::reject(where, "'" + escape(word) + "' is too much");
    auto name = policy::parse_name(word, where);
    if (!name)
      return tl::make_unexpected(name.error());
    made.name = std::move(*name);
  }
  if (takes_name(command) && made.name.empty())
    return policy::reject(where, "expected the NAME of a sandbox; `cordon ps` "
                                 "shows them");
  return made;
}

void print_status_help(std::string_view command) {
  std::printf("Usage: cordon %s [OPTIONS]%s\n", std::string(command).c_str(),
              takes_name(command) ? " NAME" : "");
  for (const auto& row : rows)
    if (row.command == command)
      std::printf("  %-15s %s\n",
                  (std::string(row.option)
                   + (row.argument != nullptr ? std::string(" ") + row.argument
                                              : std::string{}))
                      .c_str(),
                  row.help);
}

} // namespace cordon::cli
