/** The whole panel: history beside or over the conversation, which has a header, items and a composer. */
import { html, IconButton, PanelProvider, useRef } from "../ui.js";
import { Composer } from "./composer.js";
import { History } from "./history.js";
import { Start } from "./states.js";
import { Thread } from "./thread.js";

/** @import { PanelContext } from "../types" */

/** @type {Record<string, string>} */
const HEADER_ICONS = { hamburger: "menu", history: "book-clock", back: "chevron-left", chat: "mail" };

/** The nearest icon that is here. @param {string} name */
const headerIcon = (name) =>
  name.startsWith("sidebar") ? "sidebar" : (HEADER_ICONS[name.split("-")[0]] ?? name.replace(/-(small|large|alt|inverted|circle|left|right)$/, ""));

/** @param {{ panel: PanelContext }} props */
function Header({ panel }) {
  const { options, words, state, actions } = panel;
  const { enabled = true, title = {}, leftAction, rightAction } = options.header ?? {};
  if (!enabled) return null;
  const own = (/** @type {any} */ action) =>
    action && html`<${IconButton} icon=${headerIcon(action.icon)} label=${action.label ?? action.icon} onClick=${action.onClick} />`;
  const text = title.text ?? state.conversation.thread?.title ?? "";
  return html`<header part="header" class="header">
    ${own(leftAction)}
    ${panel.history && html`<${IconButton} class="history-toggle" icon="sidebar" label=${words.all_conversations} aria-expanded=${panel.historyOpen} onClick=${() => actions.showHistory(!panel.historyOpen)} />`}
    <h2 class="title" dir="auto">${title.enabled !== false && text}</h2>
    <${IconButton} class=${panel.history ? "compose" : ""} icon="compose" label=${words.new} disabled=${!state.threadId} onClick=${() => actions.open(null)} />
    ${own(rightAction)}
  </header>`;
}

/** @param {{ panel: PanelContext }} props */
function Conversation({ panel }) {
  const { state, words } = panel;
  const { items, notices } = state.conversation;
  if (state.loading && !items.length) return html`<div class="skeleton" role="status" aria-label=${words.loading}><i /><i /><i /><i /></div>`;
  if (!items.length && !state.failure && !state.answering && !notices.length && !state.threadId) return html`<${Start} />`;
  return html`<${Thread} key=${panel.look} />`;
}

/** Links that the page itself handles. @param {PanelContext} panel */
const clicked = ({ session }) => (/** @type {any} */ event) => {
  const link = event.target.closest?.("a[href^='chatkit-link:']");
  if (!link) return;
  event.preventDefault();
  const { hostname, pathname, searchParams } = new URL(link.href);
  session.host.emit("deeplink", { name: hostname || pathname.replace(/^\/+/, ""), data: Object.fromEntries(searchParams) });
};

/** @param {{ panel: PanelContext }} props */
export function PanelView({ panel }) {
  const { state, words, options } = panel;
  const said = useRef("");
  const answering = useRef(false);
  if (answering.current && !state.answering) said.current = words.finished;
  answering.current = state.answering;
  const progress = state.answering ? (state.conversation.progress?.text ?? words.working) : said.current;
  return html`<${PanelProvider} value=${panel}>
    <div class="panel" part="panel" lang=${panel.locale} dir=${panel.rtl ? "rtl" : "ltr"} data-scheme=${panel.scheme} data-density=${panel.density} data-radius=${panel.radius} onClick=${clicked(panel)} ref=${panel.root}>
      ${panel.history && html`<${History} />`}
      <section class="main" aria-label=${options.frameTitle ?? words.assistant}>
        <${Header} panel=${panel} />
        <${Conversation} panel=${panel} />
        <${Composer} key="composer" />
      </section>
      <div class="sr-only" role="status" aria-live="polite">${progress}</div>
    </div>
  <//>`;
}
