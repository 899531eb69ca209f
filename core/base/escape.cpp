#include "core/base/escape.hpp"

#include <cstdint>

namespace cordon {
namespace {

constexpr char hex_digits[] = "0123456789abcdef";

/// Length of the valid UTF-8 sequence at the start of `text`, 0 when there is
/// none. Overlong forms, surrogates and values over U+10FFFF are not valid.
std::size_t utf8_length(std::string_view text) {
  const auto byte
      = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80)
    return 1;
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length)
    return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
  const auto second = byte(1);
  const bool bad
      = (first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)
        || (first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F);
  return bad ? 0 : length;
}

/// C0 controls, DEL, and the C1 controls U+0080…U+009F.
bool is_control(std::string_view sequence) {
  const auto first = static_cast<std::uint8_t>(sequence[0]);
  if (sequence.size() == 1)
    return first < 0x20 || first == 0x7F;
  return sequence.size() == 2 && first == 0xC2
         && static_cast<std::uint8_t>(sequence[1]) < 0xA0;
}

void append_hex(std::string& out, const char* prefix, std::uint8_t byte) {
  out += prefix;
  out += hex_digits[byte >> 4];
  out += hex_digits[byte & 15];
}

} // namespace

std::string escape(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto length = utf8_length(bytes);
    const auto sequence = bytes.substr(0, length == 0 ? 1 : length);
    if (length == 0 || is_control(sequence)) {
      for (const char c : sequence)
        append_hex(out, "\\x", static_cast<std::uint8_t>(c));
    } else if (sequence == "\\") {
      out += "\\\\";
    } else {
      out += sequence;
    }
    bytes.remove_prefix(sequence.size());
  }
  return out;
}

std::string escape_json(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const auto length = utf8_length(bytes);
    const auto sequence = bytes.substr(0, length == 0 ? 1 : length);
    if (length == 0)
      out += "\xEF\xBF\xBD";
    else if (sequence == "\"" || sequence == "\\")
      (out += '\\') += sequence;
    else if (length == 1 && is_control(sequence))
      append_hex(out, "\\u00", static_cast<std::uint8_t>(sequence[0]));
    else
      out += sequence;
    bytes.remove_prefix(sequence.size());
  }
  return out;
}

} // namespace cordon
