namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>The method that determines a model's choice.</summary>
public enum MultipleChoiceMethod
{
    /// <summary>
    /// By the probability of each letter as the next token, summed over every token that is the letter, such as
    /// <c>A</c> and <c>␣A</c>. Lower-case letters do not count: <c>␣a</c> is mostly the article.
    /// </summary>
    Letter,

    /// <summary>By the probability of each option's text after the prompt.</summary>
    Likelihood,

    /// <summary>
    /// By the log-probability of each option's text divided by its number of characters, because long texts are less likely.
    /// </summary>
    LikelihoodPerCharacter,

    /// <summary>By the letter in the text that the model writes; a text without one is a wrong answer.</summary>
    Generation,
}
