#include "proof.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

namespace example {

using namespace regraft;

void Exit(const Error& error) {
  std::fprintf(stderr, "%s\n", error.ToString().c_str());
  std::exit(ExitStatus(error.code));
}

Proof::Proof(std::vector<train::Variable> variables) : variables_(std::move(variables)) {
  for (const train::Variable& variable : variables_) {
    before_.emplace_back(variable.bytes().begin(), variable.bytes().end());
  }
}

void Proof::Say(bool holds, const std::string& sentence) {
  std::printf("  %s %s\n", holds ? "proven:" : "FAILED:", sentence.c_str());
  holds_ = holds_ && holds;
}

void Proof::Values(const CheckpointReader& file, const Report& report) {
  // A variable's own name -> key in the file. (A name that was numbered by chance stands in
  // the target's key, so that nothing is matched by it.)
  std::map<std::string, std::string> sources;
  for (const RestoredTarget& restored : report.restored) {
    const PlannedTarget& planned = report.plan.targets[restored.planned];
    const Target& target = planned.target;
    sources[target.full_name.empty() ? target.key : target.full_name] = planned.source;
  }
  std::size_t equal = 0, own = 0;
  for (std::size_t i = 0; i < variables_.size(); ++i) {
    const std::span<const std::byte> now = variables_[i].bytes();
    if (const auto source = sources.find(variables_[i].full_name()); source != sources.end()) {
      std::vector<std::byte> stored(now.size());
      if (const Status read = file.Read(*file.Find(source->second), stored); !read)
        Exit(read.error());
      equal += std::equal(now.begin(), now.end(), stored.begin());
    } else {
      own += std::equal(now.begin(), now.end(), before_[i].begin(), before_[i].end());
    }
  }
  Say(equal == sources.size(), std::to_string(equal) + " of " + std::to_string(sources.size()) +
                                   " chosen variables equal the file bit for bit");
  Say(own == variables_.size() - sources.size(),
      std::to_string(own) + " of " + std::to_string(variables_.size() - sources.size()) +
          " other variables still have their own initial bits");
}

void Proof::Activations(const std::string& what, const nn::Tensor& computed,
                        const nn::Tensor& recorded, const std::string& whose) {
  float worst = computed.shape() == recorded.shape() ? 0.0F : INFINITY;
  for (std::size_t i = 0; std::isfinite(worst) && i < computed.data().size(); ++i) {
    const float difference = std::fabs(computed.data()[i] - recorded.data()[i]);
    worst = std::isnan(difference) ? INFINITY : std::max(worst, difference);
  }
  char text[160];
  std::snprintf(text, sizeof text, "%s is %s within %.1e (allowed: 1e-05)", what.c_str(),
                whose.c_str(), static_cast<double>(worst));
  Say(worst <= 1e-5F, text);
}

int Proof::Finish() const { return holds_ ? EXIT_SUCCESS : EXIT_FAILURE; }

nn::Tensor ReadTensor(const CheckpointReader& file, const std::string& name) {
  const Entry& entry = file.entries()[OrExit(FindByName(file.catalog(), name)).entry];
  nn::Tensor tensor(entry.spec.shape);
  if (entry.spec.dtype != DType::kFloat32) {
    Exit(Error(ErrorCode::kUnsupported, "example/dtype", "'" + name + "' is not float32"));
  }
  const Status read = file.Read(entry, std::as_writable_bytes(tensor.mutable_data()));
  if (!read) Exit(read.error());
  return tensor;
}

}  // namespace example
