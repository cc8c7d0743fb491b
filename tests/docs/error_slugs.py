"""Every error slug of src/ and python/ has a section in docs/errors.md, and every section a slug.

Usage: error_slugs.py SOURCE_DIR
"""

import pathlib
import re
import sys

# A slug stands in the code as a string literal of its own.
LITERAL = re.compile(r'"([a-z0-9-]+/[a-z0-9-]+)"')
SECTION = re.compile(r"^### ([a-z0-9-]+/[a-z0-9-]+)$", re.M)


def main():
    root = pathlib.Path(sys.argv[1])
    documented = SECTION.findall((root / "docs/errors.md").read_text())
    families = {slug.split("/")[0] for slug in documented}
    used = {}
    for pattern in "src/**/*.cc", "src/**/*.h", "python/**/*.py":
        for path in sorted(root.glob(pattern)):
            if path.name.endswith("_test.cc") or path.parent.name == "testing":
                continue
            code = re.sub(r"//.*|#.*", "", path.read_text())
            for slug in LITERAL.findall(code):
                if slug.split("/")[0] in families:
                    used.setdefault(slug, path.relative_to(root))

    faults = [f"{where}: {slug} is not in docs/errors.md" for slug, where in used.items()]
    faults = [fault for fault, slug in zip(faults, used) if slug not in documented]
    faults += [f"docs/errors.md: no code says {s}" for s in documented if s not in used]
    faults += [f"docs/errors.md: {s} twice" for s in set(documented) if documented.count(s) > 1]
    print("\n".join(sorted(faults)) or f"{len(used)} slugs, all explained")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
