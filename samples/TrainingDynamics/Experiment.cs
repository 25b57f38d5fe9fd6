using Microsoft.ML;
using Microsoft.ML.Asft;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tokenization;

namespace TrainingDynamics;

/// <summary>The base model, its data and the length of fine-tuning.</summary>
internal sealed class Experiment
{
    private readonly MLContext _mlContext = new(seed: 42);
    private readonly string _assets;
    private readonly RunShape _shape;
    private readonly int _points;

    public Experiment(string assets, Regime regime, RunShape shape, int points, string folder)
    {
        (_assets, _shape, _points) = (assets, shape, points);
        NewSkill = Load(Path.Combine(regime.Folder, "new_skill_test.jsonl"));
        OldSkills = LoadHalf("old_skills_test.jsonl", folder);
        Demonstrations = Load(Path.Combine(regime.Folder, "finetune.jsonl"));
        BlankAdapter = Path.Combine(folder, "blank-adapter");
    }

    public IDataView NewSkill { get; }

    public IDataView OldSkills { get; }

    public IDataView Demonstrations { get; }

    /// <summary>Gets the folder of an adapter of the right shape, for <see cref="Probe"/> to write into.</summary>
    public string BlankAdapter { get; }

    /// <summary>Makes the options that all settings share.</summary>
    public AsftOptions Options()
    {
        return new AsftOptions
        {
            ModelPath = Path.Combine(_assets, "base-model"),
            Lora = new LoraOptions
            {
                TargetModules = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"],
            },
            LearningRate = _shape.LearningRate,
            Epochs = _shape.Epochs,
            BatchSize = _shape.BatchSize,

            // So that every processor comes to the same numbers.
            Runtime = { Precision = ModelPrecision.Float32 },
        };
    }

    /// <summary>Fine-tunes with a setting and a seed, and measures at equal intervals, including the last step.</summary>
    public IReadOnlyList<Measurement> Run(Setting setting, int seed)
    {
        using var probe = new Probe(_mlContext, this);
        var options = Options();
        (options.Objective, options.KlWeight, options.Loss.KlDirection, options.Loss.WarmStartSteps, options.Seed) = (
            setting.Objective, setting.KlWeight, setting.Direction, setting.WarmStartSteps, seed);
        var model = CausalLanguageModel.Load(options.ModelPath!);
        var measurements = new List<Measurement>();
        options.Reporting.Progress = new Listener(p =>
        {
            if ((p.Step * _points / p.TotalSteps) > ((p.Step - 1) * _points / p.TotalSteps))
            {
                measurements.Add(probe.Measure(p.Step, model));
            }
        });
        options.PromptTemplate = PromptTemplate.Create("auto", options.ModelPath);
        using var tuned = _mlContext.Transforms.AsftFineTune(model, HuggingFaceTokenizer.Load(options.ModelPath!), options)
            .Fit(Demonstrations);
        return measurements;
    }

    /// <summary>Measures the base model, and makes the blank adapter that <see cref="Run"/> needs.</summary>
    public Measurement Base()
    {
        MakeBlankAdapter();
        using var probe = new Probe(_mlContext, this);
        using var blank = _mlContext.Model.LoadAsft(With(BlankAdapter));
        return probe.Measure(0, blank.Model) with { Kl = 0, NewKl = 0 };
    }

    private AsftOptions With(string adapter)
    {
        var options = Options();
        options.AdapterPath = adapter;
        return options;
    }

    // One step with a learning rate so small that nothing changes.
    private void MakeBlankAdapter()
    {
        var options = Options();
        (options.MaxSteps, options.LearningRate, options.Objective) = (1, 1e-30, AsftObjective.Sft);
        using var model = _mlContext.Transforms.AsftFineTune(options).Fit(_mlContext.Data.TakeRows(Demonstrations, 1));
        model.SaveAdapter(BlankAdapter);
    }

    private IDataView Load(string name) => _mlContext.Data.LoadAsftData(Path.Combine(_assets, name));

    // Every second row, to save time: five of each old skill.
    private IDataView LoadHalf(string name, string folder)
    {
        string half = Path.Combine(folder, name);
        if (!File.Exists(half))
        {
            File.WriteAllLines(half, File.ReadLines(Path.Combine(_assets, name)).Where((_, row) => row % 2 == 0));
        }

        return _mlContext.Data.LoadAsftData(half);
    }

    private sealed class Listener(Action<AsftProgress> listen) : IProgress<AsftProgress>
    {
        public void Report(AsftProgress value) => listen(value);
    }
}
