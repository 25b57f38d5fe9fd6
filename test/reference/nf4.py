"""4-bit NormalFloat and double quantization, from QLoRA (arXiv 2305.14314, sections 3 and appendix E) alone, in plain Python.

The levels are computed from the quantiles of the normal distribution, not copied:  python3 nf4.py > ../Microsoft.ML.Asft.Tests/Golden/nf4.json
The file has float32 numbers, their codes, the scales of blocks, the codes of the scales, and the scales that one gets back. Float32 numbers are base64,
codes hexadecimal.
"""
import base64
import json
import random
import struct
from statistics import NormalDist

BLOCK = 64
GROUP = 256


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def packed(numbers):
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def levels():
    """Appendix E: 8 quantiles for the negative half, 9 for the positive half, one zero, scaled to [-1, 1]."""
    # The outermost quantile of both halves: the mean of 1 - 1/(2·15) and 1 - 1/(2·16).
    offset = ((1 - 1 / 30) + (1 - 1 / 32)) / 2
    quantile = NormalDist().inv_cdf

    def half(n):   # n points from the offset to 0.5, without 0.5 itself, which is zero
        return [quantile(offset + (0.5 - offset) * i / n) for i in range(n)]

    values = sorted(half(8) + [0.0] + [-x for x in half(7)])
    return [x / max(values) for x in values]


def dynamic_levels():
    """The dynamic 8-bit format (arXiv 1511.04561): a sign, zero bits that count powers of ten, a one bit, and a linear fraction."""
    found = {0.0, 1.0}
    for bits in range(7):                      # of the fraction
        power = 10.0 ** (bits - 6)
        edges = [0.1 + 0.9 * i / 2**bits for i in range(2**bits + 1)]
        for low, high in zip(edges, edges[1:]):
            found |= {power * (low + high) / 2, -power * (low + high) / 2}
    assert len(found) == 256
    return sorted(found)


def nearest(level_list, x):
    return min(range(len(level_list)), key=lambda i: abs(level_list[i] - x))


def main():
    r = random.Random(5)
    # Blocks of different sizes of numbers, one of zeros, and a last one that is not full.
    numbers = []
    for block in range(270):
        size = 0.0 if block == 7 else 0.02 * 10 ** r.uniform(-1, 0.5)
        numbers += [f32(r.gauss(0, size)) for _ in range(BLOCK)]
    del numbers[-16:]
    nf4, dynamic = levels(), dynamic_levels()
    codes, scales = [], []
    for start in range(0, len(numbers), BLOCK):
        block = numbers[start:start + BLOCK]
        scale = max(abs(x) for x in block)
        scales.append(scale)
        codes += [nearest(nf4, f32(x / scale) if scale else 0.0) for x in block]
    mean = f32(sum(scales) / len(scales))
    centred = [f32(s - mean) for s in scales]
    group_scales, scale_codes = [], []
    for start in range(0, len(centred), GROUP):
        group = centred[start:start + GROUP]
        largest = max(abs(x) for x in group)
        group_scales.append(largest)
        scale_codes += [nearest(dynamic, f32(x / largest)) for x in group]
    restored = [dynamic[c] * group_scales[i // GROUP] + mean for i, c in enumerate(scale_codes)]
    print(json.dumps({
        "levels": nf4,
        "dynamic_levels": dynamic,
        "numbers": packed(numbers),
        "codes": "".join(f"{c:x}" for c in codes),
        "scales": packed(scales),
        "scale_codes": bytes(scale_codes).hex(),
        "restored_scales": packed(restored),
    }))


main()
