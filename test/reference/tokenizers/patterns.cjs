// Patterns whose meaning differs between Oniguruma and .NET, or that need care, and random ones; with what Oniguruma matches.
'use strict';
const { Tokenizer } = require('tokenizers');
const { random, texts } = require('./texts.cjs');

const patterns = [
  '[一-龥ࠀ-一가-퟿]+', '[\\x{1F600}-\\x{1F64F}]', '😀|👍', '[😀-😎]+', '[^😀]', '\\p{L}+', '\\P{L}+', '[^\\p{L}]+', '\\p{^L}', '\\p{Han}+', '[\\p{Han}&&\\p{L}]+',
  '[\\p{L}&&[^\\p{Han}]]+', '[^\\p{L}&&[^\\p{Han}]]+', '[a-z&&[^aeiou]&&[^x-z]]+', '[a[bc]d]+', '[a[^b-d]]+', '[]a]+', '[^]a]+', '[a-]+', '[-a]+', '[a-c-e]+', '[\\]\\-\\\\]+',
  '[[:digit:]]+', '[[:^space:]]+', '[[:punct:]]+', '[[:word:]]+', '[[:xdigit:]]+', '[[:print:]]+', '[[:graph:]]+', '[[:blank:]]', '[[:cntrl:]]', '[[:ascii:]]+', '\\p{Word}+', '[\\p{Word}]+', '[^\\w]+', '\\p{Punct}+', '\\p{Letter}+',
  '\\p{uppercase letter}', '\\p{LC}+', '\\p{Any}', '\\p{Cn}', '\\p{Co}', '\\p{Katakana}+', '\\p{Thai}+', '\\p{Cyrillic}+', '\\w+', '\\W+', '[\\w&&[^\\d]]+', '\\s+', '\\S+', '\\d+', '\\D+', '\\h+', '\\H+', '\\R',
  '\\N+', '\\O', '.+', '(?m:.+)', '^.', '.$', '\\A.', '.\\z', '.\\Z', '^', '$', '\\b', '\\B', '\\b\\w', '\\w\\b', '(?<=\\w)\\b', '\\bthe\\b', '\\d{1,3}(?=(?:\\d{3})*\\b)', '(?<!\\w)\\d', '(?<=[a-z])[A-Z]',
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)", '(?i)the', 'th(?i)E|x', 'th(?i:E)', '(?i:k)', '(?i:[a-k])+', '(?i:[^a-k])+', '(?i:\\p{Lu})', '(?i:σ)', '(?i:Å)', '(?i:µ)', '(?i:я)+', '(?-i:a)', '(?i:a(?-i:b)c)',
  'a++', 'a*+a', '(?>a|ab)c', '(a|b)*+', 'l{2}', 'l{1,}', '\\p{L}{2,3}', '\\p{L}{2,3}+', '\\p{L}{,2}', '\\p{L}{2}?', '\\p{L}{1,3}?', 'a{x', '{', '}', 'a|', 'x*', '(?:x|y)*', '(?<name>l)l', '(?#note)l', '\\x41', '\\x{e9}',
  '\\u00e9', '[\\t\\n\\r\\f\\v\\a\\e]', '[\\b]', '\\#\\-\\/', ' ?[^(\\s|[.,!?…。，、।۔،])]+', '[\\r\\n]|\\s?\\p{L}+', "'(?i:[sdmt]|ll|ve|re)", '(?:\\s(?!\\S))+', '[ \\t]*\\n', '(?=l)', '(?!l)', '\\p{M}+', '\\p{Nl}|\\p{No}',
  '\\p{Sc}|\\p{Sk}|\\p{Sm}|\\p{So}', '\\p{Pc}|\\p{Pd}|\\p{Ps}|\\p{Pe}|\\p{Pi}|\\p{Pf}|\\p{Po}', '\\p{Zs}|\\p{Zl}|\\p{Zp}', '\\p{Cf}', '𐐀', '[𐐀-𐑏𐒰-𐓓]+', '(?i:𐐀)',
];

// Random patterns of the parts that split patterns are made of.
function randomPattern(r, depth = 0) {
  const set = () => {
    const members = ['a-f', 'x', '\\p{L}', '\\p{Lu}', '\\p{N}', '\\s', '\\d', '\\w', '\\r\\n', '0-9', '一-龥', '😀-😎', '\\p{M}', '\\p{Han}', '\\p{P}', '[e-m]', '[^\\p{L}]', "'", '\\x{10000}-\\x{10FFFF}'];
    const chosen = Array.from({ length: 1 + r.below(3) }, () => r.pick(members)).join('');
    return `[${r.below(3) === 0 ? '^' : ''}${chosen}${r.below(5) === 0 ? `&&[${r.pick(members)}${r.pick(members)}]` : ''}]`;
  };
  const atom = () => {
    const kind = r.below(12);
    if (kind < 4) return set();
    if (kind < 6) return r.pick(['\\p{L}', '\\P{L}', '\\s', '\\S', '\\w', '\\W', '\\d', '.', '\\p{N}', '\\p{Han}']);
    if (kind < 8) return r.pick(['a', 'e', 'l', ' ', "'", 'th', '\\n', '中', '😀', 'é', '1']);
    if (kind === 8) return r.pick(['\\b', '(?!\\S)', '(?=\\w)', '(?<=\\s)', '(?<!\\p{L})', '^', '$', '\\B']);
    if (depth > 1) return 'e';
    if (r.below(6) === 0) return `(?i:${r.pick(["'s|'t", 'th', 'e+', 'é', 'T|K', '[a-f]', '[^e-m]'])})`;
    return `(?${r.pick([':', ':', '>', '=', '!'])}${randomPattern(r, depth + 1)})`;
  };
  const repeated = () => {
    const part = atom();
    return /^(\\[bB]|\(\?[=!<]|\^|\$)/.test(part) || r.below(2) === 0 ? part : part + r.pick(['+', '*', '?', '{1,3}', '{2}', '++', '*+', '?+', '+?', '{,2}', '{1,}+']);
  };
  return Array.from({ length: 1 + r.below(3) }, () => Array.from({ length: 1 + r.below(3) }, repeated).join('')).join('|');
}

function matches(pattern, text) {
  const definition = {
    version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: { type: 'Replace', pattern: { Regex: pattern }, content: '\ue123' }, pre_tokenizer: null,
    post_processor: null, decoder: null, model: { type: 'WordLevel', vocab: { x: 0 }, unk_token: 'x' },
  };
  return Tokenizer.fromString(JSON.stringify(definition)).getNormalizer().normalizeString(text);
}

/** A line for each pattern: the text with U+E123 in the place of every match. */
function answers(count = 120, seed = 11, textsEach = 2) {
  const r = random(seed);
  const list = [...patterns, ...Array.from({ length: count }, () => randomPattern(r))];
  const pool = texts(4000, seed, []).slice(700).filter(text => text.length > 8 && text.length < 50 && !text.includes('\ue123'));
  const sentence = "Don't the  THE 1234567 Kσς ſ\n中文漢字 😀👍 éÅµ a\u0301\u200c²Ⓐ_ab\r\nx-y.z 𐐀𐐨";
  return list.map(pattern => {
    const chosen = [sentence, ...Array.from({ length: textsEach - 1 }, () => r.pick(pool))];
    try {
      return { pattern, replaced: chosen.map(text => [text, matches(pattern, text)]) };
    } catch (error) {
      return { pattern, error: String(error.message).replace(/ at line.*/, '') };
    }
  });
}

module.exports = { answers };
