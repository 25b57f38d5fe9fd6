using Microsoft.ML.Asft;

namespace Quickstart;

/// <summary>Prints the progress of fine-tuning at regular intervals.</summary>
internal sealed class StepPrinter(int every) : IProgress<AsftProgress>
{
    public void Report(AsftProgress value)
    {
        if (value.Step % every == 0 || value.Step == value.TotalSteps)
        {
            Console.WriteLine(
                $"  step {value.Step,4}/{value.TotalSteps}  loss {value.Loss:F4}  cross-entropy {value.CrossEntropy:F3}  "
                + (double.IsNaN(value.Kl) ? "" : $"KL {value.Kl:F3}  ") + $"{value.Tokens / value.Seconds,6:F0} tokens/s");
        }
    }
}
