// Exports of a model against copying its weights, in turns. Both end when the file is on the disk.
//
//   asft init --preset 0.5b --dtype bfloat16 --tokenizer models/small --output MODEL
//   dotnet run -c Release --project bench/Export -- MODEL [ROUNDS]
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Asft.Export;
using Microsoft.ML.Asft.Options;

if (args is not [var folder, .. var rest] || rest.Length > 1 || !Directory.Exists(folder))
{
    Console.Error.WriteLine("Name the folder of a model, and the number of rounds if it is not 5.");
    return 2;
}

int rounds = rest is [var count] ? int.Parse(count, CultureInfo.InvariantCulture) : 5;
string output = Directory.CreateTempSubdirectory("asft-export").FullName;
string file = Path.Combine(output, "model.gguf");
string[] weights = Directory.GetFiles(folder, "*.safetensors");
long copied = weights.Sum(path => new FileInfo(path).Length);
(string Name, Action Work, long Bytes)[] works =
[
    ("copy", Copy, copied),
    ("load and write GGUF as BF16", () => Export(new GgufOptions { Type = GgufType.BFloat16 }), 0),
    ("load and write GGUF as Q8_0", () => Export(new GgufOptions { Type = GgufType.Q8_0 }), 0),
];
var seconds = works.Select(_ => new List<double>()).ToArray();
long written = 0;
try
{
    // The first round is not counted: it also reads the files from the disk and computes the model's fingerprint.
    for (int round = 0; round <= rounds; round++)
    {
        foreach (var (i, work) in works.Index())
        {
            long start = Stopwatch.GetTimestamp();
            work.Work();
            double taken = Stopwatch.GetElapsedTime(start).TotalSeconds;
            written = i == 0 ? copied : new FileInfo(file).Length;
            if (round > 0)
            {
                seconds[i].Add(taken);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round}: {work.Name}: {taken:F2} s, {written:N0} bytes"));
        }
    }

    for (int i = 1; i < works.Length; i++)
    {
        double[] ratios = [.. seconds[0].Zip(seconds[i], (copy, export) => copy / export).Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{works[i].Name}: {ratios[ratios.Length / 2]:F2} of the copy's rate ({ratios[0]:F2} to {ratios[^1]:F2})"));
    }
}
finally
{
    Directory.Delete(output, recursive: true);
}

return 0;

void Copy()
{
    foreach (string path in weights)
    {
        string target = Path.Combine(output, Path.GetFileName(path));
        File.Copy(path, target, overwrite: true);
        using var stream = new FileStream(target, FileMode.Open, FileAccess.Write);
        stream.Flush(flushToDisk: true);
    }
}

void Export(GgufOptions options)
{
    long start = Stopwatch.GetTimestamp();
    using var model = new MLContext().Model.LoadAsft(new AsftOptions { ModelPath = folder, Runtime = { Precision = ModelPrecision.BFloat16 } });
    var loading = Stopwatch.GetElapsedTime(start);
    model.ExportGguf(file, options);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"  load {loading.TotalSeconds:F2} s, write {(Stopwatch.GetElapsedTime(start) - loading).TotalSeconds:F2} s"));
}
