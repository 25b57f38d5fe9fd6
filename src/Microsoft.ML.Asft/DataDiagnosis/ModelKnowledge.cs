namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>How much of the data the base model knows before training.</summary>
public enum ModelKnowledge
{
    /// <summary>Nearly every label is what the model says anyway.</summary>
    Known,

    /// <summary>The model finds most labels possible.</summary>
    PartlyKnown,

    /// <summary>Most of what training has to learn is nearly impossible to the model.</summary>
    Surprising,

    /// <summary>The model predicts the labels no better than one that knows only how often each token occurs, or not even that.</summary>
    Unknown,
}
