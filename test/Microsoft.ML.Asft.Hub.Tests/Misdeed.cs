namespace Microsoft.ML.Asft.Hub.Tests;

/// <summary>What <see cref="LoopbackHub"/> does instead of answering as it should.</summary>
public enum Misdeed
{
    None,
    CutInHalf,
    Fail500,
    TooMany429,
    Stall,
    IgnoreRange,
    WrongByte,
    SendTooMuch,
    WrongRange,
    Redirect,
    RedirectInHouse,
    RedirectForEver,
    Missing404,
    Gated403,
}
