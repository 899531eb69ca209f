#include "core/paths/made_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace cordon::paths {
namespace {

constexpr std::string_view stem = "cordon:";
constexpr std::string_view shown_before = "/memfd:cordon:";
constexpr std::string_view shown_after = " (deleted)";

result<unique_fd> begin(const std::string& place, mode_t mode) {
  constexpr std::size_t longest_name = 249;
  auto name = std::string(stem) + place;
  name.resize(std::min(name.size(), longest_name));
  unique_fd file{::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING)};
  if (!file || ::fchmod(file.get(), mode) != 0)
    return fail_errno("make a file in memory");
  return file;
}

result<void> finish(int file, std::string_view text) {
  for (std::size_t done = 0; done < text.size();) {
    const auto n = ::pwrite(file, text.data() + done, text.size() - done,
                            static_cast<off_t>(done));
    if (n < 0)
      return fail_errno("write a file in memory");
    done += static_cast<std::size_t>(n);
  }
  constexpr int seals
      = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(file, F_ADD_SEALS, seals) != 0)
    return fail_errno("seal a file in memory");
  return {};
}

result<unique_fd> another(const unique_fd& file) {
  auto made = file.duplicate();
  if (!made)
    return fail_errno("duplicate a file in memory");
  return made;
}

} // namespace

result<unique_fd> make_file(const std::string& place, std::string_view text,
                            mode_t mode) {
  auto file = begin(place, mode);
  if (file)
    if (const auto done = finish(file->get(), text); !done)
      return tl::make_unexpected(done.error());
  return file;
}

std::string_view made_place(std::string_view kernel_name) {
  if (!kernel_name.starts_with(shown_before)
      || !kernel_name.ends_with(shown_after)
      || kernel_name.size() < shown_before.size() + shown_after.size())
    return {};
  kernel_name.remove_prefix(shown_before.size());
  kernel_name.remove_suffix(shown_after.size());
  return kernel_name;
}

made_files::each* made_files::find(const std::string& place) {
  const auto found = std::ranges::find(all_, place, &each::place);
  return found == all_.end() ? nullptr : &*found;
}

result<made_files::each*> made_files::add(const std::string& place,
                                          mode_t mode) {
  auto file = begin(place, mode);
  if (!file)
    return tl::make_unexpected(file.error());
  if (auto* const old = find(place); old != nullptr) {
    *old = {place, std::move(*file), false};
    return old;
  }
  if (all_.size() == most)
    all_.pop_front();
  all_.push_back({place, std::move(*file), false});
  return &all_.back();
}

result<unique_fd> made_files::look(const std::string& place, mode_t mode) {
  if (auto* const there = find(place); there != nullptr)
    return another(there->file);
  const auto added = add(place, mode);
  if (!added)
    return tl::make_unexpected(added.error());
  return another((*added)->file);
}

result<unique_fd> made_files::fill(const std::string& place,
                                   std::string_view text, mode_t mode) {
  auto* there = find(place);
  if (there == nullptr || there->sealed) {
    const auto added = add(place, mode);
    if (!added)
      return tl::make_unexpected(added.error());
    there = *added;
  }
  there->sealed = true;
  if (const auto done = finish(there->file.get(), text); !done)
    return tl::make_unexpected(done.error());
  auto made = another(there->file);
  constexpr std::size_t worth_keeping = 64 << 10;
  if (text.size() > worth_keeping)
    std::erase_if(all_, [&](const each& it) { return it.place == place; });
  return made;
}

} // namespace cordon::paths
