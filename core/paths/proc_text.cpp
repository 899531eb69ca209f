#include "core/paths/proc_text.hpp"

#include "core/paths/made_files.hpp"

#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <utility>

namespace cordon::paths {
namespace {

constexpr std::string_view deleted = " (deleted)";
constexpr std::string_view unreachable = "(unreachable)";

/// Memory that the kernel keeps as files without a place.
bool is_memory(std::string_view name) {
  constexpr std::string_view kinds[]
      = {"/memfd:", "/SYSV", "/dev/zero", "/anon_hugepage", "/[aio]"};
  return name.ends_with(deleted) && std::ranges::any_of(kinds, [&](auto k) {
           return name.starts_with(k);
         });
}

bool is_terminal(std::string_view name) {
  return name.starts_with("/dev/pts/") || name.starts_with("/dev/tty")
         || name == "/dev/null" || name == "/dev/console";
}

/// The start of the name in a line of maps; npos: the line has none.
std::size_t name_in(std::string_view line) {
  // "address perms offset device inode   name"
  std::size_t at = 0;
  for (int field = 0; field < 5; ++field) {
    at = line.find(' ', at);
    if (at == std::string_view::npos)
      return at;
    at = line.find_first_not_of(' ', at);
    if (at == std::string_view::npos)
      return at;
  }
  return at;
}

/// Lines of smaps between those of maps begin with a word and a colon.
bool is_mapping(std::string_view line) {
  const auto end = line.find_first_not_of("0123456789abcdef");
  return end != std::string_view::npos && end > 0 && line[end] == '-';
}

/// As the kernel escapes paths in tables of words.
std::string word(std::string_view path) {
  std::string made;
  for (const char c : path) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\\') {
      const auto byte = static_cast<unsigned char>(c);
      made += '\\';
      for (const int shift : {6, 3, 0})
        made += static_cast<char>('0' + ((byte >> shift) & 7));
    } else {
      made += c;
    }
  }
  return made;
}

/// `find` tells where it is in the view, when that counts.
template <class Find>
std::string shown(std::string_view kernel_name, Find find) {
  if (!kernel_name.starts_with('/'))
    return std::string(kernel_name);
  if (const auto ours = made_place(kernel_name); !ours.empty())
    return std::string(ours);
  if (is_memory(kernel_name))
    return std::string(kernel_name);
  if (const auto where = find())
    return where->path;
  return std::string(is_terminal(kernel_name) ? kernel_name : unreachable);
}

std::string kind_of(int fd) {
  struct statfs facts {};
  if (::fstatfs(fd, &facts) != 0)
    return "unknown";
  constexpr std::pair<long, const char*> known[]
      = {{EXT4_SUPER_MAGIC, "ext4"},         {BTRFS_SUPER_MAGIC, "btrfs"},
         {XFS_SUPER_MAGIC, "xfs"},           {TMPFS_MAGIC, "tmpfs"},
         {OVERLAYFS_SUPER_MAGIC, "overlay"}, {NFS_SUPER_MAGIC, "nfs"},
         {FUSE_SUPER_MAGIC, "fuse"},         {PROC_SUPER_MAGIC, "proc"}};
  for (const auto& [magic, name] : known)
    if (facts.f_type == magic)
      return name;
  return "unknown";
}

} // namespace

std::string shown_name(const view& in, std::string_view kernel_name) {
  return shown(kernel_name, [&] { return in.find_host(kernel_name); });
}

std::string shown_maps(const view& in, std::string_view text) {
  std::string made;
  made.reserve(text.size());
  in.refresh();
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto at = is_mapping(line) ? name_in(line) : std::string_view::npos;
    if (at == std::string_view::npos || line[at] != '/')
      made.append(line);
    else
      made.append(line.substr(0, at)).append(shown(line.substr(at), [&] {
        return in.find_known(line.substr(at));
      }));
    made += '\n';
  }
  return made;
}

std::string shown_status(std::string text, pid_t hidden) {
  constexpr std::string_view key = "\nTracerPid:\t";
  const auto found = text.find(key);
  if (found == std::string::npos)
    return text;
  const auto at = found + key.size();
  const auto end = std::min(text.find('\n', at), text.size());
  if (text.substr(at, end - at) == std::to_string(hidden))
    text.replace(at, end - at, "0");
  return text;
}

std::string shown_mounts(const view& in, mount_format form) {
  std::string made;
  const auto add = [&](std::initializer_list<std::string_view> parts) {
    for (const auto part : parts)
      made += part;
  };
  int id = 20;
  for (std::size_t i = 0; i < in.count(); ++i) {
    const auto& tree = in.at(i);
    if (tree.kind == backing::content)
      continue;
    const auto source = tree.kind == backing::proc ? "proc" : "cordon";
    const auto at = word(tree.at);
    const auto kind = kind_of(tree.fd.get());
    struct stat facts {};
    ::fstat(tree.fd.get(), &facts);
    const auto device = std::to_string(major(facts.st_dev)) + ":"
                        + std::to_string(minor(facts.st_dev));
    const std::string how = tree.read_only ? "ro,relatime" : "rw,relatime";
    if (form == mount_format::mounts)
      add({source, " ", at, " ", kind, " ", how, " 0 0\n"});
    else if (form == mount_format::mountstats)
      add({"device ", source, " mounted on ", at, " with fstype ", kind, "\n"});
    else
      add({std::to_string(id), i == 0 ? " 1 " : " 20 ", device, " / ", at, " ",
           how, " - ", kind, " ", source, " ", how.substr(0, 2), "\n"});
    ++id;
  }
  return made;
}

} // namespace cordon::paths
