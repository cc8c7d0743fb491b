#!/bin/sh
# Makes the Python environments with TensorFlow that the tests of this folder run in.
# usage: setup_venvs.sh FOLDER
#
# Afterwards FOLDER/tf215 and FOLDER/tf221 hold exactly what requirements-tf215.txt and
# requirements-tf221.txt name. What is there already is not made again.
# Status: 0 ready; 77 not possible here (one line says why), tests are to be skipped;
# 1 anything else, such as requirements that contradict each other.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# = 1 ] || { sed -n '2,3p' "$0" >&2; exit 1; }
folder=$1
log=$folder/setup.log

skip() {
  echo "SKIPPED: no TensorFlow to compare with: $1"
  exit 77
}

stamp() {
  { python3.11 -V && cat "$here/requirements-$1.txt"; } | sha256sum | cut -d' ' -f1
}

command -v python3.11 >/dev/null || skip "there is no python3.11"
mkdir -p "$folder"
for name in tf215 tf221; do
  venv=$folder/$name
  wanted=$(stamp "$name")
  [ "$(cat "$venv/stamp" 2>/dev/null)" != "$wanted" ] || continue

  case $(uname -sm) in
    "Linux x86_64") ;;
    *) skip "TensorFlow 2.15.1 has no wheels for $(uname -sm)" ;;
  esac
  echo "Installing $(sed -n 's/^tensorflow-cpu==/TensorFlow /p' "$here/requirements-$name.txt")"
  rm -rf "$venv"
  python3.11 -m venv "$venv" >"$log" 2>&1 || skip "python3.11 -m venv failed (see $log)"
  if ! "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --retries 2 \
      --only-binary :all: -r "$here/requirements-$name.txt" >"$log" 2>&1; then
    if grep -Eiq 'connection|timed? ?out|proxy|name resolution|network is unreachable' "$log"; then
      skip "pip cannot reach its package index (see $log)"
    fi
    tail -n 5 "$log" >&2
    echo "pip cannot install requirements-$name.txt; all of its output is in $log" >&2
    exit 1
  fi
  echo "$wanted" >"$venv/stamp"
done
echo "TensorFlow is ready in $folder"
