using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>Writes a model's folder in transformers' format.</summary>
public static partial class ModelWriter
{
    // The other files of a model, which do not depend on its weights.
    private static readonly string[] Companions =
    [
        "tokenizer*", "vocab.*", "merges.txt", "special_tokens_map.json", "added_tokens.json", "chat_template*", "generation_config.json",
        "LICENSE*", "NOTICE*",
    ];

    /// <summary>
    /// Writes <c>config.json</c>, the weights and, from another folder, the other files of a model. All files are written under
    /// temporary names first and renamed together at the end. Weight files of a previous model in the folder are deleted.
    /// </summary>
    /// <param name="folder">The folder; it is created if it does not exist.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="tensors">The weights by Hugging Face's names; without <c>lm_head.weight</c> if the head is tied.</param>
    /// <param name="maxShardSize">
    /// The maximum bytes of weights in a file. More weights are split over several files with an index. The default is 5 GB.
    /// </param>
    /// <param name="copyFrom">
    /// The folder of the model that this one comes from, whose tokenizer, chat template, generation configuration and licence
    /// are copied; nothing is copied if <see langword="null"/>.
    /// </param>
    /// <exception cref="ArgumentException">A tensor's name occurs twice.</exception>
    /// <exception cref="InvalidDataException">The configuration is invalid.</exception>
    /// <exception cref="NotSupportedException">A tensor's type is not one of the format's.</exception>
    public static void Write(
        string folder, ModelConfig config, IEnumerable<KeyValuePair<string, Tensor>> tensors, long maxShardSize = 5_000_000_000,
        string? copyFrom = null) => WriteLazily(folder, config, tensors.Select(LazyTensor.Of), maxShardSize, copyFrom);

    /// <summary>The same with weights that are read one by one.</summary>
    internal static void WriteLazily(
        string folder, ModelConfig config, IEnumerable<LazyTensor> tensors, long maxShardSize = 5_000_000_000, string? copyFrom = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxShardSize);
        string json = config.ToJson();
        Directory.CreateDirectory(folder);
        using var files = new StagedFiles();
        WriteWeights(files, folder, Split(tensors, maxShardSize));
        if (copyFrom is not null && Path.GetFullPath(copyFrom) != Path.GetFullPath(folder))
        {
            foreach (string path in Companions.SelectMany(pattern => Directory.EnumerateFiles(copyFrom, pattern)))
            {
                using var source = File.OpenRead(path);
                files.Write(Path.Combine(folder, Path.GetFileName(path)), source.CopyTo);
            }
        }

        files.Write(Path.Combine(folder, ModelConfig.FileName), stream => stream.Write(Encoding.UTF8.GetBytes(json)));
        foreach (string old in Directory.EnumerateFiles(folder).Where(path => WeightsName().IsMatch(Path.GetFileName(path))).ToList())
        {
            File.Delete(old);
        }

        files.Commit();
    }

    private static List<List<LazyTensor>> Split(IEnumerable<LazyTensor> tensors, long maxShardSize)
    {
        var shards = new List<List<LazyTensor>> { new() };
        long size = 0;
        foreach (var tensor in tensors)
        {
            if (size > 0 && size + tensor.Bytes > maxShardSize)
            {
                shards.Add([]);
                size = 0;
            }

            shards[^1].Add(tensor);
            size += tensor.Bytes;
        }

        return shards;
    }

    private static void WriteWeights(StagedFiles files, string folder, List<List<LazyTensor>> shards)
    {
        var fileOf = new OrderedDictionary<string, string>();
        for (int i = 0; i < shards.Count; i++)
        {
            string name = shards.Count == 1 ? TensorSource.FileName : $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors";
            foreach (var tensor in shards[i])
            {
                fileOf.Add(tensor.Name, name);
            }

            files.Write(Path.Combine(folder, name), stream => SafetensorsWriter.WriteLazily(stream, shards[i]));
        }

        if (shards.Count > 1)
        {
            string index = SafetensorsIndex.ToJson(fileOf, shards.SelectMany(shard => shard).Sum(tensor => tensor.Bytes));
            files.Write(Path.Combine(folder, SafetensorsIndex.FileName), stream => stream.Write(Encoding.UTF8.GetBytes(index)));
        }
    }

    [GeneratedRegex(@"^model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?$")]
    private static partial Regex WeightsName();
}
