namespace TrainingDynamics;

/// <summary>Whether a claim holds here.</summary>
internal enum Verdict
{
    Holds,
    Not,
    Open,
}
