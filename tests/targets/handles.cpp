// File handles: opening by number what no path leads to.
//
// secret=FILE pid=OUTSIDER, and what the run outside printed (inside cannot ask
// for handles everywhere): file_handle=HEX pidfs_handle=HEX nsfs_handle=HEX
#include "tests/targets/probe.hpp"

#include <sys/stat.h>

#include <string>

using namespace probe;

namespace {

// Linux 6.16 and later: roots that need no descriptor (linux/fcntl.h).
constexpr int pidfs_root = -10002;
constexpr int nsfs_root = -10003;

struct handle {
  unsigned bytes = 128;
  int type = 0;
  unsigned char data[128] = {};
};

std::string to_hex(const handle& from) {
  std::string text;
  char pair[16];
  std::snprintf(pair, sizeof pair, "%08x", static_cast<unsigned>(from.type));
  text += pair;
  for (unsigned i = 0; i < from.bytes; ++i) {
    std::snprintf(pair, sizeof pair, "%02x", from.data[i]);
    text += pair;
  }
  return text;
}

handle from_hex(const std::string& text) {
  handle made;
  made.type = static_cast<int>(std::stoul(text.substr(0, 8), nullptr, 16));
  made.bytes = 0;
  for (std::size_t i = 8; i + 1 < text.size(); i += 2)
    made.data[made.bytes++] = static_cast<unsigned char>(
        std::stoul(text.substr(i, 2), nullptr, 16));
  return made;
}

/// Prints `key=HEX` for what `fd` and `path` name, or takes it from the facts.
handle learn(const facts& told, const char* key, int fd, const char* path,
             int flags) {
  if (told.has(key))
    return from_hex(told.text(key));
  handle made;
  int mount_id = 0;
  if (call(SYS_name_to_handle_at, fd, path, &made, &mount_id, flags) != 0) {
    say(key, outcome(-1));
    return {};
  }
  say(key, to_hex(made));
  return made;
}

long open_handle(int mount, handle what) {
  return call(SYS_open_by_handle_at, mount, &what, O_RDONLY | O_CLOEXEC);
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const std::string secret = told.text("secret");

  const handle file = learn(told, "file_handle", AT_FDCWD, secret.c_str(), 0);
  const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int here = ::open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  report("open_file_by_handle", open_handle(root < 0 ? here : root, file));

  const long process = call(SYS_pidfd_open, told.number("pid"), 0);
  const handle pidfd = learn(told, "pidfs_handle", static_cast<int>(process),
                             "", AT_EMPTY_PATH);
  report("open_outsider_in_pidfs", open_handle(pidfs_root, pidfd));

  const int ns = ::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  const handle space = learn(told, "nsfs_handle", ns, "", AT_EMPTY_PATH);
  report("open_namespace_in_nsfs", open_handle(nsfs_root, space));
}
