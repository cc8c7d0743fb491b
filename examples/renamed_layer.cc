// An architecture that evolved: a dictionary says which old name goes into which new variable.
//
// In TensorFlow, Checkpoint(**{"old_dense1/kernel:0": v}).restore(path) takes the keyword for
// an edge that the file does not have, and restores nothing, in silence. Here it is a name.
//
// Usage: renamed_layer FOLDER, where FOLDER holds ckpt_old_model-1 and what TensorFlow
// computed.
#include <cstdio>
#include <map>
#include <string>

#include "proof.h"

using namespace regraft;

namespace {

class NewModel : public nn::Model {
 public:
  NewModel() : Model("new", /*seed=*/3) {
    Track("dense1_new", dense1_new);
    Track("dense2", dense2);
    Track("extra", extra);
  }
  nn::Dense dense1_new{64, {.activation = nn::Act::kRelu, .name = "new_dense1"}};
  nn::Dense dense2{10, {.name = "dense2"}};
  nn::Dense extra{3, {.name = "extra"}};  // The old model had no such layer.

 protected:
  Result<nn::Tensor> Call(const nn::Tensor& x) override {
    return dense1_new(x).and_then(dense2).and_then(extra);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "examples/data/keras2/renamed_layer";
  const std::string path = example::OrExit(train::LatestCheckpoint(folder + "/ckpt_old_model"));

  NewModel model;
  if (const Status built = model.Build({1, 10}); !built) example::Exit(built.error());
  example::Proof proof(model.variables());

  const CheckpointReader file = example::OrExit(CheckpointReader::Open(path));
  // A name may be spelled in any of the ways that a person would type it. Keras 2 stores the
  // variables' own names; in a Keras 3 file they are all "old/kernel", so its paths serve.
  const bool keras2 = FindByName(file.catalog(), "old/old_dense1/kernel:0").has_value();
  const std::map<std::string, train::Variable> mapping = {
      {keras2 ? "old/old_dense1/kernel:0" : "model/dense1_old/_kernel", model.dense1_new.kernel()},
      {keras2 ? "old/old_dense1/bias:0" : "model/dense1_old/bias", model.dense1_new.bias()},
      {keras2 ? "old/dense2/kernel:0" : "model/dense2/_kernel", model.dense2.kernel()},
      {keras2 ? "old/dense2/bias:0" : "model/dense2/bias", model.dense2.bias()},
  };
  train::Checkpoint partial(mapping);
  const Report report = example::OrExit(partial.Restore(path));
  std::fputs(ReportText(report).c_str(), stdout);

  const CheckpointReader expected = example::OrExit(CheckpointReader::Open(folder + "/expected"));
  const nn::Tensor input = example::ReadTensor(expected, "input");
  const nn::Tensor hidden = example::OrExit(model.dense1_new(input));
  proof.Values(file, report);
  proof.Activations("the output of the renamed layer", hidden,
                    example::ReadTensor(expected, "dense1_output"));
  proof.Activations("the output of the restored part", example::OrExit(model.dense2(hidden)),
                    example::ReadTensor(expected, "logits"));
  return proof.Finish();
}
