/** The colours of code. */
import { html } from "./ui.js";

/** @import { Props } from "./types" */

const WORDS = new Set(
  "abstract and as assert async await begin break case catch class const continue def default del delete do done echo elif else end enum except export extends false fi final finally fn for foreach from func function global if impl implements import in instanceof interface is lambda let loop match mod module mut new nil none nonlocal not null or package pass private protected pub public raise return self static struct super switch then this throw trait true try type typeof undefined use var void when while with yield".split(" "),
);
const SQL_WORDS = new Set(
  "add all alter and as asc between by case create cross database default delete desc distinct drop else end exists foreign from full group having if in index inner insert into is join key left like limit not null offset on or order outer primary references right select set table then union unique update using values view when where with".split(" "),
);
const HASH_COMMENTS = /^(py|python|sh|bash|zsh|shell|console|rb|ruby|yaml|yml|toml|ini|r|perl|make|makefile|dockerfile|docker|elixir|nginx|conf)$/;
const DASH_COMMENTS = /^(sql|lua|haskell|hs|ada|elm|postgres|postgresql)$/;
const PLAIN = /^(|text|txt|plain|markdown|md)$/;

/** @param {string} language */
function tokensOf(language) {
  const line = HASH_COMMENTS.test(language) ? "#.*" : DASH_COMMENTS.test(language) ? "--.*" : "\\/\\/.*";
  const parts = [
    `(?<c>${line}|\\/\\*[^]*?\\*\\/|<!--[^]*?-->)`,
    "(?<s>\"\"\"[^]*?\"\"\"|'''[^]*?'''|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'|`(?:\\\\.|[^`\\\\])*`)",
    "(?<n>\\b\\d[\\w.]*)",
    "(?<t></?[A-Za-z][\\w-]*|@[\\w.]+)",
    "(?<w>[A-Za-z_]\\w*)(?<f>(?=\\())?",
  ];
  return new RegExp(parts.join("|"), "g");
}

/** @param {string} text @param {string} language @returns {[string, string][]} */
function piecesOf(text, language) {
  if (PLAIN.test(language)) return [["", text]];
  /** @type {[string, string][]} */
  const pieces = [];
  let from = 0;
  for (const found of text.matchAll(tokensOf(language))) {
    const { c, s, n, t, w, f } = found.groups ?? {};
    const keyword = w && (DASH_COMMENTS.test(language) ? SQL_WORDS.has(w.toLowerCase()) : WORDS.has(w) || w === "None" || w === "True" || w === "False");
    const kind = c ? "c" : s ? "s" : n ? "n" : t ? "t" : keyword ? "k" : f === "" ? "f" : "";
    if (!kind) continue;
    pieces.push(["", text.slice(from, found.index)], [kind, found[0]]);
    from = found.index + found[0].length;
  }
  pieces.push(["", text.slice(from)]);
  return pieces;
}

/** @param {Props["Colours"]} props */
export const Colours = ({ text, language }) => html`${piecesOf(text, language).map(([kind, piece]) => (kind ? html`<span class=${`hl-${kind}`}>${piece}</span>` : piece))}`;
