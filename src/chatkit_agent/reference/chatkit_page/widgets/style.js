/** The styling that a widget asks for, as CSS: sizes, spacing, borders and colours from tokens. */

const SPACING = 4;
const RADIUS = { none: 0, "2xs": 2, xs: 4, sm: 6, md: 8, lg: 10, xl: 12, "2xl": 16, "3xl": 20, "4xl": 24, full: 9999, "100%": "100%" };
const FLEX = { start: "flex-start", end: "flex-end", between: "space-between", around: "space-around", evenly: "space-evenly" };
const HUES = { red: 25, orange: 50, amber: 75, yellow: 95, lime: 125, green: 150, emerald: 160, teal: 180, cyan: 205, sky: 230, blue: 255, indigo: 275, violet: 290, purple: 305, fuchsia: 320, pink: 350, rose: 12 };
const TOKENS = /^(prose|primary|emphasis|secondary|tertiary|success|warning|danger|info|discovery|caution|default|subtle|strong|surface(-elevated)?(-secondary|-tertiary)?)$/;
// What fetches something is not a colour.
const FETCHES = /url|image|src|attr|;/i;

/** @param {any} value @param {number} [unit] */
export const length = (value, unit = 1) => (typeof value === "number" ? `${value * unit}px` : /^[\d.]+$/.test(value ?? "") ? `${Number(value) * unit}px` : value);
/** @param {any} value */
const spacing = (value) => length(value, SPACING);

/** @param {any} color @param {"light" | "dark"} scheme @returns {string | undefined} */
export function colorOf(color, scheme) {
  const value = typeof color === "object" && color ? color[scheme] : color;
  if (!value || FETCHES.test(value)) return undefined;
  if (TOKENS.test(value)) return `var(--w-${value})`;
  const found = /^([a-z]+)-(\d{1,3})$/.exec(value);
  if (!found) return value in HUES ? `oklch(65% 0.17 ${HUES[/** @type {"red"} */ (value)]})` : value;
  const [, name, step] = found;
  const light = 98 - Number(step) * 0.072;
  const gray = /^(gray|slate|zinc|neutral|stone)$/.test(name);
  const chroma = gray ? 0.005 : 0.2 * Math.min(1, Number(step) / 450);
  return `oklch(${light}% ${chroma} ${HUES[/** @type {"red"} */ (name)] ?? 260})`;
}

/** @param {any} border @param {"light" | "dark"} scheme */
function line(border, scheme) {
  if (border == null) return undefined;
  const { size, color = "default", style = "solid" } = typeof border === "number" ? { size: border } : border;
  return `${size}px ${/^\w+$/.test(style) ? style : "solid"} ${colorOf(color, scheme)}`;
}

/** @param {any} value @param {(value: any) => any} as @returns {any[]} top, right, bottom, left */
const sides = (value, as) => {
  const { top, right, bottom, left, x, y } = value;
  return [top ?? y, right ?? x, bottom ?? y, left ?? x].map((one) => (one == null ? undefined : as(one)));
};

/** @param {string} name @param {any} value */
function boxOf(name, value) {
  if (value == null) return {};
  if (typeof value !== "object") return { [name]: spacing(value) };
  const [top, right, bottom, left] = sides(value, spacing);
  return { [`${name}Top`]: top, [`${name}Right`]: right, [`${name}Bottom`]: bottom, [`${name}Left`]: left };
}

/** @param {any} border @param {"light" | "dark"} scheme */
function borders(border, scheme) {
  if (border == null) return {};
  if (typeof border === "number" || "size" in border) return { border: line(border, scheme) };
  const [borderTop, borderRight, borderBottom, borderLeft] = sides(border, (one) => line(one, scheme));
  return { borderTop, borderRight, borderBottom, borderLeft };
}

/** Sizes, margin, radius and background, which most components have. @param {any} node @param {"light" | "dark"} scheme */
export const block = (node, scheme) => ({
  width: length(node.width ?? node.size),
  height: length(node.height ?? node.size),
  minWidth: length(node.minWidth ?? node.minSize),
  minHeight: length(node.minHeight ?? node.minSize),
  maxWidth: length(node.maxWidth ?? node.maxSize),
  maxHeight: length(node.maxHeight ?? node.maxSize),
  aspectRatio: node.aspectRatio == null ? undefined : String(node.aspectRatio),
  borderRadius: length(/** @type {any} */ (RADIUS)[node.radius]),
  flex: node.flex == null ? undefined : String(node.flex),
  background: colorOf(node.background, scheme),
  ...boxOf("margin", node.margin),
});

/** What a container has besides. @param {any} node @param {"light" | "dark"} scheme @param {string} [direction] */
export const box = (node, scheme, direction = "col") => ({
  ...block(node, scheme),
  flexDirection: direction === "row" ? "row" : "column",
  alignItems: /** @type {any} */ (FLEX)[node.align] ?? node.align,
  justifyContent: /** @type {any} */ (FLEX)[node.justify] ?? node.justify,
  flexWrap: node.wrap,
  gap: spacing(node.gap),
  ...boxOf("padding", node.padding),
  ...borders(node.border, scheme),
});

/** @param {any} node @param {"light" | "dark"} scheme */
export const text = (node, scheme) => ({
  color: colorOf(node.color, scheme),
  fontWeight: { normal: 400, medium: 500, semibold: 600, bold: 700 }[/** @type {"bold"} */ (node.weight)],
  textAlign: node.textAlign,
  width: length(node.width),
  ...(node.maxLines && { WebkitLineClamp: node.maxLines }),
  ...(node.minLines && { minHeight: `${node.minLines * 1.5}em` }),
});
