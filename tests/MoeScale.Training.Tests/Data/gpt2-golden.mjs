// Writes gpt2-golden.jsonl: texts and what tiktoken, the reference encoder of GPT-2's vocabulary, makes of them.
//   npm install tiktoken@1.0.22 && node gpt2-golden.mjs > gpt2-golden.jsonl
// gpt2-merges.txt.gz beside it is GPT-2's vocab.bpe as published (Radford et al. 2019, MIT licence;
// sha256 1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5); encoder.json follows from it.
import { get_encoding } from "tiktoken";

const texts = [
  "Hello world", "Hello, I'm a language model,", "a", " ", "  ", "\n", "\n\n\n", " \n \n", "a  b", "a   b", "  a", "\n a", "\t\ta\t", "a ", "a  \n",
  "'s 't 're 've 'm 'll 'd", "I'll we've they're it's don't you'd I'm", "'S 'LL 'lls 'rest", "''s '' 'x", "it's1 it 's",
  "1234567890 12 3.14 1,000 ²³ ½ Ⅷ ٣٤", "x1y2 3z", " 1a a1", "_under_score __init__", "foo(bar[0]); // comment\n\tif (x == 'y') { return -1; }",
  "naïve café façade Ångström", "Größe über Straße", "Привет, мир!", "Ελληνικά", "שלום עולם", "مرحبا بالعالم", "こんにちは世界", "你好，世界。", "안녕하세요", "हिन्दी में", "ไทย",
  "🙂", "👩‍👩‍👧‍👦 family", "a🙂b 🙂 c", "𝐀𝐁𝐂 𝒳𝓎 𝟏𝟐", "𐐷 𠮷野家", "e\u0301 combining", "zero\u200bwidth", "nb\u00a0space \u00a0x\u00a0 ", "en\u2002em\u2003x", "line\u2028sep\u2029par",
  "\u0085next", "\u001c\u001d a\u001fb", "\u0000null\u0000", "\u180e mongolian", "\ufeffbom", "\u3000全角", "<|endoftext|>", "a<|endoftext|>b", "SolidGoldMagikarp", " petertodd", "!!!???...", "--- *** ===", "$100 €50 £5 ¥7", "https://example.com/a?b=c&d=%20e",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "ab".repeat(200), "=".repeat(150), " ".repeat(100) + "x", "\r\na\r\n\r\nb\r\n", "Pneumonoultramicroscopicsilicovolcanoconiosis antidisestablishmentarianism",
  "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the epoch of belief, it was the epoch of incredulity, it was the season of Light, it was the season of Darkness, it was the spring of hope, it was the winter of despair.",
];
// Seeded mixtures of awkward pieces: where one class of characters meets another.
let state = 12345;
const next = (n) => { state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff; return (state >> 8) % n; };
const pieces = [" ", "  ", "\n", "\t", "'", "'s", "'re", "ll", "a", "The", "don", "ing", "é", "世", "🙂", "1", "23", "½", ".", ",", "--", "\u00a0", "\u2003", "_", "𝐀", "\u0301", "Ω", "\r\n", "<", "|", "\u200d", "٣"];
for (let i = 0; i < 150; i++) {
  let text = "";
  for (let j = 0; j < 4 + next(16); j++) text += pieces[next(pieces.length)];
  texts.push(text);
}
const encoding = get_encoding("gpt2");
for (const text of texts) console.log(JSON.stringify({ text, ids: Array.from(encoding.encode_ordinary(text)) }));
