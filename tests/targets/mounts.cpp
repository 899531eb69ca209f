// Mounts and other ways to rearrange what a path means.
//
// secret=FILE (not granted inside) place=DIRECTORY (an empty one)
#include "tests/targets/probe.hpp"

#include <linux/mount.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <string>

using namespace probe;

namespace {

/// Mounts of our own where the kernel gives them, so that the probes work
/// outside for everybody and leave nothing behind. Inside it is refused.
void own_mounts() {
  if (::unshare(CLONE_NEWNS) != 0
      && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
    return;
  ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
}

long open_tree(const std::string& path, unsigned flags) {
  return call(SYS_open_tree, AT_FDCWD, path.c_str(), flags);
}

/// Reads a file through a descriptor that only names it.
long read_through(long named) {
  if (named < 0)
    return -1;
  const std::string again = "/proc/self/fd/" + std::to_string(named);
  const int fd = ::open(again.c_str(), O_RDONLY | O_CLOEXEC);
  return fd < 0 ? -1 : read_some(fd);
}

void trees(const std::string& secret) {
  in_child("open_tree", [&] { return open_tree(secret, 0); });
  in_child("open_tree_read",
           [&] { return read_through(open_tree(secret, 0)); });
  in_child("open_tree_attr", [&] {
    return call(nr::open_tree_attr, AT_FDCWD, secret.c_str(), 0, nullptr, 0);
  });
  in_child("open_tree_clone", [] {
    own_mounts();
    return open_tree("/", OPEN_TREE_CLONE);
  });
}

void old_interface(const std::string& place) {
  in_child("mount", [&] {
    own_mounts();
    return ::mount("none", place.c_str(), "tmpfs", 0, nullptr);
  });
  in_child("mount_bind", [&] {
    own_mounts();
    return ::mount("/etc", place.c_str(), nullptr, MS_BIND, nullptr);
  });
  in_child("umount2", [&] {
    own_mounts();
    ::mount("none", place.c_str(), "tmpfs", 0, nullptr);
    return ::umount2(place.c_str(), MNT_DETACH);
  });
  in_child("pivot_root", [] {
    own_mounts();
    return call(SYS_pivot_root, "/", "/");
  });
  in_child("chroot", [&] {
    own_mounts();
    return ::chroot(place.c_str());
  });
}

/// The classic way out: a descriptor of the old root survives the chroot.
void chroot_escape(const std::string& place, const std::string& secret) {
  in_child("chroot_escape", [&] {
    own_mounts();
    const int old_root = ::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (::chroot(place.c_str()) != 0 || ::fchdir(old_root) != 0)
      return -1L;
    return static_cast<long>(::access(secret.c_str() + 1, R_OK));
  });
}

void new_interface(const std::string& place) {
  in_child("fsopen", [] {
    own_mounts();
    return call(SYS_fsopen, "tmpfs", 0);
  });
  in_child("fsconfig", [] {
    own_mounts();
    const long context = call(SYS_fsopen, "tmpfs", 0);
    return call(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr,
                0);
  });
  in_child("fsmount", [] {
    own_mounts();
    const long context = call(SYS_fsopen, "tmpfs", 0);
    call(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
    return call(SYS_fsmount, context, 0, 0);
  });
  in_child("fspick", [&] {
    own_mounts();
    ::mount("none", place.c_str(), "tmpfs", 0, nullptr);
    return call(SYS_fspick, AT_FDCWD, place.c_str(), 0);
  });
  in_child("move_mount", [&] {
    own_mounts();
    const long context = call(SYS_fsopen, "tmpfs", 0);
    call(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
    const long made = call(SYS_fsmount, context, 0, 0);
    return call(SYS_move_mount, made, "", AT_FDCWD, place.c_str(),
                MOVE_MOUNT_F_EMPTY_PATH);
  });
  in_child("mount_setattr", [&] {
    own_mounts();
    ::mount("none", place.c_str(), "tmpfs", 0, nullptr);
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    return call(SYS_mount_setattr, AT_FDCWD, place.c_str(), 0, &attributes,
                sizeof attributes);
  });
}

/// struct mnt_id_req, version 0 (Linux 6.8).
struct mount_request {
  std::uint32_t size;
  std::uint32_t spare;
  std::uint64_t mount_id;
  std::uint64_t parameter;
};

void listings() {
  std::uint64_t ids[64] = {};
  mount_request all{24, 0, ~std::uint64_t{0}, 0};
  const long found = call(nr::listmount, &all, ids, 64, 0);
  report("listmount", found);
  mount_request one{24, 0, found > 0 ? ids[0] : 1, 1};
  char buffer[1024];
  report("statmount", call(nr::statmount, &one, buffer, sizeof buffer, 0));
}

} // namespace

int main(int argc, char** argv) {
  const facts told(argc, argv);
  const std::string secret = told.text("secret");
  const std::string place = told.text("place");
  trees(secret);
  old_interface(place);
  chroot_escape(place, secret);
  new_interface(place);
  listings();
}
