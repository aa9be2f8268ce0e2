/** A list to choose from, by mouse or by keyboard, over what it was opened from. */
import { moved } from "./composer.js";
import { html, Icon, useEffect, useRef, useState } from "../ui.js";

/**
 * @param {{ items: any[], active?: number, id?: string, label: string, choose: (item: any) => void, selected?: string | null }} props
 * Items are `{ id, label, description?, icon?, group?, disabled? }`.
 */
export function List({ items, active = -1, id = "", label, choose, selected }) {
  const box = useRef(null);
  useEffect(() => box.current?.querySelector(".active")?.scrollIntoView({ block: "nearest" }), [active]);
  return html`<div class="menu-list" role="listbox" id=${id} aria-label=${label} ref=${box}>
    ${items.map((item, index) => html`
      ${item.group && item.group !== items[index - 1]?.group && html`<div class="menu-group" role="presentation">${item.group}</div>`}
      <div role="option" id=${`${id}-${index}`} key=${item.id} class=${`menu-item ${index === active ? "active" : ""}`} aria-selected=${selected === undefined ? index === active : item.id === selected} aria-disabled=${item.disabled ? "true" : null} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${() => !item.disabled && choose(item)}>
        ${item.icon && html`<${Icon} name=${item.icon} />`}<span class="menu-label" dir="auto">${item.label}${item.description && html`<small>${item.description}</small>`}</span>
        ${selected !== undefined && item.id === selected && html`<${Icon} name="check" />`}
      </div>`)}
  </div>`;
}

let menus = 0;

/** A button with a menu over it. @param {{ label: string, icon?: string, text?: string, items: any[], selected?: string | null, choose: (id: any) => void, kind?: string }} props */
export function Menu({ label, icon, text, items, selected, choose, kind = "" }) {
  const [open, setOpen] = useState(false);
  const [active, setActive] = useState(0);
  const id = useRef(`menu-${(menus += 1)}`).current;
  const close = () => setOpen(false);
  const pick = (/** @type {any} */ item) => (close(), choose(item));
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (!open) return;
    const next = moved(event, items.length, active);
    if (next !== null) setActive(next);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" || event.key === " ") items[active].disabled || pick(items[active]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const toggle = () => {
    setActive(Math.max(0, items.findIndex((item) => item.id === selected)));
    setOpen(!open);
  };
  return html`<div class=${`menu ${kind}`} onKeyDown=${keys} onFocusOut=${close}>
    <button type="button" class=${text ? "chip" : "icon-button"} aria-label=${text ? null : label} title=${label} aria-haspopup="listbox" aria-expanded=${open} aria-controls=${open ? id : null} aria-activedescendant=${open ? `${id}-${active}` : null} onClick=${toggle}>
      ${icon && html`<${Icon} name=${icon} />`}${text}${text && html`<${Icon} name="chevron-right" class="down" />`}
    </button>
    ${open && html`<div class="popup"><${List} id=${id} items=${items} active=${active} label=${label} choose=${pick} selected=${selected} /></div>`}
  </div>`;
}
