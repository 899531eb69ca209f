// A file system that exists in a test only.
#pragma once

#include "policy/explain.hpp"

#include <map>
#include <string>

namespace cordon::test {

/// Paths and what they resolve to; most resolve to themselves.
class made_up_files final : public policy::file_lookup {
public:
  explicit made_up_files(std::map<std::string, std::string> all)
      : all_(std::move(all)) {
  }

  [[nodiscard]] std::optional<std::string>
  canonical(const std::string& path) const override {
    const auto found = all_.find(path);
    if (found == all_.end())
      return std::nullopt;
    return found->second;
  }

private:
  std::map<std::string, std::string> all_;
};

} // namespace cordon::test
