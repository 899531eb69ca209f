#include "tests/support/world.hpp"

#include <sys/stat.h>

#include <cstdlib>

namespace cordon::test {

words operator+(words first, const words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

world::world(const identity& who)
    : who_(who)
    , inside_(files_.directory("inside", who))
    , secret_((files_.directory("outside", who),
               files_.file("outside/secret", "the secret\n", who))) {
  for (const char* name : {"home", "config", "runtime"})
    if (::chmod(files_.directory(name, who).c_str(), 0700) != 0)
      std::abort();
}

std::string world::fresh(const std::string& name) const {
  return files_.directory("inside/" + name, who_);
}

std::string world::config_directory() const {
  return files_ / "config";
}

std::string world::runtime_directory() const {
  return files_ / "runtime";
}

command world::outside(words program) const {
  command made;
  made.argv = std::move(program);
  made.as = who_;
  made.cwd = inside_;
  made.env = {{"HOME", files_ / "home"},
              {"XDG_CONFIG_HOME", config_directory()},
              {"XDG_RUNTIME_DIR", runtime_directory()}};
  return made;
}

command world::bare(const words& program, const std::string& directory) const {
  const words drop{"/usr/bin/setpriv", "--bounding-set=-all", "--inh-caps=-all",
                   "--securebits=+noroot"};
  auto made = outside(who_.is_root() ? drop + program : program);
  if (!directory.empty())
    made.cwd = directory;
  return made;
}

command world::cordon(const words& arguments) const {
  return outside(words{programs::cordon()} + arguments);
}

words world::run_words(const words& options, const words& program) const {
  const words grants{"run", "-r", programs::target_directory(), "-w", inside_};
  const bool has_profile = !options.empty() && options.front() == "-p";
  return grants + (has_profile ? words{} : words{"-p", "base"}) + options
         + words{"--"} + program;
}

command world::confined(const words& options, const words& program) const {
  return cordon(run_words(options, program));
}

command world::confined_on(int abi, const words& options,
                           const words& program) const {
  return outside(words{programs::imitating(), std::to_string(abi)}
                 + run_words(options, program));
}

command world::unrepaired(const words& options, const words& program) const {
  return outside(words{programs::unrepaired()} + run_words(options, program));
}

} // namespace cordon::test
