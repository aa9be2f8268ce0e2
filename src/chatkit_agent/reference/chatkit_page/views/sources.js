/** Where an answer comes from: links, files and entities, listed under it and marked in the text. */
import { html, Icon, useEffect, usePanel, useRef, useState } from "../ui.js";
import { Widget } from "../later.js";
import { safeLink } from "../markdown.js";
import { hostOf } from "./picture.js";

/** What is shown of an entity while the pointer or the focus is on it. @param {{ load?: false | (() => Promise<{ preview: any }>), children: any }} props */
export function Preview({ load, children }) {
  const [widget, setWidget] = useState(/** @type {any} */ (null));
  const here = useRef(false);
  if (!load) return children;
  const show = async () => {
    here.current = true;
    const { preview } = await load();
    if (here.current) setWidget(preview);
  };
  const hide = () => {
    here.current = false;
    setWidget(null);
  };
  return html`<span class="preview" onMouseEnter=${show} onMouseLeave=${hide} onFocusIn=${show} onFocusOut=${hide}>
    ${children}${widget && html`<div class="popup card" role="tooltip"><${Widget} item=${{ id: "preview", widget }} /></div>`}
  </span>`;
}

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

/** The sources of a text; `lit` is the one whose mark was chosen. @param {{ sources: any[], lit: { place: number } }} props */
export function Sources({ sources, lit }) {
  const { words } = usePanel();
  const [open, setOpen] = useState(false);
  const list = useRef(null);
  useEffect(() => {
    if (lit.place < 0) return;
    setOpen(true);
    setTimeout(() => list.current?.querySelector(".lit a, .lit button")?.focus(), 60);
  }, [lit]);
  return html`<div class="sources" part="sources" ref=${list}>
    <button type="button" class="chip" aria-expanded=${open} onClick=${() => setOpen(!open)}><${Icon} name="book-open" />${words.sources} <small>${sources.length}</small></button>
    ${open && html`<ul class="source-list">${sources.map((source, index) => html`<li class=${index === lit.place ? "lit" : ""}><${SourceLink} source=${source} number=${index} /></li>`)}</ul>`}
  </div>`;
}
