#include "core/base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace cordon::log {
namespace {

/// One sink, made at first use: a run that says nothing pays nothing.
spdlog::logger& sink() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>(
        "cordon", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("cordon: %v");
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return *logger;
}

} // namespace

void set_level(level wanted) {
  switch (wanted) {
  case level::quiet:
    return sink().set_level(spdlog::level::warn);
  case level::info:
    return sink().set_level(spdlog::level::info);
  case level::debug:
    return sink().set_level(spdlog::level::debug);
  }
}

void debug(std::string_view text) {
  sink().debug(text);
}

void info(std::string_view text) {
  sink().info(text);
}

void warn(std::string_view text) {
  sink().warn(text);
}

void error(std::string_view text) {
  sink().error(text);
}

} // namespace cordon::log
