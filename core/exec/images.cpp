#include "core/exec/images.hpp"

#include "core/exec/name_page.hpp"
#include "core/notify/target_memory.hpp"

#include <cstddef>

namespace cordon::exec {

std::optional<std::string> image_of(pid_t tid) {
  auto text = notify::target_memory{tid}.read_string(
      name_page_at + offsetof(name_page, image), name_page::image_room);
  if (!text || text->empty())
    return std::nullopt;
  return std::move(*text);
}

} // namespace cordon::exec
