#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <random>

#include "transform/apply.h"
#include "transform/op.h"
#include "transform/permute.h"
#include "transform/shapes.h"

namespace regraft::transform {
namespace {

Op Parse(std::string_view text) {
  const auto op = ParseOp(text);
  EXPECT_TRUE(op) << text;
  return op.value_or(Op{});
}

std::vector<Op> Ops(std::initializer_list<std::string_view> texts) {
  std::vector<Op> ops;
  for (const std::string_view text : texts) ops.push_back(Parse(text));
  return ops;
}

Array Counting(Shape shape) {
  Array array;
  array.spec = {DType::kFloat32, std::move(shape)};
  std::vector<float> values(static_cast<std::size_t>(array.spec.shape.num_elements()));
  std::iota(values.begin(), values.end(), 0.0f);
  array.bytes = Buffer::CopyOf(std::as_bytes(std::span(values)));
  return array;
}

std::vector<Array> One(Shape shape) {
  std::vector<Array> arrays;
  arrays.push_back(Counting(std::move(shape)));
  return arrays;
}

std::vector<float> Values(const Array& array) {
  std::vector<float> values(array.bytes.size() / sizeof(float));
  std::memcpy(values.data(), array.bytes.bytes().data(), array.bytes.size());
  return values;
}

// The same by indices, as the definition says it.
std::vector<float> Transposed(const Array& array, std::span<const std::size_t> axes) {
  const Shape& from = array.spec.shape;
  const std::vector<float> values = Values(array);
  std::vector<float> out;
  std::vector<std::size_t> at(axes.size());
  for (std::size_t n = 0; n < values.size(); ++n) {
    std::vector<std::size_t> source(axes.size());
    for (std::size_t i = 0; i < axes.size(); ++i) source[axes[i]] = at[i];
    std::size_t place = 0;
    for (std::size_t i = 0; i < axes.size(); ++i) {
      place = place * static_cast<std::size_t>(from[i]) + source[i];
    }
    out.push_back(values[place]);
    for (std::size_t i = axes.size(); i-- > 0;) {
      if (++at[i] < static_cast<std::size_t>(from[axes[i]])) break;
      at[i] = 0;
    }
  }
  return out;
}

TEST(ParseOp, ReadsWhatItWrites) {
  for (const std::string_view text :
       {"transpose",    "transpose 3 2 0 1", "reshape 2 d0*d1 -1", "reshape",          "flatten 1",
        "flatten 0 2",  "squeeze 0",         "expand 2",           "blocks 1 3 1 0 2", "concat 0",
        "stack 1",      "split 0 3",         "split 0 2 5",        "unstack 0",        "select 0 7",
        "slice 1 2 5",  "add 1.5",           "add 1 at 0 4 8",     "fill 0",           "sum",
        "cast bfloat16"}) {
    EXPECT_EQ(OpText(Parse(text)), text);
    EXPECT_EQ(Parse(OpText(Parse(text))), Parse(text));
  }
}

TEST(ParseOp, RefusesOtherForms) {
  for (const std::string_view text :
       {"",          "turn",         "transpose 0 0", "transpose 1 2", "reshape -1 -1",
        "reshape x", "flatten",      "flatten 2 1",   "blocks 0 2 0",  "blocks 0 2 0 0",
        "split 0",   "split 0 0",    "select 0",      "slice 0 3 2",   "add",
        "add nan",   "add 1 at 0 3", "fill",          "concat -1",     "squeeze 64"}) {
    const auto op = ParseOp(text);
    ASSERT_FALSE(op) << text;
    EXPECT_EQ(op.error().slug, "transform/bad-op");
  }
}

TEST(Apply, TransposesAsTheDefinitionSays) {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    const std::size_t rank = random() % 5;
    std::vector<std::int64_t> dims;
    for (std::size_t i = 0; i < rank; ++i) dims.push_back(1 + random() % (i == 0 ? 70 : 7));
    std::vector<std::size_t> axes(rank);
    std::iota(axes.begin(), axes.end(), 0u);
    std::shuffle(axes.begin(), axes.end(), random);
    Op op;
    for (const std::size_t axis : axes) op.numbers.push_back(static_cast<std::int64_t>(axis));
    auto arrays = One(*Shape::Make(dims));
    const std::vector<float> wanted = Transposed(arrays[0], axes);
    const auto made = Apply(std::span(&op, 1), std::move(arrays));
    ASSERT_TRUE(made);
    EXPECT_EQ(Values(made->front()), wanted);
  }
}

TEST(Apply, TurnsAGruKernelAsPyTorchHasIt) {
  // Gates z, r, h become r, z, n.
  const auto made = Apply(Ops({"blocks 1 3 1 0 2", "transpose"}), One(Shape{2, 6}));
  ASSERT_TRUE(made);
  EXPECT_EQ(made->front().spec.shape, (Shape{6, 2}));
  EXPECT_EQ(Values(made->front()), (std::vector<float>{2, 8, 3, 9, 0, 6, 1, 7, 4, 10, 5, 11}));
}

TEST(Apply, JoinsInTheOrderGiven) {
  std::vector<Array> arrays;
  arrays.push_back(Counting(Shape{2, 1}));
  arrays.push_back(Counting(Shape{2, 2}));
  const auto made = Apply(Ops({"concat 1"}), std::move(arrays));
  ASSERT_TRUE(made);
  EXPECT_EQ(Values(made->front()), (std::vector<float>{0, 0, 1, 1, 2, 3}));
}

TEST(Apply, StacksAtAnyAxis) {
  for (const std::size_t axis : {0u, 1u, 2u}) {
    std::vector<Array> arrays;
    arrays.push_back(Counting(Shape{2, 3}));
    arrays.push_back(Counting(Shape{2, 3}));
    Op stack;
    stack.kind = Op::Kind::kStack;
    stack.axis = axis;
    Op unstack = stack;
    unstack.kind = Op::Kind::kUnstack;
    const auto made = Apply(std::vector{stack, unstack}, std::move(arrays));
    ASSERT_TRUE(made);
    ASSERT_EQ(made->size(), 2u);
    EXPECT_EQ(Values((*made)[1]), Values(Counting(Shape{2, 3})));
  }
}

TEST(Apply, AddsToAPartOnly) {
  const auto made = Apply(Ops({"add 1 at 0 1 2"}), One(Shape{3}));
  ASSERT_TRUE(made);
  EXPECT_EQ(Values(made->front()), (std::vector<float>{0, 2, 2}));
}

// Every bijective op is undone by its inverse, bit for bit, whatever the shapes.
TEST(Apply, SumsFloatsOfOneShape) {
  std::vector<Array> arrays = One({3});
  arrays.push_back(Counting({3}));
  const auto sum = Apply(Ops({"sum"}), std::move(arrays));
  ASSERT_TRUE(sum) << sum.error().ToString();
  EXPECT_EQ(Values(sum->front()), (std::vector<float>{0, 2, 4}));
  std::vector<Array> other = One({3});
  other.push_back(Counting({4}));
  EXPECT_EQ(Apply(Ops({"sum"}), std::move(other)).error().slug, "transform/shape");
}

TEST(Apply, CastsAndSaysWhatCannotBe) {
  const auto cast = Apply(Ops({"cast int64"}), One({3}));
  ASSERT_TRUE(cast) << cast.error().ToString();
  EXPECT_EQ(cast->front().spec, (TensorSpec{DType::kInt64, {3}}));
  std::int64_t last = 0;
  std::memcpy(&last, cast->front().bytes.bytes().data() + 16, 8);
  EXPECT_EQ(last, 2);
  EXPECT_EQ(ParseOp("cast string").error().slug, "transform/bad-op");
}

TEST(Inverse, UndoesEveryBijectiveOp) {
  std::mt19937 random(11);
  const auto below = [&](std::size_t n) { return static_cast<std::int64_t>(random() % n); };
  int undone = 0;
  for (int round = 0; round < 2000; ++round) {
    const std::size_t rank = 1 + random() % 4;
    std::vector<std::int64_t> dims;
    for (std::size_t i = 0; i < rank; ++i) dims.push_back(1 + below(6));
    Op op;
    op.kind = static_cast<Op::Kind>(random() % 10);
    op.axis = static_cast<std::size_t>(below(rank));
    switch (op.kind) {
      case Op::Kind::kTranspose:
        op.axis = 0;
        break;
      case Op::Kind::kReshape:
        op.axis = 0;
        op.extents = {{Extent::Kind::kRest}};
        break;
      case Op::Kind::kSqueeze:
        dims[op.axis] = 1;
        break;
      case Op::Kind::kBlocks:
        dims[op.axis] *= 3;
        op.numbers = {3, 2, 0, 1};
        break;
      case Op::Kind::kSplit:
        dims[op.axis] *= 2;
        op.numbers = {2};
        break;
      default:
        break;
    }
    const Shape shape = *Shape::Make(dims);
    std::vector<Array> arrays = One(shape);
    if (op.kind == Op::Kind::kConcat || op.kind == Op::Kind::kStack) {
      arrays.push_back(Counting(shape));
    }
    std::vector<Shape> before;
    for (const Array& array : arrays) before.push_back(array.spec.shape);
    const auto inverse = InverseOf(op, before);
    ASSERT_TRUE(inverse) << OpText(op);
    EXPECT_EQ(ExactnessOf(*inverse), Exactness::kBijective);
    const auto back = Apply(std::vector{op, *inverse}, std::move(arrays));
    ASSERT_TRUE(back) << OpText(op) << " " << shape.ToString();
    ASSERT_EQ(back->size(), before.size()) << OpText(op);
    for (std::size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ((*back)[i].spec.shape, before[i]) << OpText(op);
      EXPECT_EQ(Values((*back)[i]), Values(Counting(before[i]))) << OpText(op);
    }
    ++undone;
  }
  EXPECT_EQ(undone, 2000);
}

TEST(ShapesAfter, SaysWhatDoesNotFit) {
  const std::vector<std::pair<std::string_view, Shape>> kCases = {
      {"transpose 1 0", Shape{2}},   {"reshape 5", Shape{2, 3}}, {"reshape d3", Shape{2}},
      {"flatten 2", Shape{2, 3}},    {"squeeze 0", Shape{2}},    {"expand 3", Shape{2, 3}},
      {"blocks 0 2 1 0", Shape{3}},  {"split 0 2", Shape{3}},    {"split 0 1 1", Shape{3}},
      {"select 0 3", Shape{3}},      {"slice 0 1 4", Shape{3}},  {"unstack 1", Shape{3}},
      {"reshape 0 -1", Shape{2, 3}}, {"concat 1", Shape{3}}};
  for (const auto& [text, shape] : kCases) {
    const Op op = Parse(text);
    const auto after = ShapesAfter(op, std::span(&shape, 1));
    ASSERT_FALSE(after) << text;
    EXPECT_EQ(after.error().slug, "transform/shape") << text;
  }
}

TEST(ShapesAfter, JoinsOnlyWhatIsAlike) {
  const std::vector<Shape> shapes = {Shape{2, 3}, Shape{2, 4}};
  EXPECT_EQ(ShapesAfter(Parse("concat 1"), shapes)->front(), (Shape{2, 7}));
  EXPECT_FALSE(ShapesAfter(Parse("concat 0"), shapes));
  EXPECT_FALSE(ShapesAfter(Parse("stack 0"), shapes));
}

TEST(CopyStrided, FollowsAnySteps) {
  const std::vector<std::int16_t> in = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const auto copy = [&](const Shape& shape, const std::vector<std::int64_t>& steps) {
    std::vector<std::int16_t> out(static_cast<std::size_t>(shape.num_elements()));
    CopyStrided(2, shape, steps, std::as_bytes(std::span(in)),
                std::as_writable_bytes(std::span(out)));
    return out;
  };
  using Values = std::vector<std::int16_t>;
  EXPECT_EQ(copy({2, 3}, {1, 2}), (Values{0, 2, 4, 1, 3, 5}));  // Columns first.
  EXPECT_EQ(copy({2, 2}, {6, 3}), (Values{0, 3, 6, 9}));        // Gaps.
  EXPECT_EQ(copy({2, 3}, {0, 1}), (Values{0, 1, 2, 0, 1, 2}));  // The same again.
  EXPECT_EQ(copy({2, 3}, {1, 1}), (Values{0, 1, 2, 1, 2, 3}));  // Overlapping.
  EXPECT_EQ(copy({3, 0}, {1, 1}), Values{});
  EXPECT_EQ(copy({}, {}), Values{0});
}

}  // namespace
}  // namespace regraft::transform
