using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>
/// Byte-level tokenizers that llama.cpp recognises by their ids of a fixed text. Text, hashes and names are facts of
/// llama.cpp's converter (conversion/base.py, get_vocab_base_pre); the hash is that of the ids as Python writes a list.
/// </summary>
internal static class KnownTokenizers
{
    /// <summary>The text: white space, emoji, digits, scripts, quotes and contractions.</summary>
    public const string Text =
        "\n \n\n \n\n\n \t \t\t \t\n  \n   \n    \n     \n\U0001F680 (normal) \U0001F636\u200D\U0001F32B\uFE0F (multiple emojis concatenated) "
        + "\u2705 \U0001F999\U0001F999 3 33 333 3333 33333 333333 3333333 33333333 3.3 3..3 3...3 កាន់តែពិសេសអាច\U0001F601 "
        + "?我想在apple工作1314151天～ ------======= нещо на Български ''''''```````\"\"\"\"......!!!!!!?????? "
        + "I've been 'told he's there, 'RE you sure? 'M not sure I'll make it, 'D you like some tea? We'Ve a'lL";

    private static readonly Dictionary<string, string> NameOfHash = new(StringComparer.Ordinal)
    {
        ["0ef9807a4087ebef797fc749390439009c3b9eda9ad1a097abbe738f486c01e5"] = "llama-bpe",
        ["e636dc30a262dcc0d8c323492e32ae2b70728f4df7dfe9737d9f920a282b8aea"] = "qwen2",
        ["d4540891389ea895b53b399da6ac824becc30f2fba0e9ddbb98f92e55ca0e97c"] = "qwen2",
        ["1444df51289cfa8063b96f0e62b1125440111bc79a52003ea14b6eac7016fd5f"] = "qwen35",
        ["d30d75d9059f1aa2c19359de71047b3ae408c70875e8a3ccf8c5fba56c9d8af4"] = "qwen35",
        ["b3f499bb4255f8ca19fccd664443283318f2fd2414d5e0b040fbdd0cc195d6c5"] = "deepseek-r1-qwen",
        ["4a2e2abae11ca2b86d570fc5b44be4d5eb5e72cc8f22dd136a94b37da83ab665"] = "kormo",
        ["d4c8f286ea6b520b3d495c4455483cfa2302c0cfcd4be05d781b6a8a0a7cdaf1"] = "megrez",
        ["855059429035d75a914d1eda9f10a876752e281a054a7a3d421ef0533e5b6249"] = "smollm",
        ["63b97e4253352e6f357cc59ea5b583e3a680eaeaf2632188c2b952de2588485e"] = "tekken",
        ["0e9433cbbb161f89e264eb32e8e64bfe69e834973ffca5d41d3948a604a3e2a3"] = "pixtral",
        ["3ce83efda5659b07b1ad37ca97ca5797ea4285d9b9ab0dc679e4a720c9da7454"] = "gpt-2",
        ["0fe1cf6eda062318a1af7270f3331a85c539a01778ff948e24388e949c5282f4"] = "gpt-2",
        ["fcace8b9cac38ce847670c970cd5892031a753a1ef381abd1d9af00f713da085"] = "phi-2",
        ["9d032fcbd5501f4a38150912590928bfb36091efb5df11b8e2124b0390e3fb1e"] = "falcon3",
        ["049ecf7629871e3041641907f3de7c733e4dbfdc736f57d882ba0b0845599754"] = "deepseek-llm",
        ["347715f544604f9118bb75ed199f68779f423cabb20db6de6f31b908d04d7821"] = "deepseek-coder",
        ["877081d19cf6996e2c4ff0e1236341e9b7bde288f5311a56a937f0afbbb3aeb5"] = "deepseek-v3",
        ["35d91631860c815f952d711435f48d356ebac988362536bed955d43bfa436e34"] = "starcoder",
        ["6221ad2852e85ce96f791f476e0b390cf9b474c9e3d1362f53a24a06dc8220ff"] = "refact",
        ["32d85c31273f8019248f2559fed492d929ea28b17e51d81d3bb36fff23ca72b3"] = "stablelm2",
        ["c136ed14d01c2745d4f60a9596ae66800e2b61fa45643e72436041855ad4089d"] = "smaug-bpe",
        ["1431a23e583c97432bc230bff598d103ddb5a1f89960c8f1d1051aaa944d0b35"] = "minerva-7b",
        ["d5f1dd6f980fec569fb218a81a7658ac45fc56b38c5a0adeb1c232fbe04ef5ec"] = "seed-coder",
        ["b0a6b1c0bd5998ebd9df08611efde34a4ff03faed45ae09c43e6b31ebd4b94cf"] = "a.x-4.0",
        ["f6791d196f87ce6b56a7d234be618e0d58f8cda3549416635b2bebcd22cd95c4"] = "midm-2.0",
        ["169bf0296a13c4d9b7672313f749eb36501d931022de052aad6e36f2bf34dd51"] = "lfm2",
        ["a1e163ecab2e718a4c829d1148b6e86824ec36163bb71941c3dca9cd5ac25756"] = "mellum",
        ["ccc2ef013c104be7bae2965776d611e1d7a8a2a9c547dd93a682c9a9fc80352e"] = "gpt-4o",
        ["d353350c764d8c3b39c763113960e4fb4919bea5fbf208a0e3b22e8469dc7406"] = "llama4",
    };

    /// <summary>Returns llama.cpp's name of the pre-tokenizer; null for an unknown tokenizer.</summary>
    public static string? NameOf(HuggingFaceTokenizer tokenizer) => NameOfHash.GetValueOrDefault(Hash(tokenizer));

    /// <summary>Computes the hash, in hexadecimal.</summary>
    public static string Hash(HuggingFaceTokenizer tokenizer)
    {
        string ids = $"[{string.Join(", ", tokenizer.EncodeToIds(Text, addSpecialTokens: true))}]";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(ids)));
    }
}
