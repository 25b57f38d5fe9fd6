using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// A property in which families differ, and how it is read from <c>config.json</c>, checked and written. A family without the property refuses
/// its settings, because without them the model would compute something else.
/// </summary>
internal abstract class ConfigTrait
{
    /// <summary>Sets the trait's defaults in the configuration of a new model.</summary>
    public virtual ModelConfig Default(ModelConfig config) => config;

    /// <summary>Reads the trait's settings. The sizes in the configuration have been read before.</summary>
    /// <exception cref="NotSupportedException">The family does not support a setting.</exception>
    /// <exception cref="InvalidDataException">A setting is invalid.</exception>
    public virtual ModelConfig Read(ModelConfig config, JsonSettings json) => config;

    /// <summary>Checks that the family can have a configuration, which was read or made in code.</summary>
    /// <exception cref="InvalidDataException">A setting is invalid. The message names it.</exception>
    public abstract void Check(ModelConfig config, string file);

    /// <summary>Writes the trait's settings. What is the same in every model of the family has no setting.</summary>
    public virtual void Write(ModelConfig config, JsonObject json)
    {
    }

    /// <summary>Refuses a setting that the family does not have, if its value is not null, false, 0 or empty.</summary>
    protected static void RefuseIfSet(ModelConfig config, JsonSettings json, string key)
    {
        if (json.IsSet(key))
        {
            throw json.Unsupported(key, $"is set, and a {config.ModelType} model has none");
        }
    }

    /// <summary>Demands what is the same in every model of the family.</summary>
    protected static void DemandAsInFamily(ModelConfig config, bool holds, string file, string key) =>
        ModelConfigChecks.Demand(holds, file, key, $"is not as a {config.ModelType} model has it");
}
