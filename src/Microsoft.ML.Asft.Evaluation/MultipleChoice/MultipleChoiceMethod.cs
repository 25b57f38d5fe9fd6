namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>How a model's choice is found out.</summary>
public enum MultipleChoiceMethod
{
    /// <summary>
    /// By the probability of each letter as the next token, added up over every spelling of the letter that is one token, such as
    /// <c>A</c> and <c>␣A</c>. Lower-case letters are no spellings: <c>␣a</c> is mostly the article.
    /// </summary>
    Letter,

    /// <summary>By the probability of each option's text after the prompt.</summary>
    Likelihood,

    /// <summary>
    /// By the log-probability of each option's text divided by its number of characters, which takes out that long texts are unlikely.
    /// </summary>
    LikelihoodPerCharacter,

    /// <summary>By the letter in the text that the model writes; a text without one is a wrong answer.</summary>
    Generation,
}
