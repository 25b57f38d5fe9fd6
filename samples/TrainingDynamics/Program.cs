// Puts the paper's claims to the test on a laptop: the small base model, fine-tuned on the small noisy set with each objective and several
// seeds, measured all along. Writes DIR/report.html, and DIR/results.json with every figure; a second run with the same options writes the
// same figures.
//
// dotnet run --project samples/TrainingDynamics -c Release -- --output DIR [--seeds 5] [--epochs 6] [--lambda 0.01] [--lambdas
// 0.003,0.05,0.1] [--directions]
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.ML.Asft;
using TrainingDynamics;

var output = new Option<string>("--output") { Description = "The folder of the report.", DefaultValueFactory = _ => "training-dynamics" };
var assets = new Option<string>(
    "--assets") { Description = "A folder as samples/assets.", DefaultValueFactory = _ =>
    Path.Combine(AppContext.BaseDirectory, "assets") };
var seeds = new Option<int>("--seeds") { Description = "Runs of each setting.", DefaultValueFactory = _ => 5 };
var epochs = new Option<int>("--epochs") { Description = "How often each run goes through the data.", DefaultValueFactory = _ => 6 };
var points = new Option<int>("--points") { Description = "Measurements along each run.", DefaultValueFactory = _ => 5 };
var rate = new Option<double>("--learning-rate") { Description = "The highest learning rate.", DefaultValueFactory = _ => 1e-3 };
var lambda = new Option<double>("--lambda") { Description = "λ of sft+kl and asft.", DefaultValueFactory = _ => 0.05 };
var lambdas = new Option<string?>("--lambdas") { Description = "Also: asft with each of these λ, divided by commas." };
var directions = new Option<bool>("--directions") { Description = "Also: asft with forward and with reverse KL." };
var root = new RootCommand("Measures SFT, DFT, SFT with an anchor and ASFT while they fine-tune the small base model.")
{
    output, assets, seeds, epochs, points, rate, lambda, lambdas, directions,
};
root.SetAction(parse =>
{
    var watch = Stopwatch.StartNew();
    string folder = Directory.CreateDirectory(parse.GetValue(output)!).FullName;
    var experiment = new Experiment(parse.GetValue(assets)!, parse.GetValue(epochs), parse.GetValue(points), parse.GetValue(rate), folder);
    double weight = parse.GetValue(lambda);
    var results = new Dictionary<Setting, SettingResult>();
    var before = experiment.Base();

    AsftObjective[] objectives = [AsftObjective.Sft, AsftObjective.Dft, AsftObjective.SftKl, AsftObjective.Asft];
    var main = objectives.Select(objective => Run(new Setting(objective, weight, KlDirection.Forward))).ToArray();
    string command = "dotnet run --project samples/TrainingDynamics -c Release -- " + string.Join(' ', args);
    var report = new Report(command, string.Create(CultureInfo.InvariantCulture, $"""
        The small base model of samples/assets learns a new skill from 400 rows of which 12 % are wrong, {parse.GetValue(epochs)} epochs, rank-16 adapters on all projections,
        learning rate {parse.GetValue(rate)}, λ = {weight}. New skill: 112 held-out questions; old skills: 280. Curves are means over {parse.GetValue(seeds)} seeds, bands one standard deviation.
        A seed decides the order of the rows, dropout and the new adapters, and is shared by the settings, so differences are taken within seeds.
        """), before);
    report.Section("Four objectives", main, Claims.Of(main));
    if (parse.GetValue(lambdas) is { } list)
    {
        var weights = list.Split(',')
            .Select(text => Run(new Setting(AsftObjective.Asft, double.Parse(text, CultureInfo.InvariantCulture), KlDirection.Forward)))
            .ToArray();
        report.Section("ASFT by λ", weights, [Claims.OfWeights(weights)]);
    }

    if (parse.GetValue(directions))
    {
        var both = new[] { KlDirection.Forward, KlDirection.Reverse }.Select(
            direction => Run(new Setting(AsftObjective.Asft, weight, direction))).ToArray();
        report.Section("ASFT by the direction of KL", both, Claims.OfDirections(both));
    }

    report.Write(Path.Combine(folder, "report.html"));
    var json = new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
        Converters = { new JsonStringEnumConverter() } };
    File.WriteAllText(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(new { before, results = results.Values }, json)
        + "\n");
    Console.WriteLine($"{Path.Combine(folder, "report.html")} after {watch.Elapsed.TotalMinutes:F1} minutes");

    SettingResult Run(Setting setting)
    {
        if (!results.TryGetValue(setting, out var result))
        {
            result = results[setting] = new SettingResult(
                setting,
                [
                    .. Enumerable.Range(1, parse.GetValue(seeds)).Select(seed =>
                    {
                        var measured = experiment.Run(setting, seed);
                        Console.WriteLine(string.Create(
                            CultureInfo.InvariantCulture,
                            $"{watch.Elapsed:mm\\:ss} {setting.FullName}, seed {seed}: KL {measured[^1].Kl:F3}, new skill {measured[^1].NewSkill:P1} "
                            + $"(T = 1: {measured[^1].NewSkillSampled:P1}), old skills {measured[^1].OldSkills:P1} (T = 1: {measured[^1].OldSkillsSampled:P1})"));
                        return measured;
                    }),
                ]);
        }

        return result;
    }
});
return root.Parse(args).Invoke();
