// The standard streams of one run: made before the start, read on the lane.
#pragma once

#include "actors/lane.hpp"
#include "actors/run_request.hpp"
#include "core/base/result.hpp"

#include <array>

namespace cordon::actors {

class streams {
public:
  /// Pipes and whatever else `of` asks for. EMFILE when no fds are left; EINVAL
  /// for a request that makes no sense.
  [[nodiscard]] static result<streams> open(const run_request& of);

  /// Gives the program its ends. They must live until the keeper has started.
  void hand_to(process::launch& to) const;
  /// Once it has: nothing but the program holds them.
  void started();

  /// The service's ends.
  [[nodiscard]] pipe_ends take_pipes();

  /// Captured streams are read as they come, a piece an event, so that trapped
  /// calls get their turn. `home` must not run any more when this goes.
  void read_on(lane& home);
  /// Everything that is still in the pipes. To be called when nobody can write
  /// any more.
  void read_rest();

  [[nodiscard]] captured take_out() {
    return std::move(ends_[1].kept);
  }
  [[nodiscard]] captured take_err() {
    return std::move(ends_[2].kept);
  }

private:
  struct one {
    unique_fd programs;
    unique_fd ours;
    stream kind = stream::inherit;
    captured kept;
  };

  static result<void> open(one& end, int number);
  /// What a read found.
  enum class found : std::uint8_t { bytes, nothing_yet, end };
  found read_some(one& from) const;

  std::array<one, 3> ends_;
  std::size_t limit_ = 0;
};

} // namespace cordon::actors
