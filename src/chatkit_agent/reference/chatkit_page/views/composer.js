/** Where the person writes: text, tags, commands, files, tools, a model; Send or Stop. */
import { addFiles, Dictation, DraftFiles, html, Icon, IconButton, List, Markdown, Menu, useEffect, useLayoutEffect, usePanel, useRef, useState } from "../ui.js";

/** @import { Draft, Entity, PanelContext } from "../types" */

/** @type {Draft} */
export const EMPTY_DRAFT = { text: "", tags: [], files: [], reply: "", toolId: null, modelId: null };

/** The pieces of a text at whose `@Title` the tags stand, for display and for sending. @param {string} text @param {Entity[]} tags @returns {(string | Entity)[]} */
function piecesOf(text, tags) {
  /** @type {(string | Entity)[]} */
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

/** The draft's text and tags for structured content. @param {any[]} content @returns {Pick<Draft, "text" | "tags">} */
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

/** Moves through a list by keys. @param {KeyboardEvent} event @param {number} count @param {number} active @returns {number | null} */
export function moved(event, count, active) {
  if (!count) return null;
  if (event.key === "ArrowDown") return (active + 1) % count;
  if (event.key === "ArrowUp") return (active - 1 + count) % count;
  if (event.key === "Home") return 0;
  if (event.key === "End") return count - 1;
  return null;
}

/** What can be chosen for what is typed after `@` or `/`. @param {PanelContext} panel @param {string} text @param {number} caret */
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
      const items = isTag ? (await search(at.query)).map((/** @type {Entity} */ one) => ({ ...one, label: one.title, entity: one })) : await panel.commands(at.query);
      if (number === asked.current) setFound({ ...at, items, active: 0 });
    };
    load().catch((error) => panel.session.host.emit("error", { error }));
  }, [text, caret]);
  return [found, setFound];
}

/** The text again behind the field, where tags have a background. @param {{ text: string, tags: Entity[] }} props */
const Backdrop = ({ text, tags }) =>
  html`<div class="backdrop" aria-hidden="true">${piecesOf(text, tags).map((piece) => (typeof piece === "string" ? piece : html`<mark>@${piece.title}</mark>`))}${"\n"}</div>`;

/** @param {{ field: any, submit: () => void }} props */
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
    box.current.scrollTop = current.scrollTop;
  }, [text]);
  const change = (/** @type {any} */ event) => {
    const { value, selectionStart } = event.target;
    panel.setDraft((draft) => ({ ...draft, text: value }));
    setCaret(selectionStart);
  };
  const choose = async (/** @type {any} */ item) => {
    const chosen = item.entity ? { type: "entity", entity: item.entity } : await panel.runCommand(item);
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
  const placeholder = tool?.placeholderOverride ?? options.composer?.placeholder ?? words.placeholder;
  const paste = (/** @type {any} */ event) => {
    const { files } = event.clipboardData;
    if (!files.length || !options.composer?.attachments?.enabled) return;
    event.preventDefault();
    addFiles(panel, files);
  };
  return html`${found && html`<div class="popup suggestions"><${List} id="suggestions" items=${found.items} active=${found.active} label=${words.choose} choose=${choose} />${!found.items.length && html`<p class="quiet">${words.no_file}</p>`}</div>`}
    <div class="field-box" ref=${box}>
      <${Backdrop} text=${text} tags=${tags} />
      <textarea ref=${field} part="input" rows="1" dir=${text ? "auto" : undefined} value=${text} placeholder=${placeholder} aria-label=${words.message} enterkeyhint="send" role=${found ? "combobox" : null} aria-expanded=${found ? "true" : null} aria-controls=${found ? "suggestions" : null} aria-activedescendant=${found?.items.length ? `suggestions-${found.active}` : null} onInput=${change} onClick=${change} onKeyUp=${(/** @type {any} */ event) => setCaret(event.target.selectionStart)} onKeyDown=${keys} onPaste=${paste} onBlur=${() => setFound(null)}></textarea>
    </div>`;
}

const canRecord = () => !!navigator.mediaDevices?.getUserMedia && "MediaRecorder" in globalThis;

/** @param {{ field: any }} props */
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
    ${attachments?.enabled && html`<input type="file" hidden multiple accept=${acceptOf(attachments)} ref=${chooser} onChange=${(/** @type {any} */ event) => { addFiles(panel, event.target.files); event.target.value = ""; }} /><${IconButton} icon="plus" label=${words.attach} onClick=${() => chooser.current.click()} />`}
    ${options.entities?.showComposerMenu && options.entities.onTagSearch && html`<${IconButton} icon="at" label=${words.add} onClick=${() => insert("@")} />`}
    ${menu.length > 0 && html`<${Menu} label=${words.tools} icon="settings-slider" items=${menu} selected=${toolId} choose=${(/** @type {any} */ { id }) => panel.selectTool(id === toolId ? null : id)} />`}
    ${tools.filter((one) => one.pinned && one.id !== toolId).map((one) => html`<button type="button" class="chip" onClick=${() => panel.selectTool(one.id)}><${Icon} name=${one.icon} />${one.shortLabel ?? one.label}</button>`)}
    ${tool && html`<button type="button" class="chip on" aria-pressed="true" onClick=${() => panel.selectTool(null)}><${Icon} name=${tool.icon} />${tool.shortLabel ?? tool.label}<${Icon} name="close" /></button>`}
    <span class="spring"></span>
    ${models.length > 0 && html`<${Menu} kind="end" label=${words.model} text=${model?.label} items=${models} selected=${model?.id} choose=${(/** @type {any} */ { id }) => panel.setDraft((draft) => ({ ...draft, modelId: id }))} />`}
    ${dictation?.enabled && canRecord() && html`<${Dictation} insert=${insert} />`}`;
}

/** Stands in place of the composer. @param {{ status: { type: string, reason?: string } }} props */
function ReadOnly({ status }) {
  const { words, actions } = usePanel();
  return html`<div class="read-only" part="read-only" role="status">
    <${Icon} name="lock" />
    <p dir="auto">${status.reason ?? words[status.type]}</p>
    <button type="button" class="button" onClick=${() => actions.open(null)}>${words.start_over}</button>
  </div>`;
}

export function Composer() {
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
    <form class=${`composer ${over ? "over" : ""}`} part="composer" aria-label=${words.message} onSubmit=${(/** @type {Event} */ event) => (event.preventDefault(), submit())} onDrop=${drop} onDragOver=${(/** @type {Event} */ event) => (event.preventDefault(), setOver(true))} onDragLeave=${() => setOver(false)}>
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
