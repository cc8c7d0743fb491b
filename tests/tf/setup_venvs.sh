#!/bin/sh
# Makes Python environments that tests run in.
# usage: setup_venvs.sh FOLDER [REQUIREMENTS...]
#
# Afterwards FOLDER/NAME holds exactly what each file requirements-NAME.txt names; without files,
# those of this folder: FOLDER/tf215 and FOLDER/tf221. What is there already is not made again.
# Status: 0 ready; 77 not possible here (one line says why), tests are to be skipped;
# 1 anything else, such as requirements that contradict each other.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { sed -n '2,3p' "$0" >&2; exit 1; }
folder=$1
shift
[ $# -gt 0 ] || set -- "$here/requirements-tf215.txt" "$here/requirements-tf221.txt"

skip() {
  echo "SKIPPED: no Python environment '$name': $1"
  exit 77
}

# What pip misses in these environments, on purpose: tensorflow-cpu is TensorFlow under another
# name, and Triton (1 GB) compiles for GPUs.
meant='requires (tensorflow|triton), which is not installed'

mkdir -p "$folder"
for requirements; do
  name=$(basename "$requirements" .txt)
  name=${name#requirements-}
  venv=$folder/$name
  log=$folder/$name.log
  command -v python3.11 >/dev/null || skip "there is no python3.11"
  wanted=$({ python3.11 -V && cat "$requirements"; } | sha256sum | cut -d' ' -f1)
  [ "$(cat "$venv/stamp" 2>/dev/null)" != "$wanted" ] || continue

  case $(uname -sm) in
    "Linux x86_64") ;;
    *) skip "its packages are pinned for Linux on x86-64, this is $(uname -sm)" ;;
  esac
  echo "Installing $name"
  rm -rf "$venv"
  python3.11 -m venv "$venv" >"$log" 2>&1 || skip "python3.11 -m venv failed (see $log)"
  # Every package is named, so pip has nothing to find out; it looks afterwards whether all fit.
  "$here/../python/pip_install.sh" "$venv" "$log" --no-deps -r "$requirements" || exit $?
  "$venv/bin/python" -m pip check >"$log" 2>&1 || true
  if grep -Ev "$meant|^No broken requirements" "$log" >&2; then
    echo "the packages of $requirements do not fit together" >&2
    exit 1
  fi
  echo "$wanted" >"$venv/stamp"
done
echo "Ready in $folder"
