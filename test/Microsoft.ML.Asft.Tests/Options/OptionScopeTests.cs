using System.Reflection;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Pipeline;

namespace Microsoft.ML.Asft.Tests.Options;

/// <summary>Every option says who depends on it, and what it says is so.</summary>
public class OptionScopeTests
{
    private static readonly OptionFact[] All = [.. OptionFact.Of(new AsftOptions())];

    public static TheoryData<string> Saved => [.. All.Where(fact => fact.Scope.Saved).Select(fact => fact.Path)];

    [Fact]
    public void Every_public_option_of_every_group_has_a_scope()
    {
        // An option without a scope makes OptionFact.Of throw; here they are counted by another way.
        int count = typeof(AsftOptions).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == typeof(AsftOptions).Namespace && type.IsClass)
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Count(property => !OptionFact.IsGroup(property));
        Assert.Equal(count, All.Length);
    }

    [Fact]
    public void What_a_pipeline_keeps_has_names_of_its_own()
    {
        Assert.Equal(Saved.Count, All.Where(fact => fact.Scope.Saved).Select(fact => fact.Property.Name).Distinct().Count());
        Assert.DoesNotContain(All, fact => fact.Scope.Saved
            && fact.Property.Name is nameof(SavedPipeline.ModelPath) or nameof(SavedPipeline.Fingerprint) or nameof(SavedPipeline.Adapter));
    }

    [Fact]
    public void What_a_resumed_run_compares_is_compared_by_workers_too() =>
        Assert.Equal([], All.Where(fact => fact.Scope.Resume != Comparison.None && fact.Scope.Workers == Comparison.None).Select(fact => fact.Path));

    [Theory]
    [MemberData(nameof(Saved))]
    public void A_saved_option_comes_back(string path)
    {
        var options = new AsftOptions { Runtime = { Quantization = WeightQuantization.Nf4 } };   // DoubleQuantization needs it
        var fact = OptionFact.Of(options).Single(fact => fact.Path == path);
        object? changed = Changed(fact.Property, fact.Property.GetValue(fact.Owner));
        if (changed is not null)
        {
            fact.Property.SetValue(fact.Owner, changed);
        }
        else
        {
            options.Generation.MaxNewTokens = 7;
        }

        var saved = SavedPipeline.Parse(new SavedPipeline("folder", "print", null, SavedPipeline.Values(options)).ToJson());
        var again = OptionFact.Of(saved.ToOptions("folder")).Single(other => other.Path == path);

        if (changed is not null)
        {
            Assert.Equal(changed, again.Property.GetValue(again.Owner));
        }
        else
        {
            Assert.Equal(7, ((AsftOptions)again.Owner).Generation.MaxNewTokens);
        }
    }

    // Another value that is in the option's range; none for the one that is an object.
    private static object? Changed(PropertyInfo property, object? value) => (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) switch
    {
        var type when type == typeof(string) => "another",
        var type when type == typeof(bool) => !(bool)value!,
        var type when type == typeof(int) => (int)value! + 1,
        var type when type == typeof(double) => ((double?)value ?? 0) + 0.5,
        { IsEnum: true } type => Enum.GetValues(type).Cast<object>().First(other => !other.Equals(value)),
        _ => null,
    };
}
