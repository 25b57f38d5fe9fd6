using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Serving;

/// <summary>The options of an HTTP server for a model.</summary>
public sealed class AsftServerOptions
{
    /// <summary>Gets or sets the address to listen on: an IP address or <c>localhost</c>.</summary>
    /// <value>The default value is <c>127.0.0.1</c>. Any address but this machine's own loopback needs an <see cref="ApiKey"/>.</value>
    [Required]
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>Gets or sets the port; 0 takes a free one.</summary>
    /// <value>0 to 65535. The default value is 8080.</value>
    [Range(0, 65535)]
    public int Port { get; set; } = 8080;

    /// <summary>Gets or sets the key that requests must send as <c>Authorization: Bearer …</c>; <c>/health</c> needs none.</summary>
    /// <value>The default value is <see langword="null"/>: no key.</value>
    public string? ApiKey { get; set; }

    /// <summary>Gets or sets the model's name in requests.</summary>
    /// <value>The default value is <see langword="null"/>: the name of its folder.</value>
    public string? ModelName { get; set; }

    /// <summary>Gets or sets the number of completions at a time.</summary>
    /// <value>1 or more. The default value is 16.</value>
    [Range(1, 4096)]
    public int Slots { get; set; } = 16;

    /// <summary>Gets or sets the number of requests that may wait; further ones get 429.</summary>
    /// <value>0 or more. The default value is 64.</value>
    [Range(0, 1 << 20)]
    public int QueueLimit { get; set; } = 64;

    /// <summary>Gets or sets the maximum size of a request's body, in bytes.</summary>
    /// <value>1024 or more. The default value is 1 MiB.</value>
    [Range(1024, 1 << 30)]
    public int MaxBodyBytes { get; set; } = 1 << 20;

    /// <summary>Gets or sets the maximum length of a prompt, in tokens.</summary>
    /// <value>1 or more. The default value is 4096; the model's own limit also applies.</value>
    [Range(1, 1 << 24)]
    public int MaxPromptTokens { get; set; } = 4096;

    /// <summary>Gets or sets the maximum number of tokens that a request may ask for.</summary>
    /// <value>1 or more. The default value is 4096.</value>
    [Range(1, 1 << 20)]
    public int MaxCompletionTokens { get; set; } = 4096;
}
