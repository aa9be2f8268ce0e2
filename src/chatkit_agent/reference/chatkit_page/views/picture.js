/** Images: fetched only from where they may come; the bytes in a data URL are drawn without fetching. */
import { html, useEffect, useRef, usePanel, useState } from "../ui.js";
import { parsed, safeLink } from "../markdown.js";

const IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,/i;

/** @param {string} url */
export const hostOf = (url) => parsed(url)?.host ?? "";

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
    const name = alt || words.image_at.replace("{host}", hostOf(url));
    const href = url.startsWith("data:") ? undefined : safeLink(url);
    return href ? html`<a class="image-link" href=${href} target="_blank" rel="noopener noreferrer nofollow">${name}</a>` : html`<span class="image-link">${name}</span>`;
  }
  const fail = () => setBroken(url);
  if (!url.startsWith("data:")) return html`<img src=${url} alt=${alt} style=${style} loading="lazy" decoding="async" referrerpolicy="no-referrer" onError=${fail} />`;
  if (blob.current?.url !== url) blob.current = { url, blob: blobOf(url) };
  return html`<${Canvas} blob=${blob.current.blob} alt=${alt} style=${style} onError=${fail} />`;
}
