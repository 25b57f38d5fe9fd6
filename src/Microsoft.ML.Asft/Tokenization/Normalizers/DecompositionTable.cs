using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Looks up Unicode's decompositions and compositions.</summary>
internal sealed class DecompositionTable
{
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    private readonly FrozenDictionary<int, (int First, int Second)> _decompositions;
    private readonly FrozenDictionary<(int First, int Second), int> _compositions;
    private readonly FrozenDictionary<int, byte> _classes;
    private readonly FrozenSet<int> _seconds;
    private readonly Lazy<FrozenDictionary<int, int[]>> _compatible = new(ReadCompatible);

    private DecompositionTable()
    {
        Dictionary<int, (int First, int Second)> decompositions = [];
        Dictionary<(int First, int Second), int> compositions = [];
        int code = 0;
        foreach (string entry in Words(CanonicalMappings.Decompositions))
        {
            string parts = AfterColon(entry, out string? start);
            code = start is null ? code + 1 : Hex(start);
            string[] pair = parts.TrimEnd('!').Split('+');
            decompositions[code] = (Hex(pair[0]), pair.Length > 1 ? Hex(pair[1]) : -1);
            if (pair.Length > 1 && !parts.EndsWith('!'))
            {
                compositions[decompositions[code]] = code;
            }
        }

        Dictionary<int, byte> classes = [];
        byte current = 0;
        foreach (string entry in Words(CanonicalMappings.CombiningClasses))
        {
            string[] range = AfterColon(entry, out string? start).Split('-');
            current = start is null ? current : byte.Parse(start, CultureInfo.InvariantCulture);
            for (int c = Hex(range[0]); c <= Hex(range[^1]); c++)
            {
                classes[c] = current;
            }
        }

        _decompositions = decompositions.ToFrozenDictionary();
        _compositions = compositions.ToFrozenDictionary();
        _classes = classes.ToFrozenDictionary();
        _seconds = compositions.Keys.Select(pair => pair.Second).ToFrozenSet();
    }

    public static DecompositionTable Instance { get; } = new();

    public byte ClassOf(int code) => code < 0x300 ? (byte)0 : _classes.GetValueOrDefault(code);

    /// <summary>The two parts of a character; the second is -1 if it maps to a single character.</summary>
    public bool TryDecompose(int code, out (int First, int Second) parts)
    {
        int syllable = code - SyllableBase;
        if (syllable is < 0 or >= SyllableCount)
        {
            return _decompositions.TryGetValue(code, out parts);
        }

        int trail = syllable % TrailCount;
        parts = trail != 0
            ? (code - trail, TrailBase + trail)
            : (LeadBase + syllable / (VowelCount * TrailCount), VowelBase + syllable / TrailCount % VowelCount);
        return true;
    }

    /// <summary>The full compatibility decomposition of a character.</summary>
    public bool TryDecomposeCompatible(int code, [NotNullWhen(true)] out int[]? parts) => _compatible.Value.TryGetValue(code, out parts);

    /// <summary>Whether <see cref="TryDecomposeCompatible"/> applies to a character or to a part of it.</summary>
    public bool HasCompatiblePart(int code) => TryDecomposeCompatible(code, out _) ||
        (TryDecompose(code, out var parts) && (HasCompatiblePart(parts.First) || HasCompatiblePart(parts.Second)));

    public bool TryCompose(int first, int second, out int composed)
    {
        int vowel = second - VowelBase;
        if (first is >= LeadBase and < LeadBase + LeadCount && vowel is >= 0 and < VowelCount)
        {
            composed = SyllableBase + ((first - LeadBase) * VowelCount + vowel) * TrailCount;
            return true;
        }

        int trail = second - TrailBase;
        int syllable = first - SyllableBase;
        if (syllable is >= 0 and < SyllableCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composed = first + trail;
            return true;
        }

        return _compositions.TryGetValue((first, second), out composed);
    }

    /// <summary>Whether a character is unchanged in NFC, whatever precedes it.</summary>
    public bool IsComposedStarter(int code)
    {
        bool joinsSyllable = code is (>= VowelBase and < VowelBase + VowelCount) or (> TrailBase and < TrailBase + TrailCount);
        if (joinsSyllable || ClassOf(code) != 0 || _seconds.Contains(code))
        {
            return false;
        }

        return !TryDecompose(code, out var parts) ||
            (parts.Second >= 0 && TryCompose(parts.First, parts.Second, out int composed) && composed == code);
    }

    /// <summary>Whether a character is unchanged in NFD, whatever precedes it.</summary>
    public bool IsDecomposedStarter(int code) => ClassOf(code) == 0 && !TryDecompose(code, out _);

    private static FrozenDictionary<int, int[]> ReadCompatible()
    {
        Dictionary<int, int[]> compatible = [];
        int code = 0;
        foreach (string entry in Words(CompatibilityMappings.Decompositions))
        {
            string parts = AfterColon(entry, out string? start);
            code = start is null ? code + 1 : Hex(start);
            string[] run = parts.Split('-');
            if (run.Length == 1)
            {
                compatible[code] = [.. parts.Split('+').Select(Hex)];
                continue;
            }

            int first = Hex(run[0]);
            int count = Hex(run[1]) - first + 1;
            for (int i = 0; i < count; i++)
            {
                compatible[code + i] = [first + i];
            }

            code += count - 1;
        }

        return compatible.ToFrozenDictionary();
    }

    private static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string AfterColon(string entry, out string? before)
    {
        int colon = entry.IndexOf(':', StringComparison.Ordinal);
        before = colon < 0 ? null : entry[..colon];
        return entry[(colon + 1)..];
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
