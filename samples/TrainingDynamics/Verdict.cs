namespace TrainingDynamics;

/// <summary>What became of a claim here.</summary>
internal enum Verdict
{
    Holds,
    Not,
    Open,
}
