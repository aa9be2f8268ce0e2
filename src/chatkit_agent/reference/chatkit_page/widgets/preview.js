/** What is shown of an entity while the pointer or the focus is on it. */
import { html, useRef, useState } from "../ui.js";
import { Widget } from "./widget.js";

/** @param {{ load?: false | (() => Promise<{ preview: any }>), children: any }} props */
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
