#include "cli/elf.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <random>

using cordon::cli::read_program;

namespace {

std::string bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("a dynamic program names its loader and libraries", "[elf]") {
  const auto facts = read_program(bytes_of("/proc/self/exe"));
  const auto shell = read_program(bytes_of("/bin/sh"));

  REQUIRE(facts.has_value());
  REQUIRE(shell.has_value());
  CHECK(shell->interpreter.find("ld-linux") != std::string::npos);
  CHECK_FALSE(shell->libraries.empty());
}

TEST_CASE("a script names its interpreter", "[elf]") {
  CHECK(read_program("#!/bin/sh -e\n")->interpreter == "/bin/sh");
  CHECK(read_program("#! \t/usr/bin/env python\n")->interpreter
        == "/usr/bin/env");
  CHECK(read_program("#!\n")->interpreter.empty());
  CHECK(read_program("#!")->is_script);
}

TEST_CASE("other files are no programs", "[elf]") {
  CHECK_FALSE(read_program("").has_value());
  CHECK_FALSE(read_program("\x7f"
                           "ELF")
                  .has_value());
  CHECK_FALSE(read_program(std::string(200, '\0')).has_value());
}

TEST_CASE("a damaged program is read without harm", "[elf][random]") {
  const auto whole = bytes_of("/bin/sh");
  std::mt19937 random{5};
  for (int round = 0; round < 3000; ++round) {
    auto bytes = whole.substr(0, random() % 8192);
    for (int i = 0; i < 16 && !bytes.empty(); ++i)
      bytes[random() % std::min<std::size_t>(bytes.size(), 1024)]
          = static_cast<char>(random());
    const auto facts = read_program(bytes);
    if (facts)
      CHECK(facts->libraries.size() <= 4096);
  }
}
