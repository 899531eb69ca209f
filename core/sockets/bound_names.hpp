// What programs in a view called the sockets that were bound for them.
//
// A socket is bound by its last component, in its directory, and the kernel
// says that name to everybody who asks for the address. "./" before it, as
// often as needed, tells sockets apart that have the same last component.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace cordon::sockets {

class bound_names {
public:
  /// Names that are remembered; the oldest make room.
  static constexpr std::size_t most = 4096;

  /// How to bind `leaf` for somebody who says `asked`: at most as long as a
  /// sockaddr_un is.
  [[nodiscard]] std::string spell(std::string_view leaf,
                                  std::string_view asked) const;
  /// It was bound like that.
  void remember(std::string spelled, std::string asked);
  /// What was asked for; null when nobody here bound that.
  [[nodiscard]] const std::string* find(std::string_view spelled) const;

private:
  std::map<std::string, std::string, std::less<>> asked_;
  std::deque<std::string> oldest_;
};

} // namespace cordon::sockets
