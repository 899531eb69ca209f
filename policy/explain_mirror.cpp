#include "policy/explain_mirror.hpp"

#include "core/base/escape.hpp"
#include "core/paths/settle.hpp"
#include "policy/covers.hpp"

#include <cerrno>

namespace cordon::policy {
namespace {

using paths::use;

use use_of(file_action action) {
  return action == file_action::read || action == file_action::execute
             ? use::read
             : use::write;
}

bool is_about_name(file_action action) {
  return action == file_action::create || action == file_action::remove;
}

/// " (PATH, HOST outside)": where a question led.
std::string led_to(const paths::position& where) {
  return escape(where.path) + " (on the host "
         + escape(where.host.empty() ? "nothing yet" : where.host) + ")";
}

verdict refuse(int error, std::string rule, std::string remedy) {
  return {false, error, std::move(rule), std::move(remedy)};
}

} // namespace

verdict explain_in(const mirror& in, const file_question& asked) {
  const auto wanted = use_of(asked.action);
  auto place = paths::settle(in.view(), asked.path);
  if (!place)
    return refuse(place.error().code, place.error().message(), {});
  const auto* const object = place->fd ? &place->object : nullptr;
  const auto& where = place->where;
  if (in.view().at(where.tree).kind == paths::backing::proc && !place->fd)
    return refuse(EACCES,
                  escape(where.path)
                      + " is not one of the files of /proc that a view shows",
                  {});
  if (const auto* const denial = in.rules().find_denial(where, object))
    return refuse(EACCES,
                  led_to(where) + " is denied by " + denial->from + " "
                      + escape(denial->path),
                  {});
  const auto option = wanted == use::write ? "--fs-write" : "--fs-read";
  const auto* grant = in.rules().find_grant(wanted, where.path);
  if (grant != nullptr && is_about_name(asked.action))
    grant = in.rules().find_grant(wanted, parent_of(where.path));
  if (grant == nullptr)
    return refuse(EACCES, "no grant covers " + led_to(where),
                  std::string(option) + " " + escape(where.path));
  if (wanted == use::write && in.view().at(where.tree).read_only)
    return refuse(EROFS, led_to(where) + " is mounted read-only", {});
  return {true,
          0,
          led_to(where) + " is granted by " + grant->from + " "
              + escape(grant->path),
          {}};
}

} // namespace cordon::policy
