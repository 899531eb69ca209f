#include "tests/e2e/view_world.hpp"

#include "tests/paths/call_root.hpp"
#include "tests/support/probes.hpp"

#include <filesystem>

namespace cordon::test {

std::string root_with(const world& place, const std::string& name,
                      const words& programs) {
  auto root = call_root(place.files(), place.who(), name);
  place.files().directory(name + "/bin", place.who());
  for (const auto& each : programs)
    std::filesystem::copy_file(programs::target(each),
                               (root + "/bin/").append(each));
  return root;
}

command view_command(const world& place, const std::string& root,
                     const words& options, const words& program) {
  return place.cordon(words{"run", "--chroot", root} + options + words{"--"}
                      + program);
}

outcome in_view(const world& place, const std::string& root,
                const words& options, const words& program) {
  return run(view_command(place, root, options, program));
}

outcome in_chroot(const world& place, const std::string& root,
                  const words& program) {
  const auto id = std::to_string(place.who().uid);
  words all{"/usr/sbin/chroot", "--userspec=" + id + ":" + id,
            "--groups=", root};
  if (place.who().uid == 0)
    all = words{"/usr/bin/setpriv", "--bounding-set=-all,+sys_chroot",
                "--inh-caps=-all", "/usr/sbin/chroot", root};
  command made = place.outside(all + program);
  made.as = ourselves();
  return run(made);
}

} // namespace cordon::test
