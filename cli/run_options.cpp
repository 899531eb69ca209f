#include "cli/run_options.hpp"

#include "cli/option_table.hpp"
#include "cli/profile_store.hpp"
#include "core/base/escape.hpp"
#include "policy/profile_parser.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>

namespace cordon::cli {
namespace {

/// What CLI11 collected, before it is given to the setters.
struct collected {
  std::map<const option_row*, std::vector<std::string>> values;
  std::map<const option_row*, int> switches;
  std::vector<std::string> profiles;
  std::vector<std::string> profile_files;
};

bool in_scope(const option_row& row, option_scope scope) {
  return scope == option_scope::run || row.policy;
}

/// Whether an option's word is followed by its value: `-r PATH`, not `-rPATH`
/// or `--fs-read=PATH`.
bool takes_next_word(const std::string& word) {
  const auto spelt = [&](const char* names) {
    const std::string all = names;
    const auto comma = all.find(',');
    return word == all.substr(0, comma)
           || (comma != std::string::npos && word == all.substr(comma + 1));
  };
  if (spelt("-p,--profile") || spelt("--profile-file"))
    return true;
  return std::ranges::any_of(option_table(), [&](const option_row& row) {
    return row.argument != nullptr && spelt(row.names);
  });
}

/// Where the options end and the command starts: CLI11 would take options
/// from the program's own arguments.
std::size_t end_of_options(const arguments& words) {
  std::size_t at = 0;
  while (at < words.size() && words[at].size() > 1 && words[at][0] == '-'
         && words[at] != "--")
    at += takes_next_word(words[at]) ? 2 : 1;
  return std::min(at, words.size());
}

void declare(CLI::App& app, collected& into, option_scope scope) {
  app.add_option("-p,--profile", into.profiles, "Start from a profile by name")
      ->type_name("NAME")
      ->expected(1)
      ->take_all();
  app.add_option("--profile-file", into.profile_files,
                 "Start from a profile in a file")
      ->type_name("PATH")
      ->expected(1)
      ->take_all();
  for (const auto& row : option_table()) {
    if (!in_scope(row, scope))
      continue;
    if (row.argument == nullptr)
      app.add_flag(row.names, into.switches[&row], row.help);
    else
      app.add_option(row.names, into.values[&row], row.help)
          ->type_name(row.argument)
          ->expected(1)
          ->allow_extra_args(false)
          ->take_all();
  }
}

/// Feeds one profile's text to the builder.
void add_profile(parsing& to, const std::string& text,
                 const std::string& shown) {
  auto parsed = policy::parse_profile(
      to.builder, text, shown,
      [](const std::string& name) { return load_profile(name, "include"); });
  if (parsed)
    to.builder = std::move(*parsed);
  else
    to.builder.rejected(parsed.error());
}

void add_profiles(parsing& to, const collected& from) {
  if (from.profiles.size() + from.profile_files.size() > 1) {
    to.builder.rejected({"--profile", "expected one --profile or one "
                                      "--profile-file; a profile can include "
                                      "others"});
    return;
  }
  for (const auto& name : from.profiles) {
    const auto text = load_profile(name, "--profile");
    if (text)
      add_profile(to, *text, "profile " + escape(name));
    else
      to.builder.rejected(text.error());
  }
  for (const auto& path : from.profile_files) {
    const auto text = read_file(path);
    to.options.from_file = true;
    if (text)
      add_profile(to, *text, escape(path));
    else
      to.builder.rejected({"--profile-file", text.error().message()});
  }
}

void apply(parsing& to, const collected& from) {
  add_profiles(to, from);
  for (const auto& row : option_table()) {
    const auto where = long_name(row.names);
    if (const auto found = from.values.find(&row); found != from.values.end())
      for (const auto& value : found->second)
        row.set(to, value, where);
    if (const auto found = from.switches.find(&row);
        found != from.switches.end())
      for (int i = 0; i < found->second; ++i)
        row.set(to, "", where);
  }
}

/// CLI11's complaint as one line of ours.
int reject_parse(const CLI::ParseError& error) {
  std::string line = error.what();
  std::ranges::replace(line, '\n', ' ');
  return reject(escape(line));
}

} // namespace

std::variant<run_options, finished> parse_run_options(const arguments& words,
                                                      option_scope scope) {
  CLI::App app{"",
               scope == option_scope::run ? "cordon run" : "cordon explain"};
  collected from;
  declare(app, from, scope);
  const auto boundary = end_of_options(words);
  // CLI11 takes the words last first.
  arguments options(words.begin(),
                    words.begin() + static_cast<std::ptrdiff_t>(boundary));
  std::ranges::reverse(options);
  try {
    app.parse(options);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return finished{0};
  } catch (const CLI::ParseError& error) {
    return finished{reject_parse(error)};
  }

  parsing to;
  apply(to, from);
  const auto made = to.builder.try_build();
  if (!made)
    return finished{reject(made.error().line())};
  to.options.profile = *made;
  auto rest = words.begin() + static_cast<std::ptrdiff_t>(boundary);
  if (rest != words.end() && *rest == "--")
    ++rest;
  to.options.command.assign(rest, words.end());
  return std::move(to.options);
}

} // namespace cordon::cli
