namespace MedicalQuestions;

/// <summary>A question with its answer, to learn from.</summary>
internal sealed class Demonstration
{
    public string Instruction { get; set; } = "";

    public string Response { get; set; } = "";
}
