"""Conversations of every kind that chat templates treat differently. Each message says words that no other says."""

TOOL = {"type": "function", "function": {"name": "get_tide", "description": "Height of the tide",
        "parameters": {"type": "object", "properties": {"quay": {"type": "integer", "description": "Number of the quay"}}, "required": ["quay"]}}}
OTHER = {"type": "function", "function": {"name": "get_wind", "description": "Wind at \"sea\"", "parameters": {
         "type": "object", "properties": {"where": {"type": "string", "enum": ["north", "south"]}}}}}


def call(name, arguments, identity="call12345"):
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


def user(text):
    return {"role": "user", "content": text}


def says(text, **fields):
    return {"role": "assistant", "content": text, **fields}


def system(text):
    return {"role": "system", "content": text}


CALLED = [user("Quartz tide?"), says("", tool_calls=[call("get_tide", {"quay": 4})]),
          {"role": "tool", "name": "get_tide", "tool_call_id": "call12345", "content": "two metres"}, says("It is cinder high.")]

CONVERSATIONS = {
    "one turn": {"messages": [user("Quartz?"), says("Cinder lake.")]},
    "system": {"messages": [system("Be terse."), user("Quartz?"), says("Cinder lake.")]},
    "two turns": {"messages": [user("Quartz?"), says("Cinder lake."), user("Velvet?"), says("Sunny hill.")]},
    "system, three turns": {"messages": [system("Be terse."), user("Quartz?"), says("Cinder"), user("Velvet?"), says("Sunny"), user("Marble?"), says("Copper")]},
    "assistant first": {"messages": [says("Welcome cinder!"), user("Quartz?"), says("Sunny hill.")]},
    "system, assistant first": {"messages": [system("Be terse."), says("Welcome cinder!"), user("Quartz?"), says("Sunny hill.")]},
    "ends with the user": {"messages": [user("Quartz?"), says("Cinder lake."), user("Velvet?")]},
    "only the user": {"messages": [user("Quartz?")]},
    "two answers in a row": {"messages": [user("Quartz?"), says("Cinder lake."), says("Sunny hill.")]},
    "empty answer": {"messages": [user("Quartz?"), says(""), user("Velvet?"), says("Sunny hill.")]},
    "blanks and lines": {"messages": [user(" Quartz?\n"), says("\n Cinder\n\n  lake. \n"), user("Velvet\t?"), says("Sunny  hill.  ")]},
    "letters of the world": {"messages": [user("Quärtz 家?"), says("Cïnder 😀 \"lake\" <b>&amp;</b> {x} \\n '.'"), user("Velvet?"), says("سلام hill")]},
    "thoughts within": {"messages": [user("Quartz?"), says("<think>\nhazel idea\n</think>\n\nCinder lake."), user("Velvet?"), says("<think>\nolive idea\n</think>\n\nSunny hill.")]},
    "thoughts beside": {"messages": [user("Quartz?"), says("Cinder lake.", reasoning_content="hazel idea"), user("Velvet?"), says("Sunny hill.", reasoning_content="olive idea")]},
    "gpt-oss thoughts": {"messages": [user("Quartz?"), says("Cinder lake.", thinking="hazel idea"), user("Velvet?"), says("Sunny hill.", thinking="olive idea")]},
    "no thinking": {"messages": [user("Quartz?"), says("Cinder lake."), user("Velvet?"), says("Sunny hill.")], "kwargs": {"enable_thinking": False}},
    "tools not called": {"messages": [system("Be terse."), user("Quartz?"), says("Cinder lake.")], "tools": [TOOL, OTHER]},
    "tools called": {"messages": CALLED, "tools": [TOOL]},
    "tools called, words before": {"messages": [system("Be terse."), CALLED[0], says("Let me look.", tool_calls=[call("get_tide", {"quay": 4})]), *CALLED[2:]], "tools": [TOOL, OTHER]},
    "tools called with text": {"messages": [CALLED[0], says("", tool_calls=[call("get_tide", "{\"quay\": 4}")]), *CALLED[2:]], "tools": [TOOL]},
    "tools called, content null": {"messages": [CALLED[0], {"role": "assistant", "content": None, "tool_calls": [call("get_tide", {"quay": 4})]}, *CALLED[2:]], "tools": [TOOL]},
    "two calls at once": {"messages": [CALLED[0], says("", tool_calls=[call("get_tide", {"quay": 4}), call("get_wind", {"where": "north"}, "call67890")]),
                          CALLED[2], {"role": "tool", "name": "get_wind", "tool_call_id": "call67890", "content": "stiff breeze"}, CALLED[3]], "tools": [TOOL, OTHER]},
    "call, thought": {"messages": [CALLED[0], says("", reasoning_content="hazel idea", tool_calls=[call("get_tide", {"quay": 4})]), CALLED[2],
                      says("It is cinder high.", reasoning_content="olive idea"), user("Velvet?"), says("Sunny hill.")], "tools": [TOOL]},
    "ends with a call": {"messages": CALLED[:2], "tools": [TOOL]},
}
