using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Adapters;

/// <summary>Reads and writes PEFT's <c>adapter_config.json</c>. Errors name settings that are not supported.</summary>
internal static class AdapterConfigJson
{
    private const int MaxRank = 1 << 20;

    private const string MergeAdvice =
        "Merge the adapter into its base model with PEFT (merge_and_unload, then save_pretrained), and use the merged folder as the model.";

    // Settings that change the computation and are not supported unless they are absent, null, false, 0 or empty.
    private static readonly string[] Unsupported =
    [
        "layer_replication", "trainable_token_indices", "target_parameters", "fan_in_fan_out", "lora_bias", "megatron_config", "use_qalora",
        "use_bdlora", "alora_invocation_tokens", "arrow_config", "kasa_config", "monteclora_config",
    ];

    // Settings that are read here, or that describe the adapter's training and do not change its computation.
    private static readonly HashSet<string> Known =
    [
        .. Unsupported, "alpha_pattern", "auto_mapping", "base_model_name_or_path", "bias", "corda_config", "ensure_weight_tying", "eva_config",
        "exclude_modules", "inference_mode", "init_lora_weights", "layers_pattern", "layers_to_transform", "loftq_config", "lora_alpha", "lora_dropout",
        "lora_ga_config", "megatron_core", "modules_to_save", "peft_type", "peft_version", "qalora_group_size", "r", "rank_pattern", "revision",
        "runtime_config", "target_modules", "task_type", "use_dora", "use_rslora", "velora_config",
    ];

    // The other initialisations change the base's weights before the adapter is added.
    private static readonly string[] PlainInitialisations = ["gaussian", "eva", "orthogonal"];

    // Types that put vectors before the prompt. They cannot be merged into a model's weights.
    private static readonly string[] PromptTypes = ["PROMPT_TUNING", "MULTITASK_PROMPT_TUNING", "P_TUNING", "PREFIX_TUNING", "ADAPTION_PROMPT", "CPT", "CARTRIDGE"];

    public static AdapterConfig Read(JsonSettings json)
    {
        RefuseUnsupported(json);
        bool isList = json.Json["target_modules"] is JsonArray;
        bool excludesList = json.Json["exclude_modules"] is JsonArray;
        var config = new AdapterConfig
        {
            R = json.RequiredInteger("r"),
            LoraAlpha = json.RequiredNumber("lora_alpha"),
            LoraDropout = json.Number("lora_dropout") ?? 0,
            TargetModules = isList ? json.Texts("target_modules")! : [],
            TargetPattern = isList ? null : json.RequiredText("target_modules"),
            ExcludeModules = excludesList ? json.Texts("exclude_modules")! : [],
            ExcludePattern = excludesList ? null : json.Text("exclude_modules") is { Length: > 0 } pattern ? pattern : null,
            LayersToTransform = json.Integers("layers_to_transform") ?? [],
            LayersPattern = [.. (json.Texts("layers_pattern") ?? []).Where(text => text.Length > 0)],
            ModulesToSave = json.Texts("modules_to_save") ?? [],
            UseRslora = json.Flag("use_rslora") ?? false,
            UseDora = json.Flag("use_dora") ?? false,
            RankPattern = Patterns(json, "rank_pattern", (section, key) => section.RequiredInteger(key)),
            AlphaPattern = Patterns(json, "alpha_pattern", (section, key) => section.RequiredNumber(key)),
            BaseModelNameOrPath = json.Text("base_model_name_or_path"),
            UnknownSettings = [.. json.Json.Select(setting => setting.Key).Where(key => !Known.Contains(key) && json.IsSet(key))],
        };
        Check(config, json.File);
        return config;
    }

    public static string Write(AdapterConfig config) => JsonSettings.Write(new JsonObject
    {
        ["peft_type"] = "LORA",
        ["task_type"] = "CAUSAL_LM",
        ["base_model_name_or_path"] = config.BaseModelNameOrPath,
        ["r"] = config.R,
        ["lora_alpha"] = config.LoraAlpha,
        ["lora_dropout"] = config.LoraDropout,
        ["target_modules"] = Names(config.TargetPattern, config.TargetModules),
        ["exclude_modules"] = Names(config.ExcludePattern, config.ExcludeModules),
        ["use_rslora"] = config.UseRslora,
        ["use_dora"] = config.UseDora,
        ["rank_pattern"] = Object(config.RankPattern, rank => rank),
        ["alpha_pattern"] = Object(config.AlphaPattern, alpha => alpha),
        ["bias"] = "none",
        ["fan_in_fan_out"] = false,
        ["inference_mode"] = true,
        ["init_lora_weights"] = true,
        ["layers_to_transform"] = config.LayersToTransform is [] ? null : new JsonArray([.. config.LayersToTransform.Select(layer => JsonValue.Create(layer))]),
        ["layers_pattern"] = Names(null, config.LayersPattern),
        ["modules_to_save"] = Names(null, config.ModulesToSave),
    });

    public static void Check(AdapterConfig config, string file)
    {
        Demand(config.R is >= 1 and <= MaxRank, "r", $"is {config.R}, not from 1 to {MaxRank}");
        Demand(IsAlpha(config.LoraAlpha), "lora_alpha", $"is {config.LoraAlpha}, not more than 0");
        Demand(config.LoraDropout is >= 0 and < 1, "lora_dropout", $"is {config.LoraDropout}, not from 0 to 1 (exclusive)");
        Demand(config.TargetPattern is not null || config.TargetModules.Count > 0, "target_modules", "names no module");
        CheckPattern("target_modules", config.TargetPattern);
        CheckPattern("exclude_modules", config.ExcludePattern);
        CheckLayers();
        foreach (var (pattern, rank) in config.RankPattern)
        {
            CheckPattern("rank_pattern", pattern);
            Demand(rank is >= 1 and <= MaxRank, "rank_pattern", $"gives '{pattern}' the rank {rank}, not from 1 to {MaxRank}");
        }

        foreach (var (pattern, alpha) in config.AlphaPattern)
        {
            CheckPattern("alpha_pattern", pattern);
            Demand(IsAlpha(alpha), "alpha_pattern", $"gives '{pattern}' the alpha {alpha}, not more than 0");
        }

        bool IsAlpha(double alpha) => alpha is > 0 and <= double.MaxValue;

        // As PEFT requires.
        void CheckLayers()
        {
            Demand(config.LayersToTransform is [] || config.TargetPattern is null, "layers_to_transform", "is set, but 'target_modules' is a pattern");
            Demand(config.LayersPattern is [] || config.LayersToTransform is not [], "layers_pattern", "is set without 'layers_to_transform'");
            Demand(config.LayersToTransform.All(layer => layer >= 0), "layers_to_transform", "has a number below 0");
            foreach (string pattern in config.LayersPattern)
            {
                CheckPattern("layers_pattern", pattern);
            }

            foreach (string module in config.ModulesToSave)
            {
                CheckPattern("modules_to_save", module);
            }
        }

        void CheckPattern(string key, string? pattern)
        {
            if (pattern is not null && ModulePattern.ProblemOf(pattern) is { } problem)
            {
                Demand(false, key, $"has '{pattern}', which cannot be used as a regular expression: {problem}");
            }
        }

        void Demand(bool holds, string key, string what)
        {
            if (!holds)
            {
                throw new InvalidDataException($"{file}: '{key}' {what}. Correct it.");
            }
        }
    }

    private static void RefuseUnsupported(JsonSettings json)
    {
        if (json.RequiredText("peft_type") is var type and not "LORA")
        {
            throw json.Unsupported(
                "peft_type", $"is '{type}', but only LORA is supported",
                PromptTypes.Contains(type) ? "It cannot be merged into a model's weights either: train a LoRA adapter instead." : MergeAdvice);
        }

        if (json.Text("task_type") is { } task and not "CAUSAL_LM")
        {
            throw json.Unsupported(
                "task_type", $"is '{task}', but only CAUSAL_LM is supported", "Use an adapter that was trained for text generation.");
        }

        if (json.Text("bias") is { } bias and not ("none" or "all" or "lora_only"))
        {
            throw json.Malformed("bias", $"is '{bias}', but must be none, all or lora_only");
        }

        if (json.Json["init_lora_weights"]?.GetValueKind() is not (null or JsonValueKind.True or JsonValueKind.False)
            && json.RequiredText("init_lora_weights") is var start && !PlainInitialisations.Contains(start))
        {
            throw json.Unsupported(
                "init_lora_weights", $"is '{start}', which changes the base model's own weights",
                "Save it with PEFT's path_initial_model_for_weight_conversion, which makes it plain LoRA.");
        }

        foreach (string key in Unsupported)
        {
            if (json.IsSet(key))
            {
                throw json.Unsupported(key, "is set, which is not supported", MergeAdvice);
            }
        }
    }

    private static IReadOnlyList<KeyValuePair<string, T>> Patterns<T>(JsonSettings json, string key, Func<JsonSettings, string, T> read)
    {
        var section = json.Section(key);
        return section is null ? [] : [.. section.Json.Select(pattern => KeyValuePair.Create(pattern.Key, read(section, pattern.Key)))];
    }

    private static JsonNode? Names(string? pattern, IReadOnlyList<string> names) =>
        pattern is not null ? pattern : names.Count > 0 ? new JsonArray([.. names.Select(name => JsonValue.Create(name))]) : null;

    private static JsonObject Object<T>(IReadOnlyList<KeyValuePair<string, T>> patterns, Func<T, JsonNode> node) =>
        new(patterns.Select(pattern => new KeyValuePair<string, JsonNode?>(pattern.Key, node(pattern.Value))));
}
