// What is written about the options is what the options are.
#include "cli/option_table.hpp"
#include "cli/status_words.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <vector>

using namespace cordon::cli;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(std::string(CORDON_SOURCE_DIRECTORY) + "/" + path);
  REQUIRE(file.good());
  const std::string text(std::istreambuf_iterator<char>(file), {});
  // roff writes its dashes with a backslash.
  return std::regex_replace(text, std::regex(R"(\\-)"), "-");
}

/// The long options that a text mentions.
std::set<std::string> options_in(const std::string& text) {
  std::set<std::string> found;
  const std::regex option("--[a-z][a-z-]*[a-z]");
  for (std::sregex_iterator at(text.begin(), text.end(), option), end;
       at != end; ++at)
    found.insert(at->str());
  return found;
}

const std::vector<std::string> documents
    = {"docs/cli.md", "cli/cordon.1", "cli/completion/cordon.bash",
       "cli/completion/_cordon"};

} // namespace

TEST_CASE("every option is in the manual, the page and the completions",
          "[documents]") {
  for (const auto& path : documents) {
    const auto mentioned = options_in(text_of(path));
    for (const auto& row : option_table()) {
      INFO(path << ": " << long_name(row));
      CHECK(mentioned.contains(std::string(long_name(row))));
    }
    for (const auto& row : status_options()) {
      INFO(path << ": " << row.option);
      CHECK(mentioned.contains(std::string(row.option)));
    }
  }
}

TEST_CASE("no option is described that does not exist", "[documents]") {
  std::set<std::string> known = {"--help", "--version", "--markdown", "--arch"};
  for (const auto& row : status_options())
    known.emplace(row.option);
  for (const auto& row : option_table())
    known.emplace(long_name(row));
  for (const auto& path : documents)
    for (const auto& option : options_in(text_of(path))) {
      INFO(path << ": " << option);
      CHECK(known.contains(option));
    }
}

TEST_CASE("every option is in the completion for fish", "[documents]") {
  const auto text = text_of("cli/completion/cordon.fish");
  for (const auto& row : option_table()) {
    const auto name = std::string(long_name(row)).substr(2);
    INFO(name);
    CHECK(text.find(" -l " + name + " ") != std::string::npos);
  }
  for (const auto& row : status_options())
    CHECK(text.find("_from " + std::string(row.command) + "' -l "
                    + std::string(row.option.substr(2)) + " ")
          != std::string::npos);
}
