#include "cli/elf.hpp"

#include <catch2/catch.hpp>

#include <elf.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <random>

using cordon::cli::read_program;
using cordon::cli::read_program_file;

namespace {

std::string bytes_of(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

template <class T>
void put(std::string& bytes, std::size_t at, const T& value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// A file whose header counts 65535 segments. The first loads all of it, 255
/// more are dynamic and share one table of 8191 entries, each of which names
/// the same string of 4095 ':'-separated letters.
std::string greedy_program() {
  constexpr std::size_t entries = 3 << 20;
  std::string bytes(4 << 20, ':');
  const std::size_t strings = bytes.size() - 4096;
  for (std::size_t i = strings; i < bytes.size(); i += 2)
    bytes[i] = 'x';
  bytes.back() = '\0';

  Elf64_Ehdr head{};
  std::memcpy(head.e_ident, ELFMAG, SELFMAG);
  head.e_ident[EI_CLASS] = ELFCLASS64;
  head.e_ident[EI_DATA] = ELFDATA2LSB;
  head.e_phoff = sizeof head;
  head.e_phnum = 65535;
  put(bytes, 0, head);
  put(bytes, sizeof head,
      Elf64_Phdr{PT_LOAD, 0, 0, 0, 0, bytes.size(), bytes.size(), 0});
  for (std::size_t i = 1; i < 256; ++i)
    put(bytes, sizeof head + i * sizeof(Elf64_Phdr),
        Elf64_Phdr{PT_DYNAMIC, 0, entries, 0, 0, 0, 0, 0});

  Elf64_Dyn entry{};
  entry.d_tag = DT_STRTAB;
  entry.d_un.d_ptr = strings;
  put(bytes, entries, entry);
  for (std::size_t i = 1; i < 8192; ++i) {
    entry.d_tag = i % 2 == 0 ? DT_NEEDED : DT_RUNPATH;
    entry.d_un.d_val = 0;
    put(bytes, entries + i * sizeof entry, entry);
  }
  return bytes;
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
      CHECK(facts->libraries.size() <= 256);
  }
}

TEST_CASE("a program cannot make the reader collect without end", "[elf]") {
  const auto facts = read_program(greedy_program());

  REQUIRE(facts.has_value());
  CHECK(facts->libraries.size() == 256);
  CHECK(facts->run_paths.size() == 64);
}

TEST_CASE("reading what is no regular file does not wait", "[elf]") {
  char directory[] = "/tmp/cordon-elf-XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  const auto fifo = std::string(directory) + "/fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);

  CHECK_FALSE(read_program_file(fifo).has_value());
  CHECK_FALSE(read_program_file("/dev/zero").has_value());
  CHECK_FALSE(read_program_file(directory).has_value());
  CHECK_FALSE(read_program_file("/no/such/file").has_value());
  CHECK(read_program_file("/bin/sh").has_value());

  ::unlink(fifo.c_str());
  ::rmdir(directory);
}
