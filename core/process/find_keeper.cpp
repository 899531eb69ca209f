#include "core/base/canonical_path.hpp"
#include "core/exec/name_page.hpp"
#include "core/process/keeper.hpp"

#include <climits>

#include <unistd.h>

#include <array>

namespace cordon::process {
namespace {

/// Directory of the running program, with the slash; empty when unknown.
std::string own_directory() {
  std::array<char, PATH_MAX> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
  if (length <= 0 || static_cast<std::size_t>(length) == path.size())
    return {};
  const std::string text(path.data(), static_cast<std::size_t>(length));
  return text.substr(0, text.rfind('/') + 1);
}

} // namespace

result<std::string> find_keeper() {
  return find_own_program("cordon-keeper");
}

result<std::string> find_stub(const std::string& keeper) {
  const auto beside = keeper.substr(0, keeper.rfind('/') + 1) + "cordon-stub";
  auto place = canonical_path(beside);
  if (!place)
    return fail(ENOENT, "find a program of cordon's own", beside);
  if (place->size() > exec::longest_stub_path)
    return fail(ENAMETOOLONG, "start programs through", std::move(*place));
  return std::move(*place);
}

result<std::string> find_own_program(const std::string& name) {
  const auto own = own_directory();
  const std::string installed = CORDON_LIBEXECDIR "/" + name;
  std::string places[]
      = {own + name, own + "../libexec/cordon/" + name, installed};
  for (std::size_t i = own.empty() ? 2 : 0; i < std::size(places); ++i)
    if (::access(places[i].c_str(), X_OK) == 0)
      return std::move(places[i]);
  return fail(ENOENT, "find a program of cordon's own", installed);
}

} // namespace cordon::process
