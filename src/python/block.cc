#include "block.h"

#include <optional>

#include "regraft/buffer.h"

namespace regraft::python {
namespace {

namespace dlpack = nb::dlpack;

std::optional<dlpack::dtype> DlpackType(DType dtype) {
  using Code = dlpack::dtype_code;
  const auto make = [](Code code, std::uint8_t bits) {
    return dlpack::dtype{static_cast<std::uint8_t>(code), bits, 1};
  };
  switch (dtype) {
    case DType::kBool:
      return make(Code::Bool, 8);
    case DType::kInt8:
      return make(Code::Int, 8);
    case DType::kInt16:
      return make(Code::Int, 16);
    case DType::kInt32:
      return make(Code::Int, 32);
    case DType::kInt64:
      return make(Code::Int, 64);
    case DType::kUint8:
      return make(Code::UInt, 8);
    case DType::kUint16:
      return make(Code::UInt, 16);
    case DType::kUint32:
      return make(Code::UInt, 32);
    case DType::kUint64:
      return make(Code::UInt, 64);
    case DType::kFloat16:
      return make(Code::Float, 16);
    case DType::kFloat32:
      return make(Code::Float, 32);
    case DType::kFloat64:
      return make(Code::Float, 64);
    case DType::kBfloat16:
      return make(Code::Bfloat, 16);
    case DType::kComplex64:
      return make(Code::Complex, 64);
    case DType::kComplex128:
      return make(Code::Complex, 128);
    default:
      return std::nullopt;
  }
}

// DLManagedTensor of DLPack's first version, with what it owns behind it.
struct Managed {
  dlpack::dltensor tensor;
  void* context = nullptr;
  void (*deleter)(Managed*) = nullptr;

  std::vector<std::int64_t> shape = {};
  std::shared_ptr<Buffer> buffer = {};
};

constexpr const char* kNotTaken = "dltensor";

// Runs when the capsule goes; whoever took the tensor has renamed it.
void FreeUntaken(PyObject* capsule) {
  if (PyCapsule_IsValid(capsule, kNotTaken) == 0) return;
  delete static_cast<Managed*>(PyCapsule_GetPointer(capsule, kNotTaken));
}

}  // namespace

Bytes Block::Array() const {
  auto owner = std::make_unique<std::shared_ptr<Buffer>>(buffer_);
  const nb::capsule capsule(
      owner.get(), [](void* p) noexcept { delete static_cast<std::shared_ptr<Buffer>*>(p); });
  owner.release();  // NOLINT: the capsule has it.
  static std::uint8_t nothing = 0;
  void* const first = buffer_->size() == 0 ? &nothing : static_cast<void*>(buffer_->bytes().data());
  return Bytes(first, {buffer_->size()}, capsule);
}

nb::object Block::Dlpack(const std::string& dtype, const std::vector<std::int64_t>& shape) const {
  const TensorSpec spec = SpecFrom(dtype, shape);
  const std::optional<dlpack::dtype> type = DlpackType(spec.dtype);
  if (Unwrap(spec.Bytes()) != buffer_->size()) {
    throw nb::value_error("the block has another size");
  }
  if (!type || buffer_->size() == 0) return nb::none();
  auto managed = std::make_unique<Managed>();
  managed->shape = shape;
  managed->buffer = buffer_;
  managed->tensor.data = buffer_->bytes().data();
  managed->tensor.device = {nb::device::cpu::value, 0};
  managed->tensor.ndim = static_cast<std::int32_t>(shape.size());
  managed->tensor.dtype = *type;
  managed->tensor.shape = managed->shape.data();
  managed->deleter = [](Managed* self) { delete self; };
  PyObject* const capsule = PyCapsule_New(managed.get(), kNotTaken, FreeUntaken);
  if (capsule == nullptr) throw nb::python_error();
  managed.release();  // NOLINT: the capsule has it.
  return nb::steal(capsule);
}

}  // namespace regraft::python
