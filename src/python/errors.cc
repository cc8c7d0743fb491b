// Errors of the library as Python's exceptions.
#include <algorithm>

#include "common.h"

namespace regraft::python {
namespace {

// True if what it sets are arguments of the call that failed, and not another call.
bool SetsArguments(const Remedy& remedy) {
  const auto& settings = remedy.settings;
  return !settings.empty() && std::all_of(settings.begin(), settings.end(), IsArgument);
}

void Translate(const std::exception_ptr& caught, void*) {
  try {
    std::rethrow_exception(caught);
  } catch (const Failure& failure) {
    const Error& error = failure.error;
    nb::list details;
    for (const Error::Detail& detail : error.details) {
      details.append(nb::make_tuple(NameTo(detail.label), NameTo(detail.Text(Face::kPython))));
    }
    nb::list arguments;
    for (const Remedy& remedy : error.remedies) {
      if (remedy.example || !SetsArguments(remedy)) continue;
      arguments.append(NameTo(Spelled(remedy.settings, Face::kPython)));
    }
    const nb::object offset = error.offset ? nb::cast(*error.offset) : nb::none();
    const nb::object exception =
        nb::module_::import_("regraft._errors")
            .attr("make")(error.code, NameTo(error.slug), NameTo(error.message), NameTo(error.file),
                          offset, NameTo(error.key), details, NameTo(error.HintText(Face::kPython)),
                          NameTo(error.ToString(Face::kPython)), arguments);
    PyErr_SetObject(exception.type().ptr(), exception.ptr());
  }
}

}  // namespace

void BindErrors(nb::module_& m) {
  nb::enum_<ErrorCode>(m, "Code", "What kind of failure an error is.")
      .value("UNMET", ErrorCode::kUnmet)
      .value("INVALID_ARGUMENT", ErrorCode::kInvalidArgument)
      .value("NOT_FOUND", ErrorCode::kNotFound)
      .value("CORRUPT", ErrorCode::kCorrupt)
      .value("IO", ErrorCode::kIo)
      .value("UNSUPPORTED", ErrorCode::kUnsupported)
      .value("CANCELLED", ErrorCode::kCancelled);
  nb::register_exception_translator(Translate);
}

}  // namespace regraft::python
