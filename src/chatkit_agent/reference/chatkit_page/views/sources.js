/** Where an answer comes from: links, files and entities, listed under it and marked in the text. */
import { html, Icon, usePanel, useRef, useState } from "../ui.js";
import { hostOf, safeLink } from "../addresses.js";
import { Preview } from "../widgets/preview.js";

/** @param {any} source */
const entityOf = ({ id, title, icon, interactive, group, data }) => ({ id, title, icon, interactive, group, data });

/** @param {{ source: any, number?: number }} props */
export function SourceLink({ source, number }) {
  const { options } = usePanel();
  const { onClick, onRequestPreview } = options.entities ?? {};
  const mark = number === undefined ? null : html`<sup>${number + 1}</sup>`;
  if (source.type === "url") {
    const href = safeLink(source.url);
    return html`<a class="source" href=${href} target="_blank" rel="noopener noreferrer nofollow" title=${source.description}>${mark}<${Icon} name="globe" /><span dir="auto">${source.title}</span><small>${source.attribution ?? hostOf(source.url)}</small></a>`;
  }
  const icon = source.type === "file" ? "document" : (source.icon ?? "cube");
  const label = source.type === "file" ? (source.title ?? source.filename) : (source.label ?? source.title);
  const inner = html`${mark}<${Icon} name=${icon} /><span dir="auto">${label}</span>${source.type === "file" && source.filename !== label && html`<small>${source.filename}</small>`}`;
  if (source.type !== "entity" || !source.interactive) return html`<span class="source" title=${source.description}>${inner}</span>`;
  const entity = entityOf(source);
  return html`<${Preview} load=${onRequestPreview && (() => onRequestPreview(entity))}>
    <button type="button" class="source" onClick=${() => onClick?.(entity)}>${inner}</button>
  <//>`;
}

/** The text, and its sources; a mark in the text shows its own. @param {{ sources: any[], children: any }} props */
export function Sources({ sources, children }) {
  const { words } = usePanel();
  const [open, setOpen] = useState(false);
  const [lit, setLit] = useState(-1);
  const list = useRef(/** @type {any} */ (null));
  if (!sources.length) return children;
  const show = (/** @type {any} */ event) => {
    const mark = event.target.closest?.(".cite");
    if (!mark) return;
    setOpen(true);
    setLit(Number(mark.dataset.source));
    setTimeout(() => list.current?.querySelector(".lit a, .lit button")?.focus(), 60);
  };
  return html`<div onClick=${show}>${children}</div>
    <div class="sources" part="sources" ref=${list}>
      <button type="button" class="chip" aria-expanded=${open} onClick=${() => setOpen(!open)}><${Icon} name="book-open" />${words.sources} <small>${sources.length}</small></button>
      ${open && html`<ul class="source-list">${sources.map((source, index) => html`<li class=${index === lit ? "lit" : ""}><${SourceLink} source=${source} number=${index} /></li>`)}</ul>`}
    </div>`;
}
