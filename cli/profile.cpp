#include "cli/app.hpp"
#include "cli/profile_store.hpp"
#include "core/base/escape.hpp"
#include "policy/profile_builder.hpp"
#include "policy/profile_parser.hpp"
#include "policy/shipped.hpp"

#include <cstdio>

namespace cordon::cli {
namespace {

constexpr const char* expected
    = "profile: expected list, show NAME, save NAME [FILE|-] or delete NAME";

int own_failure(const error& why) {
  std::fprintf(stderr, "cordon: %s\n", why.message().c_str());
  return exit_status::own_failure;
}

int list() {
  for (const auto& p : list_profiles()) {
    const char* const origin = p.own && p.shipped ? "yours, instead of the "
                                                    "shipped one"
                               : p.own            ? "yours"
                                                  : "shipped";
    std::printf("  %-20s %s\n", escape(p.name).c_str(), origin);
  }
  return 0;
}

int show(const std::string& name) {
  const auto text = load_profile(name, "profile show");
  if (!text)
    return reject(text.error().line());
  std::fwrite(text->data(), 1, text->size(), stdout);
  return 0;
}

int save(const std::string& name, const std::string& file) {
  if (const auto valid = policy::parse_name(name, "profile save"); !valid)
    return reject(valid.error().line());
  const auto text = read_file(file);
  if (!text)
    return reject("profile save: " + text.error().message());
  // What is stored can be used: it parses, and builds.
  const auto parsed
      = policy::parse_profile({}, *text, file == "-" ? "stdin" : escape(file),
                              [](const std::string& included) {
                                return load_profile(included, "include");
                              });
  if (!parsed)
    return reject(parsed.error().line());
  if (const auto built = parsed->try_build(); !built)
    return reject(built.error().line());
  if (const auto saved = save_profile(name, *text); !saved)
    return own_failure(saved.error());
  std::printf("Saved profile '%s'\n", name.c_str());
  return 0;
}

int remove(const std::string& name) {
  if (const auto valid = policy::parse_name(name, "profile delete"); !valid)
    return reject(valid.error().line());
  const auto deleted = delete_profile(name);
  if (deleted) {
    std::printf("Deleted profile '%s'\n", name.c_str());
    return 0;
  }
  if (deleted.error().code != ENOENT)
    return own_failure(deleted.error());
  return reject("profile delete: '" + escape(name) + "' is not one of yours"
                + (policy::find_shipped(name) != nullptr
                       ? "; shipped profiles cannot be deleted"
                       : "; `cordon profile list` shows them"));
}

} // namespace

int profile(const arguments& words) {
  if (words == arguments{"list"})
    return list();
  if (words == arguments{"--help"})
    return std::puts("Usage: cordon profile list | show NAME | save NAME "
                     "[FILE|-] | delete NAME"),
           0;
  if (words.size() == 2 && words[0] == "show")
    return show(words[1]);
  if (words.size() == 2 && words[0] == "delete")
    return remove(words[1]);
  if ((words.size() == 2 || words.size() == 3) && words[0] == "save")
    return save(words[1], words.size() == 3 ? words[2] : "-");
  return reject(expected);
}

} // namespace cordon::cli
