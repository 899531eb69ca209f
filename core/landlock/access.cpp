#include "core/landlock/access.hpp"

#include <string_view>
#include <utility>

namespace cordon::landlock {

std::string describe_fs(std::uint64_t rights) {
  constexpr std::pair<std::uint64_t, std::string_view> names[] = {
      {fs::execute, "execute"},       {fs::write_file, "write_file"},
      {fs::read_file, "read_file"},   {fs::read_dir, "read_dir"},
      {fs::remove_dir, "remove_dir"}, {fs::remove_file, "remove_file"},
      {fs::make_char, "make_char"},   {fs::make_dir, "make_dir"},
      {fs::make_reg, "make_reg"},     {fs::make_sock, "make_sock"},
      {fs::make_fifo, "make_fifo"},   {fs::make_block, "make_block"},
      {fs::make_sym, "make_sym"},     {fs::refer, "refer"},
      {fs::truncate, "truncate"},     {fs::ioctl_dev, "ioctl_dev"},
  };
  std::string text;
  for (const auto& [right, name] : names)
    if ((rights & right) != 0)
      (text += text.empty() ? "" : ", ") += name;
  return text;
}

} // namespace cordon::landlock
