"""The figures that the proof is about, from its results."""
from statistics import median


def summarize(state, shapes, rows):
    results = state["results"]
    rate = results.get("rate", {}).get("flops")
    summary = {"parity": {name: {key: results[name][key] for key in ("distance", "loss", "change", "worst") if key in results[name]}
                          for name in results if name.split()[0] in ("kernels", "goldens", "steps")}}
    if rate:
        summary["bfloat16 product rate, TFLOP/s"] = rate / 1e12
    for shape in shapes:
        for data in rows:
            ours = best(results, f"{shape} {data} ours asft", rate)
            peer = best(results, f"{shape} {data} peer", rate) or best(results, f"{shape} {data} stand-in", rate)
            sft = best(results, f"{shape} {data} ours sft", rate)
            if not ours and not peer:
                continue
            entry = {"ours": ours, "peer": peer}
            if ours and peer:
                entry["tokens/s, ours : peer"] = ours["tokensPerSecond"] / peer["tokensPerSecond"]
                entry["memory, ours : peer"] = ours["peakMb"] / peer["peakMb"]
            if ours and sft:
                entry["price of the anchor"] = {"time, asft : sft": sft["tokensPerSecond"] / ours["tokensPerSecond"],
                                                "memory, asft : sft": ours["peakMb"] / sft["peakMb"]}
            summary[f"{shape} {data}"] = entry
        summary[f"{shape} decoding, tokens/s"] = {
            name.removeprefix(f"decode {shape} "): result["tokensPerSecond"]
            for name, result in results.items() if name.startswith(f"decode {shape} ") and "tokensPerSecond" in result}
    return summary


def best(results, prefix, rate):
    """The fastest way of a side, by the median of its steps after the first two; None if none was measured."""
    ways = {}
    for name, result in results.items():
        if name.startswith(prefix) and "seconds" in result:
            ways.setdefault(name.rsplit(" round ", 1)[0], []).append(result)
    speeds = []
    for way, runs in ways.items():
        skip = min(2, len(runs[0]["seconds"]) - 1)
        steps = [(t / s, f / s if f else None) for r in runs
                 for s, t, f in list(zip(r["seconds"], r["tokens"], r.get("flops", [None] * len(r["seconds"]))))[skip:]]
        entry = {"way": way, "tokensPerSecond": median(tokens for tokens, _ in steps), "rounds": len(runs),
                 "peakMb": min(r.get("devicePeakMb") or r["hostPeakMb"] for r in runs)}
        if rate and steps[0][1]:
            entry["share of the product rate"] = median(flops for _, flops in steps) / rate
        speeds.append(entry)
    return max(speeds, key=lambda entry: entry["tokensPerSecond"], default=None)
