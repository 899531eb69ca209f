// The calls of tests/paths/every_call.hpp, made by a program: its arguments say
// which groups. Run in a chroot and in a view, it prints the same. Or, after
// "reach", names: every call about each of them.
#include "tests/paths/every_call.hpp"
#include "tests/paths/raw_calls.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <map>
#include <string_view>
#include <vector>

namespace {

std::string reach(const std::vector<std::string>& names) {
  cordon::test::record out;
  const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  for (const auto& name : names)
    for (const auto& each : cordon::test::every_call())
      for (const int fd : {AT_FDCWD, root})
        out.add(std::string(each.name) + " " + name,
                each.make(fd, name.c_str(), 0));
  return out.text();
}

} // namespace

int main(int argc, char** argv) {
  using namespace cordon::test;
  const std::map<std::string, std::string (*)()> groups
      = {{"matrix", errno_matrix},
         {"opens", opens},
         {"names", names},
         {"attributes", attributes},
         {"directories", directories}};
  ::umask(022);
  if (argc > 1 && std::string_view(argv[1]) == "reach") {
    std::fputs(reach({argv + 2, argv + argc}).c_str(), stdout);
    return 0;
  }
  open_path_fds();
  for (int i = 1; i < argc; ++i) {
    const auto text = groups.at(argv[i])();
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return 0;
}
