#include "cli/warnings.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <filesystem>

using cordon::cli::shows_host;

TEST_CASE("grants on the host's processes and interfaces are seen however they "
          "are spelt",
          "[warnings]") {
  for (const char* path :
       {"/proc", "/proc/", "//proc/self", "/proc/sys/kernel", "/sys",
        "/sys/class/net", "/usr/../proc", "/", "//", "/.", "/usr/.."}) {
    INFO(path);
    CHECK(shows_host(path));
  }
}

TEST_CASE("a link to them is seen", "[warnings]") {
  char directory[] = "/tmp/cordon-warnings-XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  const auto link = std::string(directory) + "/link";
  std::filesystem::create_symlink("/proc", link);

  CHECK(shows_host(link));
  CHECK_FALSE(shows_host(directory));

  std::filesystem::remove_all(directory);
}

TEST_CASE("other grants are no cause for a warning", "[warnings]") {
  for (const char* path :
       {"/usr", "/tmp", "/dev/null", "/procfile", "/missing"}) {
    INFO(path);
    CHECK_FALSE(shows_host(path));
  }
}
