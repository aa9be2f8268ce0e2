/** The components of a widget that the person operates: buttons and the fields of forms. */
import { html, Icon, Spinner, useEffect, useRef } from "../ui.js";
import { useAct } from "./actions.js";
import { text } from "./style.js";

/** @typedef {{ node: any }} Props */

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
