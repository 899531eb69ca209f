#include "core/keeper/handlers.hpp"

#include "core/base/unique_fd.hpp"
#include "core/process/proc_path.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace cordon::keeper {

bool may_have_handlers(pid_t tid) noexcept {
  const process::proc_path path{tid, "/status"};
  const unique_fd file{::open(path.text, O_RDONLY | O_CLOEXEC)};
  char bytes[4096];
  const auto length = ::read(file.get(), bytes, sizeof bytes);
  if (length <= 0)
    return true;
  const std::string_view text{bytes, static_cast<std::size_t>(length)};
  constexpr std::string_view none = "\nSigCgt:\t0000000000000000\n";
  return std::search(text.begin(), text.end(), none.begin(), none.end())
         == text.end();
}

} // namespace cordon::keeper
