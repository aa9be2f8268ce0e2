/** What comes from elsewhere: images, and the sources of an answer. */
import { fill, html, Icon, Link, parsed, safeLink, useEffect, usePanel, useRef, useState, Widget } from "../ui.js";

const IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,/i;

/** @param {string} url */
const hostOf = (url) => parsed(url)?.host ?? "";

/**
 * Images come from the page's own origin, from the API's, and from hosts that the thread names.
 * @param {string} url @param {string} api @param {string[]} domains
 */
function mayShow(url, api, domains) {
  const { protocol = "", origin = "", hostname = "" } = parsed(url) ?? {};
  if (protocol === "data:") return IMAGE.test(url);
  if (!/^https?:$/.test(protocol)) return false;
  if (origin === location.origin || origin === parsed(api)?.origin) return true;
  return domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/** @param {HTMLCanvasElement} canvas @param {Blob} blob */
async function draw(canvas, blob) {
  const image = await createImageBitmap(blob);
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  image.close();
}

/** @param {{ blob: Blob, alt: string, style?: object, onError?: () => void }} props */
export function Canvas({ blob, alt, style, onError }) {
  const canvas = useRef(null);
  useEffect(() => {
    draw(canvas.current, blob).catch(() => onError?.());
  }, [blob]);
  return html`<canvas ref=${canvas} role="img" aria-label=${alt} style=${style} />`;
}

/** @param {string} url */
function blobOf(url) {
  const [head, data] = url.split(",");
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: head.slice(5).split(";")[0] });
}

/** @param {{ url: string, alt?: string, style?: object }} props */
export function Picture({ url, alt = "", style }) {
  const { options, domains, words } = usePanel();
  const [broken, setBroken] = useState("");
  const blob = useRef(/** @type {{ url: string, blob: Blob } | null} */ (null));
  const shown = broken !== url && mayShow(url, options.api.url, domains);
  if (!shown) {
    const name = alt || fill(words, "image_at", { host: hostOf(url) });
    const href = url.startsWith("data:") ? undefined : safeLink(url);
    return href ? html`<${Link} class="image-link" href=${href}>${name}<//>` : html`<span class="image-link">${name}</span>`;
  }
  const fail = () => setBroken(url);
  if (!url.startsWith("data:")) return html`<img src=${url} alt=${alt} style=${style} loading="lazy" decoding="async" referrerpolicy="no-referrer" onError=${fail} />`;
  if (blob.current?.url !== url) blob.current = { url, blob: blobOf(url) };
  return html`<${Canvas} blob=${blob.current.blob} alt=${alt} style=${style} onError=${fail} />`;
}

/** What is shown of an entity while the pointer or the focus is on it. @param {{ load?: false | (() => Promise<{ preview: any }>), children: any }} props */
function Preview({ load, children }) {
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
    return html`<${Link} class="source" href=${href} title=${source.description}>${mark}<${Icon} name="globe" /><span dir="auto">${source.title}</span><small>${source.attribution ?? hostOf(source.url)}</small><//>`;
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
