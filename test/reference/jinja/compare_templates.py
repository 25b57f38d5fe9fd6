#!/usr/bin/env python3
"""Compares chat templates as Jinja2 renders them with what this library makes of them, byte for byte, and where the assistant's
words stand:

    dotnet build test/reference/jinja/Renderer -c Release
    python3 test/reference/jinja/compare_templates.py FOLDER

FOLDER holds templates, NAME.jinja. Where it has NAME_training.jinja as well, which renders the same and marks with
{% generation %} what is learnt (trl has such pairs), what is learnt with either is compared too."""
import collections
import copy
import datetime
import json
import pathlib
import subprocess
import sys

from conversations import CONVERSATIONS
from transformers_jinja import environment

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
BEGIN, END = "\ue000", "\ue001"


def python_renders(template, conversation, is_prompt):
    try:
        return template.render(messages=conversation["messages"], tools=conversation.get("tools"), documents=None,
                               add_generation_prompt=is_prompt, **{**TOKENS, **conversation.get("kwargs", {})}), None
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def marked_contents(template, conversation, text):
    """Where Jinja2 writes each assistant's content, from a rendering with marks around it; None where that changes the rendering."""
    marked = copy.deepcopy(conversation)
    for message in marked["messages"]:
        if message["role"] == "assistant" and (message.get("content") or "").strip():
            body = message["content"].strip()
            message["content"] = message["content"].replace(body, BEGIN + body + END)
    rendered, _ = python_renders(template, marked, False)
    if rendered is None or rendered.replace(BEGIN, "").replace(END, "") != text:
        return None
    if "".join(c for c in rendered if c in BEGIN + END).replace(BEGIN + END, ""):
        return None
    spans, at = [], 0
    for c in rendered:
        if c == BEGIN:
            spans.append([at, None])
        elif c == END:
            spans[-1][1] = at
        else:
            at += 1
    return spans


def words_of(message):
    text = " ".join(str(message.get(f) or "") for f in ("content", "reasoning_content", "thinking"))
    return [w for w in ("Quartz", "Velvet", "Marble", "Quärtz", "terse", "metres", "breeze") if w in text]


def check_spans(conversation, text, spans, contents):
    """What is wrong with the learnt spans, by the words that each message alone says."""
    learnt = [text[a:b] for a, b in spans]
    outside = text
    for part in learnt:
        outside = outside.replace(part, "", 1)
    for message in conversation["messages"]:
        said = words_of(message)
        if message["role"] != "assistant" and any(w in part for w in said for part in learnt):
            return f"{message['role']} is learnt"
    for word in ("Cinder", "Sunny", "cinder", "Copper", "Cïnder", "hazel", "olive"):
        if word in outside:
            return f"{word} is not learnt"
    for begin, end in contents or []:
        if sum(a <= begin and end <= b for a, b in spans) != 1:
            return f"{text[begin:end]!r} is not in one span"
    for (a, b), part in zip(spans, learnt):
        if any(tag in part for tag in ("<|im_start|>user", "<|start_header_id|>", "<|user|>\n", "[INST]", "<start_of_turn>", "<|turn>", "USER", "Human:")):
            return f"a header is learnt: {part!r}"
    return None


def characters(text, spans):
    """Offsets count UTF-16 units; Python counts characters."""
    units = [0]
    for c in text:
        units.append(units[-1] + (2 if ord(c) > 0xFFFF else 1))
    place = {unit: i for i, unit in enumerate(units)}
    joined = []
    for a, b in spans:
        if joined and joined[-1][1] == place[a]:
            joined[-1][1] = place[b]
        else:
            joined.append([place[a], place[b]])
    return joined


def main(folder):
    root = pathlib.Path(__file__).resolve().parents[3]
    renderer = next(root.glob("artifacts/bin/Renderer/*/Renderer.dll"))
    process = subprocess.Popen(["dotnet", str(renderer)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    jinja = environment(datetime.datetime.now())
    counts, problems, learnt = collections.Counter(), [], {}
    files = sorted(pathlib.Path(folder).glob("*.jinja"))
    rendering_templates = set()
    for file in files:
        try:
            template = jinja.from_string(file.read_text(encoding="utf-8"))
        except Exception as error:
            counts["templates that Jinja2 cannot parse"] += 1
            problems.append(f"{file.name}: Jinja2: {error}")
            continue
        for name, conversation in CONVERSATIONS.items():
            for is_prompt in (True, False):
                text, error = python_renders(template, conversation, is_prompt)
                process.stdin.write(json.dumps({"template": str(file.resolve()), "tokens": TOKENS, "add_generation_prompt": is_prompt, **conversation}) + "\n")
                process.stdin.flush()
                ours = json.loads(process.stdout.readline())
                where = f"{file.name}, {name}{', prompt' if is_prompt else ''}"
                if text is None:
                    counts["both refuse" if "error" in ours else "we render, Jinja2 does not"] += 1
                    if "error" not in ours:
                        problems.append(f"{where}: Jinja2 says {error}")
                elif "error" in ours and "does not write" in ours["error"]:
                    counts["refused, since the template leaves out what the row has"] += 1
                elif ours.get("text") != text:
                    counts["different"] += 1
                    problems.append(f"{where}: {ours.get('error') or difference(text, ours['text'])}")
                else:
                    counts["equal"] += 1
                    rendering_templates.add(file.name)
                    if not is_prompt:
                        compare_spans(counts, problems, learnt, where, conversation, text, ours, marked_contents(template, conversation, text), file, name,
                                      (python_renders(template, conversation, True)[0] or "")[len(text):])
    process.stdin.close()
    process.wait()
    for (stem, name), (text, spans, invitation) in learnt.items():
        other = learnt.get((stem + "_training", name))
        if other is not None and other[0] == text:
            pairs = list(zip(trimmed(text, spans), trimmed(text, other[1])))
            # What a prompt to complete already has, such as "<think>", the model need not write.
            same = len(spans) == len(other[1]) and all(
                theirs.endswith(ours) and (theirs == ours or theirs[:len(theirs) - len(ours)].strip() in invitation) for ours, theirs in pairs)
            counts[f"learnt {'as' if same else 'otherwise than'} the training template marks it"] += 1
            if not same:
                problems.append(f"{stem}, {name}: ours {[text[a:b] for a, b in spans]!r}, the training template's {[text[a:b] for a, b in other[1]]!r}")
    print(*problems, sep="\n")
    print(f"{len(files)} templates, {len(rendering_templates)} of which render something, {len(CONVERSATIONS)} conversations each")
    for what, count in counts.items():
        print(f"{count:6} {what}")
    return 1 if counts["different"] or counts["spans wrong"] or counts["we render, Jinja2 does not"] else 0


def trimmed(text, spans):
    return [text[a:b].strip() for a, b in spans]


def compare_spans(counts, problems, learnt, where, conversation, text, ours, contents, file, name, invitation):
    if not any(m["role"] == "assistant" for m in conversation["messages"]):
        return
    if "refused" in ours:
        counts["spans refused"] += 1
        problems.append(f"{where}: refused: {ours['refused']}")
        return
    spans = characters(text, ours["spans"])
    learnt[file.stem, name] = (text, spans, invitation)
    wrong = check_spans(conversation, text, spans, contents)
    counts["spans right, held against marks" if contents is not None and wrong is None else "spans right, held against words" if wrong is None else "spans wrong"] += 1
    if wrong is not None:
        problems.append(f"{where}: {wrong}: {[text[a:b] for a, b in spans]!r} of {text!r}")


def difference(text, ours):
    at = next((i for i, (a, b) in enumerate(zip(text, ours)) if a != b), min(len(text), len(ours)))
    return f"at {at}: Jinja2 {text[max(0, at - 30):at + 60]!r}, ours {ours[max(0, at - 30):at + 60]!r}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
