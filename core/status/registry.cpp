#include "core/status/registry.hpp"

#include "core/base/scope_exit.hpp"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>

namespace cordon::status {
namespace {

/// The names in a directory, drafts included.
std::vector<std::string> names_in(int directory) {
  std::vector<std::string> names;
  DIR* const listing = ::fdopendir(
      ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (listing == nullptr)
    return names;
  const scope_exit close_it{[=] { ::closedir(listing); }};
  while (const auto* entry = ::readdir(listing)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..")
      names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

bool is_draft(const std::string& name) {
  return name.starts_with('.');
}

sandbox_entry entry_of(const std::string& name, unique_fd directory) {
  auto board = read_board(directory.get(), board_file, ::geteuid());
  // A board that was copied from elsewhere tells of another run.
  if (board && board->who.name != name)
    board = fail(EPROTO, "read the status board", name);
  return {name, std::move(directory), std::move(board)};
}

} // namespace

void remove_leftover(int runtime, const std::string& name) noexcept {
  const auto directory = open_run_directory(runtime, name);
  if (directory && !is_held(directory->get()))
    remove_run(runtime, name, directory->get());
}

void remove_leftovers() noexcept {
  const auto runtime = open_runtime_directory(missing::is_error);
  if (!runtime)
    return;
  for (const auto& name : names_in(runtime->get()))
    remove_leftover(runtime->get(), name);
}

result<std::vector<sandbox_entry>> list_sandboxes() {
  std::vector<sandbox_entry> all;
  const auto runtime = open_runtime_directory(missing::is_error);
  if (!runtime && runtime.error().code == ENOENT)
    return all;
  if (!runtime)
    return tl::make_unexpected(runtime.error());
  for (const auto& name : names_in(runtime->get())) {
    auto directory = open_run_directory(runtime->get(), name);
    if (!directory)
      continue; // not of our making
    if (!is_held(directory->get()))
      remove_run(runtime->get(), name, directory->get());
    else if (!is_draft(name))
      all.push_back(entry_of(name, std::move(*directory)));
  }
  return all;
}

result<sandbox_entry> find_sandbox(const std::string& name) {
  const auto runtime = open_runtime_directory(missing::is_error);
  if (!runtime)
    return tl::make_unexpected(runtime.error());
  auto directory = open_run_directory(runtime->get(), name);
  if (!directory)
    return tl::make_unexpected(directory.error());
  if (!is_held(directory->get())) {
    remove_run(runtime->get(), name, directory->get());
    return fail(ENOENT, "find the sandbox", name);
  }
  return entry_of(name, std::move(*directory));
}

} // namespace cordon::status
