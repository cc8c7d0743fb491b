// formats/keras/names.h - what the variables of a Keras file are called.
#pragma once

#include <string>
#include <vector>

#include "formats/hdf5/contents.h"
#include "formats/keras/config.h"
#include "regraft/part_kind.h"

namespace regraft::keras {

/// The names of one dataset.
struct DatasetNames {
  /// As TensorFlow would call the variable: names of layers and its own, "conv2d_1/kernel". Empty
  /// where the file does not tell.
  std::string full_name;
  /// Its place in the object, "layers/dense/kernel", with the kind of each part.
  std::string path;
  std::vector<PartKind> kinds;
  /// The same without what names tell, where these tell anything: "layers/dense/0", or for a
  /// file of Keras 1 and 2, which has layers in a row, "layers/3/kernel".
  std::string place;
  std::vector<PartKind> place_kinds;
  /// What told the variable's own name.
  enum class Source : std::uint8_t { kConfig, kPlace, kLayerName, kShapes, kPosition, kFile };
  Source source = Source::kPosition;
};

/// Of a file of Keras 3 (and of 2.12 to 2.15 in that layout), one for each dataset. Names come from
/// the attribute `name` of groups, or from the configuration; a class that a place and a layer's
/// name tell differently, and variables that do not fit, keep their positions.
std::vector<DatasetNames> NamesOfKeras3(const hdf5::Contents& contents, const ModelConfig& config);

}  // namespace regraft::keras
