// Listings that we put together.
#include "core/linux/calls.hpp"
#include "core/paths/carrier.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace cordon::paths {
namespace {

constexpr std::uint64_t most_at_once = 32768;

bool is_itself(const listed& each) {
  return each.name == "." || each.name == "..";
}

} // namespace

bool carrier::is_made_listing(const position& where) const {
  return with_->sorted || view_.at(where.tree).kind == backing::proc
         || !view_.made_in(where.path).empty();
}

/// What of the kernel's entries may be seen, and what is made there. In
/// whichever thread: of the view only what never changes is used.
std::vector<listed> carrier::shown_of(int directory, const position& where,
                                      std::vector<listed> all) const {
  const bool in_proc = view_.at(where.tree).kind == backing::proc;
  std::erase_if(all, [&](const listed& each) {
    return !is_itself(each)
           && (!may_see(directory, where, each.name.c_str())
               || (in_proc && !proc_.lists(directory, where, each.name)));
  });
  for (const auto& [name, tree] : view_.made_in(where.path)) {
    struct stat facts {};
    const bool there = std::ranges::find(all, name, &listed::name) != all.end();
    if (there || ::fstat(view_.at(tree).fd.get(), &facts) != 0
        || rules_.judge(use::see, {tree, view_.at(tree).at, {}}, nullptr) != 0)
      continue;
    all.push_back({facts.st_ino,
                   static_cast<unsigned char>(IFTODT(facts.st_mode)), name});
  }
  if (with_->sorted)
    std::sort(std::stable_partition(all.begin(), all.end(), is_itself),
              all.end(), [](const listed& one, const listed& other) {
                return one.name < other.name;
              });
  return all;
}

/// A large directory takes long to read, look through and sort: others do not
/// wait for that. `all`: what was read from `own` so far.
outcome carrier::list_later(const request& asked, const shared_fd& directory,
                            const position& where, const shared_fd& own,
                            std::vector<listed> all) const {
  outcome made;
  made.rest
      = [this, asked, directory, where, own,
         entries = std::make_shared<std::vector<listed>>(std::move(all))] {
          result<bool> more = true;
          while (more && *more && waits_(asked.id))
            more = read_entries(own->get(), *entries);
          if (!more)
            return outcome::failed(more.error().code);
          *entries = shown_of(own->get(), where, std::move(*entries));
          outcome done;
          done.finish = [this, asked, directory, where, entries] {
            struct stat facts {};
            if (::fstat(directory->get(), &facts) != 0)
              return outcome::failed(errno);
            const auto listing = listings_->add({facts.st_dev, facts.st_ino},
                                                std::move(*entries));
            return give_entries(asked, directory->get(), where, listing);
          };
          return done;
        };
  return made;
}

outcome carrier::list_made(const request& asked, shared_fd directory,
                           const position& where) const {
  struct stat facts {};
  const auto offset = ::lseek(directory->get(), 0, SEEK_CUR);
  if (offset < 0 || ::fstat(directory->get(), &facts) != 0)
    return outcome::failed(errno);
  const object_id id{facts.st_dev, facts.st_ino};
  const bool wide = view_.at(where.tree).kind != backing::proc;
  const auto at = listings::place_of(offset, wide);
  if (listings_->find(at.listing, id) != nullptr)
    return give_entries(asked, directory->get(), where, at.listing);
  // From its start, and without moving the caller's position.
  const auto own = std::make_shared<const unique_fd>(
      ::openat(directory->get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!*own)
    return outcome::failed(errno);
  std::vector<listed> all;
  constexpr std::size_t few = 500;
  result<bool> more = true;
  while (more && *more && all.size() <= few)
    more = read_entries(own->get(), all);
  if (!more)
    return outcome::failed(more.error().code);
  if (*more)
    return list_later(asked, directory, where, own, std::move(all));
  const auto listing
      = listings_->add(id, shown_of(own->get(), where, std::move(all)));
  return give_entries(asked, directory->get(), where, listing);
}

/// What follows in a listing.
outcome carrier::give_entries(const request& asked, int directory,
                              const position& where,
                              std::uint32_t listing) const {
  struct stat facts {};
  const auto offset = ::lseek(directory, 0, SEEK_CUR);
  if (offset < 0 || ::fstat(directory, &facts) != 0)
    return outcome::failed(errno);
  const bool wide = view_.at(where.tree).kind != backing::proc;
  auto at = listings::place_of(offset, wide);
  at.listing = listing;
  const auto* const entries
      = listings_->find(listing, {facts.st_dev, facts.st_ino});
  if (entries == nullptr)
    return outcome::failed(EIO);
  std::vector<char> bytes(std::min(asked.room & 0xFFFFFFFF, most_at_once));
  const auto length
      = write_entries(*entries, at, wide, bytes.data(), bytes.size());
  if (length < 0)
    return outcome::failed(EINVAL);
  if (length == 0)
    return {};
  if (asked.is_old_listing)
    make_old_records(bytes.data(), static_cast<std::size_t>(length));
  auto said = write_back(asked, bytes.data(), static_cast<std::size_t>(length),
                         length);
  // The kernel's own would not have moved either.
  if (said.error == 0
      && ::lseek(directory, listings::offset_of(at, wide), SEEK_SET) < 0)
    return outcome::failed(errno);
  return said;
}

} // namespace cordon::paths
