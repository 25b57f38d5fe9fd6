using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Families;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>The text model inside a larger one, such as Mistral 3 with its vision tower: <c>text_config</c> of its <c>config.json</c>.</summary>
internal static class TextPart
{
    private const string Key = "text_config";

    /// <summary>Gets the larger models whose text part is used.</summary>
    public static IReadOnlyList<string> Containers { get; } = ["mistral3", "gemma3"];

    /// <summary>The settings of the text part, with those of the larger model that apply to it. If the file is of a text model, its own settings.</summary>
    public static JsonSettings Of(JsonSettings file)
    {
        if (file.Text("model_type") is not { } container || !Containers.Contains(container))
        {
            return file;
        }

        var section = file.Section(Key) ?? throw file.Missing(Key);
        var json = section.Json.DeepClone().AsObject();
        json["architectures"] = new JsonArray(ModelFamily.Get(section.RequiredText("model_type"), file.File).Architecture);
        foreach (string key in (string[])["bos_token_id", "eos_token_id", "pad_token_id"])
        {
            TakeOver(key, key);
        }

        if (!section.Has("torch_dtype"))
        {
            TakeOver("dtype", file.Has("dtype") ? "dtype" : "torch_dtype");
        }

        return section.With(json);

        void TakeOver(string key, string from)
        {
            if (!section.Has(key) && file.Has(from))
            {
                json[key] = file.Json[from]!.DeepClone();
            }
        }
    }

    /// <summary>The name of a module of the text part in PEFT's files, which is its name in transformers 4.52 and later.</summary>
    /// <param name="name">The name in a text model.</param>
    public static string ModuleName(string name) => WithPart(name, "model.", "model.language_model.");

    /// <summary>The name in transformers before 4.52, which published files still have.</summary>
    public static string FormerName(string name) => $"language_model.{name}";

    /// <summary>The name in a text model, from the name in a larger one.</summary>
    public static string PlainName(string name) =>
        WithPart(WithPart(name, "model.language_model.", "model."), "language_model.", "");

    /// <summary>Whether a tensor is of another part of the larger model.</summary>
    public static bool IsOfOtherPart(string name)
    {
        string plain = WithPart(name, "model.", "");
        return plain.StartsWith("vision_tower.", StringComparison.Ordinal) || plain.StartsWith("multi_modal_projector.", StringComparison.Ordinal);
    }

    private static string WithPart(string name, string old, string replacement) =>
        name.StartsWith(old, StringComparison.Ordinal) ? replacement + name[old.Length..] : name;
}
