// Fine-tuning by names: everything but the embedding is restored.
//
// In TensorFlow people filter model.trainable_variables by v.name and pass the rest as a
// list, which restores nothing. Here the names choose.
//
// Usage: all_but_embedding FOLDER, where FOLDER holds ckpt_named_model-1 and what TensorFlow
// computed.
#include <cstdio>
#include <string>

#include "proof.h"

using namespace regraft;

namespace {

class NamedModel : public nn::Model {
 public:
  NamedModel() : Model("named_model", /*seed=*/2) {
    Track("embedding_layer", embedding_layer);
    Track("dense_layer_1", dense_layer_1);
    Track("dense_layer_2", dense_layer_2);
  }
  nn::Embedding embedding_layer{100, 10, "embedding_layer"};
  nn::Dense dense_layer_1{64, {.activation = nn::Act::kRelu, .name = "dense_layer_1"}};
  nn::Dense dense_layer_2{10, {.name = "dense_layer_2"}};

 protected:
  Result<nn::Tensor> Call(const nn::Tensor& x) override {
    return embedding_layer(x).and_then(dense_layer_1).and_then(dense_layer_2);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "examples/data/keras2/skip_embedding";
  const std::string path = example::OrExit(train::LatestCheckpoint(folder + "/ckpt_named_model"));

  NamedModel model;
  if (const Status built = model.Build({1, 10}); !built) example::Exit(built.error());
  example::Proof proof(model.variables());

  train::Checkpoint checkpoint({{"model", model}});
  const Report report =
      example::OrExit(checkpoint.Restore(path, {.select = {.exclude = {"**/embedding_layer/**"}}}));
  std::fputs(ReportText(report).c_str(), stdout);

  const CheckpointReader file = example::OrExit(CheckpointReader::Open(path));
  const CheckpointReader expected = example::OrExit(CheckpointReader::Open(folder + "/expected"));
  // The embedding is our own, so the layers behind it get what TensorFlow's embedding gave.
  const nn::Tensor embedded = example::ReadTensor(expected, "embedding_layer_output");
  const nn::Tensor hidden = example::OrExit(model.dense_layer_1(embedded));
  proof.Values(file, report);
  proof.Activations("the output of the first restored layer", hidden,
                    example::ReadTensor(expected, "dense_layer_1_output"));
  proof.Activations("the output of the second one", example::OrExit(model.dense_layer_2(hidden)),
                    example::ReadTensor(expected, "logits"));
  return proof.Finish();
}
