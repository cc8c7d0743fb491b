#!/bin/sh
# Installs packages into a Python environment.
# usage: pip_install.sh ENVIRONMENT LOG ARGUMENT...
#
# The arguments are those of `pip install`; its output goes to LOG.
# Status: 0 done; 77 if there is no package index (one line says so); 1 anything else.
set -eu

[ $# -ge 3 ] || { sed -n '3p' "$0" >&2; exit 1; }
environment=$1
log=$2
shift 2
"$environment/bin/python" -m pip install --disable-pip-version-check --no-input --retries 2 \
  --only-binary :all: "$@" >"$log" 2>&1 && exit 0
if grep -Eiq 'connection|timed? ?out|proxy|name resolution|network is unreachable' "$log"; then
  echo "SKIPPED: pip cannot reach its package index (see $log)"
  exit 77
fi
tail -n 5 "$log" >&2
echo "pip cannot install $*; all of its output is in $log" >&2
exit 1
