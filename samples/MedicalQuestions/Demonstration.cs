namespace MedicalQuestions;

/// <summary>A question with its answer, for training.</summary>
internal sealed class Demonstration
{
    public string Instruction { get; set; } = "";

    public string Response { get; set; } = "";
}
