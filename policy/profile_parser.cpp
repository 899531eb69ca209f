#include "policy/profile_parser.hpp"

#include "core/base/escape.hpp"
#include "policy/profile_keys.hpp"

#include <algorithm>
#include <vector>

namespace cordon::policy {
namespace {

constexpr std::size_t deepest_include = 8;

std::string place(const std::string& file, const toml::source_region& at) {
  return file + ":" + std::to_string(at.begin.line) + ":"
         + std::to_string(at.begin.column);
}

constexpr const char* sections
    = "include, program, determinism, filesystem, network, syscalls, limits, "
      "protections";

/// Reads one file and what it includes into a builder.
class reader {
public:
  reader(profile_builder builder, const profile_source& find)
      : builder_(std::move(builder))
      , find_(find) {
  }

  checked<void> read(std::string_view text, const std::string& file) {
    const auto parsed = toml::parse(text);
    if (!parsed) {
      const auto& error = parsed.error();
      return reject(place(file, error.source()), escape(error.description()));
    }
    const auto& root = parsed.table();
    if (auto included = read_includes(root, file); !included)
      return included;
    for (const auto& [name, value] : root)
      if (name.str() != "include")
        if (auto done = read_section(std::string(name.str()), value, file);
            !done)
          return done;
    if (const auto& issue = builder_.first_issue())
      return tl::make_unexpected(*issue);
    return {};
  }

  profile_builder take() && {
    return std::move(builder_);
  }

private:
  checked<void> read_includes(const toml::table& root,
                              const std::string& file) {
    const auto* const value = root.get("include");
    if (value == nullptr)
      return {};
    const auto where = place(file, value->source()) + ": include";
    const auto names = strings_of(*value, where);
    if (!names)
      return tl::make_unexpected(names.error());
    for (const auto& name : *names)
      if (auto done = include(name, where); !done)
        return done;
    return {};
  }

  checked<void> include(const std::string& name, const origin& where) {
    if (std::ranges::find(open_, name) != open_.end())
      return reject(where, "'" + escape(name) + "' includes itself");
    if (open_.size() == deepest_include)
      return reject(where, "profiles include each other more than "
                               + std::to_string(deepest_include) + " deep");
    const auto text = find_(name);
    if (!text)
      return reject(where, text.error().what);
    open_.push_back(name);
    auto done = read(*text, "profile " + escape(name));
    open_.pop_back();
    return done;
  }

  checked<void> read_section(const std::string& name, const toml::node& value,
                             const std::string& file) {
    const auto where = place(file, value.source());
    if (keys_of(name).empty())
      return reject(where, "'" + escape(name) + "' is no section; expected "
                               + sections);
    const auto* const table = value.as_table();
    if (table == nullptr)
      return reject(where + ": " + name, "expected a section");
    pending_identity user;
    for (const auto& [key, item] : *table)
      if (auto done = read_key(name, std::string(key.str()), item, file, user);
          !done)
        return done;
    return settle_identity(user);
  }

  checked<void> read_key(const std::string& section, const std::string& key,
                         const toml::node& value, const std::string& file,
                         pending_identity& user) {
    const auto where
        = place(file, value.source()) + ": " + section + "." + escape(key);
    const auto table = key_table();
    const auto row = std::ranges::find_if(table, [&](const key_row& r) {
      return r.section == section && r.key == key;
    });
    if (row == table.end())
      return reject(where, "unknown key; expected " + keys_of(section));
    row->read({builder_, value, where, user});
    return {};
  }

  checked<void> settle_identity(const pending_identity& user) {
    if (user.uid.has_value() != user.gid.has_value())
      return reject(user.from, "program.uid and program.gid belong together; "
                               "expected both");
    if (user.uid)
      builder_.user({*user.uid, *user.gid}, user.from);
    return {};
  }

  profile_builder builder_;
  const profile_source& find_;
  std::vector<std::string> open_;
};

} // namespace

checked<profile_builder> parse_profile(profile_builder builder,
                                       std::string_view text,
                                       const std::string& file,
                                       const profile_source& find) {
  reader from{std::move(builder), find};
  if (auto done = from.read(text, file); !done)
    return tl::make_unexpected(done.error());
  return std::move(from).take();
}

} // namespace cordon::policy
