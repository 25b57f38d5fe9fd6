using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// Something in which families differ, with all that <c>config.json</c> has to do with it: how it is read, checked and written. A family
/// that lacks the trait refuses its settings by name, because a model computed without them would be another one.
/// </summary>
internal abstract class ConfigTrait
{
    /// <summary>Gives a new model's configuration the trait at its default.</summary>
    public virtual ModelConfig Default(ModelConfig config) => config;

    /// <summary>Reads the trait's settings into a configuration whose sizes are there already.</summary>
    /// <exception cref="NotSupportedException">A setting is one that the family does not have.</exception>
    /// <exception cref="InvalidDataException">A setting makes no sense.</exception>
    public virtual ModelConfig Read(ModelConfig config, JsonSettings json) => config;

    /// <summary>Checks that a configuration, read or made in code, is one that the family can have.</summary>
    /// <exception cref="InvalidDataException">It is not; the message names the setting.</exception>
    public abstract void Check(ModelConfig config, string file);

    /// <summary>Writes the trait's settings; what the family always has is not a setting.</summary>
    public virtual void Write(ModelConfig config, JsonObject json)
    {
    }

    /// <summary>Refuses a setting that stands for something and that the family does not have.</summary>
    protected static void RefuseIfSet(ModelConfig config, JsonSettings json, string key)
    {
        if (json.IsSet(key))
        {
            throw json.Unsupported(key, $"is set, and a {config.ModelType} model has none");
        }
    }

    /// <summary>Demands what the family always has, which its configuration cannot change.</summary>
    protected static void DemandAsInFamily(ModelConfig config, bool holds, string file, string key) =>
        ModelConfigChecks.Demand(holds, file, key, $"is not as a {config.ModelType} model has it");
}
