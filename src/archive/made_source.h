// archive/made_source.h - bytes that are made of others: inflated, or put in another order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "regraft/buffer.h"
#include "regraft/error.h"
#include "regraft/files.h"

namespace regraft::archive {

/// A source of `size` bytes that are made all at once, by the first thread that asks for some of
/// them. They are held until as many have been handed out as there are, then let go: whoever reads
/// all of it once has them made once, and asking again makes them again.
/// `make` is called by one thread at a time, and fails or gives `size` bytes; ReadAt() fails as it
/// does. Memory: `size` bytes while they are held.
std::unique_ptr<const io::ByteSource> MadeSource(std::string name, std::uint64_t size,
                                                 std::function<Result<Buffer>()> make);

}  // namespace regraft::archive
