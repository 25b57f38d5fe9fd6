namespace Microsoft.ML.Asft.Mpi;

/// <summary>How long workers wait for each other before they consider one lost and end the job.</summary>
public sealed class MpiOptions
{
    /// <summary>Gets or sets how long a worker may be silent. Each process sends a heartbeat every second, whatever it computes.</summary>
    /// <value>The default value is 30 seconds.</value>
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Gets or sets how long workers wait in one operation for a live worker. It must be longer than anything that one of them does while
    /// the others wait: loading, saving, a batch.
    /// </summary>
    /// <value>The default value is 10 minutes.</value>
    public TimeSpan OperationLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Gets or sets the clock that says how long an operation takes.</summary>
    internal TimeProvider Clock { get; set; } = TimeProvider.System;
}
