#!/usr/bin/env node
// Compares asft's tokenizer with Hugging Face's tokenizers library (Rust) on random texts.
//
//   npm install tokenizers@0.23.2        (anywhere; NODE_PATH tells where)
//   node test/reference/tokenizers/compare.cjs FOLDER [--count 10000] [--seed 1] [--asft eng/asft] [--only NAME]
//
// FOLDER holds a folder for each tokenizer, with its tokenizer.json. Compared are the ids without and with special tokens, what
// the ids decode to, and what slices of them and random ids decode to. Exit code 1 when anything differs.
'use strict';
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { Tokenizer } = require('tokenizers');
const { random, texts } = require('./texts.cjs');

function option(name, fallback) {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : process.argv[at + 1];
}

const folder = process.argv[2];
const count = Number(option('--count', 10000));
const seed = Number(option('--seed', 1));
const asft = option('--asft', path.join(__dirname, '../../../eng/asft')).split(' ');
const only = option('--only', '');

function run(name, lines, ...options) {
  const input = lines.map(line => JSON.stringify(line) + '\n').join('');
  const result = spawnSync(asft[0], [...asft.slice(1), 'tokenize', '--model', path.join(folder, name), ...options], { input, maxBuffer: 1 << 30 });
  const output = result.stdout.toString().split('\n').filter(line => line).map(line => JSON.parse(line));
  if (result.status !== 0 || output.length !== lines.length) throw new Error(result.stderr.toString().trim().split('\n').pop());
  return output;
}

async function oracle(tokenizer, list, addSpecialTokens) {
  const all = [];
  for (const text of list) {
    try {
      all.push((await tokenizer.encode(text, null, { addSpecialTokens })).getIds());
    } catch (error) {
      all.push(null); // the library itself cannot encode it
    }
  }
  return all;
}

function idSequences(encoded, size, seed) {
  const r = random(seed);
  const sequences = [];
  for (const ids of encoded) {
    const cut = r.below(ids.length + 1);
    sequences.push(ids.slice(cut, cut + 1 + r.below(6)));
    if (sequences.length % 3 === 0) sequences.push(Array.from({ length: 1 + r.below(8) }, () => r.below(size)));
  }
  return sequences.filter(ids => ids.length > 0);
}

async function compare(name) {
  const file = fs.readFileSync(path.join(folder, name, 'tokenizer.json'), 'utf8');
  const tokenizer = Tokenizer.fromString(file);
  tokenizer.disableTruncation();
  tokenizer.disablePadding();
  const special = JSON.parse(file).added_tokens.map(token => token.content);
  const list = texts(count, seed, special);
  const plain = await oracle(tokenizer, list, false);
  const full = await oracle(tokenizer, list, true);
  const kept = list.map((_, i) => i).filter(i => plain[i] !== null);
  const wrong = { ids: 0, 'ids with special tokens': 0, decoded: 0 };
  const examples = [];
  const note = (what, i, expected, actual) => {
    wrong[what]++;
    if (examples.length < 6) examples.push(`  ${what} of ${JSON.stringify(i)}: ${JSON.stringify(expected)} / ${JSON.stringify(actual)}`);
  };
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  run(name, kept.map(i => ({ text: list[i] }))).forEach(({ ids }, n) => {
    if (!same(ids, plain[kept[n]])) note('ids', list[kept[n]], plain[kept[n]], ids);
  });
  run(name, kept.map(i => ({ text: list[i] })), '--add-special-tokens').forEach(({ ids }, n) => {
    if (!same(ids, full[kept[n]])) note('ids with special tokens', list[kept[n]], full[kept[n]], ids);
  });
  const sequences = [...kept.map(i => full[i]), ...idSequences(kept.map(i => plain[i]), tokenizer.getVocabSize(), seed)].filter(ids => ids.length > 0);
  const decoded = await tokenizer.decodeBatch(sequences, false);
  run(name, sequences.map(ids => ({ ids })), '--decode').forEach(({ text }, n) => {
    if (text !== decoded[n]) note('decoded', sequences[n], decoded[n], text);
  });
  const total = wrong.ids + wrong['ids with special tokens'] + wrong.decoded;
  console.log(`${total === 0 ? 'same' : 'DIFFERENT'}  ${name}: ${kept.length} texts (ids ${wrong.ids}, with special tokens ` +
    `${wrong['ids with special tokens']} different), ${sequences.length} decodings (${wrong.decoded} different)`);
  examples.forEach(line => console.log(line.slice(0, 400)));
  return total;
}

(async () => {
  let total = 0;
  for (const name of fs.readdirSync(folder).sort()) {
    if ((only && name !== only) || !fs.existsSync(path.join(folder, name, 'tokenizer.json'))) continue;
    try {
      total += await compare(name);
    } catch (error) {
      total++;
      console.log(`FAILED  ${name}: ${error.message}`);
    }
  }
  process.exit(total === 0 ? 0 : 1);
})();
