// The calls of tests/paths/every_call.hpp, made by a program: its arguments say
// which groups. Run in a chroot and in a view, it prints the same.
#include "tests/paths/every_call.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <map>

int main(int argc, char** argv) {
  using namespace cordon::test;
  const std::map<std::string, std::string (*)()> groups
      = {{"matrix", errno_matrix},
         {"opens", opens},
         {"names", names},
         {"attributes", attributes},
         {"directories", directories}};
  ::umask(022);
  open_path_fds();
  for (int i = 1; i < argc; ++i) {
    const auto text = groups.at(argv[i])();
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return 0;
}
