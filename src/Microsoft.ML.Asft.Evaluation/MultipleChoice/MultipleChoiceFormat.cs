namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>The format of rows of multiple-choice questions.</summary>
public enum MultipleChoiceFormat
{
    /// <summary>Detected from the columns of the first row.</summary>
    Auto,

    /// <summary>MedQA: <c>question</c>, <c>options</c> as an object by letter, <c>answer_idx</c> a letter.</summary>
    MedQa,

    /// <summary>MMLU: <c>question</c>, <c>choices</c> as a list, <c>answer</c> an index from 0.</summary>
    Mmlu,

    /// <summary>MedMCQA: <c>question</c>, <c>opa</c> to <c>opd</c>, <c>cop</c> an index from 0.</summary>
    MedMcqa,

    /// <summary>
    /// Any: <c>question</c>; <c>options</c> or <c>choices</c> as a list or an object, or a column for each letter from <c>A</c> on; and
    /// <c>answer</c>:
    /// a letter, an option's text, or an index from 0.
    /// </summary>
    Generic,
}
