// Roots as people make them.
#include "tests/e2e/view_world.hpp"
#include "tests/paths/trees.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>

using namespace cordon;
using namespace cordon::test;

TEST_CASE("a root of one static program, and one whose loader is not ours",
          "[e2e][view][exec]") {
  if (!std::filesystem::exists("/bin/busybox"))
    return skip("busybox-static is not installed");
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {});
  std::filesystem::copy_file("/bin/busybox", root + "/bin/busybox");
  const auto sh = [&](const std::string& text) {
    return in_view(place, root, {"-w", "/"},
                   {"/bin/busybox", "sh", "-c", text});
  };

  const auto installed = sh("/bin/busybox --install -s /bin && ls /bin/cat");
  const auto used = sh("seq 3 | sort -r | tr 1 x; echo $(basename $(pwd)); "
                       "awk 'BEGIN { print 1 + 1 }'; find /bin -name cat");

  INFO(installed.err << used.err);
  CHECK(installed.out == "/bin/cat\n");
  CHECK(used.out == "3\n2\nx\n/\n2\n/bin/cat\n");
  if (!std::filesystem::exists("/usr/bin/musl-gcc"))
    return skip("musl-tools is not installed");
  const auto source = place.files().file(
      "m.c",
      "#include <spawn.h>\n#include <stdio.h>\n#include <sys/wait.h>\n"
      "extern char** environ;\nint main(int c, char** v) { pid_t p; "
      "char* a[] = {\"echo\", \"spawned\", 0}; int e = posix_spawnp(&p, "
      "\"echo\", 0, 0, a, environ); waitpid(p, 0, 0); "
      "printf(\"%s %d\\n\", v[0], e); return 0; }\n",
      place.who());
  const auto made = run(place.outside(
      {"/usr/bin/musl-gcc", source, "-o", place.inside() + "/dynamic"}));
  REQUIRE(made.code() == 0);
  std::filesystem::copy_file(place.inside() + "/dynamic",
                             root + "/bin/dynamic");
  std::filesystem::create_directories(root + "/lib");
  std::filesystem::copy_file("/lib/ld-musl-x86_64.so.1",
                             root + "/lib/ld-musl-x86_64.so.1");

  const auto dynamic = in_view(place, root, {"-w", "/"}, {"dynamic"});

  INFO(dynamic.err);
  CHECK(dynamic.out == "spawned\ndynamic 0\n");
}

TEST_CASE("a Debian root that mmdebstrap made", "[soak]") {
  if (!ourselves().is_root() || !std::filesystem::exists("/usr/bin/mmdebstrap"))
    return skip("mmdebstrap is not installed, or we are not root");
  const world place(ourselves());
  const auto root = place.files() / "debian";
  // That may take longer than `run` has patience.
  const auto make = "timeout 1200 mmdebstrap --variant=minbase "
                    "--include=perl,python3,make,cpio,git,gcc,libc6-dev "
                    "bookworm "
                    + root + " > " + place.inside() + "/log 2>&1";
  if (std::system(make.c_str()) != 0)
    return skip("no mirror to make a root from");
  const auto packed = run(place.outside(
      {"/bin/sh", "-c",
       "mkdir -p p/DEBIAN p/opt && echo hi > p/opt/f && "
       "printf 'Package: pp\\nVersion: 1\\nArchitecture: all\\n"
       "Maintainer: x <x@y>\\nDescription: x\\n' > p/DEBIAN/control && "
       "printf '#!/bin/sh\\necho postinst $1\\n' > p/DEBIAN/postinst && "
       "chmod 755 p/DEBIAN/postinst && dpkg-deb -b p "
           + root + "/root/pp.deb > log2"}));
  REQUIRE(packed.code() == 0);

  const auto inside = in_view(
      place, root, {"-w", "/"},
      {"/bin/bash", "-c",
       "cd /root; PATH=$PATH:/usr/sbin:/sbin; perl -e 'print qq(perl\\n)'; "
       "python3 -c 'import subprocess as s; "
       "print(s.check_output([\"/bin/echo\", \"x\"]))'; "
       "dpkg -i pp.deb | tail -n 1; cat /opt/f; dpkg -r pp > /dev/zero;"
       " printf 'a b:\\n\\t@echo made $@\\n' | make -s -f - a b; "
       "(cd /usr/share/perl; find . | cpio -o --quiet) > /tmp/a.cpio && "
       "mkdir /tmp/a && (cd /tmp/a; cpio -id --quiet < ../a.cpio) && "
       "diff -r /usr/share/perl /tmp/a && tar -C /tmp -cf /tmp/a.tar a && "
       "mkdir /tmp/b && tar -C /tmp/b -xf /tmp/a.tar && "
       "diff -r /tmp/a /tmp/b/a && echo archives; "
       "printf 'int main() { return 7; }' > a.c && gcc a.c -o a && ./a; "
       "echo $?; git init -q g && cd g && cp ../a.c . && git add . && "
       "git -c user.name=x -c user.email=x@y commit -qm one && "
       "git clone -q . ../h && git -C ../h log --format=%s; "
       "git -C ../h status --short"});

  INFO(inside.err);
  CHECK(inside.out
        == "perl\nb'x\\n'\npostinst configure\nhi\nmade a\nmade b\n"
           "archives\n7\none\n");
}
