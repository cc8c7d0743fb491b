#!/bin/sh
# Names every C++ source that clang-format would change. Usage: check.sh CLANG_FORMAT TREE
set -eu
format=$1
cd "$2"
case $format in
  *-NOTFOUND) echo "clang-format is missing: tools/packages.sh installs it" && exit 1 ;;
esac
find include src tests examples bench fuzz \( -name '*.h' -o -name '*.cc' \) -print |
  xargs "$format" --dry-run -Werror
