using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Tests.Templates;

/// <summary>
/// Random conversations under random templates, made of the idioms that models' templates are made of. What must be learnt is known
/// from how the template was put together, and not from rendering it.
/// </summary>
public class TurnProperties
{
    private static readonly (string Jinja, Func<string, string> Written)[] Contents =
    [
        ("m.content", text => text),
        ("m['content'] | trim", text => text.Trim()),
        ("m.content.strip()", text => text.Trim()),
        ("m.content.split('</t>')[-1].lstrip('\\n')", text => text.Split("</t>")[^1].TrimStart('\n')),
        ("('%s' % m.content)", text => text),
        ("('{}{}'.format('', m.content))", text => text),
        ("show(m.content)", text => text),
        ("(m.content | list | join)", text => text),
        ("(m.content[:2] + m.content[2:])", text => text),
        ("(m.content | replace('，', ''))", text => text.Replace("，", "", StringComparison.Ordinal)),
        ("(m.content | upper | lower)", text => text),
        ("(m.content.splitlines() | join('\\n'))", text => text.TrimEnd('\n')),
        ("(m | attr('get'))('content')", text => text),
    ];

    // What opens a message of a role; how prompts to complete end.
    private static readonly (string Before, string After)[] Headers = [("<|im_start|>", "\\n"), ("[", "]"), ("### ", ":\\n"), ("<", ">")];
    private static readonly string[] Invitations = ["", "<think>\\n", "Well, "];

    // What ends a turn that others follow, and the last; and what of it is learnt.
    private static readonly (string Middle, string Last, string LearntMiddle, string LearntLast)[] Ends =
    [
        ("<|e|>", "<|e|>", "<|e|>", "<|e|>"), ("<|e|>\\n", "<|e|>\\n", "<|e|>", "<|e|>"), (" </s>", " </s>", " </s>", " </s>"),
        ("<|e|>", "<|e|><|x|>", "<|e|>", "<|e|><|x|>"), ("<|e|>", "<|r|>", "<|e|>", "<|r|>"), ("<|e|>\\n", "<|e|>\\n<|x|>", "<|e|>", "<|e|>"),
        ("\\n", "\\n", "\n", "\n"), ("", "</s>", "", "</s>"), ("", "", "", ""),
    ];

    private static readonly string[] Beginnings =
    [
        "{% set ms = messages %}",
        "{% if messages[0].role != 'system' %}<|im_start|>system\nBe good.<|e|>\n{% endif %}{% set ms = messages %}",
        "{% if messages[0].role == 'system' %}({{ messages[0].content }}){% set ms = messages[1:] %}{% else %}{% set ms = messages %}{% endif %}",
        "{% if messages[0].role == 'assistant' %}{{ raise_exception('the user begins') }}{% endif %}{% set ms = messages %}",
        "{{ '<s>' }}{% set ms = messages %}{% for m in ms %}{% if m.role == 'user' %}{% set last = loop.index %}{% endif %}{% endfor %}",
    ];

    private static readonly Arbitrary<Case> Cases = (
        from content in Gen.Elements(Contents)
        from header in Gen.Elements(Headers)
        from invitation in Gen.Elements(Invitations)
        from end in Gen.Elements(Ends)
        from beginning in Gen.Elements(Beginnings)
        from marks in Gen.Elements(false, false, true)
        from roles in Gen.Elements("ua", "sua", "uaua", "suaua", "aua", "saua", "uaa", "uau", "uauaua", "uaaua")
        from texts in Gen.Elements("", "家", "家家，家", " 家\n", "家</t>\n\n家家", "家 家", "\n\n家").ArrayOf(roles.Length)
        select new Case(content, header, invitation, end, beginning, marks, roles, texts)).ToArbitrary();

    [Fact]
    public void What_is_learnt_is_what_the_assistant_says_and_its_ends_or_the_conversation_is_refused()
    {
        (int learnt, int refused) = (0, 0);
        Prop.ForAll(Cases, one =>
        {
            IReadOnlyList<PromptSegment> segments;
            try
            {
                segments = new ChatTemplate("random", JinjaTemplate.Parse(one.Template, "random.jinja"), []).Render(new Conversation(one.Messages), addGenerationPrompt: false);
            }
            catch (InvalidDataException)
            {
                refused++;
                return;
            }
            learnt++;
            string[] expected = [.. one.Learnt.Where(text => text.Length > 0)];
            string[] trained = [.. segments.Where(segment => segment.IsTrained).Select(segment => segment.Text)];
            Assert.True(expected.SequenceEqual(trained), $"{one.Template}\n{string.Concat(segments.Select(segment => segment.Text))}\n"
                + $"expected {string.Join("|", expected)}\nlearnt {string.Join("|", trained)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(600));
        Assert.True(learnt > 8 * refused, $"{refused} of {learnt + refused} were refused");
        Assert.True(refused > 0);
    }

    /// <summary>A template and a conversation.</summary>
    private sealed record Case(
        (string Jinja, Func<string, string> Written) Content, (string Before, string After) Header, string Invitation,
        (string Middle, string Last, string LearntMiddle, string LearntLast) End, string Beginning, bool Marks, string Roles, string[] Texts)
    {
        public string Template
        {
            get
            {
                string end = $"{{{{ '{End.Last}' if loop.last else '{End.Middle}' }}}}";
                string said = Marks
                    ? $"{{% if m.role == 'assistant' %}}{{% generation %}}{{{{ {Content.Jinja} }}}}{end}{{% endgeneration %}}{{% else %}}{{{{ {Content.Jinja} }}}}{end}{{% endif %}}"
                    : $"{{{{ {Content.Jinja} }}}}{end}";
                return "{% macro show(text) %}{{ text }}{% endmacro %}" + Beginning
                    + $"{{% for m in ms %}}{{{{ '{Header.Before}' + m.role + '{Header.After}' }}}}{said}{{% endfor %}}"
                    + $"{{% if add_generation_prompt %}}{{{{ '{Header.Before}assistant{Header.After}{Invitation}' }}}}{{% endif %}}";
            }
        }

        public PromptMessage[] Messages => [.. Roles.Select((role, i) =>
            new PromptMessage(role switch { 's' => "system", 'u' => "user", _ => "assistant" }, Texts[i].Replace('家', (char)('家' + i))))];

        public IEnumerable<string> Learnt
        {
            get
            {
                PromptMessage[] messages = Messages;
                for (int i = 0; i < messages.Length; i++)
                {
                    if (messages[i].Role == "assistant")
                    {
                        bool isLast = i == messages.Length - 1;
                        yield return Content.Written(messages[i].Content) + (Marks
                            ? (isLast ? End.Last : End.Middle).Replace("\\n", "\n", StringComparison.Ordinal)
                            : isLast ? End.LearntLast : End.LearntMiddle);
                    }
                }
            }
        }
    }
}
