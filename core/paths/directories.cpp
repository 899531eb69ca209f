// The working directory.
#include "core/paths/carrier.hpp"

#include <sys/stat.h>

namespace cordon::paths {

outcome carrier::getcwd(const request& asked) const {
  const auto cwd = caller{asked.tid}.working_directory();
  if (!cwd)
    return outcome::failed(cwd.error().code);
  struct stat facts {};
  if (::fstat(cwd->get(), &facts) != 0)
    return outcome::failed(errno);
  if (facts.st_nlink == 0)
    return outcome::failed(ENOENT);
  const auto where = view_.locate(cwd->get());
  // As the kernel says it of what its root does not lead to.
  const auto text = where ? where->path : std::string("(unreachable)/");
  const auto length = text.size() + 1;
  if (length > asked.room)
    return outcome::failed(ERANGE);
  return write_back(asked, text.c_str(), length,
                    static_cast<std::int64_t>(length));
}

} // namespace cordon::paths
