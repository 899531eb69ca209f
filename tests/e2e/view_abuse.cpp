// Programs that try to get out of a root, or around its rules. The numbers are
// those of the tries in tests/targets/view_abuse.cpp.
#include "core/process/fd_message.hpp"
#include "tests/e2e/view_looks.hpp"
#include "tests/paths/call_root.hpp"
#include "tests/paths/trees.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

using namespace cordon;
using namespace cordon::test;

namespace {

words abuse(const words& kind) {
  return words{"/bin/view_abuse"} + kind;
}

/// The lines that say "ok".
std::size_t successes(const std::string& text) {
  std::size_t n = 0;
  for (auto at = text.find("=ok\n"); at != std::string::npos;
       at = text.find("=ok\n", at + 1))
    ++n;
  return n;
}

/// What `kind` says in a chroot and in a view of roots that are alike.
void agree(const words& kind, const words& options = {"-w", "/"}) {
  if (!ourselves().is_root())
    return skip("only root may chroot");
  const world place(GENERATE(from_range(everybody())));
  INFO(place.who().name);
  const auto theirs = root_with(place, "kernel", {"view_abuse"});
  const auto ours = root_with(place, "view", {"view_abuse"});
  for (const auto& root : {theirs, ours})
    for (int i = 0; i < 200; ++i)
      for (const char* const name : {"name", "gone", "hidden"})
        if (i < 3 || *name != 'h')
          place.files().file(root.substr(place.files().path().size() + 1)
                                 + "/d/full/x/" + name + std::to_string(i),
                             "", place.who());

  const auto outside = in_chroot(place, theirs, abuse(kind));
  const auto inside = in_view(place, ours, options, abuse(kind));

  INFO(outside.err << inside.err);
  CHECK(inside.code() == 0);
  CHECK(outside.out != "");
  CHECK(differences(outside.out, inside.out) == "");
}

/// Sends a directory to a program's standard input.
unique_fd with_directory(const std::string& directory) {
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
  const unique_fd sender{pair[0]},
      fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  char byte = 'x';
  process::fd_message<1> message{&byte, 1};
  const int number = fd.get();
  std::memcpy(CMSG_DATA(message.attach(1)), &number, sizeof number);
  REQUIRE(::sendmsg(sender.get(), &message.header, 0) == 1);
  return unique_fd{pair[1]};
}

} // namespace

TEST_CASE("no number of dots leads out of a root", "[e2e][view][abuse-01]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"view_abuse"});
  const words kind{"climb", place.secret()};

  const auto inside = in_view(place, root, {"-w", "/"}, abuse(kind));
  const auto outside
      = run(place.outside(words{programs::target("view_abuse")} + kind));

  INFO(inside.err);
  CHECK(successes(inside.out) == 0);
  CHECK(has_line(inside.out, "all the way up=ENOENT"));
  CHECK(successes(outside.out) == 5);
}

TEST_CASE("no link leads out of a root, and chains end as the kernel's",
          "[e2e][view][abuse-02][threat-10]") {
  agree({"links", "/host-only"});
  const world place(unprivileged());
  const auto root = root_with(place, "root", {"view_abuse"});
  const words kind{"links", place.secret()};
  const auto inside = in_view(place, root, {"-w", "/"}, abuse(kind));
  auto bare = place.outside(words{programs::target("view_abuse")} + kind);
  bare.cwd = place.inside();
  const auto outside = run(bare);
  CHECK(has_line(inside.out, "absolute=ENOENT"));
  CHECK(has_line(inside.out, "relative=ENOENT"));
  CHECK(has_line(outside.out, "absolute=ok"));
}

TEST_CASE("changing a path while calls look at it changes nothing that is "
          "denied",
          "[e2e][view][abuse-04][abuse-05]") {
  const world place(GENERATE(from_range(everybody())));
  const std::string kind = GENERATE("thread", "process", "mapping");
  INFO(place.who().name << " " << kind);
  const auto root = root_with(place, "root", {"view_abuse"});
  place.files().directory("root/secret", place.who());
  place.files().file("root/secret/target", "secret", place.who());
  const auto before = describe_tree(root + "/secret");

  const auto denied = in_view(place, root, {"-w", "/", "--fs-deny", "/secret"},
                              abuse({"flip", kind, "150"}));

  INFO(denied.err);
  CHECK(denied.out == "done=ok\n");
  CHECK(differences(before, describe_tree(root + "/secret")) == "");
  CHECK(read_file(root + "/secret/target") == "secret");
  // Not denied, it changes.
  const auto allowed
      = in_view(place, root, {"-w", "/"}, abuse({"flip", kind, "150"}));
  CHECK(allowed.out == "done=ok\n");
  CHECK(before != describe_tree(root + "/secret"));
}

TEST_CASE("a directory from outside is of no use in a root",
          "[e2e][view][abuse-06]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"view_abuse"});
  const auto outside = place.files().directory("outside", place.who());
  place.files().file("outside/host-only", "text", place.who());
  const auto before = describe_tree(outside);
  const auto given = with_directory(outside);
  auto inside
      = view_command(place, root, {"-w", "/"}, abuse({"handed", "host-only"}));
  inside.fds = {{given.get(), 0}};

  const auto held = run(inside);

  INFO(held.err << held.out);
  CHECK(successes(held.out) == 1);
  for (const char* const line :
       {"received=ok", "open=EACCES", "make=EACCES", "stat=EACCES",
        "open here=EACCES", "make here=EACCES"})
    CHECK(has_line(held.out, line));
  CHECK(differences(before, describe_tree(outside)) == "");
  // Outside it is of use.
  const auto again = with_directory(outside);
  auto bare
      = place.outside({programs::target("view_abuse"), "handed", "host-only"});
  bare.fds = {{again.get(), 0}};
  bare.cwd = place.inside();
  CHECK(successes(run(bare).out) >= 12);
}

TEST_CASE("chroot inside a root leads nowhere", "[e2e][view][abuse-14]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"view_abuse"});

  const auto inside
      = in_view(place, root, {"-w", "/"}, abuse({"chroot", place.secret()}));
  CHECK(inside.out == "chroot=EPERM\nfile=ENOENT\nfile from here=ENOENT\n");
  auto bare = place.outside(
      {programs::target("view_abuse"), "chroot", place.secret()});
  bare.cwd = place.inside();
  CHECK(has_line(run(bare).out, "file=ok"));
}

TEST_CASE("nothing outside a root is watched from it",
          "[e2e][view][abuse-16]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"view_abuse"});
  const words kind{"watch", place.inside()};

  const auto inside = in_view(place, root, {"-w", "/"}, abuse(kind));

  CHECK(inside.out.starts_with("inotify=ENOENT\ninotify up=ENOENT\n"));
  CHECK_FALSE(has_line(inside.out, "fanotify=ok"));
  CHECK(has_line(
      run(place.outside(words{programs::target("view_abuse")} + kind)).out,
      "inotify=ok"));
}

TEST_CASE("no call changes what is mounted read-only, or only granted for "
          "reading",
          "[e2e][view][abuse-19][abuse-20][abuse-21]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"view_abuse"});
  const auto host = place.files().directory("host", place.who());
  const auto file = place.files().file("host/file", "text", place.who());
  const auto before = describe_tree(host);
  const auto mount = "/d:" + host;
  const words options = GENERATE(values<words>({{"-w", "/"}, {"-r", "/"}, {}}));

  const auto read_only = in_view(
      place, root, words{"-r", "/bin", "--fs-mount", mount + ":ro"} + options,
      abuse({"change", "/d/file"}));

  INFO(place.who().name << read_only.out << read_only.err);
  // To open it is all that works.
  CHECK(successes(read_only.out) == 1);
  CHECK(has_line(read_only.out, "open=ok"));
  CHECK(differences(before, describe_tree(host)) == "");
  CHECK(read_file(file) == "text");
  // Mounted for writing most of it works.
  const auto writable
      = in_view(place, root, {"-r", "/bin", "--fs-mount", mount},
                abuse({"change", "/d/file"}));
  CHECK(successes(writable.out) >= 10);
  CHECK(before != describe_tree(host));
}

TEST_CASE("a file's fd that may only be read changes no file",
          "[e2e][view][abuse-19][abuse-20]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"view_abuse"});
  const auto before = describe_tree(root + "/d");

  const auto held = in_view(place, root, {"-r", "/", "-w", "/free"},
                            abuse({"change", "/d/f"}));

  INFO(held.out << held.err);
  CHECK(successes(held.out) == 1);
  CHECK(differences(before, describe_tree(root + "/d")) == "");
}

TEST_CASE("devices are not made in a view, and no name means more than itself",
          "[e2e][view][abuse-25]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"view_abuse"});

  const auto inside = in_view(place, root, {"-w", "/"}, abuse({"nodes"}));

  CHECK(inside.out
        == "zero=EPERM\ndisk=EPERM\nopaque=EPERM\nwhiteout=ok\n"
           "it is a file=ok\nnull device=EPERM\n");
}

TEST_CASE("listings of a view lose nothing and say nothing twice",
          "[e2e][view][abuse-28]") {
  agree({"list", "/d/full/x"},
        {"-w", "/", "--fs-deny", "/d/full/x/hidden0", "--fs-deny",
         "/d/full/x/hidden1", "--fs-deny", "/d/full/x/hidden2"});
}

TEST_CASE("a program without an fd left has no effect by opens",
          "[e2e][view][abuse-35]") {
  agree({"limit"});
}

TEST_CASE("a path is read wherever its program could read it",
          "[e2e][view][abuse-38]") {
  agree({"memory"});
}

TEST_CASE("a directory of hidden names holds up its reader alone",
          "[e2e][view]") {
  const world place(GENERATE(from_range(everybody())));
  const auto root = root_with(place, "root", {"act"});
  // Nothing of it may be seen: what leads to the grant is elsewhere.
  place.files().directory("root/many", place.who());
  for (int i = 0; i < 3000; ++i)
    place.files().file("root/many/hidden" + std::to_string(i), "", place.who());
  place.files().directory("root/many/granted", place.who());

  const auto inside
      = in_view(place, root, {"-r", "/bin", "-r", "/many/granted"},
                {"/bin/act", "read", "/many", "read", "/many/granted", "read",
                 "/many/hidden7"});

  INFO(inside.err);
  CHECK(inside.out
        == "read /many=ok\nread /many/granted=ok\nread /many/hidden7=EACCES\n");
}
