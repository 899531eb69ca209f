// Writing to the programs that run the sandbox.
//
// cordon=PROGRAM keeper=PROGRAM
#include "tests/targets/probe.hpp"

#include <string>

using namespace probe;

namespace {

void overwrite(const std::string& name, const std::string& path) {
  report(name + "_write", ::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  report(name + "_truncate",
         ::open(path.c_str(), O_RDONLY | O_TRUNC | O_CLOEXEC));
  report(name + "_unlink", ::unlink(path.c_str()));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  for (const char* name : {"cordon", "keeper"})
    overwrite(name, told.text(name));
  report("parent_executable_write",
         ::open(("/proc/" + std::to_string(::getppid()) + "/exe").c_str(),
                O_WRONLY | O_CLOEXEC));
  report("parent_executable_read",
         ::open(("/proc/" + std::to_string(::getppid()) + "/exe").c_str(),
                O_RDONLY | O_CLOEXEC));
  // The kernel refuses to write a running program (ETXTBSY) even outside.
  report("own_executable_write",
         ::open("/proc/self/exe", O_WRONLY | O_CLOEXEC));
}
