// Transfer learning by a list of variables: model B takes the base of model A and keeps its
// own head.
//
// In TensorFlow, Checkpoint(vars_to_restore=[...]).restore(path) restores nothing, in
// silence. Here the list means what it says.
//
// Usage: shared_base FOLDER, where FOLDER holds ckpt_model_A-1 and what TensorFlow computed.
#include <cstdio>
#include <string>

#include "proof.h"

using namespace regraft;

namespace {

// The base of model A, and a head for five classes instead of ten.
class ModelB : public nn::Model {
 public:
  ModelB() : Model("model_b", /*seed=*/1) {
    Track("base_layers", base_layers);
    Track("head_layers", head_layers);
  }
  const std::vector<nn::LayerPtr> base_layers = {
      nn::Make<nn::Conv2D>(32, 3, nn::Conv2DOptions{.activation = nn::Act::kRelu}),
      nn::Make<nn::MaxPool2D>()};
  const std::vector<nn::LayerPtr> head_layers = {nn::Make<nn::Dense>(5)};

 protected:
  Result<nn::Tensor> Call(const nn::Tensor& x) override {
    return nn::Chain(base_layers, x).and_then([&](const nn::Tensor& base) {
      return nn::Chain(head_layers, base);
    });
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "examples/data/keras2/shared_base";
  const std::string path = example::OrExit(train::LatestCheckpoint(folder + "/ckpt_model_A"));

  ModelB model;
  if (const Status built = model.Build({1, 28, 28, 3}); !built) example::Exit(built.error());
  example::Proof proof(model.variables());

  train::Checkpoint partial({{"vars_to_restore", nn::TrainableVariables(model.base_layers)}});
  const Report report = example::OrExit(partial.Restore(path));
  std::fputs(ReportText(report).c_str(), stdout);

  const CheckpointReader file = example::OrExit(CheckpointReader::Open(path));
  const CheckpointReader expected = example::OrExit(CheckpointReader::Open(folder + "/expected"));
  const nn::Tensor input = example::ReadTensor(expected, "input");
  proof.Values(file, report);
  proof.Activations("the output of the restored base",
                    example::OrExit(nn::Chain(model.base_layers, input)),
                    example::ReadTensor(expected, "base_output"));
  return proof.Finish();
}
