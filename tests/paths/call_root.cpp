#include "tests/paths/call_root.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <stdexcept>

namespace cordon::test {

std::string call_root(const scratch& place, const identity& who,
                      const std::string& name) {
  auto root = place.directory(name, who);
  for (const char* const directory :
       {"/d", "/d/e", "/d/full", "/d/full/x", "/free", "/shut", "/sticky"})
    place.directory(name + directory, who);
  for (const char* const file : {"/f", "/d/f", "/free/f", "/read", "/write",
                                 "/none", "/shut/f", "/sticky/f"})
    place.file(name + file, "some text", who);
  const std::pair<const char*, const char*> links[]
      = {{"f", "sl"},
         {"d", "sd"},
         {"nothing", "dang"},
         {"loop", "loop"},
         {"free/new", "to_new"},
         {"/free/far", "to_far"},
         {"/free", "to_free"},
         {"to_new2", "chain"},
         {"free/new2", "to_new2"},
         {"nothing/x", "no_parent"},
         {"free/slash/", "to_slash"}};
  for (const auto& [target, at] : links) {
    const auto path = root + "/" + at;
    if (::symlink(target, path.c_str()) != 0
        || ::lchown(path.c_str(), who.uid, who.gid) != 0)
      throw std::runtime_error("symlink");
  }
  const auto fifo = root + "/fifo";
  if (::mkfifo(fifo.c_str(), 0644) != 0
      || ::chown(fifo.c_str(), who.uid, who.gid) != 0
      || ::chmod((root + "/read").c_str(), 0444) != 0
      || ::chmod((root + "/write").c_str(), 0222) != 0
      || ::chmod((root + "/none").c_str(), 0) != 0
      || ::chmod((root + "/shut").c_str(), 0644) != 0
      || ::chmod((root + "/sticky").c_str(), 01777) != 0)
    throw std::runtime_error("small things");
  return root;
}

std::string describe_tree(const std::string& directory) {
  namespace fs = std::filesystem;
  std::map<std::string, std::string> all;
  for (const auto& each : fs::recursive_directory_iterator(directory)) {
    struct stat s {};
    if (::lstat(each.path().c_str(), &s) != 0)
      continue;
    auto line = std::to_string(s.st_mode) + " " + std::to_string(s.st_uid) + " "
                + std::to_string(s.st_gid) + " " + std::to_string(s.st_nlink)
                + " ";
    if (!S_ISDIR(s.st_mode))
      line += std::to_string(s.st_size);
    if (S_ISLNK(s.st_mode))
      line += " " + fs::read_symlink(each.path()).string();
    all[each.path().string().substr(directory.size())] = line;
  }
  std::string text;
  for (const auto& [path, line] : all)
    text.append(path).append(" ").append(line).append("\n");
  return text;
}

} // namespace cordon::test
