// Small tokenizer models, made from the words below and nothing else, for the golden files.
'use strict';

const sample = [
  'the tokenizer reads the text and the model reads the tokens', 'hello world hello there', 'she will not say that they are',
  "I'll don't we've she'd it's you're I'm", 'import numpy as np; return value == 10; for i in range(100): print(i)',
  'привет мир привет', 'مرحبا بالعالم', 'नमस्ते दुनिया', '中文 文本 模型 中文', 'カタカナ ひらがな', '한국어 모델', 'straße naïve café',
  '1 12 123 1234 2024 100 1000', '...!!??  \n\n\n    \t\t', '😀😀 👍🏽 👩‍👩‍👧', 'Text TEXT Hello HTTPServer',
];

function bytesToCharacters() {
  const printable = [...range(33, 126), ...range(161, 172), ...range(174, 255)];
  const map = new Map(printable.map(value => [value, String.fromCharCode(value)]));
  let standIn = 256;
  for (let value = 0; value < 256; value++) if (!map.has(value)) map.set(value, String.fromCharCode(standIn++));
  return map;
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** Byte pair encoding learned from words, each a list of symbols: the most frequent pair first. */
function learn(words, count) {
  const merges = [];
  words = words.map(word => [...word]);
  while (merges.length < count) {
    const pairs = new Map();
    for (const word of words) for (let i = 0; i + 1 < word.length; i++) {
      const pair = JSON.stringify([word[i], word[i + 1]]);
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    const best = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    const [left, right] = JSON.parse(best[0]);
    merges.push([left, right]);
    for (const word of words) for (let i = 0; i + 1 < word.length; i++) {
      if (word[i] === left && word[i + 1] === right) word.splice(i, 2, left + right);
    }
  }
  return merges;
}

function vocabulary(tokens) {
  const vocab = {};
  for (const token of tokens) if (!(token in vocab)) vocab[token] = Object.keys(vocab).length;
  return vocab;
}

const bytes = bytesToCharacters();
const spell = text => [...Buffer.from(text)].map(value => bytes.get(value));
const byteWords = sample.flatMap(line => line.match(/ ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+/gu)).map(spell);
const byteMerges = learn(byteWords, 220);

const metaspaceWords = sample.flatMap(line => line.split(' ').map(word => ['▁', ...word]));
const metaspaceMerges = learn(metaspaceWords, 160);
const characters = [...new Set(metaspaceWords.flat())].filter(c => !'0文é'.includes(c)); // some are left out on purpose
const fallback = range(0, 255).map(value => `<0x${value.toString(16).toUpperCase().padStart(2, '0')}>`);
const usable = metaspaceMerges.filter(pair => [...pair.join('')].every(c => characters.includes(c)));

function pieces() {
  const counts = new Map();
  for (const word of metaspaceWords) for (let i = 0; i < word.length; i++) for (let k = i + 1; k <= Math.min(word.length, i + 6); k++) {
    const piece = word.slice(i, k).join('');
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  const kept = [...counts].filter(([piece, n]) => [...piece].every(c => characters.includes(c)) && (n > 1 || [...piece].length === 1));
  const total = kept.reduce((sum, [, n]) => sum + n, 0);
  return kept.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, 300)
    .map(([piece, n]) => [piece, Math.log(n / total) - 0.37 * [...piece].length ** -1]);
}

const words = [...new Set(sample.join(' ').toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(w => w))];

/** A double array as SentencePiece's character maps have it, for keys that are no prefixes of each other's values. */
function characterMap(entries) {
  const root = { children: new Map() };
  const replacements = [];
  for (const [key, value] of entries) {
    let node = root;
    for (const byte of Buffer.from(key)) {
      if (!node.children.has(byte)) node.children.set(byte, { children: new Map() });
      node = node.children.get(byte);
    }
    node.value = Buffer.concat(replacements).length;
    replacements.push(Buffer.from(value + '\0'));
  }
  const size = 1 << 14;
  const units = new Uint32Array(size);
  const used = new Uint8Array(size);
  used[0] = 1;
  const place = (node, at) => {
    const labels = [...node.children.keys(), ...(node.value !== undefined ? [0] : [])];
    let base = 1;
    while (labels.some(label => used[base ^ label]) || (base ^ at) >= 1 << 21) base++;
    labels.forEach(label => { used[base ^ label] = 1; });
    units[at] |= ((base ^ at) << 10) | (node.value !== undefined ? 1 << 8 : 0);
    if (node.value !== undefined) units[base] = (node.value | 0x80000000) >>> 0;
    for (const [label, child] of node.children) {
      units[base ^ label] = label;
      place(child, base ^ label);
    }
  };
  place(root, 0);
  const last = used.lastIndexOf(1) + 256;
  const head = Buffer.alloc(4 + 4 * last);
  head.writeUInt32LE(4 * last, 0);
  for (let i = 0; i < last; i++) head.writeUInt32LE(units[i], 4 + 4 * i);
  return Buffer.concat([head, ...replacements]).toString('base64');
}

module.exports = {
  characterMap,
  models: {
    bytes: {
      type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false,
      vocab: vocabulary([...range(0, 255).map(value => bytes.get(value)), ...byteMerges.map(pair => pair.join(''))]), merges: byteMerges,
    },
    metaspace: {
      type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true,
      vocab: vocabulary(['<unk>', '<s>', '</s>', ...fallback, ...characters, ...usable.map(pair => pair.join(''))]), merges: usable,
    },
    unigram: { type: 'Unigram', unk_id: 0, byte_fallback: false, vocab: [['<unk>', 0], ['<s>', 0], ['</s>', 0], ...pieces()] },
    unigramBytes: { type: 'Unigram', unk_id: 0, byte_fallback: true, vocab: [['<unk>', 0], ...fallback.map(b => [b, 0]), ...pieces()] },
    wordPiece: {
      type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 20,
      vocab: vocabulary(['[UNK]', '[CLS]', '[SEP]', ...new Set(words.flatMap(w => [...w])), ...new Set(words.flatMap(w => [...w].map(c => '##' + c))),
        ...words, '##s', '##ing', '##er', '.', ',', '!', '?', "'", '中', '文']),
    },
    wordLevel: { type: 'WordLevel', unk_token: '<unk>', vocab: vocabulary(['<unk>', ...words, '.', ',', '!', '...']) },
    suffix: {
      type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: '</w>', fuse_unk: false, byte_fallback: false,
      vocab: vocabulary(['<unk>', ...'abcdehlorst', ...[...'abcdehlorst'].map(c => c + '</w>'), 'he', 'lo</w>', 'the</w>', 'th', 'st</w>']),
      merges: [['h', 'e'], ['l', 'o</w>'], ['t', 'h'], ['th', 'e</w>'], ['s', 't</w>']],
    },
    prefix: {
      type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: '##', end_of_word_suffix: null, fuse_unk: true, byte_fallback: false,
      vocab: vocabulary(['<unk>', ...'abcdehlorst', ...[...'abcdehlorst'].map(c => '##' + c), 'he', '##lo', 'hello', 'hel', 'th', 'the', '##st']),
      merges: [['h', '##e'], ['##l', '##o'], ['t', '##h'], ['th', '##e'], ['##s', '##t'], ['he', '##l'], ['hel', '##lo']],
    },
    partial: { // some bytes have a token, some have not
      type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true,
      vocab: vocabulary(['<unk>', ...'abcdefghijklmnopqrstuvwxyz ', '<0xC3>', '<0xA9>', '<0xF0>', '<0x9F>', '<0x98>', '<0x80>', 'ab']), merges: [['a', 'b']],
    },
    noUnknown: {
      type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false,
      vocab: vocabulary([...'abcdefghijklmnopqrstuvwxyz ', 'ab', 'th', 'the']), merges: [['a', 'b'], ['t', 'h'], ['th', 'e']],
    },
  },
};
