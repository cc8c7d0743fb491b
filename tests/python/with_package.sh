#!/bin/sh
# Runs Python in an environment of setup_venvs.sh, with the package of build_wheel.sh.
# usage: with_package.sh ENVIRONMENT FOLDER ARGUMENT...
# Status: that of Python; 77 if one of the two is not there.
for needed in "$1/stamp" "$2/package/stamp"; do
  if [ ! -e "$needed" ]; then
    echo "SKIPPED: there is no $needed"
    exit 77
  fi
done
python=$1/bin/python
package=$2/package
shift 2
# Nothing of TensorFlow's start-up talk, and the same sums on every machine.
export TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0
export PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=$(echo "$package"/lib/python3*/site-packages)
PATH=$package/bin:$PATH
export PYTHONPATH PATH
exec "$python" "$@"
