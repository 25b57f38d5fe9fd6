using System.Globalization;
using Microsoft.ML.Asft.Options;

namespace TrainingDynamics;

/// <summary>An objective with its λ, its direction of KL, and the steps of its warm start.</summary>
internal sealed record Setting(AsftObjective Objective, double KlWeight, KlDirection Direction, int WarmStartSteps)
{
    /// <summary>Makes a setting; objectives without an anchor have neither λ nor direction.</summary>
    public static Setting Of(AsftObjective objective, double klWeight, KlDirection direction = KlDirection.Forward, int warmStartSteps = 0) =>
        objective is AsftObjective.SftKl or AsftObjective.Asft ? new Setting(objective, klWeight, direction, warmStartSteps)
            : new Setting(objective, 0, KlDirection.Forward, 0);

    /// <summary>Gets the objective's name in <c>asft train</c>.</summary>
    public string ObjectiveName => Objective switch
    {
        AsftObjective.SftKl => "sft+kl",
        AsftObjective.IwSft => "iw-sft",
        var other => other.ToString().ToLowerInvariant(),
    };

    /// <summary>Gets the name without λ and direction.</summary>
    public string ShortName => WarmStartSteps > 0 ? $"{ObjectiveName} with warm start" : ObjectiveName;

    /// <summary>Gets the name that tells it from the same objective with another anchor.</summary>
    public string FullName => KlWeight == 0 ? ShortName : string.Create(
        CultureInfo.InvariantCulture, $"{ShortName}, λ = {KlWeight}{(Direction == KlDirection.Reverse ? ", reverse" : "")}");

    /// <summary>Writes the setting and a seed as one word, for <see cref="Parse"/>.</summary>
    public string Format(int seed) => string.Create(CultureInfo.InvariantCulture, $"{Objective},{KlWeight:R},{Direction},{WarmStartSteps},{seed}");

    public static Setting Parse(string text, out int seed)
    {
        string[] parts = text.Split(',');
        seed = int.Parse(parts[4], CultureInfo.InvariantCulture);
        return new Setting(
            Enum.Parse<AsftObjective>(parts[0]), double.Parse(parts[1], CultureInfo.InvariantCulture), Enum.Parse<KlDirection>(parts[2]),
            int.Parse(parts[3], CultureInfo.InvariantCulture));
    }
}
