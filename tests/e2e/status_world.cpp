#include "tests/e2e/status_world.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>

namespace cordon::test {

std::string directory_of(const world& place) {
  return place.runtime_directory() + "/cordon";
}

long entries(const world& place) {
  return std::distance(std::filesystem::directory_iterator(directory_of(place)),
                       {});
}

bool says(const std::string& text, const std::string& part) {
  INFO(text << "\nexpected: " << part);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}

up::up(const world& place, const words& options, const words& program)
    : run_(place.confined(options, program)) {
  REQUIRE(run_.wait_for("up\n"));
}

outcome up::end() {
  run_.close_input();
  return run_.wait();
}

unique_fd connected(const std::string& path) {
  unique_fd made{::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.size() < sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  if (::connect(made.get(), reinterpret_cast<const sockaddr*>(&address),
                sizeof address)
      != 0)
    made.reset();
  return made;
}

} // namespace cordon::test
