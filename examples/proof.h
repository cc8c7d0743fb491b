// proof.h - what the examples show after a restore, with numbers.
#pragma once

#include <regraft/regraft.h>

#include <string>
#include <vector>

namespace example {

/// Ends the program with the error's text if the result is one.
template <typename T>
T OrExit(regraft::Result<T> result);

/// Remembers every variable of a model as it is, and compares later.
class Proof {
 public:
  explicit Proof(std::vector<regraft::train::Variable> variables);

  /// Chosen variables equal the file bit for bit; every other one has its own first bits.
  void Values(const regraft::CheckpointReader& file, const regraft::Report& report);
  /// The tensor is within 1e-5 of the one recorded, which is TensorFlow's unless said otherwise.
  void Activations(const std::string& what, const regraft::nn::Tensor& computed,
                   const regraft::nn::Tensor& recorded, const std::string& whose = "TensorFlow's");

  /// The exit status: 0 if everything held.
  int Finish() const;

 private:
  void Say(bool holds, const std::string& sentence);

  std::vector<regraft::train::Variable> variables_;
  std::vector<std::vector<std::byte>> before_;
  bool holds_ = true;
};

/// Reads a float32 tensor of a checkpoint, in any spelling of its name.
regraft::nn::Tensor ReadTensor(const regraft::CheckpointReader& file, const std::string& name);

[[noreturn]] void Exit(const regraft::Error& error);

template <typename T>
T OrExit(regraft::Result<T> result) {
  if (!result) Exit(result.error());
  return *std::move(result);
}

}  // namespace example
