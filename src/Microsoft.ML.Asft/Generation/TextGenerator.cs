namespace Microsoft.ML.Asft.Generation;

/// <summary>Completes many prompts, so many at a time: when one ends, the next takes its place.</summary>
/// <param name="model">The model, which others may use between two tokens.</param>
internal sealed class TextGenerator(AsftTransformer model)
{
    /// <summary>Completes prompts.</summary>
    /// <param name="prompts">The completions to make, those of one prompt together.</param>
    /// <param name="slots">How many completions at a time.</param>
    /// <param name="cancellationToken">Looked at before each token.</param>
    public void Run(IEnumerable<IReadOnlyList<DecodingSequence>> prompts, int slots, CancellationToken cancellationToken = default)
    {
        // Like lengths side by side, the longest first, so that no long one is left to run alone at the end.
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
