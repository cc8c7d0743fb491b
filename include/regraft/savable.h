// regraft/savable.h - what can be saved under numbers, whatever it is made of.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "regraft/checkpoint.h"
#include "regraft/error.h"
#include "regraft/restore.h"
#include "regraft/rules.h"
#include "regraft/writer.h"

namespace regraft::train {

/// Something that is saved again and again and counts it: a Checkpoint, or the objects of
/// another program.
class Savable {
 public:
  virtual ~Savable();

  /// How often it has been saved.
  virtual std::int64_t saves() const = 0;
  virtual void SetSaves(std::int64_t count) = 0;
  /// True if saves() continues what a file said.
  virtual bool continues() const = 0;

  /// Writes a checkpoint of exactly this prefix, in which the save counter is `count`.
  virtual Status WriteTo(io::Disk& disk, const std::string& prefix, std::int64_t count,
                         const WriteOptions& options) const = 0;
  /// Restores, and takes over the save counter of the file. What its owner restores need not do
  /// it: the owner tells CheckpointManager::Restored().
  /// Errors: kUnsupported "train/owner-restores" if it does not.
  virtual Result<Report> RestoreFrom(const CheckpointReader& source, const Rules& rules,
                                     const RestoreOptions& options);
};

/// One more than saves(). Errors: kInvalidArgument "train/counter-full".
Result<std::int64_t> NextSave(const Savable& savable);

/// Checkpoint::Save() of anything: see there.
Result<std::string> SaveNumbered(Savable& savable, const std::string& prefix,
                                 const WriteOptions& options = {});

}  // namespace regraft::train
