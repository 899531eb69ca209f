// Internal to core/status: a file that is open already, mapped by
// Boost.Interprocess. (Its own file_mapping opens by name and follows links.)
#pragma once

#include <boost/interprocess/exceptions.hpp>
#include <boost/interprocess/mapped_region.hpp>

#include <cstddef>
#include <memory>

namespace cordon::status {

class opened_file {
public:
  opened_file(int fd, boost::interprocess::mode_t mode)
      : fd_(fd)
      , mode_(mode) {
  }
  [[nodiscard]] boost::interprocess::mapping_handle_t
  get_mapping_handle() const noexcept {
    return boost::interprocess::ipcdetail::mapping_handle_from_file_handle(fd_);
  }
  [[nodiscard]] boost::interprocess::mode_t get_mode() const noexcept {
    return mode_;
  }

private:
  int fd_;
  boost::interprocess::mode_t mode_;
};

/// Null when the kernel refuses.
[[nodiscard]] inline std::unique_ptr<boost::interprocess::mapped_region>
map_file(int fd, boost::interprocess::mode_t mode, std::size_t size) {
  try {
    return std::make_unique<boost::interprocess::mapped_region>(
        opened_file{fd, mode}, mode, 0, size);
  } catch (const boost::interprocess::interprocess_exception&) {
    return nullptr;
  }
}

} // namespace cordon::status
