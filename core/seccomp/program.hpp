// A classic BPF program for seccomp.
#pragma once

#include <linux/filter.h>

#include <vector>

namespace cordon::seccomp {

/// Instructions as the kernel takes them; at most 4096 (BPF_MAXINSNS).
using program = std::vector<sock_filter>;

} // namespace cordon::seccomp
