"""What the tests did in all environments together.

Usage: check_results.py FOLDER NAME...

FOLDER has a JUnit file NAME.xml for each environment, of which the first has no framework. Fails
if a test was skipped in every environment, or if a framework made no test run that the first
environment could not. Status 77 if an environment was not there.
"""
import collections
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree


def results(path):
    """The tests that ran, and for those that did not the reason."""
    ran, skipped = set(), {}
    for case in ElementTree.parse(path).iter("testcase"):
        # A file that is skipped as a whole has no class.
        name = ".".join(part for part in (case.get("classname"), case.get("name")) if part)
        skip = case.find("skipped")
        if skip is None or skip.get("type") == "pytest.xfail":
            ran.add(name)
        else:
            # Of such a file the reason stands in the text, at the end.
            whole = re.search(r"Skipped: (.*).\)$", skip.text or "")
            skipped[name] = whole[1] if whole else skip.get("message", "")
    return ran, skipped


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    absent = [name for name in names if not (folder / f"{name}.xml").exists()]
    if absent:
        print("SKIPPED: no results of", *absent)
        return 77

    ran, skipped = {}, {}
    for name in names:
        ran[name], skipped[name] = results(folder / f"{name}.xml")
        print(f"{name}: {len(ran[name])} ran, {len(skipped[name])} skipped")
        for reason, count in sorted(collections.Counter(skipped[name].values()).items()):
            print(f"    {count:4} {reason}")

    faults = [f"{name}: no test ran there that does not run in {names[0]}"
              for name in names[1:] if not ran[name] - ran[names[0]]]
    everywhere = set.union(*ran.values())
    for test in sorted(set().union(*skipped.values())):
        reasons = {skipped[name][test] for name in names if test in skipped[name]}
        # Tests of a file that is skipped as a whole have its name before their own.
        whole = any(other.startswith(f"{test}.") for other in everywhere)
        if test not in everywhere and not whole:
            faults.append(f"{test}: skipped everywhere: {'; '.join(sorted(reasons))}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
