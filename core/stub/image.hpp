// Maps a program or its loader into memory, as the kernel's exec would.
#pragma once

#include "core/stub/kernel.hpp"

namespace cordon::stub {

/// Where an ELF file was mapped.
struct image {
  word bias = 0; ///< from what the file says to where it is
  word entry = 0;
  word headers = 0; ///< of the program; 0: they are in no segment
  word header_count = 0;
  word header_size = 0;
  // As /proc/PID/stat knows them:
  word code_start = ~0UL, code_end = 0;
  word data_start = 0, data_end = 0;
  bool executable_stack = false;
};

/// Maps what `fd` is. Ends the process when that cannot be done.
image map_image(int fd);

} // namespace cordon::stub
