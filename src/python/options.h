// python/options.h - options as Python gives them, and what is rendered.
#pragma once

#include "common.h"
#include "regraft/report.h"
#include "regraft/writer.h"

namespace regraft::python {

/// From a dict that may have more in it.
WriteOptions WriteOptionsFrom(const Options& given);

/// A method `text(width=80, color=False, ascii=False, all=False)` of what is rendered.
template <typename T>
void DefineText(nb::class_<T>& cls, std::string (*render)(const T&, const TextOptions&)) {
  cls.def(
      "text",
      [render](const T& value, std::size_t width, bool color, bool ascii, bool all) {
        return NameTo(render(value, {width, color, ascii, all, Face::kPython}));
      },
      nb::arg("width") = 80, nb::arg("color") = false, nb::arg("ascii") = false,
      nb::arg("all") = false);
}

}  // namespace regraft::python
