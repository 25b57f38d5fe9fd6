using System.Text.Json.Serialization;

namespace BaseModel;

/// <summary>
/// One line of a data file: the question and the answer. Rows of the old skills' test have the skill's name.
/// Rows of a model's output have the model's answer.
/// </summary>
internal sealed record Row(
    [property: JsonPropertyName("instruction")] string Instruction,
    [property: JsonPropertyName("response")] string Response,
    [property: JsonPropertyName("skill"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Skill = null,
    [property: JsonPropertyName("completion"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Completion = null);
