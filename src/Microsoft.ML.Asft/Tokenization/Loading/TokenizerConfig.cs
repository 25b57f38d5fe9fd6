using System.Text.Json;
using Microsoft.ML.Asft.Tokenization.AddedTokens;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>The other files of a tokenizer: tokenizer_config.json, special_tokens_map.json and added_tokens.json.</summary>
internal sealed class TokenizerConfig
{
    private static readonly string[] RoleNames = ["bos_token", "eos_token", "pad_token", "unk_token"];
    private static readonly string[] OtherRoleNames = ["sep_token", "cls_token", "mask_token"];

    private readonly JsonPlace? _config;
    private readonly JsonPlace? _map;
    private readonly JsonPlace? _ids;

    public TokenizerConfig(string folder)
    {
        _config = Read("tokenizer_config.json");
        _map = Read("special_tokens_map.json");
        _ids = Read("added_tokens.json");
        Roles = RoleNames.Select(role => (role, Token: Role(role))).Where(entry => entry.Token is not null)
            .ToDictionary(entry => entry.role, entry => entry.Token!);

        JsonPlace? Read(string name)
        {
            string file = Path.Combine(folder, name);
            return File.Exists(file) ? JsonPlace.Parse(file, File.ReadAllBytes(file)) : null;
        }
    }

    /// <summary>The tokens with a role, by the role's name, such as <c>eos_token</c>.</summary>
    public IReadOnlyDictionary<string, string> Roles { get; }

    /// <summary>A setting of tokenizer_config.json.</summary>
    public bool Flag(string name, bool missing) => _config?.Flag(name, missing) ?? missing;

    /// <summary>The added tokens: those of tokenizer_config.json, or if it lists none, those of added_tokens.json.</summary>
    public IEnumerable<(JsonPlace Place, AddedToken Token)> AddedTokens()
    {
        if (_config is not null && _config.TryGet("added_tokens_decoder", out JsonPlace? decoder))
        {
            return AddedTokenReader.ReadDecoder(decoder);
        }

        return _ids is null ? [] : AddedTokenReader.ReadIds(_ids, SpecialTokens());
    }

    private HashSet<string> SpecialTokens()
    {
        HashSet<string> special = [.. RoleNames.Concat(OtherRoleNames).Select(Role).OfType<string>()];
        foreach (JsonPlace? file in (JsonPlace?[])[_config, _map])
        {
            if (file is not null && file.TryGet("additional_special_tokens", out JsonPlace? list))
            {
                special.UnionWith(list.Items().Select(Content));
            }
        }

        return special;
    }

    private string? Role(string name) => _config is not null && _config.TryGet(name, out JsonPlace? token) ? Content(token)
        : _map is not null && _map.TryGet(name, out token) ? Content(token)
        : null;

    // A token is a text, or an object whose content is the text.
    private static string Content(JsonPlace token) =>
        token.Kind == JsonValueKind.Object ? token["content"].Text() : token.Text();
}
