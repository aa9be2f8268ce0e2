/** Which addresses are opened, and where images may come from. */

const LINK = /^(?:https?:|mailto:|tel:|chatkit-link:)/;
const IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,/i;

/** @param {string} url @returns {URL | null} */
const parsed = (url) => (URL.canParse(url, document.baseURI) ? new URL(url, document.baseURI) : null);

/** @param {string} url */
export const hostOf = (url) => parsed(url)?.host ?? "";

/** An address that a link may have, or undefined. @param {string} url */
export function safeLink(url) {
  const href = parsed(url)?.href ?? "";
  return LINK.test(href) ? href : undefined;
}

/**
 * Images come from the page's own origin, from the API's, and from hosts that the thread names.
 * @param {string} url @param {string} api @param {string[]} domains
 */
export function mayShow(url, api, domains) {
  const { protocol = "", origin = "", hostname = "" } = parsed(url) ?? {};
  if (protocol === "data:") return IMAGE.test(url);
  if (!/^https?:$/.test(protocol)) return false;
  if (origin === location.origin || origin === parsed(api)?.origin) return true;
  return domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}
