#include "cli/option_words.hpp"

#include <catch2/catch.hpp>

using cordon::cli::arguments;
using cordon::cli::find_options;
using cordon::cli::option_scope;

namespace {

std::size_t end_of(const arguments& words) {
  const auto found = find_options(words, option_scope::run);
  REQUIRE(found.has_value());
  return found->count;
}

std::string refusal_of(const arguments& words,
                       option_scope scope = option_scope::run) {
  const auto found = find_options(words, scope);
  REQUIRE_FALSE(found.has_value());
  return found.error().line();
}

} // namespace

TEST_CASE("options end at the first word that is none", "[options]") {
  CHECK(end_of({}) == 0);
  CHECK(end_of({"ls", "-r", "x"}) == 0);
  CHECK(end_of({"-v", "ls", "-v"}) == 1);
  CHECK(end_of({"--fs-read", "/usr", "ls"}) == 2);
  CHECK(end_of({"--fs-read=/usr", "ls"}) == 1);
  CHECK(end_of({"-r", "/usr", "--", "-x"}) == 2);
  CHECK(end_of({"-v", "-"}) == 1);
}

TEST_CASE("letters can be written together", "[options]") {
  CHECK(end_of({"-vi", "ls"}) == 1);
  CHECK(end_of({"-r/usr", "ls"}) == 1);
  CHECK(end_of({"-vr", "/usr", "ls"}) == 2);
  CHECK(end_of({"-vr/usr", "ls"}) == 1);
}

TEST_CASE("a value may look like an option", "[options]") {
  CHECK(end_of({"--env", "-A=b", "ls"}) == 2);
  CHECK(end_of({"-r", "--", "ls"}) == 2);
  CHECK(end_of({"-t", "-5", "ls"}) == 2);
}

TEST_CASE("a refused word is named with what was expected", "[options]") {
  CHECK(refusal_of({"--frobnicate"}).find("--frobnicate: no such option") == 0);
  CHECK(refusal_of({"-vx"}).find("-x: no such option") == 0);
  CHECK(refusal_of({"--fs-read"}) == "--fs-read: expected PATH");
  CHECK(refusal_of({"--fs-read="}) == "--fs-read: expected PATH");
  CHECK(refusal_of({"-vr"}) == "--fs-read: expected PATH");
  CHECK(refusal_of({"--clean-env=yes"}) == "--clean-env: expected no value");
  CHECK(refusal_of({"--\x1b[31m"}).find('\x1b') == std::string::npos);
}

TEST_CASE("an option is not found by a part of its name", "[options]") {
  CHECK(refusal_of({"--fs-rea", "x"}).find("no such option")
        != std::string::npos);
  CHECK(refusal_of({"--fs-reads", "x"}).find("no such option")
        != std::string::npos);
}

TEST_CASE("explain refuses options that make no policy", "[options]") {
  CHECK(find_options({"-r", "/usr", "signal"}, option_scope::explain)
            .value()
            .count
        == 2);
  CHECK(refusal_of({"--timeout", "5"}, option_scope::explain).find("--timeout")
        == 0);
}

TEST_CASE("help is found before the command only", "[options]") {
  const auto helps = [](const arguments& words) {
    return find_options(words, option_scope::run).value().help;
  };
  CHECK(helps({"-r", "/usr", "--help"}));
  CHECK(helps({"-vh"}));
  CHECK_FALSE(helps({"ls", "--help"}));
  CHECK_FALSE(helps({"-r", "--help", "ls"}));
}

TEST_CASE("the options used are known, each as often as written", "[options]") {
  const auto found
      = find_options({"-vv", "-r", "/a", "--fs-read=/b"}, option_scope::run);
  REQUIRE(found.has_value());
  REQUIRE(found->used.size() == 4);
  CHECK(found->used[0] == found->used[1]);
  CHECK(found->used[2] == found->used[3]);
  CHECK(found->used[0] != found->used[2]);
}
