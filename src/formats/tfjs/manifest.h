// formats/tfjs/manifest.h - what the JSON of a TF.js model says of its weights.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "regraft/error.h"
#include "regraft/tensor.h"

namespace regraft::tfjs {

struct Weight {
  std::string name;
  TensorSpec spec;           ///< As it is stored.
  std::string quantization;  ///< How to get the values of what is stored quantised; else empty.
};

/// Files whose bytes, one after another, are those of the weights, one after another.
struct Group {
  std::vector<std::string>
      paths;  ///< As the manifest has them: relative, and leading nowhere else.
  std::vector<Weight> weights;
};

struct Manifest {
  std::vector<Group> groups;
  std::map<std::string, std::string> metadata;  ///< Who made the model, of what kind it is.
};

/// Of a model.json, or of a file that has the groups alone.
/// Errors: kCorrupt "tfjs/bad-manifest", "tfjs/twice"; kUnsupported "tfjs/dtype".
Result<Manifest> ParseManifest(std::string_view json);

}  // namespace regraft::tfjs
