/** Markdown as it streams: blocks that are complete are drawn once, only the last one again. */
import { Lexer } from "./vendor/marked.js";
import { element } from "./tokens.js";
import { html, memo, useRef } from "./ui.js";

const OPTIONS = { gfm: true };

/** @typedef {Record<string, any>} Links */

/** The blocks of a text that grows at its end. */
export class Blocks {
  /** @type {string[]} */
  whole = [];
  prefix = "";
  /** @type {Links} */
  links = {};

  /** @param {string} text @returns {string[]} */
  of(text) {
    if (!text.startsWith(this.prefix)) Object.assign(this, { whole: [], prefix: "", links: {} });
    const lexer = new Lexer(OPTIONS);
    const tokens = lexer.blockTokens(text.slice(this.prefix.length));
    Object.assign(this.links, lexer.tokens.links);
    const last = tokens.findLastIndex((/** @type {any} */ { type }) => type !== "space");
    for (const { raw, type } of tokens.slice(0, Math.max(last, 0))) {
      this.prefix += raw;
      if (type !== "space") this.whole.push(raw);
    }
    const rest = text.slice(this.prefix.length);
    return rest.trim() ? [...this.whole, rest] : [...this.whole];
  }
}

/** `count` tells that there are more links than before: they may stand after their use. */
const Block = memo((/** @type {{ raw: string, links: Links, count: number }} */ { raw, links }) => {
  const lexer = new Lexer(OPTIONS);
  Object.assign(lexer.tokens.links, links);
  return html`<div class="block">${lexer.lex(raw).map(element)}</div>`;
});

/** @param {{ text: string }} props */
export function Markdown({ text }) {
  const kept = useRef(/** @type {Blocks | null} */ (null));
  kept.current ??= new Blocks();
  const blocks = kept.current.of(text.replaceAll("\r\n", "\n"));
  const { links } = kept.current;
  const count = Object.keys(links).length;
  return html`<div class="markdown" dir="auto">
    ${blocks.map((raw, index) => html`<${Block} key=${index} raw=${raw} links=${links} count=${count} />`)}
  </div>`;
}

/** A text with a mark wherever an annotation of it belongs. @param {string} text @param {{ index?: number | null }[]} annotations */
export function withMarks(text, annotations) {
  const marks = annotations.map(({ index }, number) => ({ index, number })).filter(({ index }) => index != null);
  marks.sort((a, b) => Number(b.index) - Number(a.index));
  const insert = (/** @type {string} */ all, /** @type {any} */ { index, number }) =>
    `${all.slice(0, index)}\uE000${number}\uE001${all.slice(index)}`;
  return marks.reduce(insert, text.replace(/[\uE000\uE001]/g, ""));
}
