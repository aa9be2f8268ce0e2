/** The person's conversations: a column where there is room, a drawer where there is not. */
import { html, IconButton, Spinner, useEffect, useLayoutEffect, useRef, usePanel, useState } from "../ui.js";
import { deleteThread, listThreads, renameThread } from "../session.js";
import { FailureBox } from "./states.js";

const DAY = 86_400_000;

/** @param {string} created @returns {number} which of the groups it belongs to */
function groupOf(created) {
  const today = new Date().setHours(0, 0, 0, 0);
  const time = new Date(created).getTime();
  return time >= today ? 0 : time >= today - DAY ? 1 : time >= today - 6 * DAY ? 2 : 3;
}

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
  return html`<form class="rename" onSubmit=${save} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.stopPropagation(), close())}>
    <input ref=${input} aria-label=${words.rename} defaultValue=${thread.title ?? ""} maxlength="200" onBlur=${close} />
    <${IconButton} icon="check" label=${words.save} onMouseDown=${(/** @type {Event} */ event) => event.preventDefault()} onClick=${save} />
  </form>`;
}

/** @param {{ thread: any, close: () => void }} props */
function Delete({ thread, close }) {
  const { session, words } = usePanel();
  const keep = useRef(null);
  useEffect(() => keep.current.focus(), []);
  return html`<div class="sure" role="group" aria-label=${words.delete_sure} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.stopPropagation(), close())}>
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

export function History() {
  const { state, session, words, actions, historyOpen } = usePanel();
  const { list, after, loaded, loading, failure } = state.threads;
  const labels = words.dates.split("|");
  const groups = labels.map((label, index) => ({ label, threads: list.filter((one) => groupOf(one.created_at) === index) }));
  return html`<nav class="history" part="history" aria-label=${words.all_conversations} data-open=${historyOpen} onKeyDown=${(/** @type {KeyboardEvent} */ event) => event.key === "Escape" && actions.showHistory(false)}>
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
