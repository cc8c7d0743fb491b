#!/bin/sh
# Runs a Python script in an environment that setup_venvs.sh has made.
# usage: with_tf.sh ENVIRONMENT SCRIPT [ARGUMENT...]
# Status: that of the script; 77 if there is no such environment.
if [ ! -e "$1/stamp" ]; then
  echo "SKIPPED: no TensorFlow in $1"
  exit 77
fi
python=$1/bin/python
shift
# Nothing of TensorFlow's start-up talk, and the same sums on every machine.
export TF_CPP_MIN_LOG_LEVEL=3 TF_ENABLE_ONEDNN_OPTS=0
export PYTHONDONTWRITEBYTECODE=1
exec "$python" -W ignore "$@"
