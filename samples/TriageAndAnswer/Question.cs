namespace TriageAndAnswer;

/// <summary>A question with its topic and its answer.</summary>
internal sealed class Question
{
    public string Instruction { get; set; } = "";

    public string Topic { get; set; } = "";

    public string Response { get; set; } = "";
}

/// <summary>A question with the pipeline's output.</summary>
internal sealed class Answer
{
    public string Instruction { get; set; } = "";

    public string System { get; set; } = "";

    public string Completion { get; set; } = "";
}
