#!/usr/bin/env python3
"""Prints the line coverage of each library from the Cobertura reports below a folder, and fails below a floor.

    eng/coverage.py artifacts/tests --floor Microsoft.ML.Asft=90

A line counts as covered if any report says that it ran.
"""
import argparse
import collections
import pathlib
import sys
import xml.etree.ElementTree as xml

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("folder", type=pathlib.Path, help="where the reports *.cobertura.xml lie, at any depth")
parser.add_argument("--floor", action="append", default=[], metavar="PROJECT=PERCENT", help="the least coverage of a project")
args = parser.parse_args()

reports = sorted(args.folder.rglob("*.cobertura.xml"))
if not reports:
    sys.exit(f"There is no *.cobertura.xml below {args.folder}. Did the tests run with -p:Coverage=true?")

lines = collections.defaultdict(dict)  # project → (file, line) → whether it ran
for report in reports:
    for package in xml.parse(report).getroot().iter("package"):
        if not package.get("name").startswith(("Microsoft.ML.Asft", "asft")) or package.get("name").endswith(".Tests"):
            continue
        for part in package.iter("class"):
            for line in part.iterfind("./lines/line"):
                place = part.get("filename"), line.get("number")
                ran = int(line.get("hits")) > 0
                lines[package.get("name")][place] = lines[package.get("name")].get(place, False) or ran

percent = {project: 100 * sum(all_lines.values()) / len(all_lines) for project, all_lines in lines.items()}
print(f"{'project':<32}{'lines':>8}{'covered':>9}")
for project in sorted(lines):
    print(f"{project:<32}{len(lines[project]):>8}{percent[project]:>8.1f} %")

failed = False
for floor in args.floor:
    project, least = floor.split("=")
    if percent.get(project, 0) < float(least):
        print(f"{project} is below its floor of {least} %: test what you added, or what lost its test.", file=sys.stderr)
        failed = True
sys.exit(failed)
