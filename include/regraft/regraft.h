// regraft/regraft.h - the whole library.
#pragma once

#include "regraft/checkpoint.h"    // Opening and reading checkpoints.
#include "regraft/dtype.h"         // TensorFlow's element types.
#include "regraft/edit.h"          // Copies, subsets, merges, restores into files.
#include "regraft/error.h"         // Error, Result, Status.
#include "regraft/identity.h"      // Targets, and what their names are evidence of.
#include "regraft/inspect.h"       // Statistics, text and .npy of tensors, object trees.
#include "regraft/manager.h"       // Keeping the newest checkpoints of a folder.
#include "regraft/nn.h"            // Layers and models with Keras' names.
#include "regraft/object_graph.h"  // The tree of objects that a TF2 checkpoint stores.
#include "regraft/part_kind.h"     // Of what kind the parts of names are.
#include "regraft/plan.h"          // MakePlan().
#include "regraft/report.h"        // Plans and reports as text and JSON.
#include "regraft/restore.h"       // Restore().
#include "regraft/savable.h"       // Saving under numbers, whatever is saved.
#include "regraft/select.h"        // Rules and names.
#include "regraft/setting.h"       // What rules and remedies set, in the words of each face.
#include "regraft/tensor.h"        // Shapes, specs, buffers, casts.
#include "regraft/text.h"          // Numbers and names as people read them.
#include "regraft/train.h"         // tf.train's shapes: Variable, Checkpoint, LatestCheckpoint.
#include "regraft/writer.h"        // Writing checkpoints.
