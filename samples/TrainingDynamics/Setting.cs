using System.Globalization;
using Microsoft.ML.Asft;

namespace TrainingDynamics;

/// <summary>A way to fine-tune.</summary>
internal sealed record Setting(AsftObjective Objective, double KlWeight, KlDirection Direction)
{
    /// <summary>Gets the name of the objective, as <c>asft train</c> has it.</summary>
    public string ObjectiveName => Objective switch
    {
        AsftObjective.SftKl => "sft+kl",
        var other => other.ToString().ToLowerInvariant(),
    };

    public bool IsAnchored => Objective is AsftObjective.SftKl or AsftObjective.Asft;

    /// <summary>Gets what it is called beside the same objective with another anchor.</summary>
    public string FullName => !IsAnchored ? ObjectiveName : string.Create(
        CultureInfo.InvariantCulture, $"{ObjectiveName}, λ = {KlWeight}{(Direction == KlDirection.Reverse ? ", reverse" : "")}");
}
