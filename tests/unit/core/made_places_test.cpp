// The rows of the synthetic table, and what is made of their content.
#include "core/paths/listings.hpp"
#include "core/paths/made_files.hpp"
#include "core/paths/proc_table.hpp"
#include "core/paths/proc_text.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace cordon;
using namespace cordon::paths;

namespace {

using kind = proc_name::kind;

view whole_host() {
  auto made = view::make("/", {});
  REQUIRE(made);
  made->add_proc();
  return std::move(*made);
}

} // namespace

TEST_CASE("names of /proc are shown by an allow list", "[made_places]") {
  for (const auto* const shown :
       {"cpuinfo", "sys/kernel/osrelease", "12/stat", "12/task/13/stat",
        "12/fdinfo/0", "self/stat"})
    CHECK(find_in_proc(shown).what == kind::file);
  for (const auto* const directory : {"", "sys", "sys/kernel", "12", "12/fd",
                                      "12/task", "12/task/13", "12/task/13/fd"})
    CHECK(find_in_proc(directory).what == kind::directory);
  for (const auto* const closed : {"kcore",
                                   "kmsg",
                                   "sys/kern",
                                   "sys/kernel/core_pattern",
                                   "net",
                                   "012",
                                   "0",
                                   "+1",
                                   "12x",
                                   "12/mem",
                                   "12/ns",
                                   "12/fd/01",
                                   "12/fd/-1",
                                   "12/fd/1/x",
                                   "12/task/13/task",
                                   "12/task/0",
                                   "12/task/13/task/14",
                                   "12/stat/x",
                                   "99999999999/stat",
                                   "cpuinfo/x",
                                   "self/mem",
                                   "self/task/x"})
    CHECK(find_in_proc(closed).what == kind::closed);
  CHECK(find_in_proc("12/fd/3").what == kind::object);
  CHECK(find_in_proc("12/task/13/exe").thread == 13);
  CHECK(find_in_proc("12/maps").of == proc_name::content::maps);
}

TEST_CASE("rules see one place for the processes of a sandbox",
          "[made_places]") {
  const auto in = whole_host();
  const auto tree = in.tree_of("/proc/12/stat");
  const auto place = [&](const char* path) {
    return rules_place(in, {tree, path, {}}).path;
  };
  CHECK(place("/proc/12/stat") == "/proc/self/stat");
  CHECK(place("/proc/12") == "/proc/self");
  CHECK(place("/proc/thread-self/stat") == "/proc/self/stat");
  CHECK(place("/proc/12x") == "/proc/12x");
  CHECK(place("/proc") == "/proc");
  CHECK(rules_place(in, {0, "/12", {}}).path == "/12");
}

TEST_CASE("names of the host are not told", "[made_places]") {
  auto made = view::make("/usr", {});
  REQUIRE(made);
  CHECK(shown_name(*made, "/usr/lib/x") == "/lib/x");
  CHECK(shown_name(*made, "/usr/lib/x (deleted)") == "/lib/x (deleted)");
  CHECK(shown_name(*made, "/usrlocal") == "(unreachable)");
  CHECK(shown_name(*made, "/home/me/secret") == "(unreachable)");
  CHECK(shown_name(*made, "pipe:[7]") == "pipe:[7]");
  CHECK(shown_name(*made, "/memfd:x (deleted)") == "/memfd:x (deleted)");
  CHECK(shown_name(*made, "/memfd:cordon:/proc/1/maps (deleted)")
        == "/proc/1/maps");
  CHECK(shown_maps(*made, "7f0-7f1 r--p 00000000 08:01 42       /home/x y\n"
                          "Size:   4 kB\nVmFlags: rd /home\n"
                          "7f1-7f2 r--p 00000000 08:01 43       /usr/lib/a b\n"
                          "7f2-7f3 rw-p 00000000 00:00 0\n"
                          "7f3-7f4 rw-p 00000000 00:00 0        [heap]\n")
        == "7f0-7f1 r--p 00000000 08:01 42       (unreachable)\n"
           "Size:   4 kB\nVmFlags: rd /home\n"
           "7f1-7f2 r--p 00000000 08:01 43       /lib/a b\n"
           "7f2-7f3 rw-p 00000000 00:00 0\n"
           "7f3-7f4 rw-p 00000000 00:00 0        [heap]\n");
  CHECK(shown_status("Name:\tx\nTracerPid:\t77\nUid:\t0\n", 77)
        == "Name:\tx\nTracerPid:\t0\nUid:\t0\n");
  CHECK(shown_status("Name:\tx\nTracerPid:\t78\nUid:\t0\n", 77)
        == "Name:\tx\nTracerPid:\t78\nUid:\t0\n");
}

TEST_CASE("who looks and then opens meets one file, and then another",
          "[made_places]") {
  made_files files;
  const auto inode = [](const unique_fd& fd) {
    struct stat facts {};
    REQUIRE(::fstat(fd.get(), &facts) == 0);
    return facts.st_ino;
  };
  const auto looked = files.look("/proc/1/maps", 0444);
  const auto opened = files.fill("/proc/1/maps", "one", 0444);
  REQUIRE(opened);
  CHECK(inode(*looked) == inode(*opened));
  CHECK(inode(*files.look("/proc/1/maps", 0444)) == inode(*opened));
  const auto second = files.fill("/proc/1/maps", "two", 0444);
  CHECK(inode(*second) != inode(*opened));
  char byte = 0;
  CHECK(::pread(opened->get(), &byte, 1, 0) == 1);
  CHECK(byte == 'o');
  CHECK(::pwrite(opened->get(), "x", 1, 0) < 0);
  CHECK(::ftruncate(opened->get(), 0) < 0);
  // A large one is not kept: who looks next sees another.
  const auto large
      = files.fill("/proc/1/smaps", std::string((64 << 10) + 1, 'x'), 0444);
  const auto small
      = files.fill("/proc/2/smaps", std::string(64 << 10, 'x'), 0444);
  CHECK(inode(*files.look("/proc/1/smaps", 0444)) != inode(*large));
  CHECK(inode(*files.look("/proc/2/smaps", 0444)) == inode(*small));
  // However many there are, few are kept.
  for (int i = 0; i < 1000; ++i)
    REQUIRE(files.fill("/proc/" + std::to_string(i) + "/maps", "x", 0444));
}

TEST_CASE("a listing is found by its offset, until too many are kept",
          "[made_places]") {
  listings all;
  const object_id here{1, 2}, there{1, 3};
  const std::vector<listed> three{{1, 4, "a"}, {2, 8, "bb"}, {3, 8, "c"}};
  const auto number = all.add(here, three);
  for (const bool wide : {false, true}) {
    listings::place at{number, 0};
    char bytes[64];
    CHECK(write_entries(three, at, wide, bytes, 20) == -1);
    CHECK(write_entries(three, at, wide, bytes, 50) == 48);
    const auto offset = listings::offset_of(at, wide);
    CHECK(offset > 0);
    CHECK((wide || offset < 0x7FFFFFFF));
    const auto back = listings::place_of(offset, wide);
    CHECK(back.listing == number);
    CHECK(back.index == 2);
    CHECK(write_entries(three, at, wide, bytes, 64) == 24);
    CHECK(write_entries(three, at, wide, bytes, 64) == 0);
  }
  CHECK(all.find(number, here) != nullptr);
  CHECK(all.find(number, there) == nullptr);
  for (int i = 0; i < 5000; ++i)
    CHECK(all.add(there, three) != 0);
  CHECK(all.find(number, here) == nullptr);
}
