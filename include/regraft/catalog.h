// regraft/catalog.h - all that a checkpoint holds, without its values.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/entry.h"
#include "regraft/error.h"

namespace regraft {

/// Everything that choosing needs to know of a checkpoint: a value without any I/O.
struct Catalog {
  std::string prefix;
  std::string format = "tf-v2";  ///< "tf-v2", "safetensors", "keras-zip" …
  /// The file has an object graph (tf.train.Checkpoint, Keras, SavedModel 2), be it readable or
  /// not. Without one there are plain names: tf.compat.v1.train.Saver, SavedModel 1, any other
  /// format.
  bool has_graph = false;
  /// The file tells what objects variables belong to: paths are theirs, and full names those of
  /// the variables. So do object graphs, and Keras' own formats. False: keys are the names that
  /// the author of the file chose, and paths at most another spelling of them.
  bool has_objects = false;
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
  /// Why no live model, and nothing that is like one, may take these values, though each can be
  /// read and copied: MakePlan() with targets fails so. Empty but for files of Keras 1, and of
  /// Keras with Theano.
  std::optional<Error> not_for_models;
};

/// What a file is, for reports and machines: "tf2-object" and "tf1-name" of TensorFlow's format,
/// the name of the format of any other.
std::string_view KindName(const Catalog& catalog);
std::string_view KindName(const Catalog&&) = delete;

}  // namespace regraft
