/** The components of a widget: what is shown, and what the person operates. */
import { html, Icon, Markdown, Spinner, useEffect, usePanel, useRef, useState } from "../ui.js";
import { createContext, useContext } from "../vendor/preact-htm.js";
import { Picture } from "../views/sources.js";

/** @import { ActionConfig } from "../types" */
/** @typedef {{ node: any, nodes: any }} Props */

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

/** @type {any} */
export const Acting = createContext(null);

/** The values of a form; a name with dots makes an object in an object. @param {FormData} data */
function valuesOf(data) {
  /** @type {any} */
  const values = {};
  for (const [name, value] of data) {
    const path = name.split(".").filter((part) => part !== "__proto__");
    const last = /** @type {string} */ (path.pop());
    const place = path.reduce((at, part) => (at[part] ??= {}), values);
    place[last] = value === "on" ? true : value;
  }
  return values;
}

/** @param {any} payload @param {any} values */
const merged = (payload, values) => {
  if (!Object.keys(values).length) return payload;
  return payload && typeof payload === "object" && !Array.isArray(payload) ? { ...payload, ...values } : { ...(payload != null && { payload }), ...values };
};

/** Everything in a widget that can be waited for. @param {any} item */
export function useActing(item) {
  const { session, options } = usePanel();
  const [busy, setBusy] = useState(/** @type {string | null} */ (null));
  /**
   * @param {ActionConfig | null | undefined} config @param {any} source what it was started by
   * @param {HTMLFormElement | null} [form] @param {object} [values]
   */
  const act = async (config, source, form = null, values = {}) => {
    if (!config || busy || session.turn) return;
    const { type, payload, handler = "server", loadingBehavior = "auto", streaming = true } = config;
    const sent = { type, payload: merged(payload, { ...(form ? valuesOf(new FormData(form)) : {}), ...values }) };
    const behaviour = loadingBehavior === "auto" ? (form ? "container" : "self") : loadingBehavior;
    if (behaviour !== "none") setBusy(behaviour === "self" ? source : "container");
    try {
      if (handler === "client") await options.widgets?.onAction?.(sent, { id: item.id, widget: item.widget });
      else await session.act(sent, item.id, streaming);
    } catch (error) {
      session.fail(error);
    } finally {
      setBusy(null);
    }
  };
  return { busy, act };
}

/** @returns {{ busy: string | null, act: Function, scheme: "light" | "dark" }} */
export const useAct = () => useContext(Acting);

/** @param {any} node @param {string} kind */
const textClass = (node, kind) =>
  [kind, node.size && `${kind}-${node.size}`, node.truncate && "truncate", node.maxLines && "clamp", node.italic && "italic", node.lineThrough && "struck"].filter(Boolean).join(" ");

/** @param {Props} props */
export function Text({ node }) {
  const { scheme } = useAct();
  const { editable, value } = node;
  const style = text(node, scheme);
  if (!editable) return html`<span class=${textClass(node, "w-text")} style=${style} dir="auto">${value}</span>`;
  const { name, placeholder, required, pattern, autoFocus, autoComplete } = editable;
  return html`<input class=${textClass(node, "w-text editable")} style=${style} dir="auto" name=${name} defaultValue=${value} placeholder=${placeholder} required=${required} pattern=${pattern} autofocus=${autoFocus} autocomplete=${autoComplete ?? "off"} aria-label=${placeholder ?? name} onFocus=${editable.autoSelect && ((/** @type {any} */ event) => event.target.select())} />`;
}

/** @param {Props} props */
export const Title = ({ node }) => html`<h4 class=${textClass(node, "w-title")} style=${text(node, useAct().scheme)} dir="auto">${node.value}</h4>`;

/** @param {Props} props */
export const Caption = ({ node }) => html`<span class=${textClass(node, "w-caption")} style=${text(node, useAct().scheme)} dir="auto">${node.value}</span>`;

/** @param {Props} props */
export const MarkdownComponent = ({ node }) => html`<${Markdown} text=${node.value} />`;

/** @param {Props} props */
export const Badge = ({ node }) =>
  html`<span class=${`w-badge ${node.color ?? "secondary"} ${node.variant ?? "soft"} ${node.size ?? "sm"} ${node.pill ? "pill" : ""}`} dir="auto">${node.label}</span>`;

/** @param {string} direction */
const container = (direction) => (/** @type {Props} */ { node, nodes: Nodes }) =>
  html`<div class="w-box" style=${box(node, useAct().scheme, node.direction ?? direction)}><${Nodes} of=${node.children} /></div>`;

export const Box = container("col");
export const Col = container("col");

/** @param {Props} props */
export const Row = ({ node, nodes: Nodes }) =>
  html`<div class="w-box" style=${box({ align: "center", ...node }, useAct().scheme, "row")}><${Nodes} of=${node.children} /></div>`;

/** @param {Props} props */
export function Form({ node, nodes: Nodes }) {
  const { act, scheme } = useAct();
  const form = useRef(null);
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    event.stopPropagation();
    act(node.onSubmitAction, node, form.current);
  };
  return html`<form class="w-box" ref=${form} style=${box({ gap: 2, ...node }, scheme, node.direction)} onSubmit=${submit}><${Nodes} of=${node.children} /></form>`;
}

/** @param {Props} props */
export const Spacer = ({ node }) => html`<div class="spring" style=${{ minWidth: length(node.minSize), minHeight: length(node.minSize) }}></div>`;

/** @param {Props} props */
export function Divider({ node }) {
  const { scheme } = useAct();
  const style = { borderTopWidth: length(node.size), borderTopColor: colorOf(node.color, scheme), marginBlock: length(node.spacing, 4) };
  return html`<hr class=${node.flush ? "flush" : ""} style=${style} />`;
}

const ICON_SIZES = { xs: 12, sm: 14, md: 16, lg: 20, xl: 24, "2xl": 32, "3xl": 40 };

/** @param {Props} props */
export function IconComponent({ node }) {
  const size = /** @type {any} */ (ICON_SIZES)[node.size ?? "md"];
  return html`<${Icon} name=${node.name} style=${{ width: size, height: size, color: colorOf(node.color, useAct().scheme) }} />`;
}

/** @param {Props} props */
export function Image({ node }) {
  const style = { ...block(node, useAct().scheme), objectFit: node.fit ?? "cover", objectPosition: node.position };
  return html`<div class=${`w-image ${node.frame ? "frame" : ""} ${node.flush ? "flush" : ""}`}><${Picture} url=${node.src} alt=${node.alt ?? ""} style=${style} /></div>`;
}

/** @param {Props} props */
export const Transition = ({ node, nodes: Nodes }) => html`<div class="w-transition"><${Nodes} of=${node.children} /></div>`;

/** @param {Props} props */
export const Table = ({ node, nodes: Nodes }) =>
  html`<div class="table" tabindex="0" role="group"><table><tbody><${Nodes} of=${node.children} /></tbody></table></div>`;

/** @param {Props} props */
export const TableRow = ({ node, nodes: Nodes }) =>
  html`<tr class=${node.header ? "head" : ""}><${Nodes} of=${(node.children ?? []).map((/** @type {any} */ cell) => ({ ...cell, header: node.header }))} /></tr>`;

/** @param {Props} props */
export function TableCell({ node, nodes: Nodes }) {
  const { flexDirection: _, ...sizes } = box({ width: node.width, padding: node.padding }, useAct().scheme);
  const style = { ...sizes, textAlign: node.align, verticalAlign: { start: "top", center: "middle", end: "bottom" }[/** @type {"end"} */ (node.vAlign)] };
  const props = { style, colspan: node.colSpan, rowspan: node.rowSpan, "data-size": node.colSize };
  const content = html`<${Nodes} of=${node.children} />`;
  return node.header ? html`<th scope="col" ...${props}>${content}</th>` : html`<td ...${props}>${content}</td>`;
}

/** @param {any} event @returns {HTMLFormElement | null} */
const formOf = (event) => event.currentTarget.closest("form");

/** @param {any} node @param {string} kind */
const controlClass = (node, kind) =>
  [kind, node.variant ?? "outline", node.size ?? "md", node.pill && "pill", node.block && "block", node.gutterSize && `gutter-${node.gutterSize}`].filter(Boolean).join(" ");

/** @param {any} node */
function useFirst(node) {
  const field = useRef(null);
  useEffect(() => {
    if (node.autoFocus) field.current.focus();
    if (node.autoSelect) field.current.select();
  }, []);
  return field;
}

/** @param {Props} props */
export function Button({ node }) {
  const { act, busy } = useAct();
  const { label, iconStart, iconEnd, submit, uniform, style, disabled } = node;
  const color = node.color ?? (style === "primary" ? "primary" : "secondary");
  const variant = node.variant ?? (style === "primary" ? "solid" : "outline");
  const run = (/** @type {any} */ event) => !submit && act(node.onClickAction, node, formOf(event));
  const name = label ?? (iconStart ?? iconEnd ?? "").replace(/-/g, " ");
  return html`<button type=${submit ? "submit" : "button"} class=${`w-button ${color} ${uniform || !label ? "uniform" : ""} ${controlClass({ ...node, variant }, "")}`} disabled=${disabled || busy !== null} aria-busy=${busy === node} aria-label=${label ? null : name} onClick=${run}>
    ${busy === node ? html`<${Spinner} />` : iconStart && html`<${Icon} name=${iconStart} class=${node.iconSize ?? ""} />`}${label && html`<span dir="auto">${label}</span>`}${iconEnd && html`<${Icon} name=${iconEnd} class=${node.iconSize ?? ""} />`}
  </button>`;
}

/** @param {any} node @param {Function} act */
const changing = (node, act) => (/** @type {any} */ event) => {
  const { target } = event;
  const value = target.type === "checkbox" ? target.checked : target.value;
  if (node.onChangeAction) act(node.onChangeAction, node, formOf(event), { [node.name]: value });
};

/** @param {Props} props */
export function Input({ node }) {
  const field = useFirst(node);
  const autocomplete = node.allowAutofillExtensions ? "on" : "off";
  return html`<input ref=${field} class=${controlClass(node, "field")} dir="auto" type=${node.inputType ?? "text"} name=${node.name} defaultValue=${node.defaultValue} required=${node.required} pattern=${node.pattern} placeholder=${node.placeholder} disabled=${node.disabled} autocomplete=${autocomplete} aria-label=${node.placeholder ?? node.name} />`;
}

/** @param {Props} props */
export function Textarea({ node }) {
  const field = useFirst(node);
  const kind = `${controlClass(node, "field")} ${node.autoResize ? "grows" : ""}`;
  const style = node.maxRows ? { maxHeight: `${node.maxRows * 1.5 + 1}em` } : {};
  return html`<textarea ref=${field} class=${kind} style=${style} dir="auto" name=${node.name} rows=${node.rows ?? 3} required=${node.required} placeholder=${node.placeholder} disabled=${node.disabled} aria-label=${node.placeholder ?? node.name} defaultValue=${node.defaultValue}></textarea>`;
}

/** @param {Props} props */
export function Select({ node }) {
  const { act } = useAct();
  const { options, placeholder, defaultValue, clearable } = node;
  return html`<select class=${controlClass(node, "field")} name=${node.name} disabled=${node.disabled} aria-label=${placeholder ?? node.name} onChange=${changing(node, act)}>
    ${(placeholder || clearable || !defaultValue) && html`<option value="" selected=${!defaultValue} disabled=${!clearable}>${placeholder ?? ""}</option>`}
    ${options.map((/** @type {any} */ { value, label, description, disabled }) => html`<option key=${value} value=${value} selected=${value === defaultValue} disabled=${disabled}>${description ? `${label} – ${description}` : label}</option>`)}
  </select>`;
}

/** @param {Props} props */
export function DatePicker({ node }) {
  const { act } = useAct();
  const day = (/** @type {string} */ time) => time?.slice(0, 10);
  return html`<input class=${controlClass(node, "field")} type="date" name=${node.name} defaultValue=${day(node.defaultValue)} min=${day(node.min)} max=${day(node.max)} required=${!node.clearable && !!node.defaultValue} disabled=${node.disabled} aria-label=${node.placeholder ?? node.name} onChange=${changing(node, act)} />`;
}

/** @param {Props} props */
export function Checkbox({ node }) {
  const { act } = useAct();
  return html`<label class="option"><input type="checkbox" name=${node.name} defaultChecked=${node.defaultChecked} required=${node.required} disabled=${node.disabled} aria-label=${node.label ? null : node.name} onChange=${changing(node, act)} />${node.label && html`<span dir="auto">${node.label}</span>`}</label>`;
}

/** @param {Props} props */
export function RadioGroup({ node }) {
  const { act } = useAct();
  return html`<div class=${`w-radios ${node.direction ?? "row"}`} role="radiogroup" aria-label=${node.ariaLabel ?? node.name}>
    ${(node.options ?? []).map((/** @type {any} */ { value, label, disabled }) => html`<label class="option" key=${value}><input type="radio" name=${node.name} value=${value} defaultChecked=${value === node.defaultValue} required=${node.required} disabled=${node.disabled || disabled} onChange=${changing(node, act)} /><span dir="auto">${label}</span></label>`)}
  </div>`;
}

/** The label of a field is found by the field's name. @param {Props} props */
export function Label({ node }) {
  const focus = (/** @type {any} */ event) => event.target.closest("form, .w-root")?.querySelector(`[name="${CSS.escape(node.fieldName)}"]`)?.focus();
  return html`<label class=${`w-label ${node.size ? `w-text-${node.size}` : ""}`} style=${text(node, useAct().scheme)} dir="auto" onClick=${focus}>${node.value}</label>`;
}
