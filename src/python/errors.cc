// Errors of the library as Python's exceptions.
#include "common.h"

namespace regraft::python {
namespace {

void Translate(const std::exception_ptr& caught, void*) {
  try {
    std::rethrow_exception(caught);
  } catch (const Failure& failure) {
    const Error& error = failure.error;
    nb::list details;
    for (const Error::Detail& detail : error.details) {
      details.append(nb::make_tuple(NameTo(detail.label), NameTo(detail.text)));
    }
    const nb::object offset = error.offset ? nb::cast(*error.offset) : nb::none();
    const nb::object exception = nb::module_::import_("regraft._errors").attr("make")(
        static_cast<int>(error.code), NameTo(error.slug), NameTo(error.message),
        NameTo(error.file), offset, NameTo(error.key), details, NameTo(error.hint),
        NameTo(error.ToString()));
    PyErr_SetObject(exception.type().ptr(), exception.ptr());
  }
}

}  // namespace

void BindErrors(nb::module_&) { nb::register_exception_translator(Translate); }

}  // namespace regraft::python
