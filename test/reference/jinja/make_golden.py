#!/usr/bin/env python3
"""Renders Golden/jinja/cases.txt (templates, divided by lines of ====) with Jinja2 into cases.json beside it, which
JinjaGoldenTests compares with: python3 test/reference/jinja/make_golden.py"""
import datetime
import json
import pathlib

from transformers_jinja import environment

VARIABLES = {
    "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Hé 😀!"}, {"role": "assistant", "content": "A"}],
    "n": 3, "f": 2.5, "z": 0, "s": "Hello, World", "e": "", "t": True, "no": None, "l": [3, 1, 2],
    "d": {"b": 1, "a": [1, {"x": None}], "c": "q'\"\n"}, "u": "😀a😀b", "w": "  x  y\n", "words": ["b", "A", "c", "a"],
    "nested": [[1, 2], [3]], "big": 1e20, "small": 1e-7, "one": 1.0,
}
NOW = datetime.datetime(2024, 7, 26, 13, 5, 9)

folder = pathlib.Path(__file__).parent.parent.parent / "Microsoft.ML.Asft.Tests" / "Golden" / "jinja"
jinja = environment(NOW)
cases = []
for template in (folder / "cases.txt").read_text(encoding="utf-8")[:-1].split("\n====\n"):
    try:
        cases.append({"template": template, "rendered": jinja.from_string(template).render(**VARIABLES)})
    except Exception as error:
        cases.append({"template": template, "error": f"{type(error).__name__}: {error}"})
(folder / "cases.json").write_text(
    json.dumps({"now": NOW.isoformat(), "variables": VARIABLES, "cases": cases}, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
print(len(cases), "cases,", sum("error" in case for case in cases), "of them errors")
