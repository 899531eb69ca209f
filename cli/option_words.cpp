#include "cli/option_words.hpp"

#include "cli/option_table.hpp"
#include "core/base/escape.hpp"

#include <algorithm>
#include <string_view>

namespace cordon::cli {
namespace {

using policy::checked;

bool is_option(std::string_view word) {
  return word.size() > 1 && word[0] == '-' && word != "--";
}

template <class Same>
checked<const option_row*> find(const std::string& spelt, option_scope scope,
                                Same same) {
  const auto found = std::ranges::find_if(option_table(), same);
  const std::string command = scope == option_scope::run ? "run" : "explain";
  if (found == option_table().end())
    return policy::reject(escape(spelt), "no such option; expected one of `"
                                         "cordon "
                                             + command + " --help`");
  if (!in_scope(*found, scope))
    return policy::reject(spelt, "makes no policy; expected an option of "
                                 "`cordon "
                                     + command + " --help`");
  return &*found;
}

tl::unexpected<policy::issue> lacks_value(const option_row& row) {
  return policy::reject(std::string(long_name(row)),
                        std::string("expected ") + row.argument);
}

/// "--fs-read PATH", "--fs-read=PATH", "--clean-env": how many words it takes.
checked<std::size_t> long_option(const std::string& word, bool last,
                                 option_scope scope, option_words& into) {
  const auto equals = word.find('=');
  const auto name = word.substr(0, equals);
  if (word == "--help") {
    into.help = true;
    return 1;
  }
  const auto found = find(name, scope, [&](const option_row& row) {
    return name == long_name(row);
  });
  if (!found)
    return tl::make_unexpected(found.error());
  const auto& row = **found;
  into.used.push_back(&row);
  if (row.argument == nullptr) {
    if (equals != std::string::npos)
      return policy::reject(name, "expected no value");
    return 1;
  }
  if (equals == std::string::npos ? last : equals + 1 == word.size())
    return lacks_value(row);
  return equals == std::string::npos ? 2 : 1;
}

/// "-v", "-vi", "-rPATH", "-vr PATH".
checked<std::size_t> short_options(const std::string& word, bool last,
                                   option_scope scope, option_words& into) {
  for (std::size_t i = 1; i < word.size(); ++i) {
    if (word[i] == 'h') {
      into.help = true;
      continue;
    }
    const std::string spelt = {'-', word[i]};
    const auto found = find(spelt, scope, [&](const option_row& row) {
      return word[i] == short_name(row);
    });
    if (!found)
      return tl::make_unexpected(found.error());
    into.used.push_back(*found);
    if ((*found)->argument == nullptr)
      continue;
    if (i + 1 < word.size())
      return 1; // the rest is the value
    if (last)
      return lacks_value(**found);
    return 2;
  }
  return 1;
}

} // namespace

checked<option_words> find_options(const arguments& words, option_scope scope) {
  option_words found;
  while (found.count < words.size() && is_option(words[found.count])) {
    const auto& word = words[found.count];
    const bool last = found.count + 1 == words.size();
    const auto taken = word[1] == '-' ? long_option(word, last, scope, found)
                                      : short_options(word, last, scope, found);
    if (!taken)
      return tl::make_unexpected(taken.error());
    found.count += *taken;
  }
  return found;
}

} // namespace cordon::cli
