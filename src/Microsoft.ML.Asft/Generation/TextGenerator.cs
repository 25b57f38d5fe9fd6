namespace Microsoft.ML.Asft.Generation;

/// <summary>Completes many prompts, a number at a time: when one ends, the next one takes its slot.</summary>
/// <param name="model">The model, which others may use between two tokens.</param>
internal sealed class TextGenerator(AsftTransformer model)
{
    /// <summary>Completes prompts.</summary>
    /// <param name="prompts">The completions to make, those of one prompt together.</param>
    /// <param name="slots">The number of completions at a time.</param>
    /// <param name="cancellationToken">Checked before each token.</param>
    public void Run(IEnumerable<IReadOnlyList<DecodingSequence>> prompts, int slots, CancellationToken cancellationToken = default)
    {
        // Prompts of similar length run together, the longest first, so that no long one runs alone at the end.
        var waiting = new Queue<IReadOnlyList<DecodingSequence>>(prompts.OrderByDescending(samples => samples[0].Prompt.Count));
        using var batch = model.Use(loaded => new DecodingBatch(loaded.Model));
        while (waiting.Count > 0 || batch.Running.Count > 0)
        {
            cancellationToken.ThrowIfCancellationRequested();
            model.Use(_ =>
            {
                if (waiting.TryPeek(out var next) && batch.Running.Count + next.Count <= slots)
                {
                    batch.Join(waiting.Dequeue(), cancellationToken);
                }
                else
                {
                    batch.Step();
                }

                return true;
            });
        }
    }
}
