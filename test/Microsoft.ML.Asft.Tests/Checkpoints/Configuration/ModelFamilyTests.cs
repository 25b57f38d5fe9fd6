using System.Reflection;
using Microsoft.ML.Asft.Checkpoints.Families;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Configuration;

public class ModelFamilyTests
{
    [Fact]
    public void Every_trait_that_a_family_has_is_read()
    {
        PropertyInfo[] traits = [.. typeof(ModelFamily).GetProperties().Where(property => property.PropertyType.IsAssignableTo(typeof(ConfigTrait)))];
        Assert.NotEmpty(traits);
        Assert.All(ModelFamily.All, family => Assert.Equal(
            traits.Select(trait => trait.GetValue(family)).ToHashSet(), family.Traits.ToHashSet<object?>()));
    }
}
