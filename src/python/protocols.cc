// What Python asks of tensors in C: the buffer protocol, and DLPack of a type that NumPy lacks.
#include "common.h"

namespace regraft::python {
namespace {

// A class has the buffer protocol if it derives from this one and has __buffer__(flags), as
// from Python 3.12 on any class can.
struct Buffered {};

int GetBuffer(PyObject* self, Py_buffer* view, int flags) noexcept {
  view->obj = nullptr;
  PyObject* const values = PyObject_CallMethod(self, "__buffer__", "i", flags);
  if (values == nullptr) return -1;
  const int status = PyObject_GetBuffer(values, view, flags);
  Py_DECREF(values);
  return status;
}

PyType_Slot kSlots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(GetBuffer)}, {0, nullptr}};

}  // namespace

void BindProtocols(nb::module_& m) {
  nb::class_<Buffered>(m, "Buffered", nb::type_slots(kSlots)).def(nb::init<>());

  m.def(
      "dlpack_of_bfloat16",
      [](nb::object values, const std::vector<std::size_t>& shape) {
        const auto bytes = nb::cast<Bytes>(values);
        constexpr auto kCode = static_cast<std::uint8_t>(nb::dlpack::dtype_code::Bfloat);
        const nb::dlpack::dtype bfloat16{kCode, 16, 1};
        return nb::ndarray<>(bytes.data(), shape.size(), shape.data(), values, nullptr, bfloat16);
      },
      nb::arg("values"), nb::arg("shape"), nb::rv_policy::reference,
      nb::sig("def dlpack_of_bfloat16(values: object, shape: Sequence[int]) -> object"),
      "A DLPack capsule of the bytes, which it keeps alive.");
}

}  // namespace regraft::python
