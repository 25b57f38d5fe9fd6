// Random texts that are hard on tokenizers: valid Unicode of many scripts side by side, joiners, combining marks, white space of
// all kinds, digits, contractions, code and special tokens. The same seed gives the same texts.
'use strict';

function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return { next, below: n => Math.floor(next() * n), pick: list => list[Math.floor(next() * list.length)] };
}

// Ranges of code points, each drawn from as often as the others.
const ranges = [
  [0x20, 0x7e], [0x41, 0x5a], [0x61, 0x7a], [0x30, 0x39], [0x00, 0x1f], [0x7f, 0xff], [0x100, 0x24f], [0x250, 0x2ff], [0x300, 0x36f],
  [0x370, 0x3ff], [0x400, 0x52f], [0x530, 0x58f], [0x590, 0x5f4], [0x600, 0x6ff], [0x700, 0x7ff], [0x860, 0x8ff], [0x900, 0x97f],
  [0x980, 0x9ff], [0xa00, 0xaff], [0xb80, 0xcff], [0xd00, 0xdff], [0xe00, 0xeff], [0xf00, 0xfff], [0x1000, 0x109f], [0x10a0, 0x10ff],
  [0x1100, 0x11ff], [0x1200, 0x13ff], [0x1680, 0x17ff], [0x1800, 0x1aff], [0x1b00, 0x1cff], [0x1d00, 0x1dff], [0x1e00, 0x1eff],
  [0x1f00, 0x1fff], [0x2000, 0x206f], [0x2070, 0x218f], [0x2190, 0x23ff], [0x2440, 0x27ff], [0x2c00, 0x2dff], [0x2e00, 0x2e7f],
  [0x2e80, 0x303f], [0x3040, 0x30ff], [0x3100, 0x33ff], [0x3400, 0x4dbf], [0x4e00, 0x9fff], [0xa000, 0xabff], [0xac00, 0xd7a3],
  [0xd7b0, 0xd7ff], [0xe000, 0xf8ff], [0xf900, 0xfaff], [0xfb00, 0xfdff], [0xfe00, 0xfe4f], [0xfe50, 0xffff], [0x10000, 0x103ff],
  [0x10400, 0x107ff], [0x10800, 0x10fff], [0x11000, 0x11fff], [0x12000, 0x1254f], [0x16800, 0x16fff], [0x1b000, 0x1b2ff],
  [0x1d000, 0x1d3ff], [0x1d400, 0x1d7ff], [0x1e000, 0x1e95f], [0x1ee00, 0x1f0ff], [0x1f100, 0x1f1ff], [0x1f200, 0x1f64f],
  [0x1f650, 0x1faff], [0x1fb00, 0x1fbff], [0x20000, 0x2a6df], [0x2a700, 0x2fa1f], [0x30000, 0x323af], [0xe0000, 0xe01ef],
  [0xf0000, 0x10ffff],
];

const words = [
  'the', 'The', 'hello', 'world', 'tokenizer', 'I', "I'll", "don't", "DON'T", "we've", "she'd", 'it’s', "x'ſ", "'s", "'S", "'re", "'LL", 'naïve',
  'Ångström', 'straße', 'STRASSE', 'İstanbul', 'ǅ', 'HTTPServer', 'camelCase', 'snake_case', '__init__', 'x2', '1st', 'd’accord',
  'привет', 'ПРИВЕТ', 'мир', 'γειά', 'ΣΊΣΥΦΟΣ', 'שלום', 'עִבְרִית', 'مرحبا', 'می‌خواهم', 'کتاب‌ها', 'नमस्ते', 'क्ष', 'हिन्दी', 'বাংলা', 'தமிழ்', 'ไทย', 'ภาษาไทย',
  'မြန်မာ', 'ខ្មែរ', '中文', '汉字', '漢字仮名', 'ひらがな', 'カタカナ', 'ｶﾞ', 'ﾊﾟ', '한국어', '한국어', '𠮷野家', '龍', '𝔘𝔫𝔦𝔠𝔬𝔡𝔢', '𝟘𝟙', 'ＦＵＬＬ', 'ﬁﬂ', '①②', '㎏',
  '½', '¾', 'x²', 'H₂O', 'Ⅷ', '٣٤٥', '१२३', '123', '1234567', '3.14', '1,000', '0x1F', '1e-5', '😀', '👩‍👩‍👧‍👦', '👍🏽', '🇩🇪', '❤️', '☎', '™', '€', '…',
  'e\u0301', 'o\u0308\u0323', 'a\u0898\u0323', '\u1100\u1161\u11a8', '\u200d', '\u200c', '\u200b', '\ufeff', '\u00ad', '\u2060', '\ufffd', '\u0000',
  'http://example.org/?q=1&r=%20', '<a href="#">', '{"k": [1]}', 'if (x != y) {', '// --', '#include', '->', '::', '===', '...', '?!', '"', "'", '`', '«»', '、', '。', '！',
  '\u2e43', '\u061d', '\u09fd', '\u2e5d', '<!dummy-prefix!>', '<0x41>', '▁', '▁the', 'Ġ', 'Ċ', '##ing', '</w>', '\ue000',
];

const spaces = [' ', ' ', ' ', ' ', '  ', '   ', '\n', '\n\n', '\r\n', '\t', '\u00a0', '\u3000', '\u2003', '\u2028', '\u0085', '\u1680', ' \n', '\n ', '\t\t ', ''];

function character(r) {
  for (;;) {
    const [first, last] = r.pick(ranges);
    const code = first + r.below(last - first + 1);
    if (code < 0xd800 || code > 0xdfff) return String.fromCodePoint(code);
  }
}

/** One text. special: tokens that the tokenizer knows by heart. */
function text(r, special) {
  let result = '';
  const mode = r.below(4);
  for (let left = 1 + r.below(mode === 3 ? 40 : 14); left > 0; left--) {
    const kind = r.next();
    if (kind < 0.08 && special.length > 0) result += r.pick(special);
    else if (mode === 0 ? kind < 0.9 : kind < 0.35) result += r.pick(words);
    else if (mode === 1 ? kind < 0.95 : kind < 0.6) result += character(r);
    else if (kind < 0.7) result += String(r.below(10 ** (1 + r.below(9))));
    else if (kind < 0.75) result += r.pick(words).toUpperCase();
    else if (kind < 0.8) result += r.pick(words).repeat(1 + r.below(3));
    else result += r.pick(spaces);
    if (mode !== 1 && r.next() < 0.45) result += r.pick(spaces);
  }
  return result;
}

/** So many texts, the first of them the same for everyone: each word alone, and in a sentence. */
function texts(count, seed, special) {
  const r = random(seed);
  const list = ['', ...words, ...spaces, ...words.map(word => `a ${word} b`), ...special.slice(0, 50), ...special.slice(0, 50).map(t => ` ${t} x`)];
  while (list.length < count) list.push(text(r, special));
  return list.slice(0, count);
}

module.exports = { random, texts };
