// Tests the paper's claims on a laptop. It fine-tunes the small base model with seven settings, in two regimes (Regime.cs) and over several
// seeds, and measures along the way. It writes DIR/report.html, and DIR/results.json with every figure. A second run with the same options writes
// the same bytes. Results in DIR/runs are used again, so a stopped command resumes, and another ablation adds only its own runs.
//
// dotnet run --project samples/TrainingDynamics -c Release -- --output DIR [--seeds 5] [--further-seeds 5] [--lambdas 0.01,0.05,0.2] [--directions]
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
var seeds = new Option<int>("--seeds") { Description = "Runs of sft, asft, and asft with warm start, in each regime.", DefaultValueFactory = _ => 5 };
var furtherSeeds = new Option<int?>("--further-seeds") { Description = "Runs of every other setting. Without it: as many." };
var epochs = new Option<int>("--epochs") { Description = "The number of passes of each run over the data.", DefaultValueFactory = _ => 12 };
var points = new Option<int>("--points") { Description = "The number of measurements in each run.", DefaultValueFactory = _ => 2 };
var rate = new Option<double>("--learning-rate") { Description = "The highest learning rate.", DefaultValueFactory = _ => 2e-3 };
var lambda = new Option<double>("--lambda") { Description = "λ of sft+kl and asft.", DefaultValueFactory = _ => 0.05 };
var lambdas = new Option<string?>("--lambdas") { Description = "Also: asft with each of these λ, separated by commas." };
var directions = new Option<bool>("--directions") { Description = "Also: asft with forward and with reverse KL." };
var parallel = new Option<int>("--parallel") { Description = "Runs at the same time.", DefaultValueFactory = _ => Environment.ProcessorCount };
var single = new Option<string?>("--single") { Description = "Only this run, in a process that this program starts.", Hidden = true };
var root = new RootCommand("Measures seven ways to fine-tune the small base model, where it half knows the new skill and where it does not.")
{
    output, assets, seeds, furtherSeeds, epochs, points, rate, lambda, lambdas, directions, parallel, single,
};
root.SetAction(async (parse, cancellationToken) =>
{
    string folder = Directory.CreateDirectory(parse.GetValue(output)!).FullName;
    const int BatchSize = 16;
    double weight = parse.GetValue(lambda);
    var shape = new RunShape(parse.GetValue(epochs), parse.GetValue(rate), weight, BatchSize);
    if (parse.GetValue(single) is { } name)
    {
        string[] parts = name.Split('/');
        var experiment = new Experiment(
            parse.GetValue(assets)!, Regime.All.Single(regime => regime.Name == parts[0]), shape, parse.GetValue(points), folder);
        Worker.Print(parts[1] == "base" ? [experiment.Base()] : experiment.Run(Setting.Parse(parts[1], out int seed), seed));
        return;
    }

    // 1. The list of runs: first the three settings that --seeds counts.
    Setting[] byWeight = [.. (parse.GetValue(lambdas)?.Split(',') ?? []).Select(
        text => Setting.Of(AsftObjective.Asft, double.Parse(text, CultureInfo.InvariantCulture)))];
    Setting[] byDirection = !parse.GetValue(directions) ? [] :
    [
        Setting.Of(AsftObjective.Asft, weight), Setting.Of(AsftObjective.Asft, weight, KlDirection.Reverse),
    ];
    Setting[] Main(Regime regime) =>
    [
        Setting.Of(AsftObjective.Sft, weight), Setting.Of(AsftObjective.Asft, weight),
        Setting.Of(AsftObjective.Asft, weight, warmStartSteps: regime.WarmStartSteps), Setting.Of(AsftObjective.Dft, weight),
        Setting.Of(AsftObjective.SftKl, weight), Setting.Of(AsftObjective.IwSft, weight), Setting.Of(AsftObjective.Eaft, weight),
    ];
    int SeedsOf(Regime regime, Setting setting) =>
        Main(regime)[..3].Contains(setting) ? parse.GetValue(seeds) : parse.GetValue(furtherSeeds) ?? parse.GetValue(seeds);

    // 2. The runs.
    var watch = Stopwatch.StartNew();
    string kept = Path.Combine(folder, "runs", string.Create(
        CultureInfo.InvariantCulture, $"{shape.Epochs} epochs, {parse.GetValue(points)} points, rate {shape.LearningRate}"));
    var before = new Dictionary<Regime, Measurement>();
    foreach (var regime in Regime.All)
    {
        before[regime] = (await StartAsync(regime, "base"))[0];
        Console.WriteLine($"{regime.Name}, the base: {before[regime]}");
    }

    var runs = Regime.All.SelectMany(regime => Main(regime).Concat(byWeight).Concat(byDirection).Distinct()
        .Select(setting => (Regime: regime, Setting: setting))).ToDictionary(run => run, run => new IReadOnlyList<Measurement>[SeedsOf(run.Regime, run.Setting)]);
    await Parallel.ForEachAsync(
        runs.SelectMany(run => run.Value.Select((_, i) => (run.Key.Regime, run.Key.Setting, Seed: i + 1))),
        new ParallelOptions { MaxDegreeOfParallelism = parse.GetValue(parallel), CancellationToken = cancellationToken },
        async (run, _) =>
        {
            var measured = runs[(run.Regime, run.Setting)][run.Seed - 1] = await StartAsync(run.Regime, run.Setting.Format(run.Seed));
            Console.WriteLine($"{watch.Elapsed:hh\\:mm\\:ss} {run.Regime.Name}, {run.Setting.FullName}, seed {run.Seed}: {measured[^1]}");
        });

    // 3. The report.
    var report = new Report(string.Join(' ', ["dotnet run --project samples/TrainingDynamics -c Release --", .. args]), shape);
    foreach (var regime in Regime.All)
    {
        IReadOnlyList<SettingResult> Results(Setting[] settings) => [.. settings.Select(setting => new SettingResult(setting, runs[(regime, setting)]))];
        var main = Results(Main(regime));
        report.Advise(regime, Advice.Of(before[regime], main));
        report.Section("Seven objectives", regime, before[regime], main, [.. Claims.OfSizes(before[regime], main), .. Claims.Of(main)]);
        if (byWeight.Length > 0)
        {
            report.Section("ASFT by λ", regime, before[regime], Results(byWeight), [Claims.OfWeights(Results(byWeight))]);
        }

        if (byDirection.Length > 0)
        {
            report.Section("ASFT by the direction of KL", regime, before[regime], Results(byDirection), Claims.OfDirections(Results(byDirection)));
        }
    }

    report.Write(Path.Combine(folder, "report.html"));
    var json = new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter() },
    };
    File.WriteAllText(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(
        Regime.All.Select(regime => new
        {
            regime = regime.Name,
            before = before[regime],
            results = runs.Where(run => run.Key.Regime == regime).Select(run => new SettingResult(run.Key.Setting, run.Value)),
        }),
        json) + "\n");
    Console.WriteLine($"\n{report.Text}\n{Path.Combine(folder, "report.html")} after {watch.Elapsed.TotalMinutes:F1} minutes");

    async Task<IReadOnlyList<Measurement>> StartAsync(Regime regime, string run)
    {
        string file = Path.Combine(Directory.CreateDirectory(Path.Combine(kept, regime.Name)).FullName, run + ".json");
        if (!File.Exists(file))
        {
            string measured = await Worker.StartAsync([.. args, "--single", $"{regime.Name}/{run}"], cancellationToken);
            File.WriteAllText(file + ".part", measured);
            File.Move(file + ".part", file);
        }

        return JsonSerializer.Deserialize<Measurement[]>(File.ReadAllText(file))!;
    }
});
return await root.Parse(args).InvokeAsync();
