/** What all views are made of: the template tag, hooks, icons and buttons. */
import { Component, createContext, html, useContext } from "./vendor/preact-htm.js";
import { ICONS } from "./vendor/icons.js";

export {
  html,
  render,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "./vendor/preact-htm.js";

/** @import { PanelContext, Words } from "./types" */

const Panel = createContext(/** @type {any} */ (null));
export const PanelProvider = Panel.Provider;
/** @returns {PanelContext} */
export const usePanel = () => useContext(Panel);

/** @param {any} now @param {any} next */
const alike = (now, next) => Object.keys(next).every((key) => next[key] === now[key]);

/**
 * A component that is drawn again only when one of its properties is another one.
 * @template P
 * @param {(props: P) => any} view
 * @param {(now: any, next: any) => boolean} [same]
 * @returns {any}
 */
export const memo = (view, same = alike) =>
  class extends Component {
    /** @param {any} next @param {any} state */
    shouldComponentUpdate(next, state) {
      const own = /** @type {any} */ (this);
      return state !== own.state || !same(own.props, next);
    }
    /** @param {P} props */
    render(props) {
      return view(props);
    }
  };

/** @param {{ name?: string, class?: string, style?: object }} props */
export function Icon({ name = "dot", style, ...more }) {
  const data = /** @type {Record<string, string>} */ (ICONS)[name.replace("lucide:", "")] ?? ICONS["empty-circle"];
  const kind = name.endsWith("-filled") || name === "stop" ? "icon filled" : "icon";
  return html`<svg class=${`${kind} ${more.class ?? ""}`} style=${style} viewBox="0 0 24 24" aria-hidden="true"><path d=${data} /></svg>`;
}

/** A button that shows an icon only; its label is read out, and shown on hover. @param {any} props */
export const IconButton = ({ icon, label, class: kind = "", ...more }) =>
  html`<button type="button" class=${`icon-button ${kind}`} aria-label=${label} title=${label} ...${more}><${Icon} name=${icon} /></button>`;

export const Spinner = () => html`<span class="spinner" aria-hidden="true"></span>`;

/** @param {Words} words @param {string} key @param {Record<string, string | number>} [values] */
export const fill = (words, key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all));
