// The calls about paths, carried out for a caller on pinned places.
//
// Every operation resolves once, asks the rules about what was found, and acts
// through the fds it holds: nothing is named a second time.
#pragma once

#include "core/notify/caller_fds.hpp"
#include "core/notify/request.hpp"
#include "core/paths/caller.hpp"
#include "core/paths/listings.hpp"
#include "core/paths/procfs.hpp"
#include "core/paths/resolve.hpp"
#include "core/paths/rules.hpp"

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cordon::paths {

/// What the caller gets.
struct outcome {
  int error = 0; ///< errno; else:
  std::int64_t value = 0;
  unique_fd fd; ///< to be given to the caller instead of `value`
  bool close_on_exec = false;
  /// When set, what is left to do may take as long as somebody else likes, and
  /// is for a thread that may wait: it gives the outcome. Holds all it needs.
  /// EINTR: it was broken off and has done nothing.
  std::function<outcome()> rest;
  /// Of what `rest` gave: when set, what is left for the carrier's own thread.
  std::function<outcome()> finish;
  /// When set, `fd` was opened with O_PATH, and such fds cannot be handed over
  /// with an answer: this gives the nearest thing that can. As `rest`, but
  /// quick.
  std::function<outcome()> instead;
  /// Of a refusal by the rules: the place in the view; else empty.
  std::string about;

  /// 0 is success.
  static outcome failed(int code) {
    outcome made;
    made.error = code;
    return made;
  }
  static outcome gives(std::int64_t result) {
    outcome made;
    made.value = result;
    return made;
  }
  /// For a call that returned: -1 stands for errno.
  static outcome of(std::int64_t returned) {
    return returned < 0 ? failed(errno) : gives(returned);
  }
};

/// A file that may be executed, opened for reading.
struct runnable {
  unique_fd fd;     ///< for reading
  unique_fd object; ///< O_PATH
  object_id id;
  std::string image; ///< its place in the view; else the kernel's name for it
};

/// An object of a request, pinned.
struct target {
  unique_fd fd; ///< O_PATH
  std::size_t tree = 0;
  bool in_view = true; ///< found by path, or an fd to something in the view
  bool reads = true;   ///< false: the caller holds it, and not for reading
  bool writes = false; ///< the caller holds it open for writing
  struct stat facts {};
  /// Of made places: where it is in the view.
  std::optional<position> where = {};
  /// Of what is not in the view and a link of /proc led to.
  std::optional<proc_target> held = {};
};

/// For one thread. Precondition: the thread has a file mode creation mask of
/// its own (unshare(2) CLONE_FS), which this changes.
class carrier {
public:
  /// `waits(id)`: whether the caller of a notification still waits.
  carrier(const view& in, const rules& under,
          std::function<bool(std::uint64_t)> waits, surroundings with = {})
      : view_(in)
      , rules_(under)
      , waits_(std::move(waits))
      , with_(std::make_unique<const surroundings>(std::move(with)))
      , proc_(view_, *with_)
      , listings_(std::make_unique<listings>())
      , fds_(std::make_unique<notify::caller_fds>()) {
  }

  /// A directory to change to, opened for the caller to go to; with O_PATH
  /// (and `instead`) when it may not be read.
  [[nodiscard]] outcome open_directory(const notify::request& asked) const;
  /// What a call of the exec family names, if it may be executed: ENOENT,
  /// EACCES, ELOOP, ETXTBSY, …
  [[nodiscard]] outcome open_runnable(const notify::request& asked,
                                      runnable& into) const;
  /// Does what `asked` says. Precondition: `handles(asked.op)`.
  [[nodiscard]] outcome carry_out(const notify::request& asked) const;
  [[nodiscard]] static bool handles(syscall::operation op) noexcept;

  // sockets.cpp

  /// The object that the caller calls `path`, to be connected to: `fd`, O_PATH.
  [[nodiscard]] outcome find_socket(const notify::request& asked,
                                    std::string path) const;
  /// bind(2) of the caller's socket, which `socket` is too, to `path`. The
  /// directory is ours meanwhile, and the name is what `spelled` makes of the
  /// last component.
  [[nodiscard]] outcome bind_socket(
      const notify::request& asked, std::string path, int socket,
      const std::function<std::string(std::string_view leaf)>& spelled) const;

private:
  using request = notify::request;

  // finding.cpp
  [[nodiscard]] result<caller::beginning>
  beginning(const request& asked, const notify::place& at) const;
  [[nodiscard]] resolver resolver_for(const request& asked,
                                      const start& top) const;
  [[nodiscard]] result<target> find(const request& asked) const;
  [[nodiscard]] result<target> find_empty(const request& asked) const;
  [[nodiscard]] bool only_sees(const request& asked) const;
  [[nodiscard]] result<target> find_held(const request& asked,
                                         bool usable) const;
  [[nodiscard]] result<named> find_name(const request& asked,
                                        const notify::place& at) const;
  /// The rules' word on an object, an errno with what it is about.
  [[nodiscard]] outcome judge(use wanted, const target& object) const;
  /// Their word on a name that is to be made or removed.
  [[nodiscard]] outcome judge(const named& name) const;
  /// The same for a name that is to be removed: mount points stay.
  [[nodiscard]] outcome judge_removal(const named& name) const;
  /// 0 for a name that no made place has to do with, else what making it says:
  /// EEXIST or EACCES.
  [[nodiscard]] int refusal_to_make(const named& name) const;
  /// Whether the name is one of a made place, or lies in /proc.
  [[nodiscard]] bool is_made(const named& name) const;
  [[nodiscard]] bool is_read_only(std::size_t tree) const {
    return view_.at(tree).read_only;
  }
  [[nodiscard]] outcome write_back(const request& asked, const void* bytes,
                                   std::size_t count,
                                   std::int64_t value = 0) const;

  // looking.cpp
  [[nodiscard]] static bool is_about_fd(const request& asked);
  [[nodiscard]] outcome stat(const request& asked) const;
  [[nodiscard]] outcome statx(const request& asked) const;
  [[nodiscard]] outcome access(const request& asked) const;
  [[nodiscard]] outcome readlink(const request& asked) const;
  [[nodiscard]] outcome statfs(const request& asked) const;
  [[nodiscard]] outcome getxattr(const request& asked) const;
  [[nodiscard]] outcome listxattr(const request& asked) const;
  [[nodiscard]] outcome getattr(const request& asked) const;
  [[nodiscard]] outcome watch(const request& asked) const;

  // naming.cpp
  /// What is said of a name, but for its directory: the kernel searches that
  /// before it says anything.
  [[nodiscard]] static outcome once_searched(const named& name, outcome said);
  /// What the kernel says first of a name that is to be made: that it is there
  /// already, or that "name/" could be a directory only; else `refusal`.
  [[nodiscard]] static outcome unless_there(const named& name, outcome refusal,
                                            bool makes_directory = false);
  [[nodiscard]] outcome make(const request& asked) const;
  [[nodiscard]] outcome remove(const request& asked) const;
  [[nodiscard]] std::optional<outcome> untried_rename(const request& asked,
                                                      const named& from,
                                                      const named& to) const;
  [[nodiscard]] outcome rename(const request& asked) const;
  [[nodiscard]] outcome link(const request& asked) const;

  // changing.cpp
  [[nodiscard]] outcome change(const request& asked) const;
  [[nodiscard]] outcome truncate(const request& asked) const;

  // opening.cpp
  [[nodiscard]] outcome open(const request& asked) const;
  [[nodiscard]] outcome open_existing(const request& asked,
                                      target object) const;

  // opening_path.cpp
  [[nodiscard]] outcome open_path(const request& asked, target object) const;
  [[nodiscard]] outcome open_stand_in(const request& asked,
                                      const target& object) const;

  // creating.cpp
  [[nodiscard]] static bool is_protected(const named& name,
                                         const target& object);
  [[nodiscard]] outcome open_or_create(const request& asked) const;
  [[nodiscard]] outcome create(const request& asked, const named& name) const;

  // reopening.cpp
  [[nodiscard]] outcome open_or_find(const request& asked,
                                     const named& name) const;
  [[nodiscard]] outcome open_content(const request& asked,
                                     const target& object) const;
  [[nodiscard]] outcome open_held(const request& asked, target object) const;

  // directories.cpp
  [[nodiscard]] outcome list(const request& asked) const;
  [[nodiscard]] std::optional<outcome>
  list_some(const request& asked, int directory,
            const std::optional<position>& where) const;
  [[nodiscard]] std::size_t keep_visible(int directory, const position& where,
                                         char* records, long length) const;
  [[nodiscard]] bool may_see(int directory, const position& where,
                             const char* name) const;
  [[nodiscard]] outcome getcwd(const request& asked) const;

  // listing_made.cpp
  using shared_fd = std::shared_ptr<const unique_fd>;
  [[nodiscard]] bool is_made_listing(const position& where) const;
  [[nodiscard]] outcome list_made(const request& asked, shared_fd directory,
                                  const position& where) const;
  [[nodiscard]] outcome list_later(const request& asked,
                                   const shared_fd& directory,
                                   const position& where, const shared_fd& own,
                                   std::vector<listed> all) const;
  [[nodiscard]] outcome give_entries(const request& asked, int directory,
                                     const position& where,
                                     std::uint32_t listing) const;
  [[nodiscard]] std::vector<listed>
  shown_of(int directory, const position& where, std::vector<listed> all) const;

  const view& view_;
  const rules& rules_;
  std::function<bool(std::uint64_t)> waits_;
  std::unique_ptr<const surroundings> with_;
  procfs proc_;
  std::unique_ptr<listings> listings_;
  std::unique_ptr<notify::caller_fds> fds_;
};

} // namespace cordon::paths
