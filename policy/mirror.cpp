#include "policy/mirror.hpp"

#include "core/base/escape.hpp"
#include "core/landlock/access.hpp"
#include "core/paths/fd_path.hpp"
#include "core/paths/settle.hpp"
#include "policy/covers.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace cordon::policy {
namespace {

namespace fs = landlock::fs;

std::string absolute(const std::string& path, const std::string& cwd) {
  return path.starts_with('/') ? path : cwd + "/" + path;
}

/// A path in the view.
checked<std::string> in_view(const std::string& path, const std::string& from,
                             bool own_root, const std::string& cwd) {
  if (path.starts_with('/'))
    return path;
  if (own_root)
    return reject(from, "'" + escape(path)
                            + "' is relative; expected an absolute path in the "
                              "root");
  return cwd + "/" + path;
}

} // namespace

bool needs_mirror(const profile& p) noexcept {
  return p.chroot || !p.mounts.empty() || !p.denials.empty()
         || p.sorted_listings;
}

origin mirror_origin(const profile& p) {
  if (p.chroot)
    return p.chroot->from;
  if (!p.mounts.empty())
    return p.mounts.front().from;
  if (!p.denials.empty())
    return p.denials.front().from;
  return p.sorted_listings ? p.sorted_listings->from : origin{};
}

checked<mirror_spec> mirror_of(const profile& p, const std::string& cwd) {
  mirror_spec made;
  made.root = p.chroot ? absolute(p.chroot->value, cwd) : "/";
  made.root_from = p.chroot ? p.chroot->from : "";
  for (const auto& mount : p.mounts)
    made.mounts.push_back(
        {{mount.at, absolute(mount.host, cwd), mount.read_only}, mount.from});
  for (const auto& grant : p.grants) {
    auto path = in_view(grant.path, grant.from, p.chroot.has_value(), cwd);
    if (!path)
      return tl::make_unexpected(path.error());
    made.grants.push_back(
        {std::move(*path), grant.wanted, grant.must_exist, grant.from});
  }
  for (const auto& denial : p.denials) {
    auto path = in_view(denial.value, denial.from, p.chroot.has_value(), cwd);
    if (!path)
      return tl::make_unexpected(path.error());
    made.denials.push_back(
        {std::move(*path), access::read, false, denial.from});
  }
  if (p.hostname)
    made.hostname = p.hostname->value;
  made.sorted = p.sorted_listings.has_value();
  return made;
}

mirror::mirror(paths::view view, place_rules rules, std::vector<pinned> granted,
               std::vector<unique_fd> denied)
    : view_(std::move(view))
    , rules_(std::move(rules))
    , granted_(std::move(granted))
    , denied_(std::move(denied)) {
}

namespace {

/// Rows of the synthetic table: /proc, and with a name the files that tell it.
checked<paths::view> with_made_places(paths::view to, const mirror_spec& spec) {
  to.add_proc();
  if (spec.hostname.empty())
    return to;
  const auto& name = spec.hostname;
  const std::pair<const char*, std::string> files[]
      = {{"/etc/hostname", name + "\n"},
         {"/etc/hosts",
          "127.0.0.1 localhost\n::1 localhost\n127.0.0.1 " + name + "\n"}};
  for (const auto& [at, text] : files)
    // Without a directory for them nobody looks for them.
    if (const auto done = to.add_file(at, text);
        !done && done.error().code != ENOENT && done.error().code != ENOTDIR)
      return reject("--name", done.error().message());
  return to;
}

/// Opens the view; says which option is to blame when it cannot.
checked<paths::view> open_view(const mirror_spec& spec) {
  std::vector<paths::mount_spec> mounts;
  for (const auto& mount : spec.mounts)
    mounts.push_back(mount.what);
  auto made = paths::view::make(spec.root, mounts);
  if (made)
    return with_made_places(std::move(*made), spec);
  const auto& why = made.error();
  for (const auto& mount : spec.mounts)
    if (why.path == mount.what.host || why.path == mount.what.at)
      return reject(mount.from, why.message());
  return reject(spec.root_from.empty() ? "--chroot" : spec.root_from,
                why.message());
}

} // namespace

checked<mirror> mirror::open(const mirror_spec& spec) {
  auto view = open_view(spec);
  if (!view)
    return tl::make_unexpected(view.error());
  std::vector<place_grant> grants;
  std::vector<pinned> granted;
  for (const auto& wanted : spec.grants) {
    auto place = paths::settle(*view, wanted.path);
    if (!place)
      return reject(wanted.from, place.error().message());
    if (!place->fd && wanted.must_exist)
      return reject(wanted.from, "'" + escape(wanted.path)
                                     + "' does not exist; expected a path that "
                                       "does");
    if (!place->fd)
      continue;
    grants.push_back({place->where.path, wanted.wanted, wanted.from});
    granted.push_back({std::move(place->fd), wanted.wanted, wanted.from});
  }
  // What is mounted is granted by being mounted.
  for (const auto& mount : spec.mounts)
    grants.push_back({*paths::clean(mount.what.at),
                      mount.what.read_only ? access::read : access::write,
                      mount.from});
  std::vector<place_denial> denials;
  std::vector<unique_fd> denied;
  for (const auto& wanted : spec.denials) {
    auto place = paths::settle(*view, wanted.path);
    if (!place)
      return reject(wanted.from, place.error().message());
    place_denial made{place->where.path, place->where.host, {}, wanted.from};
    if (place->fd) {
      made.objects.push_back(place->object);
      denied.push_back(std::move(place->fd));
    }
    denials.push_back(std::move(made));
  }
  mirror made{std::move(*view),
              place_rules{std::move(grants), std::move(denials)},
              std::move(granted), std::move(denied)};
  made.hostname_ = spec.hostname;
  made.sorted_ = spec.sorted;
  return made;
}

std::vector<grant> mirror::writable_on_host() const {
  std::vector<grant> made;
  for (const auto& each : granted_)
    if (each.wanted == access::write)
      made.push_back(
          {paths::kernel_name(each.fd.get()), access::write, true, each.from});
  for (std::size_t i = 1; i < view_.count(); ++i)
    if (view_.at(i).kind == paths::backing::directory && !view_.at(i).read_only)
      made.push_back({view_.at(i).host, access::write, true,
                      "--fs-mount " + view_.at(i).at});
  return made;
}

std::vector<landlock::path_rule> mirror::lane_rules() const {
  std::vector<landlock::path_rule> rules;
  const auto add = [&](int fd, std::uint64_t rights, const origin& from) {
    rules.push_back({paths::fd_path{fd}.c_str(), rights, true, from});
  };
  // Directories that lead to a grant are listed.
  add(view_.at(0).fd.get(), fs::read_dir, "the root");
  for (const auto& each : granted_)
    add(each.fd.get(),
        each.wanted == access::write ? fs::write_grant : fs::read_grant,
        each.from);
  // What is made for the view lies in memory, or in /proc, which the lane
  // reads.
  for (std::size_t i = 1; i < view_.count(); ++i)
    if (view_.at(i).kind == paths::backing::directory)
      add(view_.at(i).fd.get(),
          view_.at(i).read_only ? fs::read_grant : fs::write_grant, "a mount");
  return rules;
}

} // namespace cordon::policy
