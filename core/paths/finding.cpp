// How requests become pinned places, and what the rules say of them.
#include "core/notify/target_memory.hpp"
#include "core/paths/carrier.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

namespace cordon::paths {
namespace {

object_id id_of(const struct stat& facts) {
  return {facts.st_dev, facts.st_ino};
}

outcome refused(int error, const position& where) {
  auto made = outcome::failed(error);
  if (error != 0)
    made.about = where.path;
  return made;
}

} // namespace

result<caller::beginning> carrier::beginning(const request& asked,
                                             const notify::place& at) const {
  // An absolute path does not even look at the fd, unless that is the root.
  if (at.path && at.path->starts_with('/')
      && (asked.resolve & RESOLVE_IN_ROOT) == 0)
    return caller::beginning{};
  return caller{asked.tid}.start(view_, at.fd);
}

resolver carrier::resolver_for(const request& asked, const start& top) const {
  return {view_, &proc_, asked.resolve, &top, asked.tid};
}

/// Whether neither the place of an fd nor how it was opened makes a difference:
/// half of all stat calls of real programs are about fds.
bool carrier::only_sees(const request& asked) const {
  using enum syscall::operation;
  return (asked.op == stat || asked.op == statx)
         && rules_.allows_everywhere(use::see);
}

result<target> carrier::find_held(const request& asked, bool usable) const {
  const caller who{asked.tid};
  target made;
  if (only_sees(asked) && asked.where.fd != AT_FDCWD) {
    auto fd = who.pin(asked.where.fd);
    if (!fd)
      return tl::make_unexpected(fd.error());
    made.fd = std::move(*fd);
    made.in_view = false;
    if (::fstat(made.fd.get(), &made.facts) != 0)
      return fail_errno("look at the caller's fd");
    return made;
  }
  if (asked.where.fd == AT_FDCWD) {
    auto cwd = who.working_directory();
    if (!cwd)
      return tl::make_unexpected(cwd.error());
    made.fd = std::move(*cwd);
  } else {
    auto object = who.fd(asked.where.fd);
    if (!object)
      return tl::make_unexpected(object.error());
    if (usable && !object->reads && !object->writes)
      return fail(EBADF, "use a file descriptor");
    made.fd = std::move(object->fd);
    made.reads = object->reads;
    made.writes = object->writes;
  }
  if (::fstat(made.fd.get(), &made.facts) != 0)
    return fail_errno("look at the caller's fd");
  auto where = view_.locate(made.fd.get());
  made.in_view = where.has_value();
  if (!where)
    return made;
  made.tree = where->tree;
  if (view_.at(where->tree).kind != backing::directory)
    made.where = std::move(*where);
  return made;
}

/// An empty path. Calls about extended attributes want an fd that was opened
/// for more than its path; two of them know no working directory here.
result<target> carrier::find_empty(const request& asked) const {
  using enum syscall::operation;
  const auto op = asked.op;
  if (!asked.where.empty_path)
    return fail(ENOENT, "resolve an empty path");
  const bool here = asked.where.fd == AT_FDCWD;
  if (here && (op == listxattr || op == removexattr))
    return fail(EBADF, "use a file descriptor");
  const bool usable = op == getxattr || op == listxattr || op == setxattr
                      || op == removexattr || op == getattr || op == setattr;
  return find_held(asked, usable && !here);
}

result<target> carrier::find(const request& asked) const {
  const auto& where = asked.where;
  if (!where.path)
    return find_held(asked, true);
  if (where.path->empty())
    return find_empty(asked);
  const auto from = beginning(asked, where);
  if (!from)
    return tl::make_unexpected(from.error());
  const start at{from->fd.get(), from->where};
  auto object = resolver_for(asked, at).object(at, *where.path, where.follow);
  if (!object)
    return tl::make_unexpected(object.error());
  target made;
  made.fd = std::move(object->fd);
  made.tree = object->tree;
  made.where = std::move(object->where);
  if (object->held) {
    made.in_view = false;
    made.writes = object->held->writes;
    made.held = std::move(object->held);
  }
  made.facts = object->facts;
  return made;
}

result<named> carrier::find_name(const request& asked,
                                 const notify::place& at) const {
  if (at.path->empty())
    return fail(ENOENT, "resolve an empty path");
  const auto from = beginning(asked, at);
  if (!from)
    return tl::make_unexpected(from.error());
  const start begin{from->fd.get(), from->where};
  return resolver_for(asked, begin).name(begin, *at.path);
}

outcome carrier::judge(use wanted, const target& object) const {
  // What the caller holds and has no place here is as good as its fd was:
  // pipes, sockets, memory files, and what it was given from outside.
  if (!object.in_view) {
    const bool reads = !object.held || object.held->reads;
    const bool allowed
        = wanted == use::see || (wanted == use::read ? reads : object.writes);
    return outcome::failed(allowed ? 0 : EACCES);
  }
  if (rules_.allows_everywhere(wanted))
    return {};
  const auto id = id_of(object.facts);
  const auto where = object.where ? result<position>{*object.where}
                                  : view_.locate(object.fd.get());
  if (!where)
    return outcome::failed(where.error().code);
  return refused(rules_.judge(wanted, rules_place(view_, *where), &id), *where);
}

bool carrier::is_made(const named& name) const {
  if (view_.at(name.tree).kind != backing::directory)
    return true;
  if (!view_.has_made_places() || !view_.names(name.bare_leaf()))
    return false;
  const auto directory = view_.locate(name.directory.get());
  return directory
         && view_.made_at(directory->child(name.bare_leaf()).path).has_value();
}

int carrier::refusal_to_make(const named& name) const {
  if (!is_made(name))
    return 0;
  const auto directory = view_.locate(name.directory.get());
  if (name.is_special() || !directory
      || view_.at(name.tree).kind == backing::directory)
    return EEXIST;
  const bool there = proc_.lists(name.directory.get(), *directory,
                                 std::string(name.bare_leaf()));
  return there ? EEXIST : EACCES;
}

outcome carrier::judge(const named& name) const {
  if (rules_.allows_everywhere(use::write))
    return {};
  const auto directory = view_.locate(name.directory.get());
  if (!directory)
    return outcome::failed(directory.error().code);
  const auto where = directory->child(name.bare_leaf());
  if (const int error = rules_.judge(use::write, *directory, nullptr);
      error != 0)
    return refused(error, where);
  struct stat facts {};
  const bool exists
      = ::fstatat(name.directory.get(), std::string(name.bare_leaf()).c_str(),
                  &facts, AT_SYMLINK_NOFOLLOW)
        == 0;
  const auto id = id_of(facts);
  return refused(rules_.judge(use::write, where, exists ? &id : nullptr),
                 where);
}

outcome carrier::judge_removal(const named& name) const {
  if (!view_.names(name.bare_leaf()) && rules_.allows_everywhere(use::write))
    return {};
  if (auto said = judge(name); said.error != 0)
    return said;
  const auto directory = view_.locate(name.directory.get());
  if (!directory)
    return outcome::failed(directory.error().code);
  const auto where = directory->child(name.bare_leaf());
  if (view_.leads_to_mount(where.path))
    return outcome::failed(EBUSY);
  return refused(rules_.holds_still(where) ? EACCES : 0, where);
}

outcome carrier::write_back(const request& asked, const void* bytes,
                            std::size_t count, std::int64_t value) const {
  if (!waits_(asked.id))
    return outcome::failed(ESRCH);
  const auto done = notify::target_memory{asked.tid}.write(
      asked.buffer, {static_cast<const std::byte*>(bytes), count});
  return done ? outcome::gives(value) : outcome::failed(done.error().code);
}

bool carrier::handles(syscall::operation op) noexcept {
  using enum syscall::operation;
  return op == inode_flags
         || (syscall::is_about_paths(op) && op != chdir && op != exec);
}

outcome carrier::carry_out(const notify::request& asked) const {
  using enum syscall::operation;
  switch (asked.op) {
  case open:
    return this->open(asked);
  case stat:
    return this->stat(asked);
  case statx:
    return this->statx(asked);
  case access:
    return this->access(asked);
  case readlink:
    return this->readlink(asked);
  case statfs:
    return this->statfs(asked);
  case getxattr:
    return this->getxattr(asked);
  case listxattr:
    return this->listxattr(asked);
  case getattr:
    return this->getattr(asked);
  case watch:
    return this->watch(asked);
  case mkdir:
  case mknod:
  case symlink:
    return make(asked);
  case remove:
    return this->remove(asked);
  case rename:
    return this->rename(asked);
  case link:
    return this->link(asked);
  case truncate:
    return this->truncate(asked);
  case chmod:
  case chown:
  case utimens:
  case setxattr:
  case removexattr:
  case setattr:
  case inode_flags:
    return change(asked);
  case list:
    return this->list(asked);
  case getcwd:
    return this->getcwd(asked);
  default:
    return outcome::failed(ENOSYS);
  }
}

} // namespace cordon::paths
