#include <gtest/gtest.h>

#include <algorithm>

#include "regraft/tensor_map.h"
#include "testing/catalogs.h"

namespace regraft {
namespace {

using testing::CatalogBuilder;
using testing::Of;

class Names {
 public:
  Names& Add(const std::string& name, Shape shape = {4}) {
    builder_.Named(name, std::move(shape));
    return *this;
  }
  Names& Norm(const std::string& scope, bool statistics, const std::string& ending = "") {
    for (const char* each : {"gamma", "beta"}) Add(scope + "/" + each + ending);
    for (const char* each : {"moving_mean", "moving_variance"}) {
      if (statistics) Add(scope + "/" + each + ending);
    }
    return *this;
  }
  Catalog Build() const { return builder_.Build(); }

 private:
  CatalogBuilder builder_{Of::kNames};
};

const std::vector<int> kB0 = {1, 2, 2, 3, 3, 4, 1};
const std::vector<int> kB3 = {2, 3, 3, 5, 5, 6, 2};

// What the original code of tensorflow/tpu calls the variables.
Catalog EfficientNetTf1(const std::vector<int>& repeats, const std::string& ending = "") {
  Names names;
  const std::string root = "efficientnet-b0/";
  const Shape conv = {3, 3, 4, 6};
  names.Add(root + "stem/conv2d/kernel" + ending, conv)
      .Norm(root + "stem/tpu_batch_normalization", true, ending);
  int index = 0;
  for (std::size_t s = 0; s < repeats.size(); ++s) {
    for (int r = 0; r < repeats[s]; ++r) {
      const std::string block = root + "blocks_" + std::to_string(index++) + "/";
      names.Add(block + "conv2d/kernel" + ending, conv)
          .Add(block + "depthwise_conv2d/depthwise_kernel" + ending, {3, 3, 4, 1})
          .Norm(block + "tpu_batch_normalization", true, ending)
          .Norm(block + "tpu_batch_normalization_1", true, ending);
      for (const char* se : {"conv2d", "conv2d_1"}) {
        names.Add(block + "se/" + se + "/kernel" + ending, conv)
            .Add(block + "se/" + se + "/bias" + ending);
      }
      if (s == 0) continue;
      names.Add(block + "conv2d_1/kernel" + ending, conv)
          .Norm(block + "tpu_batch_normalization_2", true, ending);
    }
  }
  return names.Build();
}

// What keras.applications calls them.
Catalog EfficientNetKeras(const std::vector<int>& repeats) {
  Names names;
  const Shape conv = {3, 3, 4, 6};
  names.Add("stem_conv/kernel", conv).Norm("stem_bn", true);
  names.Add("normalization/mean").Add("normalization/variance");
  for (std::size_t s = 0; s < repeats.size(); ++s) {
    for (int r = 0; r < repeats[s]; ++r) {
      const std::string block = "block" + std::to_string(s + 1) + static_cast<char>('a' + r) + "_";
      if (s > 0) names.Add(block + "expand_conv/kernel", conv).Norm(block + "expand_bn", true);
      names.Add(block + "dwconv/depthwise_kernel", {3, 3, 4, 1}).Norm(block + "bn", true);
      for (const char* se : {"se_reduce", "se_expand"}) {
        names.Add(block + se + "/kernel", conv).Add(block + se + "/bias");
      }
      names.Add(block + "project_conv/kernel", conv).Norm(block + "project_bn", true);
    }
  }
  names.Add("top_conv/kernel", conv).Norm("top_bn", true);
  return names.Add("predictions/kernel", {4, 10}).Add("predictions/bias", {10}).Build();
}

Catalog Bit() {
  Names names;
  const Shape conv = {3, 3, 4, 6};
  names.Add("resnet/root_block/standardized_conv2d/kernel", conv);
  const int units[] = {3, 4, 6, 3};
  for (int b = 0; b < 4; ++b) {
    for (int u = 0; u < units[b]; ++u) {
      const std::string unit =
          "resnet/block" + std::to_string(b + 1) + "/unit0" + std::to_string(u + 1) + "/";
      for (const char* c : {"a", "b", "c"}) {
        names.Add(unit + c + "/standardized_conv2d/kernel", conv);
        names.Norm(unit + c + "/group_norm", false);
      }
      if (u == 0) names.Add(unit + "a/proj/standardized_conv2d/kernel", conv);
    }
  }
  names.Norm("resnet/group_norm", false);
  return names.Add("resnet/head/conv2d/kernel", conv).Add("resnet/head/conv2d/bias").Build();
}

ResolvedMap Resolved(std::string_view preset, const Catalog& catalog) {
  const auto resolved = Resolve(*PresetMap(preset), catalog);
  EXPECT_TRUE(resolved) << (resolved ? "" : resolved.error().ToString());
  return resolved.value_or(ResolvedMap{});
}

const MadeTensor* Find(const ResolvedMap& resolved, std::string_view name) {
  const auto found = std::find_if(resolved.tensors.begin(), resolved.tensors.end(),
                                  [&](const MadeTensor& made) { return made.name == name; });
  return found == resolved.tensors.end() ? nullptr : &*found;
}

// What a tensor is made of.
std::string From(const ResolvedMap& resolved, const Catalog& catalog, std::string_view name) {
  const MadeTensor* const made = Find(resolved, name);
  return made == nullptr ? "nothing" : catalog.entries[made->sources.front()].name;
}

TEST(Presets, AreMapsThatGoBothWays) {
  EXPECT_EQ(Presets().size(), 8u);
  for (const Preset& preset : Presets()) {
    const auto map = ParseTensorMap(preset.toml);
    ASSERT_TRUE(map) << preset.name << map.error().ToString();
    EXPECT_EQ(map->name, preset.name);
    EXPECT_FALSE(map->from.empty() || map->to.empty() || map->about.empty()) << preset.name;
    const auto back = Inverse(*map);
    EXPECT_TRUE(back) << preset.name << (back ? "" : back.error().ToString());
  }
}

TEST(Presets, HaveTheirNearestNamed) {
  const auto none = PresetMap("bert-tf-to-hf");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().ToString().find("bert-tf1-to-hf"), std::string::npos);
}

TEST(Presets, PutBlocksOfEfficientNetIntoTheirStages) {
  for (const auto& repeats : {kB0, kB3}) {
    const Catalog catalog = EfficientNetTf1(repeats);
    const ResolvedMap made = Resolved("efficientnet-tf1-to-timm", catalog);
    EXPECT_EQ(made.tensors.size(), catalog.entries.size());
    const int first = repeats[0];
    EXPECT_EQ(From(made, catalog, "blocks.1.1.conv_pwl.weight"),
              "efficientnet-b0/blocks_" + std::to_string(first + 1) + "/conv2d_1/kernel");
    // The first stage expands nothing: its only convolution is the one behind.
    EXPECT_EQ(From(made, catalog, "blocks.0.0.conv_pw.weight"),
              "efficientnet-b0/blocks_0/conv2d/kernel");
    EXPECT_EQ(Find(made, "blocks.0.0.bn3.weight"), nullptr);
    EXPECT_EQ(Find(made, "blocks.2.0.conv_dw.weight")->spec.shape, (Shape{4, 1, 3, 3}));
  }
}

TEST(Presets, ChooseNoAverageInSilence) {
  const std::string average = "/ExponentialMovingAverage";
  Catalog both = EfficientNetTf1(kB0);
  for (const Entry& entry : EfficientNetTf1(kB0, average).entries) both.entries.push_back(entry);
  EXPECT_FALSE(Resolve(*PresetMap("efficientnet-tf1-to-timm"), both));
  const ResolvedMap made = Resolved("efficientnet-tf1-averages-to-timm", both);
  EXPECT_EQ(made.tensors.size(), both.entries.size() / 2);
  EXPECT_TRUE(From(made, both, "conv_stem.weight").ends_with(average));
}

TEST(Presets, CountBatchNormsOfKerasEfficientNetAsTimmDoes) {
  const Catalog catalog = EfficientNetKeras(kB0);
  const ResolvedMap made = Resolved("efficientnet-keras-to-timm", catalog);
  EXPECT_EQ(made.tensors.size(), 311u);
  EXPECT_EQ(made.skipped.size(), 2u);
  EXPECT_EQ(From(made, catalog, "blocks.0.0.bn2.running_var"),
            "block1a_project_bn/moving_variance");
  EXPECT_EQ(From(made, catalog, "blocks.3.2.bn2.bias"), "block4c_bn/beta");
  EXPECT_EQ(From(made, catalog, "blocks.3.2.bn3.bias"), "block4c_project_bn/beta");
  EXPECT_EQ(From(made, catalog, "bn2.weight"), "top_bn/gamma");
}

TEST(Presets, TakeAllOfBit) {
  const Catalog catalog = Bit();
  const ResolvedMap made = Resolved("bit-npz-to-timm", catalog);
  EXPECT_EQ(made.tensors.size(), 153u + 0u);
  EXPECT_EQ(From(made, catalog, "stages.2.blocks.5.norm3.bias"),
            "resnet/block3/unit06/c/group_norm/beta");
  EXPECT_EQ(From(made, catalog, "stages.1.blocks.0.downsample.conv.weight"),
            "resnet/block2/unit01/a/proj/standardized_conv2d/kernel");
}

TEST(Presets, GiveTheFirstNamesBack) {
  const std::pair<std::string_view, Catalog> cases[] = {
      {"efficientnet-tf1-to-timm", EfficientNetTf1(kB3)},
      {"efficientnet-keras-to-timm", EfficientNetKeras(kB3)},
      {"bit-npz-to-timm", Bit()}};
  for (const auto& [preset, catalog] : cases) {
    const ResolvedMap made = Resolved(preset, catalog);
    CatalogBuilder torch(Of::kNames);
    for (const MadeTensor& tensor : made.tensors) torch.Named(tensor.name, tensor.spec.shape);
    const auto back = Resolve(*Inverse(*PresetMap(preset)), torch.Build());
    ASSERT_TRUE(back) << preset << back.error().ToString();
    std::vector<std::string> wanted, found;
    for (const Entry& entry : catalog.entries) {
      if (!entry.name.starts_with("normalization/")) {
        wanted.push_back(entry.name + entry.spec.shape.ToString());
      }
    }
    for (const MadeTensor& tensor : back->tensors) {
      found.push_back(tensor.name + tensor.spec.shape.ToString());
    }
    EXPECT_EQ(found, wanted) << preset;
  }
}

TEST(Presets, AreRecognisedByNamesThatAllFit) {
  EXPECT_EQ(PresetFor(Bit()), "bit-npz-to-timm");
  EXPECT_EQ(PresetFor(EfficientNetKeras(kB0)), "efficientnet-keras-to-timm");
  Catalog other = Bit();
  std::erase_if(other.entries, [](const Entry& e) { return e.name == "resnet/head/conv2d/bias"; });
  EXPECT_EQ(PresetFor(other), "");
  EXPECT_EQ(PresetFor(CatalogBuilder(Of::kNames).Named("dense/kernel").Build()), "");
}

std::string MadeOf(std::string_view layout, const CatalogBuilder& builder,
                   std::vector<LayerRule> layers = {}) {
  const Catalog catalog = builder.Build();
  const auto map = LayoutMap(layout, catalog, layers);
  if (!map) return map.error().ToString();
  const auto resolved = Resolve(*map, catalog);
  if (!resolved) return resolved.error().ToString();
  std::string out;
  for (const MadeTensor& made : resolved->tensors) {
    out += made.name + made.spec.shape.ToString() + " ";
  }
  return out;
}

TEST(LayoutMap, TellsKernelsByTheirBiases) {
  const auto conv = [](Shape bias) {
    CatalogBuilder builder(Of::kNames);
    builder.Named("a/up/kernel", {3, 3, 5, 4}).Named("a/up/bias", std::move(bias));
    return builder;
  };
  EXPECT_EQ(MadeOf("keras->torch", conv({4})), "a.up.bias[4] a.up.weight[4,5,3,3] ");
  EXPECT_EQ(MadeOf("keras->torch", conv({5})), "a.up.bias[5] a.up.weight[4,5,3,3] ");
  EXPECT_EQ(MadeOf("keras->torch", conv({20})), "a.up.bias[20] a.up.weight[20,1,3,3] ");
  EXPECT_NE(MadeOf("keras->torch", conv({7})).find("its bias fits no axis"), std::string::npos);
}

TEST(LayoutMap, NeverGuessesByAShapeThatFitsTwice) {
  CatalogBuilder square(Of::kNames);
  square.Named("up/kernel", {3, 3, 4, 4}).Named("up/bias", {4});
  EXPECT_NE(MadeOf("keras->torch", square).find("may be Conv2D or Conv2DTranspose"),
            std::string::npos);
  EXPECT_EQ(MadeOf("keras->torch", square, {{"up", "Conv2DTranspose"}}),
            "up.bias[4] up.weight[4,4,3,3] ");
  EXPECT_EQ(MadeOf("keras->torch", square, {{"*", "Conv2D"}}), "up.bias[4] up.weight[4,4,3,3] ");
  CatalogBuilder named(Of::kNames);
  named.Named("conv2d_transpose_1/kernel", {3, 3, 4, 4});
  EXPECT_EQ(MadeOf("keras->torch", named), "conv2d_transpose_1.weight[4,4,3,3] ");
  CatalogBuilder table(Of::kNames);
  table.Named("e.weight", {9, 4});
  EXPECT_NE(MadeOf("torch->keras", table).find("may be Linear or Embedding"), std::string::npos);
}

TEST(LayoutMap, KeepsTheOrderOfFlattenBetweenKerasAndFlax) {
  CatalogBuilder builder(Of::kNames);
  builder.Named("conv2d/kernel", {3, 3, 3, 4})
      .Named("dense/kernel", {36, 5})
      .Named("bn/gamma", {4})
      .Named("bn/beta", {4})
      .Named("bn/moving_mean", {4})
      .Named("bn/moving_variance", {4});
  EXPECT_EQ(MadeOf("keras->flax", builder),
            "batch_stats/bn/mean[4] batch_stats/bn/var[4] params/bn/bias[4] params/bn/scale[4] "
            "params/conv2d/kernel[3,3,3,4] params/dense/kernel[36,5] ");
  EXPECT_NE(MadeOf("keras->torch", builder).find("may follow a Flatten"), std::string::npos);
}

TEST(LayoutMap, KnowsItsLayoutsAndLayers) {
  CatalogBuilder builder(Of::kNames);
  builder.Named("dense/kernel", {3, 4});
  EXPECT_NE(MadeOf("keras->jax", builder).find("keras->flax"), std::string::npos);
  EXPECT_NE(MadeOf("keras->torch", builder, {{"dense", "Dance"}}).find("no kind of layer"),
            std::string::npos);
  EXPECT_NE(MadeOf("keras->torch", builder, {{"dens", "Dense"}}).find("closest"),
            std::string::npos);
  EXPECT_EQ(MadeOf("keras->torch", builder, {{"dens", "Dense", true}}), "dense.weight[4,3] ");
}

}  // namespace
}  // namespace regraft
