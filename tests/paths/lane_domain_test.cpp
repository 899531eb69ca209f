// The wall around the thread that answers: what it holds when resolution does
// not.
#include "core/landlock/ruleset.hpp"
#include "core/linux/calls.hpp"
#include "policy/lane_domain.hpp"
#include "policy/mirror.hpp"
#include "policy/plan.hpp"
#include "policy/profile.hpp"
#include "tests/paths/call_root.hpp"
#include "tests/paths/raw_calls.hpp"
#include "tests/support/carried.hpp"

#include <catch2/catch.hpp>

#include <sys/prctl.h>
#include <sys/stat.h>

#include <stdexcept>

using namespace cordon;
using namespace cordon::test;

namespace {

/// What a lane's thread for `root`, all of it granted for writing, restricts
/// itself to.
void confine_to(const std::string& root) {
  const auto plan = policy::make_plan(
      policy::profile{}, {landlock::probe_abi()}, policy::run_kind::supervised);
  policy::mirror_spec spec;
  spec.root = root;
  spec.grants.push_back({"/", policy::access::write, true, "-w /"});
  const auto mirror = policy::mirror::open(spec);
  if (!plan || !mirror)
    throw std::runtime_error("no mirror");
  const auto lane
      = policy::build_lane_ruleset(*plan, mirror->lane_rules(), {}, {});
  if (!lane || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
      || sys::landlock_restrict_self(lane->get()) != 0)
    throw std::runtime_error("no domain");
}

/// One of each call that reads, makes, moves or removes, in `directory`, which
/// has "secret", "gone", "moved" and an empty "empty".
std::string touch_all(const std::string& directory) {
  const auto at = [&](const char* name) { return directory + "/" + name; };
  record out;
  const auto open = [&](const char* what, const std::string& path, int flags) {
    out.add(what, closed(raw(SYS_open, path.c_str(), flags | O_CLOEXEC, 0600)));
  };
  open("read", at("secret"), O_RDONLY);
  open("write", at("secret"), O_WRONLY);
  open("create", at("new"), O_CREAT | O_EXCL | O_WRONLY);
  open("temporary", directory, O_TMPFILE | O_RDWR);
  open("list", directory, O_RDONLY | O_DIRECTORY);
  out.add("truncate", raw(SYS_truncate, at("secret").c_str(), 1));
  out.add("mkdir", raw(SYS_mkdir, at("newdir").c_str(), 0700));
  out.add("fifo", raw(SYS_mknod, at("fifo").c_str(), S_IFIFO | 0600, 0));
  out.add("symlink", raw(SYS_symlink, "secret", at("link").c_str()));
  out.add("link", raw(SYS_link, at("secret").c_str(), at("hard").c_str()));
  out.add("rename", raw(SYS_rename, at("moved").c_str(), at("to").c_str()));
  out.add("unlink", raw(SYS_unlink, at("gone").c_str()));
  out.add("rmdir", raw(SYS_rmdir, at("empty").c_str()));
  return out.text();
}

std::string outside_directory(const scratch& place, const identity& who,
                              const std::string& name) {
  place.directory(name, who);
  for (const char* const file : {"/secret", "/gone", "/moved"})
    place.file(name + file, "text", who);
  place.directory(name + "/empty", who);
  return place / name;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != std::string::npos;
       at = text.find(what, at + 1))
    ++n;
  return n;
}

} // namespace

TEST_CASE("a resolver that ignores the root is held by the lane's own wall",
          "[paths][threat-01]") {
  const auto& who = GENERATE(from_range(everybody()));
  INFO(who.name);
  const scratch place;
  const auto root = call_root(place, who, "root");
  const auto walled = outside_directory(place, who, "walled");
  const auto open = outside_directory(place, who, "open");
  const auto granted = outside_directory(place, who, "root/free/granted");

  const auto held = carried_without_root(
      who, [&] { return touch_all(walled); }, [&] { confine_to(root); });
  const auto inside = carried_without_root(
      who, [&] { return touch_all(granted); }, [&] { confine_to(root); });
  const auto free = carried_without_root(
      who, [&] { return touch_all(open); }, [] {});

  // Every one works where nothing holds the thread.
  INFO(held << inside << free);
  CHECK(count(free, "=0\n") == 13);
  CHECK(count(held, "=EACCES\n") == 13);
  // And in the root itself.
  CHECK(count(inside, "=0\n") == 13);
}
