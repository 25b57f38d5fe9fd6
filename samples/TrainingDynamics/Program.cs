// Tests the paper's claims on a laptop. It fine-tunes the small base model on the small noisy set with each objective and several
// seeds, and measures along the way. It writes DIR/report.html, and DIR/results.json with every figure. A second run with the same
// options writes the
// same bytes. Results in DIR/runs are used again, so a stopped command resumes, and another ablation adds only its own runs.
//
// dotnet run --project samples/TrainingDynamics -c Release -- --output DIR [--seeds 5] [--epochs 12] [--lambda 0.003]
//     [--lambdas 0.003,0.01,0.05,0.1] [--directions]
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Asft.Options;
using TrainingDynamics;

var output = new Option<string>("--output") { Description = "The folder of the report.", DefaultValueFactory = _ => "training-dynamics" };
var assets = new Option<string>("--assets")
{
    Description = "A folder with the files of samples/assets.",
    DefaultValueFactory = _ => Path.Combine(AppContext.BaseDirectory, "assets"),
};
var seeds = new Option<int>("--seeds") { Description = "Runs of each setting.", DefaultValueFactory = _ => 5 };
var epochs = new Option<int>("--epochs") { Description = "The number of passes of each run over the data.", DefaultValueFactory = _ => 12 };
var points = new Option<int>("--points") { Description = "The number of measurements in each run.", DefaultValueFactory = _ => 4 };
var rate = new Option<double>("--learning-rate") { Description = "The highest learning rate.", DefaultValueFactory = _ => 1e-3 };
var lambda = new Option<double>("--lambda") { Description = "λ of sft+kl and asft.", DefaultValueFactory = _ => 0.003 };
var lambdas = new Option<string?>("--lambdas") { Description = "Also: asft with each of these λ, separated by commas." };
var directions = new Option<bool>("--directions") { Description = "Also: asft with forward and with reverse KL." };
var single = new Option<string?>("--single") { Description = "Only this run, in a process that this program starts.", Hidden = true };
var root = new RootCommand("Measures SFT, DFT, SFT with an anchor and ASFT while they fine-tune the small base model.")
{
    output, assets, seeds, epochs, points, rate, lambda, lambdas, directions, single,
};
root.SetAction(async (parse, cancellationToken) =>
{
    string folder = Directory.CreateDirectory(parse.GetValue(output)!).FullName;
    if (parse.GetValue(single) is { } name)
    {
        var experiment = new Experiment(
            parse.GetValue(assets)!, parse.GetValue(epochs), parse.GetValue(points), parse.GetValue(rate), folder);
        Worker.Print(name == "base" ? [experiment.Base()] : experiment.Run(Setting.Parse(name, out int seed), seed));
        return;
    }

    // 1. The list of runs.
    double weight = parse.GetValue(lambda);
    AsftObjective[] objectives = [AsftObjective.Sft, AsftObjective.Dft, AsftObjective.SftKl, AsftObjective.Asft];
    Setting[] main = [.. objectives.Select(objective => Setting.Of(objective, weight))];
    Setting[] byWeight = [.. (parse.GetValue(lambdas)?.Split(',') ?? []).Select(
        text => Setting.Of(AsftObjective.Asft, double.Parse(text, CultureInfo.InvariantCulture)))];
    Setting[] byDirection = !parse.GetValue(directions) ? [] :
    [
        Setting.Of(AsftObjective.Asft, weight), Setting.Of(AsftObjective.Asft, weight, KlDirection.Reverse),
    ];

    // 2. The runs; as many run at the same time as there are processors.
    var watch = Stopwatch.StartNew();
    string kept = Directory.CreateDirectory(Path.Combine(folder, "runs", string.Create(
        CultureInfo.InvariantCulture, $"{parse.GetValue(epochs)} epochs, {parse.GetValue(points)} points, rate {parse.GetValue(rate)}"))).FullName;
    var before = (await StartAsync("base"))[0];
    Setting[] all = [.. main.Concat(byWeight).Concat(byDirection).Distinct()];
    var runs = all.ToDictionary(setting => setting, _ => new IReadOnlyList<Measurement>[parse.GetValue(seeds)]);
    await Parallel.ForEachAsync(
        all.SelectMany(setting => Enumerable.Range(1, parse.GetValue(seeds)).Select(seed => (setting, seed))),
        new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = cancellationToken },
        async (run, _) =>
        {
            var measured = runs[run.setting][run.seed - 1] = await StartAsync(run.setting.Format(run.seed));
            Console.WriteLine($"{watch.Elapsed:mm\\:ss} {run.setting.FullName}, seed {run.seed}: {measured[^1]}");
        });
    IReadOnlyList<SettingResult> Results(Setting[] settings) => [.. settings.Select(setting => new SettingResult(setting, runs[setting]))];

    // 3. The report.
    string command = string.Join(' ', ["dotnet run --project samples/TrainingDynamics -c Release --", .. args]);
    var report = new Report(command, before, new RunShape(
        parse.GetValue(epochs), parse.GetValue(rate), weight, parse.GetValue(seeds)));
    report.Section("Four objectives", Results(main), Claims.Of(Results(main)));
    if (byWeight.Length > 0)
    {
        report.Section("ASFT by λ", Results(byWeight), [Claims.OfWeights(Results(byWeight))]);
    }

    if (byDirection.Length > 0)
    {
        report.Section("ASFT by the direction of KL", Results(byDirection), Claims.OfDirections(Results(byDirection)));
    }

    report.Write(Path.Combine(folder, "report.html"));
    var json = new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };
    File.WriteAllText(
        Path.Combine(folder, "results.json"), JsonSerializer.Serialize(new { before, results = Results(all) }, json) + "\n");
    Console.WriteLine($"\n{report.Text}\n{Path.Combine(folder, "report.html")} after {watch.Elapsed.TotalMinutes:F1} minutes");

    async Task<IReadOnlyList<Measurement>> StartAsync(string run)
    {
        string file = Path.Combine(kept, run + ".json");
        if (!File.Exists(file))
        {
            string measured = await Worker.StartAsync([.. args, "--single", run], cancellationToken);
            File.WriteAllText(file + ".part", measured);
            File.Move(file + ".part", file);
        }

        return JsonSerializer.Deserialize<Measurement[]>(File.ReadAllText(file))!;
    }
});
return await root.Parse(args).InvokeAsync();
