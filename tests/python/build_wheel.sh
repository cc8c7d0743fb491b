#!/bin/sh
# Builds the wheel of a source tree and unpacks it for all environments of one Python version.
# usage: build_wheel.sh ENVIRONMENT SOURCE FOLDER
#
# Afterwards FOLDER/wheel holds the wheel, and FOLDER/package what `pip install --prefix` makes of
# it. Does nothing if no source has changed.
# Status: 0 ready; 77 if there is no ENVIRONMENT (setup_venvs.sh makes it); 1 anything else.
set -eu

[ $# = 3 ] || { sed -n '3p' "$0" >&2; exit 1; }
environment=$1
source=$2
folder=$3
log=$folder/log

if [ ! -e "$environment/stamp" ]; then
  echo "SKIPPED: no Python environment in $environment"
  exit 77
fi
run() {
  "$@" >"$log" 2>&1 || { tail -n 60 "$log" >&2; echo "failed: $* (see $log)" >&2; exit 1; }
}

wanted=$(
  cd "$source"
  { cat "$environment/stamp"
    find CMakeLists.txt LICENSE README.md cmake include pyproject.toml python src -type f \
      ! -name '*_test.cc' ! -name '*.pyc' ! -name '*.so*' ! -path 'python/regraft/bin/*' -print0 |
      LC_ALL=C sort -z | xargs -0 sha256sum
  } | sha256sum | cut -d' ' -f1)
mkdir -p "$folder"
[ "$(cat "$folder/package/stamp" 2>/dev/null)" != "$wanted" ] || exit 0

rm -rf "$folder/wheel" "$folder/package"
pip="$environment/bin/python -m pip --disable-pip-version-check"
# shellcheck disable=SC2086  # A list of words.
{
  run $pip wheel "$source" --no-deps --no-build-isolation --wheel-dir "$folder/wheel" \
    --config-settings build-dir="$folder/build"
  run $pip install --no-deps --no-index --ignore-installed --prefix "$folder/package" \
    "$folder"/wheel/*.whl
}
echo "$wanted" >"$folder/package/stamp"
