/** What all views are made of: the template tag, hooks, icons and buttons. */
import { Component, createContext, html, useContext, useEffect, useState } from "./vendor/preact-htm.js";
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

/**
 * A view whose module and style sheet are loaded when it is first shown.
 * @param {() => Promise<any>} load gives the view @param {string} [sheet]
 * @param {((props: any) => any) | null} [instead] what is shown until then, or for good where it does not come
 */
export function lazy(load, sheet = "", instead = null) {
  /** @type {any} */
  let View = null;
  return (/** @type {any} */ props) => {
    const { words, style } = usePanel();
    const [{ tries, failed }, set] = useState({ tries: 0, failed: false });
    const ready = () => View && (!sheet || style(sheet) === true);
    useEffect(() => {
      if (ready()) return;
      const done = (/** @type {boolean} */ failed) => set({ tries, failed });
      Promise.all([load(), sheet && style(sheet)]).then(([made]) => ((View = made), done(false)), () => done(true));
    }, [tries]);
    if (ready()) return html`<${View} ...${props} />`;
    if (instead) return instead(props);
    if (!failed) return html`<${Spinner} />`;
    return html`<p class="quiet" role="alert">${words.away} <button type="button" class="button" onClick=${() => set({ tries: tries + 1, failed: false })}>${words.retry}</button></p>`;
  };
}

/** @type {Record<string, string>} */
const icons = ICONS;
let complete = false;
const OtherIcon = lazy(
  async () => {
    Object.assign(icons, (await import("./vendor/more_icons.js")).ICONS);
    complete = true;
    return Icon;
  },
  "",
  () => html`<svg class="icon" aria-hidden="true" />`,
);

/** @param {{ name?: string, class?: string, style?: object }} props */
export function Icon({ name = "dot", style, ...more }) {
  const own = icons[name.replace("lucide:", "")];
  if (!own && !complete) return html`<${OtherIcon} name=${name} style=${style} ...${more} />`;
  const data = own ?? icons["empty-circle"];
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
