using System.Text;
using System.Text.Json;
using Microsoft.ML.Asft.Templates.Jinja;
using Microsoft.ML.Asft.Tokenization.Loading;

namespace Microsoft.ML.Asft.Templates;

/// <summary>The chat settings of a model's folder.</summary>
/// <param name="Templates">
/// Its chat templates by name; possibly none. <c>default</c> is used, unless the conversation has tools and there is a
/// <c>tool_use</c>.
/// </param>
/// <param name="SpecialTokens">The variables that hold its special tokens, such as <c>eos_token</c>.</param>
/// <param name="HasChatMarkupTokens">Whether its tokenizer has the tokens that begin and end a turn in ChatML.</param>
internal sealed record ModelChatFormat(
    IReadOnlyDictionary<string, ChatTemplateSource> Templates, JinjaDictionary SpecialTokens, bool HasChatMarkupTokens)
{
    private const string TemplateFile = "chat_template.jinja";
    private const string TemplateFolder = "additional_chat_templates";
    private const string ConfigFile = "tokenizer_config.json";
    private const string SpecialTokensFile = "special_tokens_map.json";
    private const long LargestTemplateFile = 1 << 22;

    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public const string Default = "default";

    /// <summary>
    /// Reads <c>chat_template.jinja</c> with the files of <c>additional_chat_templates</c>, and <c>tokenizer_config.json</c>;
    /// the former take precedence.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it and the place.</exception>
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

        Dictionary<string, ChatTemplateSource> templates = FromFiles(folder);
        if (templates.Count == 0 && config is not null && config.TryGet("chat_template", out JsonPlace? template))
        {
            templates = FromConfig(template, $"{Path.Combine(folder, ConfigFile)}, chat_template");
        }
        return new(templates, tokens, hasMarkup);
    }

    private static Dictionary<string, ChatTemplateSource> FromFiles(string folder)
    {
        var templates = new Dictionary<string, ChatTemplateSource>(StringComparer.Ordinal);
        Add(Default, TemplateFile);
        if (Directory.Exists(Path.Combine(folder, TemplateFolder)))
        {
            foreach (string path in Directory.EnumerateFiles(Path.Combine(folder, TemplateFolder), "*.jinja").Order(StringComparer.Ordinal))
            {
                Add(Path.GetFileNameWithoutExtension(path), Path.Combine(TemplateFolder, Path.GetFileName(path)));
            }
        }
        return templates;

        void Add(string name, string file)
        {
            string path = Path.Combine(folder, file);
            if (File.Exists(path))
            {
                templates[name] = new(ReadText(path), path, file);
            }
        }
    }

    /// <summary>Reads one template, or a list of several with their names.</summary>
    private static Dictionary<string, ChatTemplateSource> FromConfig(JsonPlace template, string place) =>
        template.Kind != JsonValueKind.Array
        ? new(StringComparer.Ordinal) { [Default] = new(template.Text(), place, ConfigFile) }
        : template.Items().ToDictionary(
            item => item["name"].Text(), item => new ChatTemplateSource(item["template"].Text(), place, ConfigFile), StringComparer.Ordinal);

    private static JsonPlace? ReadJson(string file) =>
        File.Exists(file) ? JsonPlace.Parse(file, File.ReadAllBytes(file)) : null;

    private static string ReadText(string file)
    {
        if (new FileInfo(file).Length > LargestTemplateFile)
        {
            throw new InvalidDataException($"{file} is too large for a chat template.");
        }
        try
        {
            return File.ReadAllText(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (DecoderFallbackException error)
        {
            throw new InvalidDataException($"{file} is not UTF-8 text.", error);
        }
    }

    // A token is written as text, or as an object whose content is the text.
    private static string? TokenText(JsonPlace? file, string role) => file is null || !file.TryGet(role, out JsonPlace? token) ? null
        : token.Kind == JsonValueKind.Object ? token["content"].Text() : token.Text();

    private static IEnumerable<string> AddedTokens(JsonPlace? config) =>
        config is not null && config.TryGet("added_tokens_decoder", out JsonPlace? added)
        ? added.Members().Select(member => member.Value["content"].Text())
        : [];
}
