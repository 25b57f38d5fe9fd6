#!/usr/bin/python3
"""This project against PyTorch, on the same token ids, batches and threads.

  bench/peer.py                                    preset 135m with a 49k vocabulary, bfloat16
  bench/peer.py --dtype float32
  bench/peer.py --preset 0.5b --vocab 151936 --rounds 1 --steps 2

Needs ../shared and Debian's python3-torch. Each round runs ours with the adapters switched off for the reference (what a first
epoch costs), ours with the cached reference (every later one), and the peer. Ratios are tokens/s of ours to the peer's, and peak
memory above the loaded model likewise.
"""
import argparse
import common

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
common.add_options(parser)
a = parser.parse_args()
model, rows, encoded = common.prepare(a)
ratios = []
for number in range(a.rounds):
    first = common.train(a, model, rows, "--objective", "asft", "--reference", "adapter-off")
    peer = common.train_peer(a, model, encoded)
    later = common.train(a, model, rows, "--objective", "asft", "--reference", "cached")
    # New adapters change nothing before the first step, so that its loss is the same in both.
    difference = abs(first["losses"][0] - peer["losses"][0]) / abs(peer["losses"][0])
    ratios.append({
        "first epoch": common.seconds(peer) / common.seconds(first),
        "later epochs": common.seconds(peer) / common.seconds(later),
        "memory": common.above_loaded(first) / common.above_loaded(peer),
    })
    print(f"round {number + 1}: peer {common.seconds(peer):.1f} s, ours {common.seconds(first):.1f} s, cached {common.seconds(later):.1f} s; "
          f"above the loaded model {common.above_loaded(peer):.0f} and {common.above_loaded(first):.0f} MB; first losses {difference:.1e} apart; "
          + ", ".join(f"{name} {value:.2f}" for name, value in ratios[-1].items()), flush=True)
common.medians(f"{a.preset}, vocabulary {a.vocab}, {a.dtype}, medians", ratios)
