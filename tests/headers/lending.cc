// References, spans and pointers into an object are not to be had of one that goes away.
#include <regraft/regraft.h>

#include <type_traits>
#include <utility>

namespace regraft {
namespace {

#define CALL(call)                                                 \
  [](auto&& it) -> decltype(std::forward<decltype(it)>(it).call) { \
    return std::forward<decltype(it)>(it).call;                    \
  }

// True if the call compiles for an object that stays, and for none that goes.
template <typename T, typename Call>
constexpr bool IsLent(Call) {
  return std::is_invocable_v<Call, T&> && !std::is_invocable_v<Call, T> &&
         !std::is_invocable_v<Call, const T>;
}

static_assert(IsLent<CheckpointReader>(CALL(catalog())));
static_assert(IsLent<CheckpointReader>(CALL(entries())));
static_assert(IsLent<CheckpointReader>(CALL(prefix())));
static_assert(IsLent<CheckpointReader>(CALL(object_graph())));
static_assert(IsLent<CheckpointReader>(CALL(metadata())));
static_assert(IsLent<CheckpointReader>(CALL(notes())));
static_assert(IsLent<CheckpointReader>(CALL(Find("a"))));
static_assert(IsLent<JoinedSources>(CALL(catalog())));
static_assert(IsLent<ObjectGraph>(CALL(nodes())));
static_assert(IsLent<ObjectGraph>(CALL(PathsTo(0))));
static_assert(IsLent<ObjectGraph>(CALL(by_key())));
static_assert(IsLent<ObjectGraph>(CALL(At({}))));

// Whatever borrows an argument for longer than the call takes none that goes away.
static_assert(std::is_constructible_v<NameFinder, const Catalog&>);
static_assert(!std::is_constructible_v<NameFinder, Catalog>);
constexpr auto kKindName = [](auto&& it) -> decltype(KindName(std::forward<decltype(it)>(it))) {
  return KindName(std::forward<decltype(it)>(it));
};
static_assert(std::is_invocable_v<decltype(kKindName), const Catalog&>);
static_assert(!std::is_invocable_v<decltype(kKindName), Catalog>);
constexpr auto kOpen =
    [](auto&& it) -> decltype(CheckpointReader::Open(std::forward<decltype(it)>(it), "", {})) {
  return CheckpointReader::Open(std::forward<decltype(it)>(it), "", {});
};
static_assert(std::is_invocable_v<decltype(kOpen), const io::Files&>);
static_assert(!std::is_invocable_v<decltype(kOpen), io::Files&&>);

}  // namespace
}  // namespace regraft
