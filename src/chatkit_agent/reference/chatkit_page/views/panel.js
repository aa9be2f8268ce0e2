/** The whole panel: history, and the conversation with header, items and composer. */
import { deleteThread, listThreads, renameThread } from "../session.js";
import { html, Icon, IconButton, PanelProvider, Spinner, useEffect, useLayoutEffect, usePanel, useRef, useState } from "../ui.js";
import { Composer } from "./composer.js";
import { FailureBox, Thread } from "./thread.js";

/** @import { PanelContext } from "../types" */

const DAY = 86_400_000;

/** @param {string} created @returns {number} which of the groups it belongs to */
function groupOf(created) {
  const today = new Date().setHours(0, 0, 0, 0);
  const time = new Date(created).getTime();
  return time >= today ? 0 : time >= today - DAY ? 1 : time >= today - 6 * DAY ? 2 : 3;
}

/** @param {() => void} close */
const onEscape = (close) => (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.stopPropagation(), close());

/** @param {{ thread: any, close: () => void }} props */
function Rename({ thread, close }) {
  const { session, words } = usePanel();
  const input = useRef(null);
  useLayoutEffect(() => {
    input.current.focus();
    input.current.select();
  }, []);
  const save = (/** @type {Event} */ event) => {
    event.preventDefault();
    const title = input.current.value.trim();
    close();
    if (title && title !== thread.title) renameThread(session, thread.id, title);
  };
  return html`<form class="rename" onSubmit=${save} onKeyDown=${onEscape(close)}>
    <input ref=${input} aria-label=${words.rename} defaultValue=${thread.title ?? ""} maxlength="200" onBlur=${close} />
    <${IconButton} icon="check" label=${words.save} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${save} />
  </form>`;
}

/** @param {{ thread: any, close: () => void }} props */
function Delete({ thread, close }) {
  const { session, words } = usePanel();
  const keep = useRef(null);
  useEffect(() => keep.current.focus(), []);
  return html`<div class="sure" role="group" aria-label=${words.delete_sure} onKeyDown=${onEscape(close)}>
    <span>${words.delete_sure}</span>
    <button type="button" class="button" ref=${keep} onClick=${close}>${words.cancel}</button>
    <button type="button" class="button danger" onClick=${() => (close(), deleteThread(session, thread.id))}>${words.delete}</button>
  </div>`;
}

/** @param {{ thread: any }} props */
function Entry({ thread }) {
  const { state, options, words, actions } = usePanel();
  const [mode, setMode] = useState("");
  const { showRename = true, showDelete = true } = options.history ?? {};
  const close = () => setMode("");
  if (mode === "rename") return html`<li><${Rename} thread=${thread} close=${close} /></li>`;
  if (mode === "delete") return html`<li><${Delete} thread=${thread} close=${close} /></li>`;
  const title = thread.title || words.untitled;
  return html`<li class="entry">
    <button type="button" class="entry-title" aria-current=${thread.id === state.threadId ? "true" : null} onClick=${() => actions.choose(thread.id)}><span dir="auto">${title}</span></button>
    ${showRename && html`<${IconButton} icon="write" label=${`${words.rename}: ${title}`} onClick=${() => setMode("rename")} />`}
    ${showDelete && html`<${IconButton} icon="trash" label=${`${words.delete}: ${title}`} onClick=${() => setMode("delete")} />`}
  </li>`;
}

function History() {
  const { state, session, words, actions, historyOpen } = usePanel();
  const { list, after, loaded, loading, failure } = state.threads;
  const labels = words.dates.split("|");
  const groups = labels.map((label, index) => ({ label, threads: list.filter((one) => groupOf(one.created_at) === index) }));
  return html`<nav class="history" part="history" aria-label=${words.all_conversations} data-open=${historyOpen} onKeyDown=${onEscape(() => actions.showHistory(false))}>
    <div class="history-head">
      <${IconButton} class="history-close" icon="sidebar" label=${words.back} onClick=${() => actions.showHistory(false)} />
      <${IconButton} icon="compose" label=${words.new} onClick=${() => actions.choose(null)} />
    </div>
    <div class="history-list">
      ${groups.map(({ label, threads }) => threads.length > 0 && html`<h3>${label}</h3><ul>${threads.map((thread) => html`<${Entry} key=${thread.id} thread=${thread} />`)}</ul>`)}
      ${loaded && !list.length && html`<p class="quiet">${words.empty}</p>`}
      ${loading && html`<p class="quiet"><${Spinner} /> ${words.loading}</p>`}
      ${failure && html`<${FailureBox} failure=${failure} again=${() => listThreads(session, loaded)} />`}
      ${after && !loading && html`<button type="button" class="button more" onClick=${() => listThreads(session, true)}>${words.more}</button>`}
    </div>
  </nav>
  <div class="scrim" onClick=${() => actions.showHistory(false)}></div>`;
}

/** The screen of a new conversation: a greeting, and prompts to begin with. */
function Start() {
  const { options, words, actions } = usePanel();
  const { greeting = words.greeting, prompts = [] } = options.startScreen ?? {};
  return html`<div class="start" part="start">
    <h1 dir="auto">${greeting}</h1>
    ${prompts.length > 0 &&
    html`<ul>
      ${prompts.map(
        ({ label, prompt, icon }) => html`<li>
          <button type="button" class="prompt" part="prompt" onClick=${() => actions.send(typeof prompt === "string" ? { text: prompt } : { content: prompt })}>
            <${Icon} name=${icon ?? "sparkle"} /><span dir="auto">${label}</span>
          </button>
        </li>`,
      )}
    </ul>`}
  </div>`;
}

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

/** What is read out when an answer ends; failures are read out by themselves. @param {PanelContext["state"]} state @param {PanelContext["words"]} words */
function endOf({ conversation: { items, error }, failure }, words) {
  if (failure || error) return "";
  return items.at(-1)?.stopped ? words.stopped : words.finished;
}

/** @param {{ panel: PanelContext }} props */
export function PanelView({ panel }) {
  const { state, words, options } = panel;
  const said = useRef("");
  const answering = useRef(false);
  if (answering.current && !state.answering) said.current = endOf(state, words);
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
