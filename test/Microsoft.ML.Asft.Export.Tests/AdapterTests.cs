using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Adapters alone, and merged.</summary>
public sealed class AdapterTests
{
    public static TheoryData<string> Kinds => ["LoRA", "rank-stabilised", "patterns", "patterns, rank-stabilised"];

    private static AdapterConfig ConfigOf(string kind) => RandomAdapter.Plain with
    {
        UseRslora = kind.EndsWith("rank-stabilised", StringComparison.Ordinal),
        RankPattern = kind.StartsWith("patterns", StringComparison.Ordinal) ? [new("k_proj", 8), new("layers.1.mlp.up_proj", 2)] : [],
        AlphaPattern = kind.StartsWith("patterns", StringComparison.Ordinal) ? [new("layers.0.self_attn.q_proj", 3)] : [],
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_adapter_on_the_base_models_file_computes_what_the_merged_file_does(string kind) => Compare("llama", ConfigOf(kind));

    [Fact]
    public void An_adapter_for_a_family_whose_rows_stay_computes_what_the_merged_file_does() => Compare("qwen2", RandomAdapter.Plain);

    [Fact]
    public void An_adapter_of_fused_projections_computes_what_the_merged_file_does() =>
        Compare("phi3", RandomAdapter.Plain with { TargetModules = ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"] });

    [Fact]
    public void An_adapter_of_experts_and_router_computes_what_the_merged_file_does_whatever_the_experts_ranks() => Compare("mixtral", RandomAdapter.Plain with
    {
        TargetModules = ["q_proj", "k_proj", "gate", "w1", "w2", "w3"],
        RankPattern = [new("layers.0.block_sparse_moe.experts.2.w1", 7), new("experts.5.w2", 2)],
        AlphaPattern = [new("experts.3.w3", 30)],
    });

    [Fact]
    public void An_adapter_of_some_experts_computes_what_the_merged_file_does() => Compare("qwen3_moe", RandomAdapter.Plain with
    {
        TargetModules = [],
        TargetPattern = @".*\.experts\.(1|6)\.(gate|down)_proj",
    });

    [Fact]
    public void DoRA_alone_is_refused_with_the_way_out_and_merged_it_is_written()
    {
        using var folder = new TemporaryFolder();
        string adapter = RandomAdapter.Write(folder.Path, "llama", RandomAdapter.Plain with { UseDora = true });
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"), adapter);

        var refusal = Assert.Throws<NotSupportedException>(() => model.ExportGguf(Path.Combine(folder.Path, "a.gguf"), new() { AdapterOnly = true }));
        Assert.Contains("use_dora", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("merged", refusal.Message, StringComparison.Ordinal);

        string merged = Path.Combine(folder.Path, "merged.gguf");
        model.ExportGguf(merged, new() { Type = GgufType.Float32 });
        using var llama = new LlamaCpp(merged);
        int[] ids = OurModel.Ids(2080, 16);
        var ours = OurModel.Logits(model.Model, ids);
        Assert.InRange(OurModel.Difference(ours, llama.Logits(ids)), 0, 1e-3 * OurModel.Deviation(ours));
    }

    [Fact]
    public void Without_an_adapter_there_is_none_to_write_alone()
    {
        using var folder = new TemporaryFolder();
        using var model = OurModel.Load(OurModel.BaseFolder);
        Assert.Throws<InvalidOperationException>(() => model.ExportGguf(Path.Combine(folder.Path, "a.gguf"), new() { AdapterOnly = true }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    private static void Compare(string family, AdapterConfig config)
    {
        using var folder = new TemporaryFolder();
        string adapter = RandomAdapter.Write(folder.Path, family, config);
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"), adapter);
        using var bare = OurModel.Load(Path.Combine(folder.Path, "model"));
        string File(string name) => Path.Combine(folder.Path, name);
        model.ExportGguf(File("adapter.gguf"), new() { AdapterOnly = true });
        model.ExportGguf(File("merged.gguf"), new() { Type = GgufType.Float32 });
        bare.ExportGguf(File("base.gguf"), new() { Type = GgufType.Float32 });

        int[] ids = OurModel.Ids(2080);
        using var merged = new LlamaCpp(File("merged.gguf"));
        using var plain = new LlamaCpp(File("base.gguf"));
        var ours = OurModel.Logits(model.Model, ids);
        double tolerance = 1e-3 * OurModel.Deviation(ours);
        Assert.InRange(OurModel.Difference(ours, merged.Logits(ids)), 0, tolerance);
        Assert.InRange(OurModel.Difference(ours, plain.Logits(ids, File("adapter.gguf"))), 0, tolerance);
        Assert.True(OurModel.Difference(ours, plain.Logits(ids)) > 100 * tolerance);
    }
}
