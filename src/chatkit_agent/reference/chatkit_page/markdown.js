/** Markdown as it streams: only its last block is drawn again. Nothing is ever parsed as HTML. */
import { Colours, html, Link, memo, Picture, safeLink, useCopy, usePanel, useRef } from "./ui.js";
import { Lexer } from "./vendor/marked.js";

/** @import { Props, Token } from "./types" */

/** @typedef {Record<string, any>} Links */

const OPTIONS = { gfm: true };
// Longer lists and tables are drawn in parts.
const PART = 50;
const LONG_TABLE = /^\|.*\n\|[-:| ]+\n(?:\|.*\n){100,}(?:\|.*)?\s*$/;

/** @param {string} raw @param {Links} links @returns {Token[]} */
function tokensOf(raw, links) {
  const lexer = new Lexer(OPTIONS);
  Object.assign(lexer.tokens.links, links);
  return lexer.lex(raw);
}

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

/** @param {Token} token @returns {boolean} */
const hasCheckbox = ({ type, tokens = [] }) => type === "checkbox" || tokens.some((one) => one.type === "checkbox");

/** @param {Token} token */
const checkbox = ({ checked }) => html`<input type="checkbox" checked=${checked} aria-label=${checked ? "☑" : "☐"} disabled />`;

/** @param {Token} token */
const head = ({ header, align }) =>
  html`<thead><tr>${header.map((one, index) => html`<th scope="col" style=${{ textAlign: align[index] }}>${inside(one)}</th>`)}</tr></thead>`;

/** @param {Token} token */
const body = ({ rows, align }) =>
  rows.map((row) => html`<tr>${row.map((one, index) => html`<td style=${{ textAlign: align[index] }}>${inside(one)}</td>`)}</tr>`);

/** @type {Record<string, (token: Token) => any>} */
const ELEMENTS = {
  space: () => null,
  def: () => null,
  hr: () => html`<hr />`,
  br: () => html`<br />`,
  code: ({ text, lang }) => html`<${Code} text=${text} language=${(lang ?? "").split(/\s/)[0]} />`,
  heading: (token) => html`<${`h${token.depth}`}>${inside(token)}<//>`,
  blockquote: ({ tokens }) => html`<blockquote>${tokens.map(element)}</blockquote>`,
  paragraph: (token) => html`<p>${inside(token)}</p>`,
  list({ ordered, start, items }) {
    const entries = items.map((item) => html`<li>${item.task && !item.tokens.some(hasCheckbox) && checkbox(item)}${item.tokens.map(element)}</li>`);
    return ordered ? html`<ol ...${start === 1 ? {} : { start }}>${entries}</ol>` : html`<ul>${entries}</ul>`;
  },
  table: (token) => html`<div class="table" tabindex="0" role="group"><table>${head(token)}<tbody>${body(token)}</tbody></table></div>`,
  checkbox,
  link(token) {
    const href = safeLink(token.href.replace(ENTITY, decode));
    return href ? html`<${Link} href=${href} title=${token.title}>${inside(token)}<//>` : html`<span>${inside(token)}</span>`;
  },
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

const Rows = memo((/** @type {Props["Rows"]} */ { raw, links }) => html`<tbody>${body(tokensOf(raw, links)[0])}</tbody>`);

/** Of one width each, its columns are not measured anew. @param {Props["LongTable"]} props */
function LongTable({ raw, links, count }) {
  const [first, second, ...rows] = raw.trimEnd().split("\n");
  const parts = Array.from({ length: Math.ceil(rows.length / PART) }, (_, at) => [first, second, ...rows.slice(at * PART, (at + 1) * PART)].join("\n"));
  return html`<div class="table" tabindex="0" role="group"><table class="long">
    ${head(tokensOf(`${first}\n${second}`, links)[0])}
    ${parts.map((part, at) => html`<${Rows} key=${at} raw=${part} links=${links} count=${count} />`)}
  </table></div>`;
}

// Longer code is not coloured.
const LONG = 20_000;

const Code = memo((/** @type {Props["Code"]} */ { text, language }) => {
  const { words } = usePanel();
  const [copied, copy] = useCopy(() => text);
  return html`<div class="code" dir="ltr">
    <div class="code-head"><span>${language}</span><button type="button" class="copy-code" onClick=${copy}>${copied ? words.copied : words.copy}</button></div>
    <pre tabindex="0"><code>${language && text.length < LONG ? html`<${Colours} text=${text} language=${language.toLowerCase()} />` : text}</code></pre>
  </div>`;
});

export class Blocks {
  /** @type {string[]} */
  whole = [];
  prefix = "";
  /** @type {Links} */
  links = {};

  /** @param {string} text @returns {string[]} */
  of(text) {
    if (!text.startsWith(this.prefix)) Object.assign(this, { whole: [], prefix: "", links: {} });
    const grows = text.slice(this.prefix.length);
    if (LONG_TABLE.test(grows)) return [...this.whole, grows];
    const lexer = new Lexer(OPTIONS);
    const tokens = lexer.blockTokens(grows);
    Object.assign(this.links, lexer.tokens.links);
    const last = tokens.findLastIndex(({ type }) => type !== "space");
    for (const { raw, type } of tokens.slice(0, Math.max(last, 0))) {
      this.prefix += raw;
      if (type !== "space") this.whole.push(raw);
    }
    this.#shorten(tokens[last]);
    const rest = text.slice(this.prefix.length);
    return rest.trim() ? [...this.whole, rest] : [...this.whole];
  }

  /** A list that grows long goes on in a new block. @param {Token | undefined} list */
  #shorten(list) {
    const { items = [], ordered, start = 0 } = list ?? {};
    for (let at = 0; items.length - at > 2 * PART; at += PART) {
      if (ordered && Number.parseInt(items[at + PART].raw, 10) !== start + at + PART) return;
      const raw = items.slice(at, at + PART).map((item) => item.raw).join("");
      this.prefix += raw;
      this.whole.push(raw);
    }
  }
}

/** `count` tells that there are more links than before: they may stand after their use. */
const Block = memo((/** @type {Props["Block"]} */ { raw, links, count }) => {
  return html`<div class="block" dir="auto">${LONG_TABLE.test(raw) ? html`<${LongTable} raw=${raw} links=${links} count=${count} />` : tokensOf(raw, links).map(element)}</div>`;
});

/** @param {Props["Markdown"]} props */
export function Markdown({ text }) {
  const kept = useRef(/** @type {Blocks | null} */ (null));
  kept.current ??= new Blocks();
  const blocks = kept.current.of(text.replaceAll("\r\n", "\n"));
  const { links } = kept.current;
  const count = Object.keys(links).length;
  return html`<div class="markdown">
    ${blocks.map((raw, index) => html`<${Block} key=${index} raw=${raw} links=${links} count=${count} />`)}
  </div>`;
}
