#!/usr/bin/env bash
# Runs the three recipes on files that TensorFlow wrote, under Keras 2 and Keras 3, the one file
# that must be refused, and a recipe that saves its own file.
# Usage: demo.sh FOLDER-OF-THE-PROGRAMS
set -eu
programs=$1
data=$(dirname "$0")/data

run() {
  printf '\n== %s: %s\n' "$1" "$3"
  "$programs/regraft_example_$2" "$data/$3"
}

run 'A list of variables: the shared base, another head' shared_base keras2/shared_base
run 'The same from Keras 3, its layers in a tuple' shared_base keras3/shared_base_tuple
run 'A filter on names: all but the embedding' all_but_embedding keras2/skip_embedding
run 'The same from Keras 3' all_but_embedding keras3/skip_embedding
run 'A dictionary of old names: a renamed layer' renamed_layer keras2/renamed_layer
run 'The same from Keras 3' renamed_layer keras3/renamed_layer

printf '\n== A refusal: Keras 3 saved this model without its weights (layers in a Python list)\n'
status=0
"$programs/regraft_example_shared_base" "$data/keras3/shared_base" >&2 || status=$?
if [ "$status" -ne 1 ]; then
  printf 'FAILED: this file holds no weights, so restoring it must end with status 1, not %s\n' "$status"
  exit 1
fi

printf '\n== Saved in C++: the base of model A, which no Python has seen, in model B\n'
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$programs/regraft_example_saved_in_cpp" "$made"

printf '\nAll recipes did what they say; the file without weights was refused.\n'
