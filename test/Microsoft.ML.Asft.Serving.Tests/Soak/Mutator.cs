using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Serving.Tests.Soak;

/// <summary>Spoils a file in one to three places. The same random numbers spoil it in the same way.</summary>
internal static partial class Mutator
{
    private static readonly string[] JsonValues =
    [
        "null", "true", "false", "0", "-1", "1", "2", "7", "0.5", "-0.0", "1e400", "1e-400", "4294967296", "9223372036854775807",
        "9223372036854775808", "123456789012345678901234567890", "\"\"", "\"a\"", "\"..\"", "\"../x\"", "\"/etc/passwd\"", "\"\\u0000\"", "\"\\ud83d\\ude00\"",
        "\"F64\"", "\"F4\"", "\"F8_E4M3\"", "\"BOOL\"", "\"(a+)+b\"", "\"(\"", "\"(?P<x>a)\"", "\"\\\\p{L}+\"", "\"all-linear\"", "\"assistant\"", "\"tool\"",
        "[]", "{}", "[0,0]", "[[]]", "[null]", "{\"type\":\"Sequence\"}", "{\"a\":{\"b\":[1,{\"c\":null}]}}", "\"{{ x }}\"",
    ];

    // An expression's parts and whole tags.
    private static readonly string[] JinjaTokens =
    [
        "messages", "message", "loop", "x", "none", "true", "0", "-1", "99999999", "'a'", "[]", "{}", "()", "|", "|trim", "|length", "|tojson", "|upper", ".", "[0]",
        "['role']", "[::-1]", "+", "~", "*", "//", "%", "**", "==", "<", "in", "not", "is", "defined", "and", "if", "else", "(", ")", "{{ ", " }}", "{% if x %}", "{% endif %}",
        "{% for i in range(9) %}", "{% endfor %}", "{% set x = 1 %}", "{% macro m(a) %}", "{% endmacro %}", "{%- raw %}", "{% endraw %}", "{# ", " #}", "namespace(a=1)",
        "range(1000000000)", "'a' * 100000000", "cycler", "lipsum()", "loop.index", "raise_exception('no')", "strftime_now('%d')", ".items()", ".split('a')", "|map(attribute='a')",
    ];

    /// <summary>Replaces keys and values so that most of what comes out is JSON still, and spoils bytes now and then.</summary>
    public static byte[] Json(Random random, byte[] seed) => Several(random, seed, bytes => random.Next(10) == 0 ? Bytes(random, bytes) : JsonToken(random, bytes));

    /// <summary>A length, a JSON header of that length, and data: mostly the header is changed, and its length corrected.</summary>
    public static byte[] Safetensors(Random random, byte[] seed)
    {
        if (random.Next(8) == 0)
        {
            return Several(random, seed, bytes => Bytes(random, bytes));
        }

        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(seed);
        byte[] header = Several(random, seed[8..(8 + length)], bytes => random.Next(10) == 0 ? Bytes(random, bytes) : JsonToken(random, bytes));
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. seed[(8 + length)..]];
    }

    /// <summary>One line of several.</summary>
    public static byte[] JsonLines(Random random, byte[] seed)
    {
        string[] lines = Encoding.UTF8.GetString(seed).Split('\n');
        int at = random.Next(lines.Length);
        byte[] line = Json(random, Encoding.UTF8.GetBytes(lines[at]));
        return [.. Encoding.UTF8.GetBytes(string.Join('\n', lines[..at].Append(""))), .. line, .. Encoding.UTF8.GetBytes(string.Join('\n', lines[(at + 1)..].Prepend("")))];
    }

    /// <summary>A template: parts of it are replaced, taken out or put in.</summary>
    public static byte[] Jinja(Random random, byte[] seed)
    {
        string text = Encoding.UTF8.GetString(seed);
        var parts = JinjaPart().Matches(text);
        var part = parts[random.Next(parts.Count)];
        string token = JinjaTokens[random.Next(JinjaTokens.Length)];
        return Encoding.UTF8.GetBytes(random.Next(5) switch
        {
            0 => text.Insert(part.Index, token),
            1 => text.Remove(part.Index, part.Length),
            2 => text.Remove(part.Index, part.Length).Insert(part.Index, parts[random.Next(parts.Count)].Value),
            _ => text.Remove(part.Index, part.Length).Insert(part.Index, token),
        });
    }

    /// <summary>Protocol buffers: whole fields are changed within, repeated, taken out or moved.</summary>
    public static byte[] Protobuf(Random random, byte[] seed)
    {
        if (random.Next(5) == 0)
        {
            return Several(random, seed, bytes => Bytes(random, bytes));
        }

        var fields = Fields(seed)!;
        for (int i = random.Next(1, 4); i > 0 && fields.Count > 1; i--)
        {
            int at = random.Next(fields.Count);
            byte[] field = [.. fields[at]];
            switch (random.Next(4))
            {
                case 0:
                    fields.RemoveAt(at);
                    break;
                case 1:
                    fields.Insert(random.Next(fields.Count), field);
                    break;
                case 2:
                    fields.RemoveAt(at);
                    fields.Insert(random.Next(fields.Count), field);
                    break;
                default:
                    // Tag and length stay.
                    field[random.Next(Math.Min(2, field.Length - 1), field.Length)] ^= (byte)(1 << random.Next(8));
                    fields[at] = field;
                    break;
            }
        }

        return [.. fields.SelectMany(field => field)];
    }

    /// <summary>The outermost fields of protocol buffers with tags and lengths of one byte; none where the bytes are not such.</summary>
    public static List<byte[]>? Fields(byte[] bytes)
    {
        var fields = new List<byte[]>();
        for (int at = 0; at < bytes.Length;)
        {
            if ((bytes[at] & 7) != 2 || at + 1 >= bytes.Length || bytes[at + 1] > 127 || at + 2 + bytes[at + 1] > bytes.Length)
            {
                return null;
            }

            fields.Add(bytes[at..(at + 2 + bytes[at + 1])]);
            at += 2 + bytes[at + 1];
        }

        return fields;
    }

    private static byte[] Several(Random random, byte[] bytes, Func<byte[], byte[]> once)
    {
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            bytes = once(bytes);
        }

        return bytes;
    }

    /// <summary>Bytes are cut off, taken out, repeated, put in or replaced.</summary>
    public static byte[] Bytes(Random random, byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return [(byte)random.Next(256)];
        }

        int at = random.Next(bytes.Length);
        int to = Math.Min(bytes.Length, at + random.Next(1, 40));
        return random.Next(5) switch
        {
            0 => bytes[..at],
            1 => [.. bytes[..at], .. bytes[to..]],
            2 => [.. bytes[..to], .. bytes[at..]],
            3 => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
            _ => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
        };
    }

    private static byte[] JsonToken(Random random, byte[] bytes)
    {
        string text = Encoding.Latin1.GetString(bytes);
        var tokens = JsonPart().Matches(text);
        if (tokens.Count == 0)
        {
            return Bytes(random, bytes);
        }

        var token = tokens[random.Next(tokens.Count)];
        string value = random.Next(6) == 0 ? tokens[random.Next(tokens.Count)].Value : JsonValues[random.Next(JsonValues.Length)];
        bool isKey = text.AsSpan(token.Index + token.Length).TrimStart().StartsWith(":");
        if (isKey && !value.StartsWith('"'))
        {
            value = $"\"{value.Replace("\"", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal)}\"";
        }

        return [.. bytes[..token.Index], .. Encoding.Latin1.GetBytes(value), .. bytes[(token.Index + token.Length)..]];
    }

    [GeneratedRegex("""(?x) "(?:[^"\\]|\\.)*" | -?[0-9][0-9.eE+-]* | \b(?:true|false|null)\b | \[\] | \{\}""")]
    private static partial Regex JsonPart();

    [GeneratedRegex("""(?x) \{[{%\#]-? | -?[}%\#]\} | '[^']*' | [A-Za-z_]+ | [0-9]+ | [^\sA-Za-z_0-9{}%]+ | \s+""")]
    private static partial Regex JinjaPart();
}
