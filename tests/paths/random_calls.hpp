// Sequences of calls about paths, made up by numbers: what a generator draws,
// shrinks and shows.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace cordon::test {

/// One call. Every number means something, whatever it is.
struct random_call {
  int what = 0;
  int name = 0;  ///< the path it is about
  int other = 0; ///< a second path, or what a link says
  int how = 0;   ///< flags, mode, length
};

std::ostream& operator<<(std::ostream& out, const random_call& call);

/// How many different values each number has.
inline constexpr int kinds_of_calls = 20, kinds_of_names = 24,
                     kinds_of_details = 16;

/// Makes the calls in a directory `place` ("/t0") of its own, which it makes.
/// Links lead out of it only when it is `alone`. What came out, a line a call.
std::string make_calls(const std::vector<random_call>& all,
                       const std::string& place, bool alone);

} // namespace cordon::test
