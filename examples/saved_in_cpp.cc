// Transfer learning without any Python: model A is saved by a C++ program, and model B takes its
// base and keeps its own head. TensorFlow reads the saved file as its own.
//
// Usage: saved_in_cpp FOLDER, where the files go.
#include <cstdio>
#include <string>
#include <utility>

#include "proof.h"

using namespace regraft;

namespace {

// A base, and a head for a number of classes.
class Classifier : public nn::Model {
 public:
  Classifier(std::string name, std::int64_t classes, std::uint64_t seed)
      : Model(std::move(name), seed), head_layers({nn::Make<nn::Dense>(classes)}) {
    Track("base_layers", base_layers);
    Track("head_layers", head_layers);
  }
  const std::vector<nn::LayerPtr> base_layers = {
      nn::Make<nn::Conv2D>(32, 3, nn::Conv2DOptions{.activation = nn::Act::kRelu}),
      nn::Make<nn::MaxPool2D>()};
  const std::vector<nn::LayerPtr> head_layers;

 protected:
  Result<nn::Tensor> Call(const nn::Tensor& x) override {
    return nn::Chain(base_layers, x).and_then([&](const nn::Tensor& base) {
      return nn::Chain(head_layers, base);
    });
  }
};

// An image whose points differ.
nn::Tensor Image() {
  nn::Tensor image(Shape{1, 28, 28, 3});
  float value = 0;
  for (float& point : image.mutable_data()) {
    value += 0.37F;
    if (value > 1) value -= 1;
    point = value;
  }
  return image;
}

void Check(const Status& done) {
  if (!done) example::Exit(done.error());
}

// What model A makes of the image, for whoever restores it.
void WriteExpected(const std::string& prefix, const nn::Tensor& input, const nn::Tensor& logits) {
  CheckpointWriter writer = example::OrExit(CheckpointWriter::Create(prefix, {.overwrite = true}));
  for (const auto& [name, tensor] : {std::pair("input", &input), std::pair("logits", &logits)}) {
    Check(writer.Add(name, {DType::kFloat32, tensor->shape()}, std::as_bytes(tensor->data())));
  }
  example::OrExit(writer.Finish());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder = argc > 1 ? argv[1] : "saved_in_cpp";
  const nn::Tensor image = Image();

  Classifier a("model_a", 10, /*seed=*/7);
  const nn::Tensor logits = example::OrExit(a(image));
  train::Checkpoint checkpoint({{"model", a}});
  const std::string path = example::OrExit(checkpoint.Save(folder + "/ckpt_model_A"));
  WriteExpected(folder + "/expected", image, logits);
  std::printf("saved %s\n", path.c_str());

  Classifier b("model_b", 5, /*seed=*/1);
  Check(b.Build(image.shape()));
  example::Proof proof(b.variables());
  train::Checkpoint partial({{"vars_to_restore", nn::TrainableVariables(b.base_layers)}});
  const Report report =
      example::OrExit(partial.Restore(example::OrExit(train::LatestCheckpoint(folder))));
  std::fputs(ReportText(report).c_str(), stdout);

  proof.Values(example::OrExit(CheckpointReader::Open(path)), report);
  proof.Activations("the output of B's base", example::OrExit(nn::Chain(b.base_layers, image)),
                    example::OrExit(nn::Chain(a.base_layers, image)), "model A's");
  return proof.Finish();
}
