// Pipelines around the small models: the kinds that published decoder-only models have, and every step and setting by itself.
'use strict';
const { characterMap, models } = require('./models.cjs');

const first = Object.keys(models.bytes.vocab).length; // the id of the first added token

const split = (regex, behavior = 'Isolated', invert = false) => ({ type: 'Split', pattern: { Regex: regex }, behavior, invert });
const splitAt = (text, behavior, invert = false) => ({ type: 'Split', pattern: { String: text }, behavior, invert });
const bytes = (use_regex = false, add_prefix_space = false) => ({ type: 'ByteLevel', add_prefix_space, trim_offsets: true, use_regex });
const pre = (...pretokenizers) => ({ type: 'Sequence', pretokenizers });
const norm = (...normalizers) => ({ type: 'Sequence', normalizers });
const dec = (...decoders) => ({ type: 'Sequence', decoders });
const replace = (regex, content) => ({ type: 'Replace', pattern: { Regex: regex }, content });
const replaceText = (text, content) => ({ type: 'Replace', pattern: { String: text }, content });
const added = (id, content, ...flags) => ({
  id, content, single_word: flags.includes('single_word'), lstrip: flags.includes('lstrip'), rstrip: flags.includes('rstrip'),
  normalized: flags.includes('normalized'), special: flags.includes('special'),
});
const metaspace = (prepend_scheme, splits = true) => ({ type: 'Metaspace', replacement: '▁', prepend_scheme, split: splits });
const byteDecoder = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true };
const llamaDecoder = dec(replaceText('▁', ' '), { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 });
const template = (before, after) => ({
  type: 'TemplateProcessing',
  single: [...before.map(([id]) => ({ SpecialToken: { id, type_id: 0 } })), { Sequence: { id: 'A', type_id: 0 } }, ...after.map(([id]) => ({ SpecialToken: { id, type_id: 0 } }))],
  pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
  special_tokens: Object.fromEntries([...before, ...after].map(([id, n]) => [id, { id, ids: [n], tokens: [id] }])),
});

const contractions = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
const upper = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const lower = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
const tail = '\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';
const cased = 'A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕ' +
  'ℂℇℊ-ℓℕℙ-ℝℤΩℨK-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤꙀ-ꙭꚀ-ꚛꜢ-ꝯꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲𐳀-𐳲𑢠-𑣟𞤀-𞥃';

const map = characterMap([
  ['ﬁ', 'fi'], ['ﬂ', 'fl'], ['Ａ', 'A'], ['Ｆ', 'F'], ['\u3000', ' '], ['\u00a0', ' '], ['e\u0301', 'é'], ['①', '1'], ['½', '1⁄2'], ['ｶﾞ', 'ガ'],
  ['\u200b', ''], ['…', '...'], ['㎏', 'kg'], ['\u0000', ''], ['Ⅷ', 'VIII'], ['\t', ' '], ['\n', ' '], ['𝟘', '0'],
]);

const bytesOf = (name, pre_tokenizer, more = {}) => ({ name, base: 'bytes', pre_tokenizer, decoder: byteDecoder, ...more });

module.exports = [
  // Published decoder-only models.
  bytesOf('gpt2', bytes(true), { added_tokens: [added(first, '<|endoftext|>', 'special')], post_processor: bytes(true) }),
  bytesOf('llama3', pre(split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`), bytes()), {
    model: { ignore_merges: true }, added_tokens: [added(first, '<|begin|>', 'special'), added(first + 1, '<|eot|>', 'special')],
    post_processor: { type: 'Sequence', processors: [bytes(true), template([['<|begin|>', first]], [])] },
  }),
  bytesOf('qwen2', pre(split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`), bytes()), {
    normalizer: { type: 'NFC' }, added_tokens: [added(first, '<|im_start|>', 'special'), added(first + 1, '<|im_end|>', 'special'), added(first + 2, '<tool_call>')],
  }),
  bytesOf('qwen3.5', pre(split(`${contractions}|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`), bytes()), { normalizer: { type: 'NFC' } }),
  bytesOf('gpt4o', pre(split(`[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${contractions}?|[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*${contractions}?|${tail}`, 'Removed', true), bytes())),
  bytesOf('tekken', pre(split(`[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+|[^\\r\\n\\p{L}\\p{N}]?${upper}+${lower}*|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`), bytes())),
  bytesOf('deepseek-v3', pre(split('\\p{N}{1,3}'), split('[一-龥぀-ゟ゠-ヿ]+'),
    split('[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+'), bytes())),
  bytesOf('deepseek-coder', pre(split('[\r\n]'), split('\\s?\\p{L}+'), split('\\s?\\p{P}+'), split('[一-龥ࠀ-一가-퟿]+'), { type: 'Digits', individual_digits: true }, bytes())),
  bytesOf('deepseek-llm', pre(split('[\r\n]'), split(`\\s?[${cased}]+`), split('\\s?[!-/:-~！-／：-～‘-‟　-。]+'), split('\\s+$'), split('[一-龥ࠀ-一가-퟿]+'),
    { type: 'Digits', individual_digits: true }, bytes())),
  bytesOf('bloom', pre(split(' ?[^(\\s|[.,!?…。，、।۔،])]+'), bytes())),
  bytesOf('viking', pre(split(' ?[^(\\s|.,!?…。，、।۔،)]+'), { type: 'Digits', individual_digits: true }, bytes())),
  bytesOf('kimi-k2', pre(split('[\\p{Han}]+|' +
    `[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+${contractions}?|` +
    `[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}&&[^\\p{Han}]]*${contractions}?|` +
    '\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'), bytes())),
  bytesOf('falcon', pre({ type: 'Punctuation', behavior: 'Contiguous' }, bytes(true), { type: 'Digits', individual_digits: false }, split('[0-9][0-9][0-9]'))),
  bytesOf('tiny-aya', pre(split('\\d{1,3}(?=(?:\\d{3})*\\b)'), split(`[^\\r\\n\\p{L}\\p{N}]?${upper}*${lower}+${contractions}?|${tail}`), bytes())),
  bytesOf('starcoder', pre({ type: 'Digits', individual_digits: true }, bytes(true))),
  bytesOf('possessive', pre(split("'(?i:[sdmt]|ll|ve|re)|[^\\r\\n\\p{L}\\p{N}]?+\\p{L}++|\\p{N}{1,3}+| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*+|\\s++$|\\s*[\\r\\n]|\\s+(?!\\S)|\\s"), bytes())),
  bytesOf('claude', bytes(true), { normalizer: { type: 'NFKC' } }),
  { name: 'llama2', base: 'metaspace', normalizer: norm({ type: 'Prepend', prepend: '▁' }, replaceText(' ', '▁')), decoder: llamaDecoder,
    added_tokens: [added(0, '<unk>', 'special'), added(1, '<s>', 'special'), added(2, '</s>', 'special')], post_processor: template([['<s>', 1]], []) },
  { name: 'gemma', base: 'metaspace', normalizer: replaceText(' ', '▁'), pre_tokenizer: splitAt(' ', 'MergedWithPrevious'),
    decoder: dec(replaceText('▁', ' '), { type: 'ByteFallback' }, { type: 'Fuse' }) },
  { name: 'metaspace-first', base: 'metaspace', pre_tokenizer: metaspace('first', false), decoder: llamaDecoder, added_tokens: [added(1, '<s>', 'special')] },
  { name: 'metaspace-always', base: 'metaspace', pre_tokenizer: metaspace('always'), decoder: metaspace('always'), added_tokens: [added(1, '<s>', 'special')] },
  { name: 'metaspace-never', base: 'metaspace', pre_tokenizer: metaspace('never'), decoder: metaspace('never') },
  { name: 'chatglm', base: 'metaspace', normalizer: norm(replaceText('<!dummy-prefix!>', '▁'), replaceText(' ', '▁')),
    pre_tokenizer: splitAt('<!dummy-prefix!>', 'MergedWithNext'), decoder: dec({ type: 'ByteFallback' }, metaspace('always')) },
  // Unigram.
  { name: 'unigram', base: 'unigram', normalizer: { type: 'NFKC' }, pre_tokenizer: metaspace('always'), decoder: metaspace('always'),
    added_tokens: [added(2, '</s>', 'special')], post_processor: template([], [['</s>', 2]]) },
  { name: 'unigram-map', base: 'unigram', normalizer: norm({ type: 'Nmt' }, { type: 'Precompiled', precompiled_charsmap: map }, replace(' {2,}', ' ')),
    pre_tokenizer: pre({ type: 'WhitespaceSplit' }, metaspace('always')), decoder: metaspace('always') },
  { name: 'unigram-bytes', base: 'unigramBytes', pre_tokenizer: metaspace('first', false), decoder: llamaDecoder },
  { name: 'unigram-spelled', base: 'unigram', pre_tokenizer: bytes(true), decoder: byteDecoder },
  { name: 'map-alone', base: 'bytes', normalizer: { type: 'Precompiled', precompiled_charsmap: map }, pre_tokenizer: bytes(true), decoder: byteDecoder },
  // Other models.
  { name: 'wordpiece', base: 'wordPiece', normalizer: norm({ type: 'NFD' }, { type: 'Lowercase' }, { type: 'StripAccents' }), pre_tokenizer: { type: 'BertPreTokenizer' },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true }, added_tokens: [added(1, '[CLS]', 'special'), added(2, '[SEP]', 'special')],
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', 1], sep: ['[SEP]', 2] } },
  { name: 'wordlevel', base: 'wordLevel', normalizer: { type: 'Lowercase' }, pre_tokenizer: { type: 'Whitespace' }, decoder: null },
  { name: 'suffix', base: 'suffix', pre_tokenizer: { type: 'Whitespace' }, decoder: { type: 'BPEDecoder', suffix: '</w>' } },
  { name: 'suffix-spelled', base: 'suffix', pre_tokenizer: bytes(true), decoder: dec({ type: 'BPEDecoder', suffix: '</w>' }) },
  { name: 'prefix', base: 'prefix', pre_tokenizer: { type: 'WhitespaceSplit' }, decoder: { type: 'WordPiece', prefix: '##', cleanup: false } },
  { name: 'partial-bytes', base: 'partial', decoder: dec({ type: 'ByteFallback' }, { type: 'Fuse' }) },
  { name: 'unknown-apart', base: 'partial', model: { fuse_unk: false, byte_fallback: false }, decoder: { type: 'Fuse' } },
  { name: 'no-unknown', base: 'noUnknown', decoder: { type: 'Fuse' } },
  { name: 'ctc', base: 'noUnknown', decoder: { type: 'CTC', pad_token: 'a', word_delimiter_token: 'e', cleanup: true } },
  // Bytes first.
  bytesOf('bytes-then-digits', pre(bytes(false), { type: 'Digits', individual_digits: true })),
  bytesOf('bytes-then-words', pre(bytes(false, true), { type: 'Whitespace' })),
  bytesOf('bytes-then-punctuation', pre(bytes(true), { type: 'Punctuation', behavior: 'MergedWithPrevious' })),
  bytesOf('bytes-then-split', pre(bytes(false), split('Ġ?[^Ġ]+'))),
  bytesOf('bytes-twice', pre(bytes(true), bytes(false))),
  bytesOf('bytes-normalizer', split('[^Ġ]*Ġ', 'Isolated'), { normalizer: norm({ type: 'NFC' }, { type: 'ByteLevel' }), added_tokens: [added(first, '<tool é>', 'normalized')] }),
  // Single steps.
  bytesOf('nfd', bytes(true), { normalizer: { type: 'NFD' } }),
  bytesOf('nfkd', bytes(true), { normalizer: { type: 'NFKD' } }),
  bytesOf('lowercase', bytes(true), { normalizer: { type: 'Lowercase' } }),
  bytesOf('accents', bytes(true), { normalizer: norm({ type: 'NFD' }, { type: 'StripAccents' }) }),
  bytesOf('nmt', bytes(true), { normalizer: { type: 'Nmt' } }),
  bytesOf('strip', bytes(true), { normalizer: { type: 'Strip', strip_left: true, strip_right: true } }),
  bytesOf('prefix-space', bytes(true, true), { post_processor: { type: 'RobertaProcessing', cls: ['Ā', 0], sep: ['ā', 1], trim_offsets: true, add_prefix_space: true } }),
  bytesOf('punctuation', pre({ type: 'Punctuation', behavior: 'Isolated' }, bytes())),
  bytesOf('digits', pre({ type: 'Digits', individual_digits: false }, bytes())),
  bytesOf('fixed-length', pre({ type: 'FixedLength', length: 3 }, bytes())),
  bytesOf('delimiter', pre({ type: 'CharDelimiterSplit', delimiter: 'e' }, bytes())),
  ...['Isolated', 'Removed', 'MergedWithPrevious', 'MergedWithNext', 'Contiguous'].flatMap(behavior => [
    bytesOf(`split-${behavior}`, pre(split('[aeiou\\s]', behavior), bytes())), bytesOf(`inverted-${behavior}`, pre(split('[aeiou\\s]', behavior, true), bytes())),
  ]),
  bytesOf('empty-matches', pre(split('x*', 'MergedWithNext'), bytes())),
  bytesOf('word-boundary', bytes(true), { normalizer: norm(replace('\\bth', 'B'), replace('e\\b', 'E'), replace('l\\B', 'N'), replace('o\\w', 'W'), replace('\\W\\W', '##')) }),
  bytesOf('added', bytes(true), {
    normalizer: norm({ type: 'Lowercase' }),
    added_tokens: [added(first, '<L>', 'lstrip'), added(first + 1, '<R>', 'rstrip'), added(first + 2, 'the', 'single_word'), added(first + 3, 'HELLO', 'normalized'),
      added(first + 4, '<L><R>'), added(first + 5, '<S>', 'special', 'lstrip', 'rstrip')],
  }),
];
