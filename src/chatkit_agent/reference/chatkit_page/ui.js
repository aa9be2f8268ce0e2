/** What all views are made of, and what is loaded when it is first shown. */
import { own } from "./protocol.js";
import { ICONS } from "./vendor/icons.js";
import { Component, createContext, html, useContext, useEffect, useState } from "./vendor/preact-htm.js";

export { own };
export { html, render, useEffect, useLayoutEffect, useRef, useState } from "./vendor/preact-htm.js";

/** @import { Lazy, Memo, PanelContext, Props, UseCopy, Words } from "./types" */

const Panel = createContext(/** @type {any} */ (null));
export const PanelProvider = Panel.Provider;
/** @returns {PanelContext} */
export const usePanel = () => useContext(Panel);

/** @param {any} now @param {any} next */
const alike = (now, next) => Object.keys(next).every((key) => next[key] === now[key]);

/** Is drawn again only when a property is another one. @type {Memo} */
export const memo = (view, same = alike) =>
  class extends Component {
    /** @param {any} next @param {any} state */
    shouldComponentUpdate(next, state) {
      return state !== this.state || !same(this.props, next);
    }
    render() {
      return view(this.props);
    }
  };

/** `instead` is shown until then, or for good where it does not come. @type {Lazy} */
const lazy = (load, name, sheet = "widgets", instead = null) => {
  /** @type {any} */
  let View = null;
  const loaded = async () => {
    View = (await load())[name];
  };
  const Lazy = (/** @type {any} */ props) => {
    const { words, style } = usePanel();
    const [{ tries, failed }, set] = useState({ tries: 0, failed: false });
    const ready = View && (!sheet || style(sheet) === true);
    useEffect(() => {
      if (ready) return;
      const done = (/** @type {boolean} */ failed) => set({ tries, failed });
      Promise.all([loaded(), sheet && style(sheet)]).then(() => done(false), () => done(true));
    }, [tries]);
    if (ready) return html`<${View} ...${props} />`;
    if (instead) return instead(props);
    if (!failed) return html`<${Spinner} />`;
    return html`<p class="quiet" role="alert">${words.away} <button type="button" class="button" onClick=${() => set({ tries: tries + 1, failed: false })}>${words.retry}</button></p>`;
  };
  return Object.assign(Lazy, { loaded });
};

/** @type {Record<string, string>} */
const icons = ICONS;
let complete = false;
const OtherIcon = lazy(
  async () => {
    Object.assign(icons, (await import("./vendor/more_icons.js")).ICONS);
    complete = true;
    return { Icon };
  },
  "Icon",
  "",
  () => html`<svg class="icon" aria-hidden="true" />`,
);

/** @param {Props["Icon"]} props */
export function Icon({ name = "dot", style, ...more }) {
  const found = own(icons, name.replace("lucide:", ""));
  if (!found && !complete) return html`<${OtherIcon} name=${name} style=${style} ...${more} />`;
  const data = found ?? icons["empty-circle"];
  const kind = name.endsWith("-filled") || name === "stop" ? "icon filled" : "icon";
  return html`<svg class=${`${kind} ${more.class ?? ""}`} style=${style} viewBox="0 0 24 24" aria-hidden="true"><path d=${data} /></svg>`;
}

/** @param {any} props */
export const IconButton = ({ icon, label, class: kind = "", ...more }) =>
  html`<button type="button" class=${`icon-button ${kind}`} aria-label=${label} title=${label} ...${more}><${Icon} name=${icon} /></button>`;

/** @param {string} text */
async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Pages that came without TLS have no clipboard.
  const field = Object.assign(document.createElement("textarea"), { value: text });
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}

/** What copies a text, and whether it just did. @type {UseCopy} */
export const useCopy = (text) => {
  const [copied, set] = useState(false);
  const copy = async () => {
    await toClipboard(text());
    set(true);
    setTimeout(() => set(false), 2000);
  };
  return [copied, copy];
};

/** What cannot be drawn takes nothing else with it. */
export class Guard extends Component {
  componentDidCatch() {
    this.setState({ failed: true });
  }
  render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}

const LINK = /^(?:https?:|mailto:|tel:|chatkit-link:)/;

/** @param {string} url @returns {URL | null} */
export const parsed = (url) => (URL.canParse(url, document.baseURI) ? new URL(url, document.baseURI) : null);

/** @param {string} url */
export function safeLink(url) {
  const href = parsed(url)?.href ?? "";
  return LINK.test(href) ? href : undefined;
}

/** @param {any} props */
export const Link = (props) => html`<a target="_blank" rel="noopener noreferrer nofollow" ...${props} />`;

export const Spinner = () => html`<span class="spinner" aria-hidden="true"></span>`;

/** @param {Words} words @param {string} key @param {object} [values] */
export const fill = (words, key, values = {}) =>
  (words[key] ?? key).replace(/\{(\w+)\}/g, (all, name) => String(/** @type {any} */ (values)[name] ?? all));

export const Markdown = lazy(() => import("./markdown.js"), "Markdown", "", ({ text }) => html`<div class="markdown" dir="auto">${text}</div>`);
export const Widget = lazy(() => import("./widgets/widget.js"), "Widget");
/** @param {string} name @param {string} [sheet] */
const more = (name, sheet) => lazy(() => import("./views/more.js"), name, sheet);
export const StructuredInput = more("StructuredInput");
export const DraftFiles = more("DraftFiles");
export const Dictation = more("Dictation");
export const Menu = more("Menu");
export const List = more("List");
export const ClientTool = more("ClientTool");
export const GeneratedImage = more("GeneratedImage");
export const Rename = more("Rename");
export const Delete = more("Delete");
export const Picture = more("Picture", "");
export const Sources = more("Sources");
export const SourceLink = more("SourceLink");
export const Colours = lazy(() => import("./colours.js"), "Colours", "", ({ text }) => text);

/** @param {PanelContext} panel @param {Iterable<File>} files */
export async function addFiles(panel, files) {
  const chosen = [...files]; // the browser's own list is empty after its event
  try {
    await (await import("./views/more.js")).addFiles(panel, chosen);
  } catch (error) {
    panel.session.fail(error);
  }
}
