#include "cli/run_options.hpp"

#include "cli/option_table.hpp"
#include "cli/option_words.hpp"
#include "cli/profile_store.hpp"
#include "core/base/escape.hpp"
#include "policy/profile_parser.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

namespace cordon::cli {
namespace {

/// Our usage line; CLI11 knows nothing of the command that follows.
class help_format : public CLI::Formatter {
public:
  explicit help_format(option_scope scope)
      : scope_(scope) {
    column_width(34);
  }

  /// Without the second of the empty lines between groups.
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    auto text = Formatter::make_help(app, std::move(name), mode);
    for (std::size_t at; (at = text.find("\n\n\n")) != std::string::npos;)
      text.erase(at, 1);
    return text;
  }

  std::string make_usage(const CLI::App*, std::string) const override {
    return scope_ == option_scope::run
               ? "Usage: cordon run [OPTIONS] [--] PROGRAM [ARGUMENT...]\n"
               : "Usage: cordon explain [OPTIONS] ACTION [SUBJECT]\n";
  }

private:
  option_scope scope_;
};

constexpr const char* run_footer
    = R"(Exit status: the program's own; 128 + N after signal N; 124 timeout;
125 cordon itself failed; 126 PROGRAM cannot be executed; 127 PROGRAM not
found; 2 bad input.)";

constexpr const char* explain_footer
    = R"(ACTION SUBJECT: read, write, create, remove or exec PATH; connect :PORT;
bind PORT; syscall NAME; signal (to a process outside).
Exit status: 0 allowed; 1 denied; 2 bad input.)";

using declared = std::map<const CLI::Option*, const option_row*>;

void declare(CLI::App& app, const option_row& row, declared& rows) {
  auto* const option = row.argument == nullptr ? app.add_flag(row.names)
                                               : app.add_option(row.names);
  option->description(row.help)->group(heading_of(row.group))->take_all();
  if (row.argument != nullptr)
    option->type_name(row.argument)->expected(1)->allow_extra_args(false);
  rows[option] = &row;
}

/// The options that are used.
declared declare_used(CLI::App& app, std::vector<const option_row*> used) {
  app.set_help_flag();
  std::ranges::sort(used);
  used.erase(std::unique(used.begin(), used.end()), used.end());
  declared rows;
  for (const auto* row : used)
    declare(app, *row, rows);
  return rows;
}

void print_help(option_scope scope) {
  CLI::App app;
  app.formatter(std::make_shared<help_format>(scope));
  app.footer(scope == option_scope::run ? run_footer : explain_footer);
  app.set_help_flag(); // again below, where the others are reported
  declared rows;
  for (const auto& row : option_table())
    if (in_scope(row, scope))
      declare(app, row, rows);
  app.set_help_flag("-h,--help", "Print this help")
      ->group(heading_of(option_group::reporting));
  std::fputs(app.help().c_str(), stdout);
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

void add_profiles(parsing& to) {
  if (to.profiles.size() + to.profile_files.size() > 1) {
    to.builder.rejected({"--profile", "expected one --profile or one "
                                      "--profile-file; a profile can include "
                                      "others"});
    return;
  }
  for (const auto& name : to.profiles) {
    const auto text = load_profile(name, "--profile");
    if (text)
      add_profile(to, *text, "profile " + escape(name));
    else
      to.builder.rejected(text.error());
  }
  for (const auto& path : to.profile_files) {
    const auto text = read_file(path);
    if (text)
      add_profile(to, *text, escape(path));
    else
      to.builder.rejected({"--profile-file", text.error().message()});
  }
}

/// Gives the values to the setters in the order they were written, so that of
/// two scalars the last one wins.
void apply(parsing& to, const CLI::App& app, const declared& rows,
           bool profiles) {
  std::map<const CLI::Option*, std::size_t> used;
  for (const auto* const option : app.parse_order()) {
    const auto found = rows.find(option);
    if (found == rows.end()
        || (found->second->group == option_group::profile) != profiles)
      continue;
    const auto& row = *found->second;
    const auto& value = option->results()[used[option]++];
    row.set(to, row.argument == nullptr ? std::string{} : value,
            std::string(long_name(row)));
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
  const auto found = find_options(words, scope);
  if (!found)
    return finished{reject(found.error().line())};
  if (found->help) {
    print_help(scope);
    return finished{0};
  }
  const auto end = words.begin() + static_cast<std::ptrdiff_t>(found->count);
  CLI::App app;
  const auto rows = declare_used(app, found->used);
  arguments options(words.begin(), end);
  std::ranges::reverse(options); // CLI11 takes the words last first
  try {
    app.parse(options);
  } catch (const CLI::ParseError& error) {
    return finished{reject_parse(error)};
  }

  parsing to;
  apply(to, app, rows, true);
  add_profiles(to);
  apply(to, app, rows, false);
  const auto made = to.builder.try_build();
  if (!made)
    return finished{reject(made.error().line())};
  to.options.profile = *made;
  const bool separated = end != words.end() && *end == "--";
  to.options.command.assign(end + (separated ? 1 : 0), words.end());
  return std::move(to.options);
}

} // namespace cordon::cli
