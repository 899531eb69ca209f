// Runs one program confined and prints what it said.
#include "actors/run.hpp"
#include "policy/profile_builder.hpp"

#include <iostream>

int main() {
  const auto profile = cordon::policy::profile_builder{}
                           .read("/usr")
                           .read_if_exists("/bin")
                           .read_if_exists("/lib")
                           .read_if_exists("/lib64")
                           .max_processes(10)
                           .timeout(std::chrono::seconds{30})
                           .try_build();
  if (!profile) {
    std::cerr << profile.error().line() << '\n';
    return 2;
  }
  cordon::run_request request;
  request.profile = *profile;
  request.command = {"sh", "-c", "echo hello; chmod 700 /usr/bin/env"};
  request.env = {"PATH=/usr/bin:/bin"};
  request.in = cordon::stream::null;
  request.out = cordon::stream::capture;
  request.err = cordon::stream::capture;

  const auto done = cordon::run(request);
  if (!done) { // it did not run, and this is why
    std::cerr << done.error().line() << '\n';
    return 1;
  }
  std::cout << "exit status " << done->ending.status << '\n'
            << "it said: " << done->out.bytes;
  for (const auto& refused : done->denials)
    std::cout << "refused: " << refused.operation << ": " << refused.rule
              << '\n';
}
