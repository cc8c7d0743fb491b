// Receipts: where every value came from, and what it is, for replaying later.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "base/json_text.h"
#include "base/progress.h"
#include "base/text.h"
#include "base/thread_pool.h"
#include "base/try.h"
#include "edit/before_writing.h"
#include "regraft/checkpoint.h"
#include "regraft/edit.h"
#include "regraft/entry.h"
#include "regraft/prove.h"

namespace regraft {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "regraft.receipt/1";

std::string Hex32(std::uint32_t value) { return fmt::format("0x{:08x}", value); }

Json PiecesJson(const std::vector<CheckpointReader::StoredPiece>& pieces) {
  Json list = Json::array();
  for (const auto& piece : pieces) {
    list.push_back({{"file", JsonText(piece.file)},
                    {"offset", piece.offset},
                    {"bytes", piece.bytes},
                    {"crc32c", piece.crc32c ? Json(Hex32(*piece.crc32c)) : Json()}});
  }
  return list;
}

Json ShapeJson(const Shape& shape) {
  Json list = Json::array();
  for (const std::int64_t dim : shape.dims()) list.push_back(dim);
  return list;
}

// A receipt is read where it was not written.
std::string Absolute(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

// The sources of a receipt, each opened once.
class Sources {
 public:
  // Nullptr if it cannot be opened (any more).
  const CheckpointReader* Open(const std::string& prefix) {
    auto at = readers_.find(prefix);
    if (at == readers_.end()) {
      auto opened = CheckpointReader::Open(prefix);
      at = readers_.emplace(prefix, nullptr).first;
      if (opened && opened->prefix() == prefix) {
        at->second = std::make_unique<CheckpointReader>(*std::move(opened));
      }
    }
    return at->second.get();
  }

 private:
  std::map<std::string, std::unique_ptr<CheckpointReader>> readers_;
};

Error BadReceipt(const std::string& why) {
  return Error(ErrorCode::kInvalidArgument, "edit/bad-receipt",
               "the receipt cannot be read: " + why)
      .Offer({{{Option::kReceipt, "FILE"}}, "of a copy or a restore writes one", true});
}

struct Value {
  std::string key, dtype, sha256;
  std::vector<std::int64_t> shape;
  std::string source_prefix, source_key;
  std::vector<CheckpointReader::StoredPiece> pieces;
};

Result<std::vector<Value>> Parse(std::string_view text) {
  const Json root = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || root.value("schema", "") != kSchema) {
    return Fail(BadReceipt(fmt::format("it is no JSON of the schema {}", kSchema)));
  }
  // Whatever has not the form that MakeReceipt() gives it throws; it goes no further.
  try {
    std::vector<Value> values;
    for (const Json& item : root.at("values")) {
      Value value;
      value.key = TextFromJson(item.at("key"));
      item.at("dtype").get_to(value.dtype);
      item.at("shape").get_to(value.shape);
      item.at("sha256").get_to(value.sha256);
      value.source_prefix = TextFromJson(item.at("source").at("prefix"));
      value.source_key = TextFromJson(item.at("source").at("key"));
      for (const Json& piece : item.at("source").at("stored")) {
        CheckpointReader::StoredPiece& stored = value.pieces.emplace_back();
        stored.file = TextFromJson(piece.at("file"));
        stored.offset = piece.at("offset");
        stored.bytes = piece.at("bytes");
        if (piece.at("crc32c").is_null()) continue;
        const std::string crc = piece.at("crc32c");
        stored.crc32c = static_cast<std::uint32_t>(std::stoul(crc, nullptr, 16));
      }
      values.push_back(std::move(value));
    }
    return values;
  } catch (const std::exception& error) {
    return Fail(BadReceipt(error.what()));
  }
}

Error Differs(const std::string& what, const std::string& expected, const std::string& found) {
  return Error(ErrorCode::kCorrupt, "edit/receipt-differs", what)
      .With("receipt", expected)
      .With("found", found);
}

std::string Text(const std::vector<CheckpointReader::StoredPiece>& pieces) {
  std::string text;
  for (const auto& piece : pieces) {
    text += fmt::format("{}{} bytes at {} of {}, CRC-32C {}", text.empty() ? "" : "; ", piece.bytes,
                        piece.offset, piece.file, piece.crc32c ? Hex32(*piece.crc32c) : "none");
  }
  return text;
}

// The result still has the value that the receipt speaks of.
Status CheckResult(const CheckpointReader& result, const Value& value) {
  const Entry* entry = result.Find(value.key);
  if (entry == nullptr) {
    return Fail(Error(ErrorCode::kNotFound, "edit/receipt-missing",
                      "the receipt has a value that the checkpoint does not have")
                    .ForKey(value.key));
  }
  const auto dims = entry->spec.shape.dims();
  if (DTypeName(entry->spec.dtype) != value.dtype ||
      !std::equal(dims.begin(), dims.end(), value.shape.begin(), value.shape.end())) {
    return Fail(Differs("the value has another type or shape than in the receipt", value.dtype,
                        entry->spec.ToString())
                    .ForKey(value.key));
  }
  REGRAFT_TRY(const std::string digest, result.Sha256(*entry));
  if (digest == value.sha256) return {};
  return Fail(Differs("the value is not the one in the receipt", "SHA-256 " + value.sha256,
                      "SHA-256 " + digest)
                  .ForKey(value.key));
}

// The source still has the bytes that the receipt speaks of, and they are whole.
Status CheckSource(const CheckpointReader& source, const Value& value) {
  const Entry* entry = source.Find(value.source_key);
  if (entry == nullptr) {
    return Fail(Error(ErrorCode::kNotFound, "edit/source-changed",
                      fmt::format("the source {} does not have '{}' any more", source.prefix(),
                                  value.source_key))
                    .ForKey(value.key));
  }
  REGRAFT_TRY(const auto pieces, source.StoredPieces(*entry));
  if (Text(pieces) != Text(value.pieces)) {
    return Fail(Error(ErrorCode::kUnmet, "edit/source-changed",
                      "the source has other bytes than when the receipt was written")
                    .ForKey(value.key)
                    .With("receipt", Text(value.pieces))
                    .With("found", Text(pieces)));
  }
  REGRAFT_CHECK(source.Verify(*entry));
  return {};
}

}  // namespace

Result<std::string> MakeReceipt(const CheckpointReader& result, std::span<const Origin> origins,
                                const RunOptions& run) {
  Sources sources;
  Json root = {{"schema", kSchema},
               {"prefix", JsonText(Absolute(result.prefix()))},
               {"values", Json::array()}};
  std::vector<Result<std::string>> digests(origins.size());
  std::uint64_t total = 0;
  for (const Origin& origin : origins) {
    if (const Entry* entry = result.Find(origin.key)) total += entry->bytes;
  }
  Progress progress(run.progress, total);
  ParallelFor(origins.size(), run.threads, [&](std::size_t i) {
    const Entry* entry = result.Find(origins[i].key);
    if (entry == nullptr || run.stop.stop_requested()) return;
    digests[i] = result.Sha256(*entry);
    progress.Add(entry->bytes);
  });
  if (run.stop.stop_requested()) return Fail(edit::Cancelled());
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const Origin& origin = origins[i];
    const Entry* entry = result.Find(origin.key);
    const CheckpointReader* source = sources.Open(Absolute(origin.prefix));
    const Entry* from = source != nullptr ? source->Find(origin.from) : nullptr;
    if (entry == nullptr || from == nullptr) {
      return Fail(Error(ErrorCode::kUnmet, "edit/other-source",
                        "a checkpoint changed while its receipt was written")
                      .ForKey(entry == nullptr ? origin.key : origin.from)
                      .With("checkpoint", entry == nullptr ? result.prefix() : origin.prefix));
    }
    if (!digests[i]) return Fail(digests[i].error());
    REGRAFT_TRY(const auto pieces, source->StoredPieces(*from));
    root["values"].push_back({{"key", JsonText(origin.key)},
                              {"dtype", DTypeName(entry->spec.dtype)},
                              {"shape", ShapeJson(entry->spec.shape)},
                              {"action", origin.action},
                              {"rule", JsonText(Spelled(origin.rules, Face::kCommand))},
                              {"source",
                               {{"prefix", JsonText(source->prefix())},
                                {"key", JsonText(origin.from)},
                                {"stored", PiecesJson(pieces)}}},
                              {"sha256", *digests[i]}});
  }
  progress.Finish();
  return root.dump(2) + "\n";
}

Result<Verification> VerifyReceipt(const CheckpointReader& result, std::string_view receipt,
                                   const RunOptions& run) {
  REGRAFT_TRY(const std::vector<Value> values, Parse(receipt));
  Sources sources;
  std::vector<const CheckpointReader*> readers;
  std::map<std::string, std::size_t> gone;
  std::uint64_t total = 0;
  for (const Value& value : values) {
    readers.push_back(sources.Open(value.source_prefix));
    if (readers.back() == nullptr) ++gone[value.source_prefix];
    if (const Entry* entry = result.Find(value.key)) total += entry->bytes;
  }
  std::vector<std::vector<Error>> errors(values.size());
  Progress progress(run.progress, total);
  ParallelFor(values.size(), run.threads, [&](std::size_t i) {
    if (run.stop.stop_requested()) return;
    if (Status same = CheckResult(result, values[i]); !same) errors[i].push_back(same.error());
    if (readers[i] != nullptr) {
      if (Status same = CheckSource(*readers[i], values[i]); !same)
        errors[i].push_back(same.error());
    }
    if (const Entry* entry = result.Find(values[i].key)) progress.Add(entry->bytes);
  });
  if (run.stop.stop_requested()) return Fail(edit::Cancelled());
  progress.Finish();
  Verification out;
  out.entries = values.size();
  out.receipt_values = values.size();
  out.bytes = total;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (readers[i] != nullptr) ++out.sources_seen;
    for (Error& error : errors[i]) out.failed.push_back({values[i].key, std::move(error)});
  }
  for (const auto& [prefix, count] : gone) {
    out.notes.push_back(
        fmt::format("the source {} is not there any more; {} of it could not be "
                    "compared with it",
                    prefix, Plural(count, "value")));
  }
  return out;
}

}  // namespace regraft
