/** The page's own look, from the option `theme`, as CSS variables of the panel. */

/** @import { PanelOptions } from "./types" */

/** @param {HTMLElement} root @param {PanelOptions["theme"]} theme */
export function applyTheme(root, theme) {
  const { color = {}, typography = {} } = typeof theme === "object" ? theme : {};
  const { accent, surface, grayscale } = color;
  /** @type {Record<string, string | undefined>} */
  const variables = {
    "--ck-accent": accent?.primary,
    "--ck-surface": surface?.background,
    "--ck-text": surface?.foreground,
    "--ck-gray-hue": grayscale && `${grayscale.hue}`,
    "--ck-gray-chroma": grayscale && `${grayscale.tint * 0.004}`,
    "--ck-font": typography.fontFamily,
    "--ck-font-mono": typography.fontFamilyMono,
    "--ck-font-size": typography.baseSize ? `${typography.baseSize}px` : undefined,
  };
  for (const [name, value] of Object.entries(variables)) {
    if (value) root.style.setProperty(name, value);
    else root.style.removeProperty(name);
  }
  for (const font of typography.fontSources ?? []) load(font);
}

const loaded = new Set();

/** @param {any} font */
function load({ family, src, weight, style, display, unicodeRange }) {
  if (loaded.has(`${family} ${src}`)) return;
  loaded.add(`${family} ${src}`);
  const face = new FontFace(family, `url(${JSON.stringify(src)})`, {
    weight: weight === undefined ? undefined : String(weight),
    style,
    display: display ?? "swap",
    unicodeRange,
  });
  document.fonts.add(face);
  face.load().catch(() => {});
}
