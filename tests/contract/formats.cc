#include "formats.h"

#include "keras.h"
#include "numpy_torch.h"
#include "tf_v1.h"
#include "tfjs.h"

namespace regraft::contract {

std::vector<FormatCase> AllFormats() {
  std::vector<FormatCase> all = WrittenFormats();
  for (const FormatCase& each : TfV1Formats()) all.push_back(each);
  for (const FormatCase& each : TfjsFormats()) all.push_back(each);
  for (const FormatCase& each : KerasFormats()) all.push_back(each);
  for (const FormatCase& each : NumpyFormats()) all.push_back(each);
  for (const FormatCase& each : TorchFormats()) all.push_back(each);
  return all;
}

}  // namespace regraft::contract
