// proc_abuse KIND ARGUMENT…: ways out of a root, and around its rules, by
// /proc. One line a try. Kinds, numbered as the tests are:
//   reach FILE PID…   7: FILE, outside, by the roots, directories and fds of
//                     this and other processes
//   program           8: what the kernel knows of the program and its memory
//   again FILE        22: FILE, opened for reading, opened again for writing
//   write             whatever /proc shows, opened for writing
#include "tests/targets/probe.hpp"

#include <dirent.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

using namespace probe;

namespace {

long open_close(const std::string& name, int flags) {
  const int fd = ::open(name.c_str(), flags | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd >= 0)
    ::close(fd);
  return fd;
}

std::string join(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts)
    all += part;
  return all;
}

std::string up() {
  std::string made;
  for (int i = 0; i < 12; ++i)
    made += "/..";
  return made;
}

std::string link_of(const std::string& name) {
  char text[4096];
  const auto n = ::readlink(name.c_str(), text, sizeof text);
  return n < 0 ? outcome(-1) : std::string(text, static_cast<std::size_t>(n));
}

/// Every call that could find the file by this name.
void try_name(const std::string& name) {
  struct stat facts {};
  report(name, open_close(name, O_RDONLY));
  report("path " + name, open_close(name, O_PATH));
  report("stat " + name, ::stat(name.c_str(), &facts));
  report("access " + name, ::access(name.c_str(), F_OK));
  const auto above = name.substr(0, name.rfind('/'));
  report("chdir " + above, ::chdir(above.c_str()));
  report("from there " + name,
         open_close(name.substr(name.rfind('/') + 1), O_RDONLY));
  static_cast<void>(::chdir("/"));
}

void reach(const std::string& file, const std::vector<std::string>& others) {
  const int root = ::open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int path = ::open("/", O_PATH | O_CLOEXEC);
  std::vector<std::string> processes{"self", "thread-self",
                                     std::to_string(::getpid()),
                                     std::to_string(::getppid()), "1"};
  processes.insert(processes.end(), others.begin(), others.end());
  for (const auto& process : processes)
    for (const char* const door : {"root", "cwd"}) {
      try_name(join({"/proc/", process, "/", door, file}));
      try_name(join({"/proc/", process, "/", door, up(), file}));
      try_name(
          join({"/proc/", process, "/task/", process, "/", door, up(), file}));
    }
  for (const int fd : {root, path})
    for (const char* const in :
         {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"})
      try_name(join({in, std::to_string(fd), up(), file}));
  // What others have open.
  for (const auto& process : processes)
    if (process != "self" && process != std::to_string(::getpid())
        && process != "thread-self")
      for (int fd = 0; fd < 64; ++fd) {
        const auto name = join({"/proc/", process, "/fd/", std::to_string(fd)});
        report(name, open_close(name, O_RDONLY));
        report(name + " up", open_close(join({name, up(), file}), O_RDONLY));
      }
}

void program() {
  say("exe", link_of("/proc/self/exe"));
  report("exe written", open_close("/proc/self/exe", O_RDWR));
  report("exe emptied", open_close("/proc/self/exe", O_WRONLY | O_TRUNC));
  report("map_files",
         open_close("/proc/self/map_files", O_RDONLY | O_DIRECTORY));
  std::ifstream maps("/proc/self/maps");
  std::string line, names;
  int opened = 0, lines = 0;
  while (std::getline(maps, line)) {
    ++lines;
    const auto range = line.substr(0, line.find(' '));
    opened += open_close("/proc/self/map_files/" + range, O_RDONLY) >= 0;
    if (const auto slash = line.find('/'); slash != std::string::npos)
      names += (names.empty() ? "" : " ") + line.substr(slash);
  }
  say("lines", lines > 3 ? "many" : "few");
  say("mapped files opened", std::to_string(opened));
  say("names", names);
  // PROCMAP_QUERY: struct procmap_query of 104 bytes, the first mapping from 0
  // on.
  std::uint64_t query[13] = {sizeof query, 0x10};
  char name[4096] = {};
  query[11] = sizeof name;
  query[12] = reinterpret_cast<std::uint64_t>(name);
  const int fd = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  report("query", ::ioctl(fd, 0xC0686611, query));
  say("queried", name);
}

void open_again(const std::string& who, const std::string& name) {
  report(who + " to read", open_close(name, O_RDONLY));
  report(who + " to write", open_close(name, O_WRONLY));
  report(who + " for both", open_close(name, O_RDWR));
  report(who + " to append", open_close(name, O_WRONLY | O_APPEND));
  report(who + " emptied", open_close(name, O_RDONLY | O_TRUNC));
  report(who + " made", open_close(name, O_WRONLY | O_CREAT));
  report(who + " truncate", ::truncate(name.c_str(), 0));
  report(who + " chmod", ::chmod(name.c_str(), 0600));
}

void again(const char* file) {
  const int fd = ::open(file, O_RDONLY | O_CLOEXEC);
  report("open", fd);
  const auto number = std::to_string(fd);
  const auto own = std::to_string(::getpid());
  open_again("self", "/proc/self/fd/" + number);
  open_again("thread-self", "/proc/thread-self/fd/" + number);
  open_again("dev", "/dev/fd/" + number);
  open_again("process", "/proc/" + own + "/fd/" + number);
  open_again("task", "/proc/" + own + "/task/" + own + "/fd/" + number);
  std::thread{[&] {
    open_again("thread", "/proc/" + own + "/task/" + std::to_string(::gettid())
                             + "/fd/" + number);
  }}.join();
  open_again("root", "/proc/self/root" + std::string(file));
}

/// Everything beneath a directory of /proc, links aside.
void open_all(const std::string& directory, int& tried, int& opened) {
  const std::unique_ptr<DIR, int (*)(DIR*)> all{::opendir(directory.c_str()),
                                                ::closedir};
  if (!all)
    return;
  while (const auto* const entry = ::readdir(all.get())) {
    const std::string_view name = entry->d_name;
    if (name.starts_with('.') || entry->d_type == DT_LNK)
      continue;
    const auto path = directory + "/" + entry->d_name;
    for (const int flags : {O_WRONLY, O_RDWR, O_RDONLY | O_TRUNC,
                            O_WRONLY | O_CREAT, O_WRONLY | O_APPEND}) {
      ++tried;
      if (open_close(path, flags) >= 0) {
        ++opened;
        say(path, "opened " + std::to_string(flags));
      }
    }
    if (entry->d_type == DT_DIR && (name[0] < '0' || name[0] > '9'))
      open_all(path, tried, opened);
  }
}

void write_all() {
  int tried = 0, opened = 0;
  for (const char* const directory : {"/proc", "/proc/self", "/proc/self/task"})
    open_all(directory, tried, opened);
  open_all("/proc/self/task/" + std::to_string(::getpid()), tried, opened);
  say("tried", tried > 200 ? "many" : "few");
  say("opened", std::to_string(opened));
}

} // namespace

int main(int argc, char** argv) {
  const std::string kind = argc > 1 ? argv[1] : "";
  if (kind == "reach" && argc > 2)
    reach(argv[2], {argv + 3, argv + argc});
  else if (kind == "program")
    program();
  else if (kind == "write")
    write_all();
  else if (kind == "again" && argc > 2)
    again(argv[2]);
  else
    return 99;
  return 0;
}
