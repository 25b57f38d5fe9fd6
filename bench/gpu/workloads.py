"""The models and rows of the GPU proof, which the program and the peer both read. The weights are random: speed does not depend on them."""
import json
import os
import random

QWEN = dict(model_type="qwen2", architectures=["Qwen2ForCausalLM"], hidden_act="silu", max_position_embeddings=32768, rms_norm_eps=1e-6,
            rope_theta=1000000.0, tie_word_embeddings=True, use_sliding_window=False, bos_token_id=1, eos_token_id=2)
LLAMA = dict(model_type="llama", architectures=["LlamaForCausalLM"], hidden_act="silu", max_position_embeddings=4096, rms_norm_eps=1e-5,
             rope_theta=10000.0, tie_word_embeddings=False, bos_token_id=1, eos_token_id=2)


def sizes(base, vocabulary, hidden, intermediate, layers, heads, key_value_heads):
    return dict(base, vocab_size=vocabulary, hidden_size=hidden, intermediate_size=intermediate, num_hidden_layers=layers,
                num_attention_heads=heads, num_key_value_heads=key_value_heads)


# The sizes are those of the published config.json files on the Hugging Face Hub.
REAL = {"qwen2.5-0.5b": sizes(QWEN, 151936, 896, 4864, 24, 14, 2), "llama-2-7b": sizes(LLAMA, 32000, 4096, 11008, 32, 32, 32)}
TINY = {"qwen-tiny": sizes(QWEN, 512, 64, 128, 2, 4, 2), "llama-tiny": sizes(LLAMA, 512, 64, 128, 2, 4, 4)}

# Prompt and answer of GSM8K's first 64 training rows, in tokens of Qwen2.5, as `asft encode` writes them.
GSM8K = [(69, 60), (61, 65), (91, 101), (84, 127), (56, 78), (95, 163), (87, 89), (136, 115), (140, 135), (98, 367), (106, 144), (129, 157), (70, 87),
         (98, 88), (60, 77), (100, 213), (86, 129), (110, 234), (94, 140), (94, 121), (103, 87), (81, 133), (89, 85), (87, 153), (111, 64), (124, 148),
         (85, 97), (117, 218), (83, 74), (85, 202), (85, 139), (94, 141), (145, 89), (98, 131), (73, 82), (79, 83), (77, 85), (110, 180), (101, 58),
         (104, 121), (73, 195), (100, 106), (96, 159), (84, 119), (98, 140), (113, 128), (73, 169), (85, 104), (79, 41), (86, 47), (104, 124), (93, 163),
         (79, 81), (90, 79), (98, 128), (65, 103), (91, 134), (90, 158), (105, 193), (119, 120), (87, 155), (130, 179), (70, 124), (117, 106)]


def write(folder, dry):
    """Writes {shape}/config.json and {shape}/{rows}.jsonl; the names of the shapes and of the rows."""
    shapes = TINY if dry else REAL
    shrink = 8 if dry else 1
    lengths = {"full": [(512 // shrink, 512 // shrink)] * 64, "gsm8k": [(max(1, p // shrink), max(1, a // shrink)) for p, a in GSM8K]}
    for shape, config in shapes.items():
        os.makedirs(os.path.join(folder, shape), exist_ok=True)
        with open(os.path.join(folder, shape, "config.json"), "w") as file:
            json.dump(config, file)
        for name, pairs in lengths.items():
            numbers = random.Random(1)
            with open(os.path.join(folder, shape, f"{name}.jsonl"), "w") as file:
                for prompt, answer in pairs:
                    ids = [numbers.randrange(3, config["vocab_size"]) for _ in range(prompt + answer)]
                    file.write(json.dumps(dict(input_ids=ids, labels=[-100] * prompt + ids[prompt:])) + "\n")
    return list(shapes), list(lengths)
