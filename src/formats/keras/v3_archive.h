// formats/keras/v3_archive.h - an archive in the layout of Keras 3, wherever its files are.
#pragma once

#include <string>
#include <vector>

#include "formats/hdf5/archive.h"
#include "formats/keras/config.h"

namespace regraft::keras {

class V3Archive : public hdf5::Archive {
 public:
  /// `contents` are those of all files together, in the order of the tensors of `parts`.
  V3Archive(const io::Files& files, hdf5::Parts parts, hdf5::Contents contents, ModelConfig config,
            bool of_keras_2);

  std::vector<archive::TensorNames> Names() const override;

 private:
  const hdf5::Contents contents_;
  const ModelConfig config_;
  const bool of_keras_2_;
};

}  // namespace regraft::keras
