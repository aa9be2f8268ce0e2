/** The components of a widget that only show something: text, layout, images, tables. */
import { html, Icon, useRef } from "../ui.js";
import { Markdown } from "../markdown.js";
import { Picture } from "../views/picture.js";
import { useAct } from "./actions.js";
import { block, box, colorOf, length, text } from "./style.js";

/** @typedef {{ node: any, nodes: any }} Props */

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
