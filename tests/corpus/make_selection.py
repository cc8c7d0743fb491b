#!/usr/bin/env python3
"""Makes data/, the part of the corpus that ships, from the whole corpus.

Usage: make_selection.py WHOLE

Takes the items of WHOLE whose ids selection.txt lists: their files as they are, their listings,
their rows of MANIFEST.md and their lines of SHA256SUMS. What was in data/ before is removed.
"""
import pathlib
import re
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
MOST_BYTES = 10_000_000

INTRODUCTION = """\
# A selection of real checkpoints

Real files from public repositories. Every file is, byte for byte, what the repository named has at
the commit named, and lies at `OWNER__REPOSITORY/COMMIT/PATH`. `SHA256SUMS` lists all of them;
`listings/ID.tsv` lists the tensors of an item. The version is what the file or its `.meta` or
`saved_model.pb` records. Licences: `../README.md`. Made by `../make_selection.py`.
"""


def selected_ids():
    lines = (HERE / "selection.txt").read_text().splitlines()
    return [word for line in lines for word in line.partition("#")[0].split()]


def sections(manifest, ids):
    """The groups of the manifest that have items of these ids, as they are but for the counts."""
    for section in re.split(r"^## ", manifest, flags=re.M)[1:]:
        title, *lines = section.splitlines()
        rows = [line for line in lines if line.startswith("| D") and line[2:6] in ids]
        head = [line for line in lines if re.match(r"\| id |\|---", line)]
        if rows:
            yield "\n".join([f"\n## {title.rpartition(' (')[0]} ({len(rows)})\n", *head, *rows])


def files_of(manifest, ids):
    """The paths of the files of each item, which the manifest lists below "# ID"."""
    for block in re.split(r"^# (?=D\d+$)", manifest, flags=re.M)[1:]:
        if block[:4] in ids:
            yield from re.findall(r"^[0-9a-f]{64} +\d+  (.*)$", block, flags=re.M)


def main():
    whole, data = pathlib.Path(sys.argv[1]), HERE / "data"
    ids = selected_ids()
    manifest = (whole / "MANIFEST.md").read_text()
    groups = list(sections(manifest, ids))
    if sum(group.count("\n| D") for group in groups) != len(ids):
        sys.exit("an id of selection.txt is not in the manifest, or is there twice")

    # The text of the Apache License is that of this repository.
    for row in re.findall(r"^\| D.*", "\n".join(groups), flags=re.M):
        _, _, origin, _, licence, *_ = (cell.strip() for cell in row.split("|"))
        text = HERE / "licences" / (origin.partition(" ")[0].replace("/", "__") + ".txt")
        if licence != "Apache-2.0" and not text.exists():
            sys.exit(f"there is no {text}")

    shutil.rmtree(data, ignore_errors=True)
    (data / "listings").mkdir(parents=True)
    files = dict.fromkeys(files_of(manifest, ids))
    for name in [*files, *(f"listings/{item}.tsv" for item in ids)]:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(whole / name, data / name)
    (data / "MANIFEST.md").write_text(INTRODUCTION + "\n".join(groups) + "\n")
    sums = (whole / "SHA256SUMS").read_text().splitlines(keepends=True)
    (data / "SHA256SUMS").write_text(
        "".join(line for line in sums if line.rstrip("\n").partition("  ")[2] in files))

    size = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
    print(f"{len(ids)} items, {len(files)} files, {size:,} bytes")
    if size > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
