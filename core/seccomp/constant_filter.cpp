#include "core/seccomp/constant_filter.hpp"

namespace cordon::seccomp {
namespace {

constexpr sock_filter instructions[] = {
#include "constant_filter.inc"
};

} // namespace

std::span<const sock_filter> constant_filter() noexcept {
  return instructions;
}

} // namespace cordon::seccomp
