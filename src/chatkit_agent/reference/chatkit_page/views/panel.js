/** The whole panel: history, the conversation with its header, and the composer. */
import { listThreads } from "../session.js";
import { addFiles, Delete, Dictation, DraftFiles, html, Icon, IconButton, List, Markdown, Menu, PanelProvider, Rename, Spinner, useEffect, useLayoutEffect, usePanel, useRef, useState } from "../ui.js";
import { FailureBox, Thread } from "./thread.js";

/** @import { Draft, Entity, PanelContext, Props, SessionState, Words } from "../types" */

/** @type {Draft} */
export const EMPTY_DRAFT = { text: "", tags: [], files: [], reply: "", toolId: null, modelId: null };

/** A tag stands where its `@Title` does. @param {string} text @param {Entity[]} tags @returns {(string | Entity)[]} */
function piecesOf(text, tags) {
  /** @type {any[]} */
  let pieces = [text];
  const longestFirst = [...tags].sort((a, b) => b.title.length - a.title.length);
  for (const tag of longestFirst)
    pieces = pieces.flatMap((piece) =>
      typeof piece !== "string" ? [piece] : piece.split(`@${tag.title}`).flatMap((part, index) => (index ? [tag, part] : [part])),
    );
  return pieces.filter((piece) => piece !== "");
}

/** @param {Draft} draft @returns {any[]} the content of a message */
export const contentOf = ({ text, tags }) =>
  piecesOf(text.trim(), tags).map((piece) =>
    typeof piece === "string"
      ? { type: "input_text", text: piece }
      : { type: "input_tag", id: piece.id, text: piece.title, data: piece.data ?? {}, group: piece.group ?? null, interactive: piece.interactive ?? false },
  );

/** Whether nobody would see anything of it. @param {any[]} content @param {unknown[]} files */
export const isEmpty = (content, files) => !files.length && !content.some(({ type, text }) => type === "input_tag" || /[^\s\p{C}]/u.test(text));

/** @param {any[]} content @returns {Pick<Draft, "text" | "tags">} */
export const fromContent = (content) => ({
  text: content.map((part) => (part.type === "input_tag" ? `@${part.text}` : part.text)).join(""),
  tags: content.filter((part) => part.type === "input_tag").map(({ id, text, data, group, interactive }) => ({ id, title: text, data, group, interactive })),
});

/** The word after `@` or `/` that is being typed at the caret. @param {string} text @param {number} caret */
function queryAt(text, caret) {
  const found = /(?:^|\s)([@/])([^\s@/]*)$/.exec(text.slice(0, caret));
  return found && { sign: found[1], query: found[2], from: caret - found[2].length - 1 };
}

/** @param {any} options */
const acceptOf = ({ accept }) => (accept ? Object.entries(accept).flatMap(([type, endings]) => [type, .../** @type {string[]} */ (endings)]).join(",") : undefined);

/** @param {KeyboardEvent} event @param {number} count @param {number} active @returns {number | null} */
export function moved(event, count, active) {
  if (!count) return null;
  if (event.key === "ArrowDown") return (active + 1) % count;
  if (event.key === "ArrowUp") return (active - 1 + count) % count;
  if (event.key === "Home") return 0;
  if (event.key === "End") return count - 1;
  return null;
}

/** @param {PanelContext} panel @param {string} text @param {number} caret */
function useSuggestions(panel, text, caret) {
  const [found, setFound] = useState(/** @type {any} */ (null));
  const asked = useRef(0);
  const { entities, commands } = panel.options;
  useEffect(() => {
    const at = queryAt(text, caret);
    const search = entities?.onTagSearch;
    const isTag = at?.sign === "@" && search;
    const isCommand = at?.sign === "/" && commands?.enabled && at.from === 0;
    const number = (asked.current += 1);
    if (!at || (!isTag && !isCommand)) return setFound(null);
    const load = async () => {
      const items = isTag ? (await search(at.query)).map((one) => ({ ...one, label: one.title, entity: one })) : await panel.commands(at.query);
      if (number === asked.current) setFound({ ...at, items, active: 0 });
    };
    load().catch((error) => panel.session.host.emit("error", { error }));
  }, [text, caret]);
  return [found, setFound];
}

/** The text again behind the field, where tags have a background. @param {Props["Backdrop"]} props */
const Backdrop = ({ text, tags, box }) =>
  html`<div class="backdrop" aria-hidden="true" ref=${box}>${piecesOf(text, tags).map((piece) => (typeof piece === "string" ? piece : html`<mark>@${piece.title}</mark>`))}${"\n"}</div>`;

/** @param {Props["Field"]} props */
function Field({ field, submit }) {
  const panel = usePanel();
  const { words, options } = panel;
  const { text, tags, toolId } = panel.draft();
  const [caret, setCaret] = useState(0);
  const [found, setFound] = useSuggestions(panel, text, caret);
  const box = useRef(null);
  useLayoutEffect(() => {
    const { current } = field;
    current.style.height = "auto";
    current.style.height = `${current.scrollHeight}px`;
  }, [text]);
  const change = (/** @type {any} */ event) => {
    const { value, selectionStart } = event.target;
    panel.setDraft((draft) => ({ ...draft, text: value }));
    setCaret(selectionStart);
  };
  const choose = async (/** @type {any} */ item) => {
    const chosen = item.entity ? { type: "entity", entity: item.entity } : await panel.runCommand(item).catch((error) => panel.session.host.emit("error", { error }));
    if (chosen?.type === "menu") return setFound({ ...found, active: 0, items: chosen.commands });
    const { entity } = chosen ?? {};
    const inserted = entity ? `@${entity.title} ` : "";
    const end = found.from + found.query.length + 1;
    panel.setDraft((draft) => ({
      ...draft,
      text: draft.text.slice(0, found.from) + inserted + draft.text.slice(end),
      tags: entity ? [...draft.tags.filter(({ id }) => id !== entity.id), entity] : draft.tags,
    }));
    setFound(null);
    setCaret(found.from + inserted.length);
    field.current.focus();
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.isComposing) return;
    const next = found && moved(event, found.items.length, found.active);
    if (found && event.key === "Escape") setFound(null);
    else if (next !== null && next !== undefined && /Arrow/.test(event.key)) setFound({ ...found, active: next });
    else if (found?.items.length && (event.key === "Enter" || event.key === "Tab")) choose(found.items[found.active]);
    else if (event.key === "Enter" && !event.shiftKey) submit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const tool = options.composer?.tools?.find(({ id }) => id === toolId);
  const placeholder = tool?.placeholderOverride ?? options.composer?.placeholder ?? words.message;
  const paste = (/** @type {any} */ event) => {
    const { files } = event.clipboardData;
    if (!files.length || !options.composer?.attachments?.enabled) return;
    event.preventDefault();
    addFiles(panel, files);
  };
  return html`${found && html`<div class="popup suggestions"><${List} id="suggestions" items=${found.items} active=${found.active} label=${words.choose} choose=${choose} />${!found.items.length && html`<p class="quiet">${words.no_file}</p>`}</div>`}
    <div class="field-box">
      <${Backdrop} text=${text} tags=${tags} box=${box} />
      <textarea ref=${field} part="input" rows="1" dir=${text ? "auto" : undefined} value=${text} placeholder=${placeholder} aria-label=${words.message} enterkeyhint="send" aria-autocomplete=${found ? "list" : null} aria-controls=${found ? "suggestions" : null} aria-activedescendant=${found?.items.length ? `suggestions-${found.active}` : null} onInput=${change} onClick=${change} onKeyUp=${(event) => setCaret(event.target.selectionStart)} onKeyDown=${keys} onPaste=${paste} onScroll=${(event) => (box.current.scrollTop = event.target.scrollTop)} onBlur=${() => setFound(null)}></textarea>
    </div>`;
}

const canRecord = () => !!navigator.mediaDevices?.getUserMedia && "MediaRecorder" in globalThis;

/** @param {Props["Tools"]} props */
function Tools({ field }) {
  const panel = usePanel();
  const { options, words } = panel;
  const { toolId, modelId } = panel.draft();
  const { attachments, tools = [], models = [], dictation } = options.composer ?? {};
  const chooser = useRef(null);
  const tool = tools.find(({ id }) => id === toolId);
  const model = models.find(({ id }) => id === modelId) ?? models.find((one) => one.default) ?? models[0];
  const menu = tools.filter((one) => !one.pinned);
  const insert = (/** @type {string} */ text) => {
    panel.setDraft((draft) => ({ ...draft, text: draft.text ? `${draft.text.trimEnd()} ${text}` : text }));
    field.current.focus();
  };
  return html`
    ${attachments?.enabled && html`<input type="file" hidden multiple accept=${acceptOf(attachments)} ref=${chooser} onChange=${(event) => { addFiles(panel, event.target.files); event.target.value = ""; }} /><${IconButton} icon="plus" label=${words.attach} onClick=${() => chooser.current.click()} />`}
    ${options.entities?.showComposerMenu && options.entities.onTagSearch && html`<${IconButton} icon="at" label=${words.add} onClick=${() => insert("@")} />`}
    ${menu.length > 0 && html`<${Menu} label=${words.tools} icon="settings-slider" items=${menu} selected=${toolId} choose=${({ id }) => panel.selectTool(id === toolId ? null : id)} />`}
    ${tools.filter((one) => one.pinned && one.id !== toolId).map((one) => html`<button type="button" class="chip" onClick=${() => panel.selectTool(one.id)}><${Icon} name=${one.icon} />${one.shortLabel ?? one.label}</button>`)}
    ${tool && html`<button type="button" class="chip on" aria-pressed="true" onClick=${() => panel.selectTool(null)}><${Icon} name=${tool.icon} />${tool.shortLabel ?? tool.label}<${Icon} name="close" /></button>`}
    <span class="spring"></span>
    ${models.length > 0 && html`<${Menu} kind="end" label=${words.model} text=${model?.label} items=${models} selected=${model?.id} choose=${({ id }) => panel.setDraft((draft) => ({ ...draft, modelId: id }))} />`}
    ${dictation?.enabled && canRecord() && html`<${Dictation} insert=${insert} />`}`;
}

/** @param {Props["ReadOnly"]} props */
function ReadOnly({ status }) {
  const { words, actions } = usePanel();
  return html`<div class="read-only" part="read-only" role="status">
    <${Icon} name="lock" />
    <p dir="auto">${status.reason ?? words[status.type]}</p>
    <button type="button" class="button" onClick=${() => actions.open(null)}>${words.start_over}</button>
  </div>`;
}

function Composer() {
  const panel = usePanel();
  const { options, words, state, actions, session } = panel;
  const draft = panel.draft();
  const { files, reply } = draft;
  const [over, setOver] = useState(false);
  const { status } = state.conversation.thread ?? {};
  if (status && status.type !== "active") return html`<div class="composer-box"><${ReadOnly} status=${status} /></div>`;
  const uploading = files.some((file) => file.state === "uploading");
  const empty = isEmpty(contentOf(draft), files.filter((file) => file.state === "done"));
  const submit = () => !state.answering && !empty && !uploading && actions.submit();
  const drop = (/** @type {any} */ event) => {
    event.preventDefault();
    setOver(false);
    if (options.composer?.attachments?.enabled) addFiles(panel, event.dataTransfer.files);
  };
  const stops = state.answering && state.conversation.canStop;
  return html`<div class="composer-box">
    <form class=${`composer ${over ? "over" : ""}`} part="composer" aria-label=${words.message} onSubmit=${(event) => (event.preventDefault(), submit())} onDrop=${drop} onDragOver=${(event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)}>
      ${reply && html`<div class="quoted"><${Icon} name="quote" /><span dir="auto">${reply}</span><${IconButton} icon="close" label=${words.cancel} onClick=${() => panel.setDraft((draft) => ({ ...draft, reply: "" }))} /></div>`}
      ${files.length > 0 && html`<${DraftFiles} files=${files} />`}
      <${Field} field=${panel.field} submit=${submit} />
      <div class="tools">
        <${Tools} field=${panel.field} />
        <button type="button" part="send" class=${`send ${stops ? "stop" : ""}`} aria-label=${stops ? words.stop : words.send} title=${stops ? words.stop : words.send} disabled=${!stops && (empty || uploading || state.answering)} onClick=${() => (stops ? session.stop() : submit())}><${Icon} name=${stops ? "stop" : "arrow-up"} /></button>
      </div>
    </form>
    ${options.disclaimer?.text && html`<div class=${`disclaimer ${options.disclaimer.highContrast ? "strong" : ""}`}><${Markdown} text=${options.disclaimer.text} /></div>`}
  </div>`;
}

/** @param {() => void} close */
export const onEscape = (close) => (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && (event.stopPropagation(), close());

const DAY = 86_400_000;

/** @param {string} created @returns {number} which of the groups it belongs to */
function groupOf(created) {
  const days = Math.ceil((new Date().setHours(0, 0, 0, 0) - Date.parse(created)) / DAY);
  return days < 1 ? 0 : days < 2 ? 1 : days < 7 ? 2 : 3;
}

/** @param {Props["Entry"]} props */
function Entry({ thread }) {
  const { state, options, words, actions } = usePanel();
  const [mode, setMode] = useState("");
  const button = useRef(null);
  const { showRename = true, showDelete = true } = options.history ?? {};
  const close = () => setMode("closed");
  const leave = () => setMode((/** @type {string} */ now) => (now === "closed" ? now : ""));
  useEffect(() => void (mode === "closed" && button.current.focus()), [mode]);
  if (mode === "rename") return html`<li><${Rename} thread=${thread} close=${close} leave=${leave} /></li>`;
  if (mode === "delete") return html`<li><${Delete} thread=${thread} close=${close} leave=${leave} /></li>`;
  const title = thread.title || words.new;
  return html`<li class="entry">
    <button type="button" class="entry-title" ref=${button} aria-current=${thread.id === state.threadId ? "true" : null} onClick=${() => actions.choose(thread.id)}><span dir="auto">${title}</span></button>
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
      ${loaded && !failure && !list.length && html`<p class="quiet">${words.empty}</p>`}
      ${loading && html`<p class="quiet"><${Spinner} /> ${words.loading}</p>`}
      ${failure && html`<${FailureBox} failure=${failure} again=${() => listThreads(session, loaded)} />`}
      ${after && !loading && html`<button type="button" class="button more" onClick=${() => listThreads(session, true)}>${words.more}</button>`}
    </div>
  </nav>
  <div class="scrim" onClick=${() => actions.showHistory(false)}></div>`;
}

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

/** @param {string} name */
const headerIcon = (name) =>
  name.startsWith("sidebar") ? "sidebar" : (HEADER_ICONS[name.split("-")[0]] ?? name.replace(/-(small|large|alt|inverted|circle|left|right)$/, ""));

/** @param {Props["Header"]} props */
function Header({ panel }) {
  const { options, words, state, actions } = panel;
  const { enabled = true, title = {}, leftAction, rightAction } = options.header ?? {};
  if (!enabled) return null;
  const own = (/** @type {any} */ action) =>
    action && html`<${IconButton} icon=${headerIcon(action.icon)} label=${action.label ?? action.icon} onClick=${action.onClick} />`;
  const shown = title.enabled !== false && (title.text ?? state.conversation.thread?.title);
  return html`<header part="header" class="header">
    ${own(leftAction)}
    ${panel.history && html`<${IconButton} class="history-toggle" icon="sidebar" label=${words.all_conversations} aria-expanded=${panel.historyOpen} onClick=${() => actions.showHistory(!panel.historyOpen)} />`}
    <${shown ? "h2" : "div"} class="title" dir="auto">${shown}<//>
    <${IconButton} class=${panel.history ? "compose" : ""} icon="compose" label=${words.new} disabled=${!state.threadId} onClick=${() => actions.open(null)} />
    ${own(rightAction)}
  </header>`;
}

/** @param {Props["Conversation"]} props */
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

/** What is read out when an answer ends; failures are read out by themselves. @param {SessionState} state @param {Words} words */
function endOf({ conversation: { items, error }, failure }, words) {
  if (failure || error) return "";
  return items.at(-1)?.stopped ? words.stopped : words.finished;
}

// From this width on, as the style sheet has it, the history is no drawer.
const COLUMN = 860;

/** @param {Props["PanelView"]} props */
export function PanelView({ panel }) {
  const { state, words, options } = panel;
  const said = useRef("");
  const answering = useRef(false);
  if (answering.current && !state.answering) said.current = endOf(state, words);
  answering.current = state.answering;
  const [narrow, setNarrow] = useState(false);
  useEffect(() => {
    const watcher = new ResizeObserver(([{ contentRect }]) => setNarrow(contentRect.width < COLUMN));
    watcher.observe(/** @type {Element} */ (panel.root.current));
    return () => watcher.disconnect();
  }, []);
  const progress = state.answering ? (state.conversation.progress?.text ?? words.working) : said.current;
  return html`<${PanelProvider} value=${panel}>
    <div class="panel" part="panel" lang=${panel.locale} dir=${panel.rtl ? "rtl" : "ltr"} data-scheme=${panel.scheme} data-density=${panel.density} data-radius=${panel.radius} onClick=${clicked(panel)} ref=${panel.root}>
      ${panel.history && html`<${History} />`}
      <section class="main" inert=${narrow && panel.historyOpen} aria-label=${options.frameTitle ?? words.assistant}>
        <${Header} panel=${panel} />
        <${Conversation} panel=${panel} />
        <${Composer} key="composer" />
      </section>
      <div class="sr-only" role="status" aria-live="polite">${progress}</div>
    </div>
  <//>`;
}
