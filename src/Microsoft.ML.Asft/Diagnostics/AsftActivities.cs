using System.Diagnostics;

namespace Microsoft.ML.Asft.Diagnostics;

/// <summary>
/// The spans of a run, for OpenTelemetry or any other <see cref="ActivityListener"/>. Without a listener they cost nothing. A listener is
/// called on the training thread, before and after what a span covers: tests use that to kill a run at an exact point.
/// </summary>
internal static class AsftActivities
{
    /// <summary>The name of the source, as docs/training.md has it.</summary>
    public const string SourceName = "Microsoft.ML.Asft";

    /// <summary>One optimizer step.</summary>
    public const string Step = "asft.step";

    /// <summary>Within a step: the update, after its gradients are complete.</summary>
    public const string Update = "asft.update";

    /// <summary>Writing a checkpoint until it has its name.</summary>
    public const string Save = "asft.checkpoint.save";

    /// <summary>Deleting a checkpoint; it has lost its name by then.</summary>
    public const string Delete = "asft.checkpoint.delete";

    /// <summary>Writing and flushing one file. Its name is the tag <c>file.name</c>.</summary>
    public const string Write = "asft.file.write";

    /// <summary>The tag of <see cref="Write"/>.</summary>
    public const string FileName = "file.name";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Starts a span, which ends when it is disposed of.</summary>
    /// <param name="name">One of the names above.</param>
    /// <param name="file">The file it writes.</param>
    public static Activity? Start(string name, string? file = null) => file is null || !Source.HasListeners()
        ? Source.StartActivity(name)
        : Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), [new(FileName, Path.GetFileName(file))]);
}
