// The real file system, as explanations ask for it.
#pragma once

#include "policy/explain.hpp"

namespace cordon::cli {

class real_files final : public policy::file_lookup {
public:
  [[nodiscard]] std::optional<std::string>
  canonical(const std::string& path) const override;
};

/// Cordon's own places that no write grant may cover.
[[nodiscard]] std::vector<policy::own_place>
own_places(const std::string& audit_file = {});

/// Our working directory; "/" when it has no name.
[[nodiscard]] std::string current_directory();

} // namespace cordon::cli
