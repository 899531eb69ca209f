#include "cli/environment.hpp"

#include <unistd.h>

#include <algorithm>

namespace cordon::cli {
namespace {

void set(std::vector<std::string>& env, const std::string& name,
         const std::string& value) {
  const auto prefix = name + "=";
  const auto found = std::ranges::find_if(
      env, [&](const std::string& v) { return v.starts_with(prefix); });
  if (found != env.end())
    *found = prefix + value;
  else
    env.push_back(prefix + value);
}

} // namespace

std::vector<std::string> make_environment(const policy::profile& p) {
  std::vector<std::string> env;
  if (!p.clean_env)
    for (char** v = environ; v != nullptr && *v != nullptr; ++v)
      env.emplace_back(*v);
  for (const auto& [name, value] : p.env)
    set(env, name, value);
  if (p.gpu && !p.gpu->indices.empty()) {
    std::string list;
    for (const auto index : p.gpu->indices)
      list += (list.empty() ? "" : ",") + std::to_string(index);
    for (const char* const name :
         {"CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"})
      set(env, name, list);
  }
  return env;
}

std::string variable(const std::vector<std::string>& env,
                     const std::string& name) {
  const auto prefix = name + "=";
  for (const auto& v : env)
    if (v.starts_with(prefix))
      return v.substr(prefix.size());
  return {};
}

} // namespace cordon::cli
