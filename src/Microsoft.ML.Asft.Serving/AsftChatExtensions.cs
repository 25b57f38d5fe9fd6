using Microsoft.Extensions.AI;
using Microsoft.ML.Asft.Serving;

#pragma warning disable IDE0130   // extends the library's own types
namespace Microsoft.ML.Asft;

/// <summary>Fine-tuned models as chat clients.</summary>
public static class AsftChatExtensions
{
    /// <summary>
    /// Makes a client that chats with the model in its prompt template. Calls from several threads are completed
    /// together.
    /// </summary>
    /// <param name="model">The model. The client does not own it: dispose the client first.</param>
    /// <param name="slots">The maximum number of responses at a time; further ones wait for a slot.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="slots"/> is below 1.</exception>
    public static IChatClient AsChatClient(this AsftTransformer model, int slots = 8)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        return new AsftChatClient(model, slots);
    }
}
