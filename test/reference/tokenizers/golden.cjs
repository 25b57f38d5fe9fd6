#!/usr/bin/env node
// Makes the golden files of the tokenizer tests with Hugging Face's tokenizers library (npm install tokenizers@0.23.2):
//
//   node test/reference/tokenizers/golden.cjs                 writes test/Microsoft.ML.Asft.Tests/Golden/tokenizers
//   node test/reference/tokenizers/golden.cjs --expand DIR    writes each pipeline as DIR/NAME/tokenizer.json, for compare.cjs
'use strict';
const fs = require('fs');
const path = require('path');
const { Tokenizer } = require('tokenizers');
const { models } = require('./models.cjs');
const patterns = require('./patterns.cjs');
const pipelines = require('./pipelines.cjs');
const { texts } = require('./texts.cjs');

const textsEach = 14;
const longest = 60;

function definition({ base, model = {}, name, ...parts }) {
  return {
    version: '1.0', truncation: null, padding: null, added_tokens: [], normalizer: null, pre_tokenizer: null, post_processor: null, decoder: null,
    ...parts, model: { ...models[base], ...model },
  };
}

const always = ["the tokenizer's 123 café", ' Hello  WORLD!\n\n', '中文 😀 ½ x² 한국어 naïve', 'a\u200cb a\u200db 0٣५ 𝟘1'];

function write(folder, name, lines) {
  fs.writeFileSync(path.join(folder, name), lines.map(line => JSON.stringify(line) + '\n').join(''));
}

(async () => {
  const expand = process.argv.indexOf('--expand');
  if (expand > 0) {
    for (const pipeline of pipelines) {
      const folder = path.join(process.argv[expand + 1], pipeline.name);
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(definition(pipeline)));
    }
    return;
  }

  const folder = path.join(__dirname, '../../Microsoft.ML.Asft.Tests/Golden/tokenizers');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'models.json'), JSON.stringify(models));
  write(folder, 'pipelines.jsonl', pipelines);
  const answers = [];
  for (const [n, pipeline] of pipelines.entries()) {
    const tokenizer = Tokenizer.fromString(JSON.stringify(definition(pipeline)));
    const special = (pipeline.added_tokens ?? []).map(token => token.content);
    const random = texts(2000, 100 + n, special).slice(700).filter(text => text.length > 4 && text.length <= longest);
    const list = [...always, ...special.slice(0, 3).map(token => `a ${token} b`), ...random].slice(0, textsEach);
    for (const text of list) {
      const ids = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
      const full = (await tokenizer.encode(text, null, { addSpecialTokens: true })).getIds();
      const decoded = full.length > 0 ? await tokenizer.decode(full, false) : '';
      answers.push({ pipeline: pipeline.name, text, ids, full: String(full) === String(ids) ? undefined : full, decoded: decoded === text ? undefined : decoded });
    }
  }
  write(folder, 'answers.jsonl', answers);
  write(folder, 'patterns.jsonl', patterns.answers());
  console.log(`${pipelines.length} pipelines, ${answers.length} texts`);
})();
