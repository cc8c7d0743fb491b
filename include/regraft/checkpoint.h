// regraft/checkpoint.h - an opened checkpoint, whatever its format on disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/integrity.h"
#include "regraft/object_graph.h"
#include "regraft/part_kind.h"
#include "regraft/tensor.h"

namespace regraft {

/// What a tensor is for. Found from the object graph where the file has one, else by the
/// names that optimizers give, which count only if the variable they belong to exists.
enum class EntryClass { kWeights, kOptimizer, kStep, kEma, kBnStats, kMeta };

/// "@weights", "@optimizer", "@step", "@ema", "@bn-stats", "@meta"; and back.
std::string_view ClassName(EntryClass cls);
std::optional<EntryClass> ParseClass(std::string_view name);

enum class CheckpointKind {
  kTf2Object,  ///< V2 bundle with an object graph: tf.train.Checkpoint, Keras, SavedModel 2.
  kTf1Name,    ///< Plain names: tf.compat.v1.train.Saver, SavedModel 1; every other format.
};
/// One stored tensor. Holds no tensor data.
struct Entry {
  std::string key;          ///< Its key in the file.
  std::string name;         ///< What people see, unique in its catalog; see ReadableNames().
  TensorSpec spec;
  std::uint64_t bytes = 0;  ///< As stored, over all slices.
  std::int32_t shard = 0;   ///< Of the first slice, if partitioned.
  std::uint64_t offset = 0;
  /// Of the stored bytes, unmasked; nothing if partitioned, or if the format has none.
  std::optional<std::uint32_t> crc32c;
  std::size_t slices = 0;            ///< Stored slices; 0 for a tensor stored whole.
  EntryClass cls = EntryClass::kWeights;
  std::string class_reason;          ///< One sentence: why it has this class.
  std::string full_name;             ///< The variable's own name; for kTf1Name, the key.
  std::vector<std::string> paths;    ///< Edge paths, un-escaped, shortest first.
  /// Of a slot of an optimizer, or an average: which one ("momentum", "m", "Adam"), the key of
  /// its variable (empty if the file does not tell), and the path of the optimizer.
  std::string slot;
  std::string slot_of;
  std::string optimizer;

  bool operator==(const Entry&) const = default;
};

/// What a list of an optimizer's slots holds, whatever Keras calls the list: "momentum" for
/// "_momentums", "velocity" for "adam_velocities". What Entry::slot says.
std::string SlotNameOf(std::string_view list);

/// What the name that people see is made of. Borrows everything.
struct Naming {
  std::span<const std::string> paths;  ///< Edge paths, shortest first.
  /// Of what kind each part of each path is, as far as the owner knows; may be empty.
  std::span<const std::vector<PartKind>> path_kinds;
  std::string_view full_name;
  std::string_view key;
  bool of_model = true;  ///< A weight: it is never called by its place in an optimizer.
  /// Of a slot: which one, the place of its variable in the list (-1: not known), and the path
  /// of the optimizer.
  std::string_view slot;
  std::ptrdiff_t slot_of = -1;
  std::string_view optimizer;
};

/// One name for each, as a person would say it (docs/names.md): a path that has only parts that
/// a person chose; else the path up to the row of layers, then the variable's own name from its
/// layer on ("model/conv2d_1/kernel"); else the path; else the key without its ending. A slot is
/// called "optimizer/momentum/" and the name of its variable.
/// None is what another one is called in any other way, and they differ if the keys do. Linear.
std::vector<std::string> ReadableNames(std::span<const Naming> things);

/// Everything that choosing needs to know of a checkpoint: a value without any I/O.
struct Catalog {
  std::string prefix;
  std::string format = "tf-v2";  ///< "tf-v2", "safetensors".
  CheckpointKind kind = CheckpointKind::kTf1Name;
  std::string fingerprint;     ///< Digest of all keys, types, shapes, places and checksums.
  std::vector<Entry> entries;  ///< Sorted by key as unsigned bytes.
  /// Objects right below the root, at most 20, under which no value is stored at all: what
  /// is left of a model whose layers TensorFlow did not track. "(root)" if the root itself
  /// is such an object.
  std::vector<std::string> hollow;
  /// Why the object graph cannot be read: its bytes are damaged, cut off or missing. Paths and
  /// classes are then guessed from the keys, and nobody's own name is known. Empty if it can be
  /// read, or if the file has none.
  std::optional<Error> graph_error;
};

/// What a file is, for reports and machines: "tf2-object" and "tf1-name" of TensorFlow's format,
/// the name of the format of any other.
std::string_view KindName(const Catalog& catalog);

/// How to open a checkpoint. The defaults suit untrusted files.
struct OpenOptions {
  /// Check index blocks on opening and tensors on reading against their CRC-32C.
  bool verify_checksums = true;
};

namespace io {
class Files;
}
namespace checkpoint {
struct ReaderAccess;
}

/// An opened checkpoint: a fixed set of named tensors, read in any order.
///
/// Opening reads the index and the object graph, and nothing else: its cost grows with the
/// number of tensors, not with their size. After that nothing in the object changes.
/// Threads: const members may be called from many threads at once.
/// Trust:   every length and offset is checked before it sizes or indexes anything.
class CheckpointReader {
 public:
  /// Opens whatever `where` names: a prefix, its `.index`, `.data-…` or `.meta`, a
  /// `checkpoint` state file, a folder, a SavedModel folder or its `variables/`, or a stem
  /// ("ckpt_model_A" when "ckpt_model_A-1" … exist: the newest complete one).
  /// If `where` is not the prefix itself, notes() says which prefix was taken and why. If the
  /// object graph cannot be read, a note says so, and entries are found by their keys.
  ///
  /// Errors: kNotFound    nothing there; the nearest names and incomplete ones are listed.
  ///         kUnsupported something else is there (V1 checkpoint, Git LFS pointer, HDF5,
  ///                      safetensors, PyTorch, …), recognised by content and named; or the
  ///                      path is of another machine (gs://, s3://, …).
  ///         kCorrupt     the index contradicts itself.
  ///         kIo          the system refused a read of the index, or the way to it.
  static Result<CheckpointReader> Open(const std::string& where, const OpenOptions& options = {});
  /// The same over another file system; for tests and embedding.
  static Result<CheckpointReader> Open(const io::Files& files, const std::string& where,
                                       const OpenOptions& options);

  CheckpointReader(CheckpointReader&&) noexcept;
  CheckpointReader& operator=(CheckpointReader&&) noexcept;
  ~CheckpointReader();

  const Catalog& catalog() const&;
  const Catalog& catalog() && = delete;
  std::span<const Entry> entries() const& { return catalog().entries; }
  std::span<const Entry> entries() && = delete;
  const std::string& prefix() const& { return catalog().prefix; }
  CheckpointKind kind() const { return catalog().kind; }
  /// The file that names everything: "<prefix>.index", or prefix() itself.
  std::string main_file() const;
  /// Number of data files that the index speaks of.
  std::int32_t num_shards() const;
  /// True if the file was written on a big-endian machine (its values are swapped on reading).
  bool big_endian() const;
  /// The object graph, or nullptr for a name-based file (and if it cannot be read, which a
  /// note and catalog().graph_error say).
  const ObjectGraph* object_graph() const&;
  /// What has been noted in the file beside the tensors: `__metadata__` of safetensors.
  const std::map<std::string, std::string>& metadata() const&;
  /// What a person should be told about how `where` was understood; usually empty.
  std::span<const std::string> notes() const&;

  /// The entry with exactly this key, or nullptr. O(log n). For other spellings see
  /// FindByName() in regraft/select.h.
  const Entry* Find(std::string_view key) const&;
  const Entry* Find(std::string_view key) && = delete;

  /// Where the stored bytes of an entry are: one place, or one for each slice.
  struct StoredPiece {
    std::string file;
    std::int32_t shard = 0;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> crc32c;  ///< Unmasked; nothing if the format has none.
  };
  /// Errors: kInvalidArgument "checkpoint/not-its-entry"; what is wrong with the entry.
  Result<std::vector<StoredPiece>> Pieces(const Entry& entry) const;

  /// Success if the data files are there and long enough for all of the entry's bytes, so
  /// that a caller may allocate what its spec says. Reads nothing.
  /// Errors: as Read, but for checksums.
  Status CheckStored(const Entry& entry) const;

  /// Copies one numeric tensor into `out`: this machine's byte order, row-major, packed.
  /// Partitioned storage is assembled.
  /// Pre:    `entry` came from this object; out.size() is its spec's Bytes().
  /// Errors: kCorrupt (checksum differs, data file too short, the entry contradicts itself),
  ///         kNotFound (a data file is missing: which one), kUnsupported (strings, variants,
  ///         unknown types), kIo. `out` is then unspecified.
  Status Read(const Entry& entry, std::span<std::byte> out) const;

  /// Copies a part, one range an axis, reading only the rows that it needs.
  /// The stored checksum covers the whole tensor, so it cannot be checked on a part: pass
  /// `verify` to read (and check) all of every stored piece that is touched.
  /// Errors: as Read, and kInvalidArgument "slice/out-of-range", "slice/rank".
  Status ReadSlice(const Entry& entry, std::span<const SliceRange> ranges,
                   std::span<std::byte> out, bool verify = false) const;

  /// The elements of a string tensor, in row-major order.
  Result<std::vector<std::string>> ReadStrings(const Entry& entry) const;

  /// The stored bytes as they are, of any type; the only reading of variants and of
  /// unknown types. Errors: as Read, and kUnsupported for partitioned tensors.
  Result<std::string> ReadRaw(const Entry& entry) const;

  /// Reads all bytes of the entry and compares its checksums, if the format has any; the object
  /// graph must also be one. Errors: as Read.
  Result<Integrity> Verify(const Entry& entry) const;

  /// SHA-256 (hexadecimal) of the values: little-endian row-major bytes of a numeric
  /// tensor, for strings the 8-byte little-endian length and the bytes of each element,
  /// for variants and unknown types the stored bytes.
  Result<std::string> Sha256(const Entry& entry) const;

 private:
  friend struct checkpoint::ReaderAccess;
  struct Impl;
  explicit CheckpointReader(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;  // Null only after a move.
};

/// The prefix of the newest complete checkpoint that `where` (a folder, a state file or a
/// stem) has. The state file is believed if what it names is complete; otherwise, and
/// without one, the folder is searched and `note` says why.
/// Errors: kInvalidArgument for an empty path; kNotFound with the near misses and what is
///         incomplete about them; kIo if the system does not let them be read; kUnsupported for
///         a path of another machine. Never an empty path.
struct Latest {
  std::string prefix;
  std::string note;  ///< Empty if the state file answered or nothing needs saying.
};
Result<Latest> FindLatest(const std::string& where);

}  // namespace regraft
