"""Reads one run's reports with the parsers that others use, and fails where they
do not see the same."""

import json
import pathlib
import sys

from junitparser import Error, Failure, JUnitXml, Skipped
from tap.parser import Parser


def junit(path):
    red, seen = set(), set()
    for suite in JUnitXml.fromfile(str(path)):
        assert "." not in suite.name, suite.name
        for case in suite:
            assert case.classname == suite.name and case._elem.get("file"), case
            assert (case.classname, case.name) not in seen, f"{case.classname} {case.name} twice"
            seen.add((case.classname, case.name))
            kinds = {type(result) for result in case.result}
            assert kinds <= {Failure, Error, Skipped}, kinds
            if kinds & {Failure, Error}:
                assert case.result[0].type and case.result[0].message, case.name
                red.add(case.name)
    return red, len(seen)


def tap(path):
    red, count = set(), 0
    for line in Parser().parse_file(str(path)):
        assert line.category in ("version", "plan", "test"), line
        if line.category == "test":
            count += 1
            if not line.ok and not line.todo:
                red.add(line.description.split(" ")[2])
                assert line.yaml_block is None or line.yaml_block["reproduce"], line
    return red, count


def ctrf(path):
    results = json.loads(path.read_text())["results"]
    tests = results["tests"]
    assert results["summary"]["tests"] == len(tests)
    return {test["name"].split(" ")[0] for test in tests if test["status"] == "failed"}, len(tests)


def suite(path):
    """As scripts for the official suite judge."""
    index = json.loads((path / "index.json").read_text())
    fine = ("OK", "INFORMATIONAL")
    (rows,) = index.values()
    for case, row in rows.items():
        detail = json.loads((path / row["reportfile"]).read_text())
        assert detail["id"] == case and detail["behavior"] == row["behavior"], case
    return {
        case
        for case, row in rows.items()
        if row["behavior"] not in fine or row["behaviorClose"] not in fine
    }, len(rows)


def main(directory, expected):
    reports = pathlib.Path(directory)
    results = json.loads((reports / "results.json").read_text())
    red = {case["id"] for case in results["judgement"]["deviations"]}
    played = len(results["cases"])
    assert bool(red) == bool(int(expected)), red
    for name, (seen, count) in {
        "junit": junit(reports / "junit.xml"),
        "tap": tap(reports / "results.tap"),
        "ctrf": ctrf(reports / "ctrf.json"),
        "autobahn": suite(reports / "autobahn"),
    }.items():
        assert seen == red, f"{name} differs: {sorted(seen ^ red)}"
        # One more is the run as a whole.
        assert count - (name != "autobahn") == played, (name, count, played)
    badge = json.loads((reports / "badge.json").read_text())
    assert badge["schemaVersion"] == 1 and (badge["color"] == "red") == bool(red), badge
    print(f"format-check: {reports.name}: {played} cases, {len(red)} red in every format")


main(*sys.argv[1:])
