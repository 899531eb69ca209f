#include "tests/paths/trees.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>
#include <sstream>
#include <stdexcept>

namespace cordon::test {
namespace {

void link_to(const std::string& target, const std::string& at,
             const identity& who) {
  if (::symlink(target.c_str(), at.c_str()) != 0
      || ::lchown(at.c_str(), who.uid, who.gid) != 0)
    throw std::runtime_error("symlink " + at);
}

} // namespace

std::string small_root(const scratch& place, const identity& who,
                       const std::string& name) {
  auto root = place.directory(name, who);
  for (const char* const directory :
       {"/dir", "/dir/sub", "/dir/sub/deep", "/mnt", "/mnt/dir", "/mnt/dir/sub",
        "/closed"})
    place.directory(name + directory, who);
  for (const char* const file :
       {"/file", "/dir/file", "/dir/sub/file", "/mnt/file", "/closed/file"})
    place.file(name + file, "text", who);
  const std::pair<const char*, const char*> links[]
      = {{"dir", "to_dir"},
         {"dir/", "to_dir_slash"},
         {"file", "to_file"},
         {"file/", "to_file_slash"},
         {"/dir", "absolute"},
         {"/", "to_root"},
         {".", "to_here"},
         {"..", "to_above"},
         {"../../../file", "far_above"},
         {"nothing", "dangling"},
         {"/nothing/else", "dangling_far"},
         {"loop", "loop"},
         {"loop_two", "loop_one"},
         {"loop_one", "loop_two"},
         {"to_dir/sub", "through"},
         {"mnt/dir/..", "over_mount"},
         {"/mnt/dir/sub", "into_mount"},
         {"closed/file", "to_closed"},
         {"//dir///sub", "slashes"}};
  for (const auto& [target, at] : links)
    link_to(target, root + "/" + at, who);
  link_to("../../dir/file", root + "/dir/sub/up_down", who);
  link_to("../../..", root + "/dir/sub/up", who);
  link_to("/dir/sub/up_down", root + "/dir/absolute", who);
  link_to("../to_above", root + "/mnt/dir/up", who);
  // Forty links in a row are followed, one more is not.
  link_to("file", root + "/chain1", who);
  for (int i = 2; i <= 42; ++i)
    link_to("chain" + std::to_string(i - 1),
            root + "/chain" + std::to_string(i), who);
  if (::chmod((root + "/closed").c_str(), 0) != 0)
    throw std::runtime_error("chmod");
  return root;
}

const std::vector<std::string>& small_root_paths() {
  static const auto all = [] {
    std::vector<std::string> made;
    const std::vector<std::string> names{
        "file",       "dir",         "dir/sub",      "to_dir",
        "to_file",    "absolute",    "to_root",      "to_here",
        "to_above",   "far_above",   "dangling",     "dangling_far",
        "loop",       "loop_one",    "through",      "over_mount",
        "into_mount", "to_closed",   "closed",       "closed/file",
        "closed/no",  "nothing",     "slashes",      "chain40",
        "chain41",    "chain42",     "to_dir_slash", "to_file_slash",
        "file/x",     "mnt",         "mnt/dir",      "mnt/dir/sub",
        "mnt/dir/up", "sub",         "up_down",      "up",
        "nothing/x",  "dir/absolute"};
    for (const auto& name : names)
      for (const char* const before : {"", "/", "../", "../../../../", "./",
                                       "//", "dir/../", "to_root/", "mnt/../"})
        for (const char* const after : {"", "/", "/.", "/..", "//", "/../file"})
          made.push_back(before + name + after);
    for (const char* const odd :
         {"/", "//", ".", "..", "./", "../", "/.", "/..", "/../..", "...",
          "/dir/sub/up/file", "/dir/sub/up/../file", "/mnt/dir/up/file",
          "to_root/to_root/to_root/file", "dir/sub/../sub/../sub/file"})
      made.emplace_back(odd);
    made.push_back(std::string(255, 'n'));
    made.push_back(std::string(256, 'n'));
    made.push_back("dir/" + std::string(300, 'n') + "/x");
    made.push_back("nothing/" + std::string(300, 'n'));
    std::string longest = "/";
    while (longest.size() < 4090)
      longest += "./";
    made.push_back(longest + "file");
    return made;
  }();
  return all;
}

namespace {

std::string random_text(dice& throws, int longest) {
  std::string made = throws.up_to(3) == 0 ? "/" : "";
  for (int i = throws.up_to(longest - 1); i >= 0; --i) {
    made += throws.one_of({"a", "b", "c", "d", "..", ".", "l", "m", "n", "mnt",
                           "in", "", "a", "b"});
    if (i > 0 || throws.up_to(7) == 0)
      made += '/';
  }
  return made.empty() ? "a" : made;
}

void fill(const std::string& at, const identity& who, dice& throws, int depth) {
  for (const char* const name : {"a", "b", "c", "d", "l", "m", "n"}) {
    const auto path = at + "/" + name;
    const int kind = name[0] >= 'l' ? 9 : throws.up_to(5);
    if (kind == 9) {
      if (throws.up_to(2) != 0)
        link_to(random_text(throws, 4), path, who);
    } else if (kind <= 3 && depth > 0) {
      if (::mkdir(path.c_str(), 0755) != 0)
        throw std::runtime_error("mkdir");
      fill(path, who, throws, depth - 1);
      const int mode = throws.up_to(19) == 0 ? 0600 : 0755;
      if (::chown(path.c_str(), who.uid, who.gid) != 0
          || ::chmod(path.c_str(), static_cast<mode_t>(mode)) != 0)
        throw std::runtime_error("chown");
    } else if (kind == 4) {
      ::close(::creat(path.c_str(), 0644));
    }
  }
}

} // namespace

std::string random_root(const scratch& place, const std::string& name,
                        const identity& who, dice& throws) {
  auto root = place.directory(name, who);
  fill(root, who, throws, 3);
  return root;
}

std::string random_path(dice& throws) {
  return random_text(throws, 6);
}

std::string host_path(const std::string& root,
                      const std::vector<bind_mount>& mounts,
                      const std::string& path) {
  const bind_mount* best = nullptr;
  for (const auto& each : mounts)
    if (path.starts_with(each.at)
        && (path.size() == each.at.size() || path[each.at.size()] == '/')
        && (best == nullptr || each.at.size() > best->at.size()))
      best = &each;
  return best == nullptr ? root + path
                         : best->host + path.substr(best->at.size());
}

std::string first_difference(const std::string& expected,
                             const std::string& found) {
  std::istringstream left(expected), right(found);
  std::string a, b;
  while (true) {
    const bool more_left = static_cast<bool>(std::getline(left, a));
    const bool more_right = static_cast<bool>(std::getline(right, b));
    if (!more_left && !more_right)
      return {};
    if (!more_left || !more_right || a != b)
      return "expected " + (more_left ? a : "nothing") + "\n   found "
             + (more_right ? b : "nothing");
  }
}

void skip(const char* why) {
  std::cout << "SKIPPED: " << why << '\n';
}

} // namespace cordon::test
