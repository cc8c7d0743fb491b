// select/targets.h - names of targets by common conventions.
#pragma once

#include <string>
#include <string_view>

namespace regraft::select {

/// The path without its first part if two or more remain, else "": "net/dense/kernel" ->
/// "dense/kernel". A single remaining part ("kernel") would say too little to match by.
std::string WithoutRoot(std::string_view path);

}  // namespace regraft::select
