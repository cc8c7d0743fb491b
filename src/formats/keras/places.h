// formats/keras/places.h - the paths of HDF5 in which Keras puts its objects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace regraft::keras {

/// The group of an object in which its own variables are.
inline constexpr std::string_view kVars = "vars";

/// "a/b" of "a/b/c"; "" of "a".
std::string_view ParentOf(std::string_view path);
/// "c" of "a/b/c".
std::string_view LastOf(std::string_view path);
std::vector<std::string_view> PartsOf(std::string_view path);
std::string Below(std::string_view path, std::string_view part);

/// The place as Keras 3 spells it: 2.12 to 2.14 called rows of layers otherwise.
std::string AsNow(std::string_view place);

/// The name without the number of an output, "kernel" of "kernel:0".
std::string_view WithoutColon(std::string_view name);

}  // namespace regraft::keras
