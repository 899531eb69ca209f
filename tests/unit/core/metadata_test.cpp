#include "core/metadata/apply.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <string>

using namespace cordon;
using namespace cordon::metadata;

TEST_CASE("a mode is changed through whichever fd of a file there is",
          "[metadata]") {
  const unique_fd file{::memfd_create("file", MFD_CLOEXEC)};
  REQUIRE(::fchmod(file.get(), 0600) == 0);
  const auto link = "/proc/self/fd/" + std::to_string(file.get());
  // Where a caller's own fd cannot be taken, it is opened anew by its link.
  const int how = GENERATE(O_RDWR, O_PATH);
  const bool writes = GENERATE(true, false);
  const pinned object{unique_fd{::open(link.c_str(), how | O_CLOEXEC)}, writes,
                      true};
  REQUIRE(object.fd);
  notify::request wanted;
  wanted.op = syscall::operation::chmod;
  wanted.mode = 0612;

  CHECK(apply(wanted, object) == 0);

  struct stat facts {};
  REQUIRE(::fstat(file.get(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0612);
}
