namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Jinja's filters, by name.</summary>
internal static class JinjaFilters
{
    private delegate object? Filter(JinjaRun run, object? value, JinjaArguments arguments);

    private static readonly Dictionary<string, Filter> Filters = new(StringComparer.Ordinal)
    {
        ["abs"] = (_, value, _) => JinjaNumberFilters.Absolute(value),
        ["attr"] = (_, value, a) => JinjaAttributes.Attribute(value, a.TakeText(0, "name")),
        ["batch"] = JinjaSequenceFilters.Batch,
        ["capitalize"] = (run, value, _) => JinjaValue.ToText(run, value).Map(run, PythonCase.Capitalize),
        ["center"] = (run, value, a) => PythonPadding.Center(run, JinjaValue.ToText(run, value), a.TakeInteger(0, "width", 80), " "),
        ["count"] = (run, value, _) => JinjaSequenceFilters.Count(run, value),
        ["d"] = (_, value, a) => Default(value, a),
        ["default"] = (_, value, a) => Default(value, a),
        ["dictsort"] = JinjaSequenceFilters.SortDictionary,
        ["e"] = (run, value, _) => JinjaMarkupFilters.Escape(run, JinjaValue.ToText(run, value), force: false),
        ["escape"] = (run, value, _) => JinjaMarkupFilters.Escape(run, JinjaValue.ToText(run, value), force: false),
        ["filesizeformat"] = (_, value, a) => JinjaNumberFilters.FileSize(value, a.TakeFlag(0, "binary")),
        ["first"] = (run, value, _) => JinjaSequenceFilters.First(run, value),
        ["float"] = (_, value, a) => a.Take(0, "default", 0.0) is var absent ? JinjaNumberFilters.ToReal(value) ?? absent : null,
        ["forceescape"] = (run, value, _) => JinjaMarkupFilters.Escape(run, JinjaValue.ToText(run, value), force: true),
        ["format"] = JinjaTextFilters.Format,
        ["groupby"] = JinjaSequenceFilters.GroupBy,
        ["indent"] = JinjaTextFilters.Indent,
        ["int"] = (_, value, a) => a.Take(0, "default", 0L) is var absent
            ? JinjaNumberFilters.ToWhole(value, a.TakeInteger(1, "base", 10)) ?? absent : null,
        ["items"] = (run, value, _) => new JinjaGenerator(value is JinjaUndefined ? [] : JinjaSequenceFilters.Pairs(run, value)),
        ["join"] = (run, value, a) => JinjaMethods.Join(
            run, JinjaAttributes.All(run, JinjaValue.Iterate(run, value), a.Take(1, "attribute")),
            JinjaValue.ToText(run, a.Take(0, "d", JinjaString.Empty)), strict: false),
        ["last"] = (run, value, _) => JinjaSequenceFilters.Last(run, value),
        ["length"] = (run, value, _) => JinjaSequenceFilters.Count(run, value),
        ["list"] = (run, value, _) => new List<object?>(JinjaValue.Iterate(run, value)),
        ["lower"] = (run, value, _) => JinjaValue.ToText(run, value).Map(run, PythonCase.Lower),
        ["map"] = JinjaSelection.Map,
        ["max"] = (run, value, a) => JinjaSequenceFilters.Extreme(run, value, a, wanted: 1),
        ["min"] = (run, value, a) => JinjaSequenceFilters.Extreme(run, value, a, wanted: -1),
        ["pprint"] = (run, value, _) => JinjaTextFilters.PrettyPrint(run, value),
        ["reject"] = (run, value, a) => JinjaSelection.Select(run, value, a, wanted: false),
        ["rejectattr"] = (run, value, a) => JinjaSelection.SelectByAttribute(run, value, a, wanted: false),
        ["replace"] = JinjaTextFilters.Replace,
        ["reverse"] = JinjaSequenceFilters.Reverse,
        ["round"] = (_, value, a) => JinjaNumberFilters.Round(value, a),
        ["safe"] = (run, value, _) => JinjaValue.ToText(run, value).AsMarkup(),
        ["select"] = (run, value, a) => JinjaSelection.Select(run, value, a, wanted: true),
        ["selectattr"] = (run, value, a) => JinjaSelection.SelectByAttribute(run, value, a, wanted: true),
        ["slice"] = JinjaSequenceFilters.Slice,
        ["sort"] = JinjaSequenceFilters.Sort,
        ["string"] = (run, value, _) => JinjaValue.ToText(run, value),
        ["striptags"] = (run, value, _) => JinjaMarkupFilters.StripTags(JinjaValue.ToText(run, value)),
        ["sum"] = JinjaSequenceFilters.Sum,
        ["title"] = (run, value, _) => JinjaTextFilters.Title(run, JinjaValue.ToText(run, value)),
        ["tojson"] = (run, value, a) => JinjaJson.Write(run, value, a),
        ["trim"] = JinjaTextFilters.Trim,
        ["truncate"] = JinjaTextFilters.Truncate,
        ["unique"] = JinjaSequenceFilters.Unique,
        ["upper"] = (run, value, _) => JinjaValue.ToText(run, value).Map(run, PythonCase.Upper),
        ["urlencode"] = JinjaMarkupFilters.UrlEncode,
        ["wordcount"] = (run, value, _) => JinjaTextFilters.CountWords(JinjaValue.ToText(run, value).Text),
        ["wordwrap"] = JinjaTextFilters.WordWrap,
        ["xmlattr"] = JinjaMarkupFilters.Attributes,
    };

    public static bool IsKnown(string name) => Filters.ContainsKey(name);

    public static object? Apply(JinjaRun run, string name, object? value, JinjaArguments arguments)
    {
        if (!Filters.TryGetValue(name, out Filter? filter))
        {
            throw name is "random" or "urlize" ? JinjaFault.NotSupported($"the filter '{name}'")
                : new JinjaFault($"there is no filter '{name}' in Jinja or in transformers", unsupported: true);
        }
        run.Enter();
        run.SpendReading(value);
        object? result = filter(run, value, arguments);
        run.SpendText((result as JinjaString)?.Length ?? 0);
        arguments.RefuseUnused(name);
        return result;
    }

    private static object? Default(object? value, JinjaArguments arguments)
    {
        object? other = arguments.Take(0, "default_value", JinjaString.Empty);
        bool whenFalse = arguments.TakeFlag(1, "boolean");
        return value is JinjaUndefined || (whenFalse && !JinjaValue.IsTrue(value)) ? other : value;
    }
}
