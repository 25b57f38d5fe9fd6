using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Serving.Tests.Soak;

/// <summary>Small valid inputs of every kind.</summary>
internal static class Seeds
{
    public static Conversation Conversation { get; } =
        [new("system", "Be brief."), new("user", "Hello?"), new("assistant", "Yes."), new("user", "Good.")];

    public static byte[][] Safetensors { get; } =
    [
        Tensors("""{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]},"c":{"dtype":"BOOL","shape":[],"data_offsets":[32,33]}}""", 33),
        Tensors("""{"x":{"dtype":"F16","shape":[2,0],"data_offsets":[0,0]},"y":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"z":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}""", 11),
    ];

    public static byte[][] Adapters { get; } =
    [
        Tensors("""{"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[24,48]},"base_model.model.lm_head.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[48,64]}}""", 64),
    ];

    public static byte[][] Index { get; } =
        [.. Texts("""{"metadata":{"total_size":24},"weight_map":{"a":"one.safetensors","b":"two.safetensors","c":"one.safetensors"}}""")];

    public static byte[][] Configs { get; } =
    [
        .. Texts(
            """{"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":1000,"hidden_size":64,"intermediate_size":176,"num_hidden_layers":4,"num_attention_heads":8,"num_key_value_heads":2,"max_position_embeddings":4096,"rms_norm_eps":1e-05,"attention_bias":false,"mlp_bias":false,"tie_word_embeddings":true,"rope_theta":500000.0,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64},"torch_dtype":"bfloat16","bos_token_id":1,"eos_token_id":[2,3]}""",
            """{"model_type":"qwen2","vocab_size":1000,"hidden_size":64,"intermediate_size":176,"num_hidden_layers":4,"num_attention_heads":8,"num_key_value_heads":2,"max_position_embeddings":4096,"use_sliding_window":true,"sliding_window":32,"max_window_layers":2,"hidden_act":"silu","rope_scaling":{"type":"yarn","factor":4.0,"original_max_position_embeddings":1024},"eos_token_id":2}""",
            """{"model_type":"qwen3","vocab_size":1000,"hidden_size":64,"intermediate_size":176,"num_hidden_layers":2,"num_attention_heads":8,"num_key_value_heads":4,"head_dim":16,"layer_types":["full_attention","sliding_attention"],"use_sliding_window":true,"dtype":"float16","rope_parameters":{"rope_type":"dynamic","rope_theta":10000.0,"factor":2.0},"pad_token_id":-1}""",
            """{"model_type":"mistral","vocab_size":1000,"hidden_size":64,"intermediate_size":176,"num_hidden_layers":2,"num_attention_heads":8,"sliding_window":null,"rope_theta":10000,"quantization_config":null}"""),
    ];

    public static byte[][] GenerationConfigs { get; } = [.. Texts("""{"bos_token_id":1,"eos_token_id":[2,3],"do_sample":true,"temperature":0.7,"top_p":0.8}""")];

    public static byte[][] AdapterConfigs { get; } =
    [
        .. Texts(
            """{"peft_type":"LORA","task_type":"CAUSAL_LM","bias":"none","r":8,"lora_alpha":16,"lora_dropout":0.05,"use_rslora":true,"target_modules":["q_proj","v_proj"],"exclude_modules":".*lm_head","rank_pattern":{"q_proj":4},"alpha_pattern":{"v_.*":2.5},"init_lora_weights":true,"modules_to_save":null,"base_model_name_or_path":"some/model"}""",
            """{"peft_type":"LORA","r":8,"lora_alpha":16,"target_modules":"model\\.layers\\.(?P<n>\\d+)\\..*_proj","bias":"all","use_dora":true,"modules_to_save":["lm_head"],"fan_in_fan_out":false}""",
            """{"peft_type":"LORA","r":8,"lora_alpha":16,"target_modules":["q_proj"],"layers_to_transform":[0,11],"layers_pattern":"layers","init_lora_weights":"gaussian"}"""),
    ];

    public static byte[][] Tokenizers { get; } =
    [
        .. Texts(
            ByteLevel().ToJsonString(),
            """{"added_tokens":[{"id":0,"content":"<s>","special":true,"normalized":false,"lstrip":false,"rstrip":true,"single_word":false}],"normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"},{"type":"Lowercase"},{"type":"StripAccents"}]},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"[^\\s]+|\\s+"},"behavior":"Isolated","invert":false},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},"decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]},"model":{"type":"BPE","byte_fallback":true,"unk_token":"<u>","fuse_unk":true,"vocab":{"<s>":0,"<u>":1,"<0x41>":2,"▁":3,"h":4,"e":5,"l":6,"o":7,"he":8,"ll":9,"hell":10},"merges":["h e","l l",["he","ll"]]}}"""),
    ];

    public static byte[][] TokenizerConfigs { get; } =
    [
        .. Texts("""{"add_bos_token":false,"bos_token":{"content":"<s>","special":true},"eos_token":"</s>","pad_token":null,"added_tokens_decoder":{"90":{"content":"<s>","special":true}},"chat_template":[{"name":"default","template":"{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"}],"model_max_length":1000000000000000019884624838656,"clean_up_tokenization_spaces":false}"""),
    ];

    public static byte[][] Templates { get; } =
    [
        .. Texts(
            "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
            "{%- if messages[0]['role'] == 'system' -%}{% set system = messages[0]['content'] | trim %}{% set loop_messages = messages[1:] %}{%- else -%}{% set system = '' %}{% set loop_messages = messages %}{%- endif -%}{% for message in loop_messages %}{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}{% if message.role == 'user' %}{{ '[INST] ' ~ system ~ message.content ~ ' [/INST]' }}{% elif message.role == 'assistant' %}{% generation %}{{ message.content + eos_token }}{% endgeneration %}{% endif %}{% endfor %}",
            "{{ {'a': [1, 2, 3]} | tojson }}{% macro turn(role, text='') %}<{{ role | upper }}>{{ text | replace('a', 'b') }}</{{ role }}>{% endmacro %}{% set ns = namespace(count=0) %}{% for m in messages if m.role is defined and m.content is string %}{% set ns.count = ns.count + 1 %}{{ turn(m.role, m.content) }}{{ ns.count ~ (', ' if loop.first else '; ') }}{% endfor %}"),
    ];

    public static byte[][] JsonLists { get; } =
        [.. Texts("[\n  {\"instruction\": \"What is 2 + 2?\",\n   \"response\": \"4\"},\n  {\"messages\": [{\"role\": \"user\", \"content\": \"]\"}], \"id\": 7}\n]\n")];

    public static byte[][] Tables { get; } =
        [.. Texts("instruction,response\r\n\"Say \"\"hi\"\", twice.\nPlease.\",hi hi\r\nName a colour.,Blue.\r\n", "q;r\na;b\n\n\"c;d\";e\n")];

    /// <summary>What DuckDB wrote.</summary>
    public static byte[][] ParquetFiles { get; } =
        [.. new[] { "flat", "nested" }.Select(name => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "parquet", $"{name}.parquet")))];

    public static byte[][] JsonLines { get; } =
    [
        .. Texts(
            """
            {"instruction": "What is 2 + 2?", "response": "4"}
            {"instruction": "And then?", "input": "numbers", "response": "5", "weight": 0.5, "id": 7}
            """,
            """
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}
            {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"role": "assistant", "content": "b"}]}
            """),
    ];

    public static byte[][] Settings { get; } =
    [
        .. Texts("""{"ModelPath":"/m","Fingerprint":"v2:00","ResizeEmbedding":false,"PromptColumnName":"instruction","ResponseColumnName":"response","InputColumnName":null,"TrainOnPrompt":false,"OutputColumnName":"completion","Template":"plain","Objective":"Asft","KlWeight":0.05,"KlDirection":"Forward","MaxLength":64,"Precision":"Float32","Generation":{"MaxNewTokens":8,"Temperature":0.7,"StopStrings":["\n"]},"Adapter":"{\"peft_type\":\"LORA\",\"r\":4,\"lora_alpha\":8,\"target_modules\":[\"q_proj\"]}"}"""),
    ];

    public static byte[][] TrainerStates { get; } =
    [
        .. Texts("""{"state":{"step":4,"skipped":0,"skipped_in_a_row":0,"validated_step":-1,"best_score":null,"best_step":null,"validations_since_best":0,"is_finished":false},"run":{"essentials":{"BatchSize":"2"},"settings":{"KlWeight":"0.05"}}}"""),
    ];

    public static byte[][] ChatBodies { get; } =
    [
        .. Texts(
            """{"model":"model","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hi"}]}],"max_tokens":2,"temperature":0.7,"top_p":0.9,"seed":1,"stop":["\n"],"n":1,"logprobs":true,"top_logprobs":2,"stream":false}""",
            """{"messages":[{"role":"user","content":"Hi","name":null}],"max_completion_tokens":2,"stream":true,"stream_options":{"include_usage":true},"response_format":{"type":"text"},"tools":[],"tool_choice":"none","user":"u","metadata":{}}"""),
    ];

    public static byte[][] TextBodies { get; } =
    [
        .. Texts(
            """{"prompt":["one","two"],"max_tokens":2,"logprobs":1,"presence_penalty":0.5,"frequency_penalty":-0.5,"top_k":5,"min_p":0.1,"repetition_penalty":1.1}""",
            """{"prompt":[72,105],"max_tokens":2,"stream":true,"echo":false,"suffix":null,"best_of":1,"logit_bias":{}}"""),
    ];

    /// <summary>A SentencePiece model: pieces, trainer_spec and normalizer_spec.</summary>
    public static byte[][] SentencePieces { get; } =
    [
        [
            .. new (string Text, float Score, byte Kind)[]
            {
                ("<unk>", 0, 2), ("<s>", 0, 3), ("</s>", 0, 3), ("<0x41>", 0, 6), ("[x]", 0, 4), ("▁h", -1, 1), ("el", -2, 1), ("▁", -3, 1), ("h", -4, 1), ("e", -5, 1), ("l", -6, 1), ("o", -7, 1),
            }.SelectMany(piece => Field(1, [.. Field(1, Encoding.UTF8.GetBytes(piece.Text)), 0x15, .. BitConverter.GetBytes(piece.Score), 0x18, piece.Kind])),
            .. Field(2, [0x18, 2, 0x98, 0x02, 0, 0xC8, 0x02, 1, 0xD0, 0x02, 2]),
            .. Field(3, [.. Field(1, "identity"u8.ToArray()), 0x18, 1, 0x20, 1, 0x28, 1]),
        ],
    ];

    /// <summary>Writes the shards that <see cref="Index"/> names.</summary>
    public static void WriteShards(string folder)
    {
        File.WriteAllBytes(Path.Combine(folder, "one.safetensors"), Tensors("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"c":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8));
        File.WriteAllBytes(Path.Combine(folder, "two.safetensors"), Tensors("""{"b":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}""", 16));
    }

    private static IEnumerable<byte[]> Texts(params string[] texts) => texts.Select(Encoding.UTF8.GetBytes);

    private static byte[] Tensors(string header, int length) => [.. BitConverter.GetBytes((long)Encoding.UTF8.GetByteCount(header)), .. Encoding.UTF8.GetBytes(header), .. new byte[length]];

    private static byte[] Field(int number, byte[] bytes) => [(byte)((number << 3) | 2), (byte)bytes.Length, .. bytes];

    private static JsonObject ByteLevel()
    {
        var vocabulary = new JsonObject();
        foreach (char letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZĠ,.!?")
        {
            vocabulary[$"{letter}"] = vocabulary.Count;
        }

        (vocabulary["he"], vocabulary["Ġw"]) = (vocabulary.Count, vocabulary.Count + 1);
        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 90, ["content"] = "<s>", ["special"] = true }),
            ["normalizer"] = null,
            ["pre_tokenizer"] = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = false, ["use_regex"] = true },
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocabulary, ["merges"] = new JsonArray("h e", "Ġ w") },
        };
    }
}
