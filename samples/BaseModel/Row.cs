using System.Text.Json.Serialization;

namespace BaseModel;

/// <summary>
/// One line of a data file: what is asked, what to answer, in the old skills' test which ability it is of, and in a
/// model's output what the model answered.
/// </summary>
internal sealed record Row(
    [property: JsonPropertyName("instruction")] string Instruction,
    [property: JsonPropertyName("response")] string Response,
    [property: JsonPropertyName("skill"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Skill = null,
    [property: JsonPropertyName("completion"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Completion = null);
