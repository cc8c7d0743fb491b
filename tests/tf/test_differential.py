"""Compares what `regraft ls --json --sha256` says of checkpoints with what TensorFlow says.

usage: test_differential.py COMMAND FOLDER

Runs under the Python of a TensorFlow environment. Writes the checkpoints of
write_checkpoints.py into FOLDER (emptied first), asks oracle.py and COMMAND about each, and
prints every checkpoint that they see differently. Exits with 1 if there is one.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SHOWN = 5  # Differences printed for one checkpoint, and
SHOWN_CHECKPOINTS = 10  # checkpoints of which they are printed.
# TensorFlow cannot put together sliced tensors of some types. Regraft can, unasked.
ONLY_TENSORFLOW_REFUSES = " not supported."


def run_python(script, *arguments):
    command = [sys.executable, "-W", "ignore", str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"{script} failed with status {done.returncode}:\n{done.stderr[-4000:]}")
    return done.stdout.splitlines()


def list_with_regraft(command, prefix):
    """The listing, or None, and what is wrong with how it came."""
    done = subprocess.run([command, "ls", "--json", "--sha256", prefix],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        listing = json.loads(done.stdout)
    except ValueError:
        said = done.stderr or done.stdout
        return None, [f"exit status {done.returncode}, no JSON: {said[-400:]}"]
    if listing.get("schema") != "regraft.ls/1":
        return None, [f"schema: {listing.get('schema')!r}"]
    refusals = any(entry.get("sha256") is None for entry in listing["entries"])
    if (done.returncode != 0) != refusals:
        return listing, [f"exit status {done.returncode}: {done.stderr[-400:]}"]
    return listing, []


def compare_entry(expected, found, kind):
    """What differs, as pairs of TensorFlow's and Regraft's word."""
    for field in ("dtype", "shape"):
        if expected[field] != found[field]:
            yield field, expected[field], found[field]
    if expected["sha256"] is not None:
        if expected["sha256"] != found["sha256"]:
            yield "sha256", expected["sha256"], found["sha256"]
    elif not expected["refused"].endswith(ONLY_TENSORFLOW_REFUSES) and found["sha256"] is not None:
        yield "sha256", f"refused: {expected['refused']}", found["sha256"]
    if kind == "tf1-name" and found["full_name"] != expected["key"]:
        yield "full_name", expected["key"], found["full_name"]
    owners = expected["owners"]
    said = {"full_name": found.get("full_name", ""), "paths": found.get("paths", [])}
    if owners and said not in owners:
        for field in ("full_name", "paths"):
            if all(said[field] != owner[field] for owner in owners):
                yield field, [owner[field] for owner in owners], said[field]


def compare(expected, found):
    if expected["kind"] != found["kind"]:
        yield f"kind: TensorFlow {expected['kind']}, Regraft {found['kind']}"
    by_key = {entry["key"]: entry for entry in found["entries"]}
    keys = {entry["key"] for entry in expected["entries"]}
    if len(by_key) != len(found["entries"]):
        yield f"a key comes twice among {len(found['entries'])} entries"
    for key in sorted(by_key.keys() - keys):
        yield f"{key[:100]!r}: only Regraft lists it"
    for entry in expected["entries"]:
        key = entry["key"]
        if key not in by_key:
            yield f"{key[:100]!r}: only TensorFlow lists it"
            continue
        for field, theirs, ours in compare_entry(entry, by_key[key], expected["kind"]):
            yield f"{key[:100]!r}: {field}\n    TensorFlow {theirs}\n    Regraft    {ours}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    command, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    if not os.access(command, os.X_OK):
        sys.exit(f"no command at {command}")
    shutil.rmtree(folder, ignore_errors=True)
    prefixes = [str(folder / line) for line in run_python("write_checkpoints.py", folder)]
    oracle = [json.loads(line) for line in run_python("oracle.py", *prefixes)]
    if not prefixes or [checkpoint["prefix"] for checkpoint in oracle] != prefixes:
        sys.exit("the oracle did not speak of every checkpoint that was written")

    entries, differing = 0, 0
    for expected in oracle:
        found, differences = list_with_regraft(str(command), expected["prefix"])
        if found is not None:
            differences += compare(expected, found)
        entries += len(expected["entries"])
        if differences:
            differing += 1
            print(f"DIFFERENT: {expected['prefix']} ({len(differences)} differences)")
            for difference in differences[:SHOWN if differing <= SHOWN_CHECKPOINTS else 0]:
                print(f"  {difference}")
    print(f"{len(oracle)} checkpoints with {entries} tensors: " +
          (f"{differing} differ" if differing else "all equal"))
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
