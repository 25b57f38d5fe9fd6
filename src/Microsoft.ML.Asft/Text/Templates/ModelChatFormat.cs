using System.Text;
using System.Text.Json;

namespace Microsoft.ML.Asft.Text;

/// <summary>What a model's folder says about how to chat with it.</summary>
/// <param name="Template">Its chat template; null where it has none.</param>
/// <param name="File">The name of the file that the template is in.</param>
/// <param name="SpecialTokens">The variables that hold its special tokens, such as <c>eos_token</c>.</param>
/// <param name="HasChatMarkupTokens">Whether its tokenizer has the tokens that begin and end a turn in ChatML.</param>
internal sealed record ModelChatFormat(JinjaTemplate? Template, string File, JinjaDictionary SpecialTokens, bool HasChatMarkupTokens)
{
    private const string TemplateFile = "chat_template.jinja";
    private const string ConfigFile = "tokenizer_config.json";
    private const string SpecialTokensFile = "special_tokens_map.json";
    private const long LargestTemplateFile = 1 << 22;

    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>Reads <c>chat_template.jinja</c> and <c>tokenizer_config.json</c>, of which the former goes first.</summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it and the place.</exception>
    /// <exception cref="NotSupportedException">The template uses more of Jinja than is understood here.</exception>
    public static ModelChatFormat Read(string folder)
    {
        JsonPlace? config = ReadJson(Path.Combine(folder, ConfigFile));
        JsonPlace? map = ReadJson(Path.Combine(folder, SpecialTokensFile));
        var tokens = new JinjaDictionary();
        foreach (string role in Roles)
        {
            if ((TokenText(config, role) ?? TokenText(map, role)) is { } token)
            {
                tokens[role] = new JinjaString(token);
            }
        }
        bool hasMarkup = AddedTokens(config).ToHashSet().IsSupersetOf(["<|im_start|>", "<|im_end|>"]);

        string file = Path.Combine(folder, TemplateFile);
        if (System.IO.File.Exists(file))
        {
            return new(JinjaTemplate.Parse(ReadText(file), file), TemplateFile, tokens, hasMarkup);
        }
        string? source = config is not null && config.TryGet("chat_template", out JsonPlace? template) ? DefaultOf(template) : null;
        string name = $"{Path.Combine(folder, ConfigFile)}, chat_template";
        return new(source is null ? null : JinjaTemplate.Parse(source, name), ConfigFile, tokens, hasMarkup);
    }

    private static JsonPlace? ReadJson(string file) =>
        System.IO.File.Exists(file) ? JsonPlace.Parse(file, System.IO.File.ReadAllBytes(file)) : null;

    private static string ReadText(string file)
    {
        if (new FileInfo(file).Length > LargestTemplateFile)
        {
            throw new InvalidDataException($"{file} is larger than any chat template.");
        }
        try
        {
            return System.IO.File.ReadAllText(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{file} is not UTF-8 text.", error);
        }
    }

    /// <summary>Gives the template, or of several named ones the one called <c>default</c>.</summary>
    private static string DefaultOf(JsonPlace template)
    {
        if (template.Kind != JsonValueKind.Array)
        {
            return template.Text();
        }
        var named = template.Items().ToDictionary(item => item["name"].Text(), item => item["template"].Text(), StringComparer.Ordinal);
        return named.TryGetValue("default", out string? source) ? source
            : throw template.Malformed(
                $"has no template named 'default' (it has {string.Join(", ", named.Keys)}); name one of ours instead of auto");
    }

    // A token is written as text, or as an object whose content is the text.
    private static string? TokenText(JsonPlace? file, string role) => file is null || !file.TryGet(role, out JsonPlace? token) ? null
        : token.Kind == JsonValueKind.Object ? token["content"].Text() : token.Text();

    private static IEnumerable<string> AddedTokens(JsonPlace? config) =>
        config is not null && config.TryGet("added_tokens_decoder", out JsonPlace? added)
        ? added.Members().Select(member => member.Value["content"].Text())
        : [];
}
