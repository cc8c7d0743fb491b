#!/bin/sh
# Asks every question of bench/ and keeps the answers in bench/log/DATE.md.
# Usage: bench/run.sh <release build folder>
#
# TensorFlow answers the same questions if REGRAFT_TF_PYTHON, or an environment made by
# `ctest -L tf`, has it; the rounds of both then alternate, so that neither has the
# machine at a better moment. ROUNDS (9) and GIB (1) may be set.
set -eu
build=$1
here=$(dirname "$0")
rounds=${ROUNDS:-9}
gib=${GIB:-1}
python=${REGRAFT_TF_PYTHON:-}
for found in "$build"/tf/*/bin/python; do
  [ -n "$python" ] || [ ! -x "$found" ] || python=$found
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
make_checkpoint="$build/bench/regraft_make_checkpoint"
"$make_checkpoint" "$work/many" 200000 1 1
"$make_checkpoint" "$work/large" $((gib * 256)) 1024 1024

# seconds LABEL FILE: the median of the lines "LABEL SECONDS", and the best one.
seconds() {
  sed -n "s/^$1 //p" "$2" | sort -g |
    awk '{v[NR] = $1} END {printf "%.4g (best %.4g)\n", v[int((NR + 1) / 2)], v[1]}'
}

# timed LABEL COMMAND ...: a line "LABEL SECONDS" for the whole process.
timed() {
  label=$1
  shift
  start=$(date +%s.%N)
  "$@" >/dev/null
  echo "$label $start $(date +%s.%N)" | awk '{print $1, $3 - $2}' >>"$work/ours"
}

"$build/bench/regraft_restore_bench" "$work/large" >/dev/null  # Warms the page cache.
round=0
while [ $round -lt "$rounds" ]; do
  round=$((round + 1))
  echo "round $round of $rounds" >&2
  "$build/bench/regraft_restore_bench" "$work/large" >>"$work/ours"
  "$build/bench/regraft_restore_bench" "$work/large" 1 >>"$work/ours1"
  timed ls "$build/regraft" ls "$work/many"
  rm -f "$work"/copied.*
  timed copy "$build/regraft" copy "$work/large" "$work/copied"
  rm -f "$work"/copied.*
  timed link "$build/regraft" copy "$work/large" "$work/copied" --link --add-prefix net/
  if [ -n "$python" ]; then
    "$python" "$here/restore_bench.py" "$work/large" >>"$work/theirs"
    "$python" "$here/restore_bench.py" "$work/many" --list-only >>"$work/theirs_many"
  fi
done

mkdir -p "$here/log"
log=$here/log/$(date +%Y-%m-%d).md
{
  echo "# $(date +%Y-%m-%d)"
  echo
  echo "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), $(nproc) threads;" \
    "$(. /etc/os-release && echo "$PRETTY_NAME"); files in the page cache;" \
    "median and best of $rounds rounds, alternating. Seconds. In a virtual machine fresh" \
    "memory can cost several times as much in one run as in the next; the best tells more."
  echo
  if [ -n "$python" ]; then
    version=$("$python" -c 'import tensorflow as tf; print(tf.__version__)' 2>/dev/null)
    theirs() { printf '%s, %s' "$(seconds "$1" "$2")" "$3"; }
    other="TensorFlow $version"
  else
    theirs() { printf 'not at hand'; }
    other=TensorFlow
  fi
  echo "| question | Regraft | $other |"
  echo "|---|---|---|"
  echo "| list 200,000 entries | $(seconds ls "$work/ours"), whole \`regraft ls\` |" \
    "$(theirs list "$work/theirs_many" 'tf.train.list_variables') |"
  echo "| open $gib GiB | $(seconds open "$work/ours") |" \
    "$(theirs open "$work/theirs" 'tf.train.load_checkpoint') |"
  echo "| restore $gib GiB, all threads | $(seconds restore "$work/ours") |" \
    "$(theirs restore "$work/theirs" 'one RestoreV2') |"
  echo "| restore $gib GiB, one thread | $(seconds restore "$work/ours1") |" \
    "$(theirs reader "$work/theirs" 'get_tensor() for each') |"
  echo "| copy $gib GiB, verified and synced | $(seconds copy "$work/ours"), whole \`regraft copy\` | |"
  echo "| rename everything in $gib GiB | $(seconds link "$work/ours"), whole \`regraft copy --link\` | |"
  echo
  echo '```'
  REGRAFT_BENCH_PREFIX=$work/many "$build/bench/regraft_names_bench" \
    --benchmark_min_time=1 2>/dev/null
  echo
  "$build/bench/regraft_cast_bench" --benchmark_min_time=0.2 2>/dev/null
  echo '```'
} >"$log"
# Live restores and reading in Python, with every TensorFlow and Keras at hand, if `ctest -L python`
# has built the package.
for package in "$build"/tests/python/package/lib/python3*/site-packages; do
  [ -d "$package/regraft" ] || continue
  for found in "$build"/tf/*/bin/python; do
    [ -x "$found" ] || continue
    echo "live: $found" >&2
    echo >>"$log"
    PYTHONPATH=$package "$found" "$here/live_bench.py" "$work" "$rounds" 2>/dev/null >>"$log"
  done
done
cat "$log"
