/**
 * Markdown as it streams: blocks that are complete are drawn once, only the last one again.
 * HTML that is written in it is shown as the text that it is: nothing is ever parsed as HTML, so
 * that there is nothing to be cleaned.
 */
import { Lexer } from "./vendor/marked.js";
import { Colours, Picture } from "./later.js";
import { html, memo, usePanel, useRef, useState } from "./ui.js";

const LINK = /^(?:https?:|mailto:|tel:|chatkit-link:)/;

/** @param {string} url @returns {URL | null} */
export const parsed = (url) => (URL.canParse(url, document.baseURI) ? new URL(url, document.baseURI) : null);

/** An address that a link may have, or undefined. @param {string} url */
export function safeLink(url) {
  const href = parsed(url)?.href ?? "";
  return LINK.test(href) ? href : undefined;
}

/** @typedef {any} Token */

const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/gi;
const MARK = /\uE000(\d+)\uE001/;
const PAIR = /^<(sub|sup|kbd|b|i|u|s|mark|small)>$/i;
const BREAK = /^<br\s*\/?>$/i;
const COMMENT = /^<!--[^]*-->\s*$/;

/** @type {Record<string, string>} */
const decoded = {};
/** @param {string} entity */
const decode = (entity) =>
  (decoded[entity] ??= new DOMParser().parseFromString(entity, "text/html").documentElement.textContent ?? entity);

/** Text, in which the marks of sources are small buttons. @param {string} text */
function words(text) {
  const plain = text.replace(ENTITY, decode);
  if (!MARK.test(plain)) return plain;
  return plain.split(MARK).map((piece, index) =>
    index % 2 ? html`<button type="button" class="cite" data-source=${piece}>${Number(piece) + 1}</button>` : piece,
  );
}

/** @param {Token[]} tokens @returns {any[]} */
function inline(tokens) {
  const made = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const tag = tokens[at].type === "html" && PAIR.exec(tokens[at].raw)?.[1];
    const end = tag ? tokens.findIndex(({ raw }, place) => place > at && raw.toLowerCase() === `</${tag}>`.toLowerCase()) : -1;
    if (tag && end > 0) {
      made.push(html`<${tag.toLowerCase()}>${inline(tokens.slice(at + 1, end))}<//>`);
      at = end;
    } else made.push(element(tokens[at]));
  }
  return made;
}

/** @param {Token} token */
const inside = ({ tokens, text }) => (tokens ? inline(tokens) : words(text));

/** @param {Token} token */
function link(token) {
  const href = safeLink(token.href.replace(ENTITY, decode));
  if (!href) return html`<span>${inside(token)}</span>`;
  return html`<a href=${href} title=${token.title} target="_blank" rel="noopener noreferrer nofollow">${inside(token)}</a>`;
}

/** @param {Token} token */
function list({ ordered, start, items }) {
  const entries = items.map((/** @type {Token} */ item) => html`<li dir="auto">${item.task && !item.tokens.some(hasCheckbox) && checkbox(item)}${item.tokens.map(element)}</li>`);
  return ordered ? html`<ol ...${start === 1 ? {} : { start }}>${entries}</ol>` : html`<ul>${entries}</ul>`;
}

/** @param {Token} token @returns {boolean} */
const hasCheckbox = ({ type, tokens = [] }) => type === "checkbox" || tokens.some((/** @type {Token} */ one) => one.type === "checkbox");

/** @param {Token} token */
const checkbox = ({ checked }) => html`<input type="checkbox" checked=${checked} aria-label=${checked ? "☑" : "☐"} disabled />`;

/** @param {Token} token */
function table({ header, rows, align }) {
  const cell = (/** @type {Token} */ one, /** @type {number} */ index) => {
    const style = { textAlign: align[index] };
    return one.header ? html`<th dir="auto" scope="col" style=${style}>${inside(one)}</th>` : html`<td dir="auto" style=${style}>${inside(one)}</td>`;
  };
  return html`<div class="table" tabindex="0" role="group"><table>
    <thead><tr>${header.map(cell)}</tr></thead>
    <tbody>${rows.map((/** @type {Token[]} */ row) => html`<tr>${row.map(cell)}</tr>`)}</tbody>
  </table></div>`;
}

/** @type {Record<string, (token: Token) => any>} */
const ELEMENTS = {
  space: () => null,
  def: () => null,
  hr: () => html`<hr />`,
  br: () => html`<br />`,
  code: ({ text, lang }) => html`<${Code} text=${text} language=${(lang ?? "").split(/\s/)[0]} />`,
  heading: (token) => html`<${`h${token.depth}`} dir="auto">${inside(token)}<//>`,
  blockquote: ({ tokens }) => html`<blockquote dir="auto">${tokens.map(element)}</blockquote>`,
  paragraph: (token) => html`<p dir="auto">${inside(token)}</p>`,
  list,
  table,
  checkbox,
  link,
  image: ({ href, text }) => html`<${Picture} url=${href} alt=${text} />`,
  strong: (token) => html`<strong>${inside(token)}</strong>`,
  em: (token) => html`<em>${inside(token)}</em>`,
  del: (token) => html`<del>${inside(token)}</del>`,
  codespan: ({ text }) => html`<code>${text}</code>`,
  escape: ({ text }) => text,
  html: ({ raw }) => (BREAK.test(raw) ? html`<br />` : COMMENT.test(raw) ? null : html`<span class="raw">${raw}</span>`),
  text: inside,
};

/** @param {Token} token */
const element = (token) => (ELEMENTS[token.type] ?? inside)(token);

/** A block of code: its language, a button that copies it, and colours. */
// Longer code is not coloured: it would cost more than it helps.
const LONG = 20_000;

const Code = memo((/** @type {{ text: string, language: string }} */ { text, language }) => {
  const { words } = usePanel();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  return html`<div class="code" dir="ltr">
    <div class="code-head"><span>${language}</span><button type="button" class="copy-code" onClick=${copy}>${copied ? words.copied : words.copy}</button></div>
    <pre tabindex="0"><code>${language && text.length < LONG ? html`<${Colours} text=${text} language=${language.toLowerCase()} />` : text}</code></pre>
  </div>`;
});

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
