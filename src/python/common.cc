#include "common.h"

#include <chrono>
#include <memory>

namespace regraft::python {

std::string NameFrom(nb::handle text) {
  PyObject* const bytes = PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogateescape");
  if (bytes == nullptr) throw nb::python_error();
  const nb::bytes owned = nb::steal<nb::bytes>(bytes);
  return {owned.c_str(), owned.size()};
}

nb::str NameTo(std::string_view name) {
  PyObject* const text =
      PyUnicode_DecodeUTF8(name.data(), static_cast<Py_ssize_t>(name.size()), "surrogateescape");
  if (text == nullptr) throw nb::python_error();
  return nb::steal<nb::str>(text);
}

std::vector<std::string> NamesFrom(nb::handle texts) {
  std::vector<std::string> names;
  for (const nb::handle text : texts) names.push_back(NameFrom(text));
  return names;
}

Names NamesTo(const std::vector<std::string>& names) {
  Names texts;
  for (const std::string& name : names) texts.append(NameTo(name));
  return texts;
}

Bytes ArrayOf(Buffer buffer) {
  auto owner = std::make_unique<Buffer>(std::move(buffer));
  std::byte* const data = owner->bytes().data();
  const std::size_t size = owner->size();
  const nb::capsule capsule(owner.get(), [](void* p) noexcept { delete static_cast<Buffer*>(p); });
  owner.release();  // NOLINT: the capsule has it.
  static std::uint8_t nothing = 0;
  void* const first = size == 0 ? &nothing : static_cast<void*>(data);
  return Bytes(first, {size}, capsule);
}

BytesView::BytesView(nb::handle object) {
  if (PyObject_GetBuffer(object.ptr(), &view_, PyBUF_SIMPLE) != 0) throw nb::python_error();
}
BytesView::~BytesView() { PyBuffer_Release(&view_); }
std::span<const std::byte> BytesView::bytes() const {
  return {static_cast<const std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
}

WritableView::WritableView(nb::handle object) {
  constexpr int kHow = PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE;
  if (PyObject_GetBuffer(object.ptr(), &view_, kHow) != 0) throw nb::python_error();
}
WritableView::~WritableView() { PyBuffer_Release(&view_); }
std::span<std::byte> WritableView::bytes() const {
  return {static_cast<std::byte*>(view_.buf), static_cast<std::size_t>(view_.len)};
}

TensorSpec SpecFrom(const std::string& dtype, const std::vector<std::int64_t>& shape) {
  const std::optional<DType> parsed = ParseDType(dtype);
  if (!parsed) throw nb::value_error(("TensorFlow has no element type '" + dtype + "'").c_str());
  return {*parsed, Unwrap(Shape::Make(shape))};
}

Dims ShapeTo(const Shape& shape) {
  const nb::object dims = nb::steal(PyTuple_New(static_cast<Py_ssize_t>(shape.rank())));
  for (std::size_t i = 0; dims.is_valid() && i < shape.rank(); ++i) {
    PyObject* const dim = PyLong_FromLongLong(shape[i]);
    if (dim == nullptr) throw nb::python_error();
    PyTuple_SetItem(dims.ptr(), static_cast<Py_ssize_t>(i), dim);  // Takes the reference.
  }
  if (!dims.is_valid()) throw nb::python_error();
  return nb::borrow<Dims>(dims);
}

std::function<void(std::uint64_t, std::uint64_t)> Callbacks::Progress(nb::object progress) {
  // Where nobody listens, it is only for signals that the GIL is taken: now and then.
  static constexpr auto kEvery = std::chrono::milliseconds(10);
  return [this, progress = std::move(progress), quiet = progress.is_none(),
          told = std::chrono::steady_clock::time_point()](std::uint64_t done,
                                                          std::uint64_t total) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (quiet && now - told < kEvery) return;
    told = now;
    Call([&] {
      if (PyErr_CheckSignals() != 0) throw nb::python_error();
      if (!progress.is_none()) progress(done, total);
    });
  };
}

bool Callbacks::Call(const std::function<void()>& call) {
  const nb::gil_scoped_acquire held;
  if (raised_) return false;
  try {
    call();
    return true;
  } catch (...) {
    raised_ = std::current_exception();
    stop_.request_stop();
    return false;
  }
}

void Callbacks::Rethrow() {
  if (raised_) std::rethrow_exception(std::exchange(raised_, nullptr));
}

Error Raised() { return {ErrorCode::kCancelled, "cancelled", "a Python callable raised"}; }

}  // namespace regraft::python
