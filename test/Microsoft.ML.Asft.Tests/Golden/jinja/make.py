#!/usr/bin/env python3
"""Renders cases.txt (templates, divided by lines of ====) with Python's jinja2, set up as transformers sets it up, into
cases.json, which JinjaGoldenTests compares with. Needs jinja2 3.1; run it in this folder: python3 make.py"""
import datetime
import json

import jinja2
from jinja2 import ext, nodes, sandbox

VARIABLES = {
    "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Hé 😀!"}, {"role": "assistant", "content": "A"}],
    "n": 3, "f": 2.5, "z": 0, "s": "Hello, World", "e": "", "t": True, "no": None, "l": [3, 1, 2],
    "d": {"b": 1, "a": [1, {"x": None}], "c": "q'\"\n"}, "u": "😀a😀b", "w": "  x  y\n", "words": ["b", "A", "c", "a"],
    "nested": [[1, 2], [3]], "big": 1e20, "small": 1e-7, "one": 1.0,
}
NOW = datetime.datetime(2024, 7, 26, 13, 5, 9)


class Generation(ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("write"), [], [], body).set_lineno(line)

    def write(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


environment = sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = NOW.strftime

cases = []
for template in open("cases.txt", encoding="utf-8").read()[:-1].split("\n====\n"):
    try:
        cases.append({"template": template, "rendered": environment.from_string(template).render(**VARIABLES)})
    except Exception as error:
        cases.append({"template": template, "error": f"{type(error).__name__}: {error}"})
with open("cases.json", "w", encoding="utf-8") as file:
    json.dump({"now": NOW.isoformat(), "variables": VARIABLES, "cases": cases}, file, ensure_ascii=False, indent=1)
    file.write("\n")
print(len(cases), "cases")
