/** What a conversation needs now and then. */
import { deleteThread, renameThread } from "../session.js";
import { fill, html, Icon, IconButton, Link, parsed, safeLink, Spinner, useEffect, useLayoutEffect, usePanel, useRef, useState, Widget } from "../ui.js";
import { moved, onEscape } from "./panel.js";
import { Step } from "./thread.js";

/** @import { DraftFile, PanelContext, ProblemOf, Props } from "../types" */

const IMAGE = /^data:image\/(?:png|jpeg|gif|webp|avif);base64,/i;

/** @param {string} url */
const hostOf = (url) => parsed(url)?.host ?? "";

/** The page's own origin, the API's, and hosts that the thread names. @param {string} url @param {string} api @param {string[]} domains */
function mayShow(url, api, domains) {
  const { protocol = "", origin = "", hostname = "" } = parsed(url) ?? {};
  if (protocol === "data:") return IMAGE.test(url);
  if (!/^https?:$/.test(protocol)) return false;
  if (origin === location.origin || origin === parsed(api)?.origin) return true;
  return domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/** @param {HTMLCanvasElement} canvas @param {Blob} blob */
async function draw(canvas, blob) {
  const image = await createImageBitmap(blob);
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext("2d")?.drawImage(image, 0, 0);
  image.close();
}

/** @param {Props["Canvas"]} props */
export function Canvas({ blob, alt, style, onError }) {
  const canvas = useRef(null);
  useEffect(() => {
    draw(canvas.current, blob).catch(() => onError?.());
  }, [blob]);
  return html`<canvas ref=${canvas} role=${alt ? "img" : "presentation"} aria-label=${alt || null} style=${style} />`;
}

/** @param {string} url */
function blobOf(url) {
  const [head, data] = url.split(",");
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new Blob([bytes], { type: head.slice(5).split(";")[0] });
}

/** @param {Props["Picture"]} props */
export function Picture({ url, alt = "", style }) {
  const { options, domains, words } = usePanel();
  const [broken, setBroken] = useState("");
  const blob = useRef(/** @type {{ url: string, blob: Blob } | null} */ (null));
  const shown = broken !== url && mayShow(url, options.api.url, domains);
  if (!shown) {
    const name = alt || fill(words, "image_at", { host: hostOf(url) });
    const href = url.startsWith("data:") ? undefined : safeLink(url);
    return href ? html`<${Link} class="image-link" href=${href}>${name}<//>` : html`<span class="image-link">${name}</span>`;
  }
  const fail = () => setBroken(url);
  if (!url.startsWith("data:")) return html`<img src=${url} alt=${alt} style=${style} loading="lazy" decoding="async" referrerpolicy="no-referrer" onError=${fail} />`;
  if (blob.current?.url !== url) blob.current = { url, blob: blobOf(url) };
  return html`<${Canvas} blob=${blob.current.blob} alt=${alt} style=${style} onError=${fail} />`;
}

/** @param {Props["Preview"]} props */
function Preview({ load, children }) {
  const [widget, setWidget] = useState(/** @type {any} */ (null));
  const here = useRef(false);
  if (!load) return children;
  const show = async () => {
    here.current = true;
    const shown = await Promise.resolve().then(load).catch(() => null);
    if (here.current) setWidget(shown?.preview);
  };
  const hide = () => {
    here.current = false;
    setWidget(null);
  };
  return html`<span class="preview" onMouseEnter=${show} onMouseLeave=${hide} onFocusIn=${show} onFocusOut=${hide}>
    ${children}${widget && html`<div class="popup card" role="tooltip"><${Widget} item=${{ id: "preview", widget }} /></div>`}
  </span>`;
}

/** @param {any} source */
const entityOf = ({ id, title, icon, interactive, group, data }) => ({ id, title, icon, interactive, group, data });

/** @param {Props["SourceLink"]} props */
export function SourceLink({ source, number }) {
  const { options } = usePanel();
  const { onClick, onRequestPreview } = options.entities ?? {};
  const mark = number === undefined ? null : html`<sup>${number + 1}</sup>`;
  if (source.type === "url") {
    const href = safeLink(source.url);
    return html`<${Link} class="source" href=${href} title=${source.description}>${mark}<${Icon} name="globe" /><span dir="auto">${source.title}</span><small>${source.attribution ?? hostOf(source.url)}</small><//>`;
  }
  const icon = source.type === "file" ? "document" : (source.icon ?? "cube");
  const label = source.type === "file" ? (source.title ?? source.filename) : (source.label ?? source.title);
  const inner = html`${mark}<${Icon} name=${icon} /><span dir="auto">${label}</span>${source.type === "file" && source.filename !== label && html`<small>${source.filename}</small>`}`;
  if (source.type !== "entity" || !source.interactive) return html`<span class="source" title=${source.description}>${inner}</span>`;
  const entity = entityOf(source);
  return html`<${Preview} load=${onRequestPreview && (() => onRequestPreview(entity))}>
    <button type="button" class="source" onClick=${() => onClick?.(entity)}>${inner}</button>
  <//>`;
}

/** @param {Props["Sources"]} props */
export function Sources({ sources, lit }) {
  const { words } = usePanel();
  const [open, setOpen] = useState(false);
  const list = useRef(null);
  useEffect(() => {
    if (lit.place < 0) return;
    setOpen(true);
    setTimeout(() => list.current?.querySelector(".lit a, .lit button")?.focus(), 60);
  }, [lit]);
  return html`<div class="sources" part="sources" ref=${list}>
    <button type="button" class="chip" aria-expanded=${open} onClick=${() => setOpen(!open)}><${Icon} name="book-open" />${words.sources} <small>${sources.length}</small></button>
    ${open && html`<ul class="source-list">${sources.map((source, index) => html`<li class=${index === lit.place ? "lit" : ""}><${SourceLink} source=${source} number=${index} /></li>`)}</ul>`}
  </div>`;
}

/** @param {Props["List"]} props */
export function List({ items, active = -1, id = "", label, choose, selected }) {
  const box = useRef(null);
  useEffect(() => box.current?.querySelector(".active")?.scrollIntoView({ block: "nearest" }), [active]);
  return html`<div class="menu-list" role="listbox" id=${id} aria-label=${label} ref=${box}>
    ${items.map((item, index) => html`
      ${item.group && item.group !== items[index - 1]?.group && html`<div class="menu-group" role="presentation">${item.group}</div>`}
      <div role="option" id=${`${id}-${index}`} key=${item.id} class=${`menu-item ${index === active ? "active" : ""}`} aria-selected=${selected === undefined ? index === active : item.id === selected} aria-disabled=${item.disabled ? "true" : null} onMouseDown=${(event) => event.preventDefault()} onClick=${() => !item.disabled && choose(item)}>
        ${item.icon && html`<${Icon} name=${item.icon} />`}<span class="menu-label" dir="auto">${item.label}${item.description && html`<small>${item.description}</small>`}</span>
        ${selected !== undefined && item.id === selected && html`<${Icon} name="check" />`}
      </div>`)}
  </div>`;
}

let menus = 0;

/** @param {Props["Menu"]} props */
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
    <button type="button" class=${text ? "chip" : "icon-button"} role="combobox" aria-label=${label} title=${label} aria-expanded=${open} aria-controls=${open ? id : null} aria-activedescendant=${open ? `${id}-${active}` : null} onClick=${toggle}>
      ${icon && html`<${Icon} name=${icon} />`}${text}${text && html`<${Icon} name="chevron-right" class="down" />`}
    </button>
    ${open && html`<div class="popup"><${List} id=${id} items=${items} active=${active} label=${label} choose=${pick} selected=${selected} /></div>`}
  </div>`;
}

const LARGEST = 100 * 1024 * 1024;
let added = 0;

/** @param {PanelContext} panel @param {string} key @param {Partial<DraftFile>} change */
const update = (panel, key, change) =>
  panel.setDraft((draft) => ({ ...draft, files: draft.files.map((file) => (file.key === key ? { ...file, ...change } : file)) }));

/** @param {PanelContext} panel @param {string} key @param {File} file */
async function upload(panel, key, file) {
  const { session, options, words } = panel;
  update(panel, key, { state: "uploading", problem: "" });
  try {
    const attachment = await session.api.upload(file, options.api.uploadStrategy);
    const isWanted = panel.draft().files.some((one) => one.key === key);
    if (isWanted) update(panel, key, { state: "done", attachment });
    else discard(panel, attachment.id);
  } catch (error) {
    const said = /** @type {any} */ (error)?.said;
    update(panel, key, { state: "failed", problem: said || fill(words, "file_failed", { name: file.name }) });
    session.host.emit("error", { error });
  }
}

/** @type {ProblemOf} */
const problemOf = (file, { accept, maxSize = LARGEST }, words) => {
  const matches = (/** @type {string} */ pattern) => pattern === file.type || pattern === "*/*" || (pattern.endsWith("/*") && file.type.startsWith(pattern.slice(0, -1)));
  const ending = (/** @type {string[]} */ endings) => endings.some((one) => file.name.toLowerCase().endsWith(one.toLowerCase()));
  if (accept && !Object.entries(accept).some(([type, endings]) => matches(type) || ending(endings))) return fill(words, "file_type", { name: file.name });
  const table = typeof maxSize === "number" ? { "*": maxSize } : maxSize;
  const limit = Object.entries(table).find(([type]) => matches(type))?.[1] ?? table["*"] ?? table[""] ?? LARGEST;
  return file.size > limit ? fill(words, "file_size", { name: file.name, size: sizeText(limit) }) : "";
};

/** @param {number} bytes */
const sizeText = (bytes) =>
  bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1).replace(".0", "")} MB`;

/** @param {PanelContext} panel @param {Iterable<File>} files */
export async function addFiles(panel, files) {
  const { options, words } = panel;
  const rules = options.composer?.attachments ?? { enabled: false };
  const most = rules.maxCount ?? 10;
  const uploads = [];
  for (const file of files) {
    const key = `file-${(added += 1)}`;
    const count = panel.draft().files.filter(({ state }) => state !== "failed").length;
    const problem = count >= most ? fill(words, "file_count", { count: most }) : problemOf(file, rules, words);
    const { name, type } = file;
    panel.setDraft((draft) => ({ ...draft, files: [...draft.files, { key, name, type, file: problem ? null : file, state: problem ? "failed" : "uploading", problem }] }));
    if (!problem) uploads.push(upload(panel, key, file));
  }
  await Promise.all(uploads);
}

/** @param {PanelContext} panel @param {DraftFile} file */
function remove(panel, file) {
  panel.setDraft((draft) => ({ ...draft, files: draft.files.filter(({ key }) => key !== file.key) }));
  if (file.attachment && file.file) discard(panel, file.attachment.id);
}

/** @param {PanelContext} panel @param {string} id */
const discard = (panel, id) => panel.session.api.ask("attachments.delete", { attachment_id: id }).catch(() => {});

/** @param {Props["Chip"]} props */
function Chip({ file }) {
  const panel = usePanel();
  const { words } = panel;
  const image = file.type.startsWith("image/");
  const shown = image && file.file ? html`<${Canvas} blob=${file.file} alt=${file.name} />` : file.attachment?.preview_url && html`<${Picture} url=${file.attachment.preview_url} alt=${file.name} />`;
  return html`<li class="file" data-state=${file.state}>
    ${file.state === "uploading" ? html`<${Spinner} />` : shown || html`<${Icon} name=${file.state === "failed" ? "warning" : "document"} />`}
    <span dir="auto">${file.problem || file.name}</span>
    ${file.state === "failed" && file.file && html`<${IconButton} icon="reload" label=${words.retry} onClick=${() => upload(panel, file.key, /** @type {File} */ (file.file))} />`}
    <${IconButton} icon="close" label=${fill(words, "remove", { name: file.name })} onClick=${() => remove(panel, file)} />
  </li>`;
}

/** @param {Props["DraftFiles"]} props */
export const DraftFiles = ({ files }) => html`<ul class="files draft" aria-live="polite">${files.map((file) => html`<${Chip} key=${file.key} file=${file} />`)}</ul>`;

/** @param {Blob} blob @returns {Promise<string>} */
const base64 = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1]);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

/** @param {Props["Dictation"]} props */
export function Dictation({ insert }) {
  const { session, words } = usePanel();
  const [mode, setMode] = useState("idle");
  const [problem, setProblem] = useState("");
  const recorder = useRef(/** @type {MediaRecorder | null} */ (null));
  const send = async (/** @type {Blob} */ blob) => {
    setMode("reading");
    try {
      const { text } = await session.api.ask("input.transcribe", { audio_base64: await base64(blob), mime_type: blob.type });
      insert(text);
    } catch (error) {
      setProblem(/** @type {any} */ (error).said || words.recording_failed);
    }
    setMode("idle");
  };
  const start = async () => {
    setProblem("");
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const made = new MediaRecorder(stream);
      /** @type {Blob[]} */
      const pieces = [];
      made.ondataavailable = ({ data }) => pieces.push(data);
      made.onstop = () => {
        for (const track of stream.getTracks()) track.stop();
        send(new Blob(pieces, { type: made.mimeType }));
      };
      made.start();
      recorder.current = made;
      setMode("recording");
    } catch {
      setProblem(words.recording_failed);
    }
  };
  if (mode === "reading") return html`<${Spinner} />`;
  const recording = mode === "recording";
  return html`<${IconButton} icon=${recording ? "stop" : "mic"} class=${recording ? "recording" : ""} label=${recording ? words.stop_recording : words.record} aria-pressed=${recording} onClick=${() => (recording ? recorder.current?.stop() : start())} />
    ${problem && html`<span class="problem" role="alert">${problem}</span>`}`;
}

/** @param {FormData} data @param {any} input */
function answerOf(data, input) {
  const other = String(data.get(`${input.id}/other`) ?? "").trim();
  const values = data.getAll(input.id).map(String).filter((value) => value.trim());
  const all = other && (input.multiple || !values.length) ? [...values, other] : values;
  return all.length ? { values: all, skipped: false } : { values: [], skipped: true };
}

/** @param {Props["Question"]} props */
function Question({ input, words }) {
  const [other, setOther] = useState("");
  if (input.type === "freeform")
    return html`<label class="question"><span dir="auto">${input.question}</span>${input.description && html`<small dir="auto">${input.description}</small>`}<textarea class="field" name=${input.id} rows="2" placeholder=${words.question}></textarea></label>`;
  const kind = input.multiple ? "checkbox" : "radio";
  return html`<fieldset class="question">
    <legend dir="auto">${input.question}</legend>
    ${input.options.map(({ value }) => html`<label class="option"><input type=${kind} name=${input.id} value=${value} onChange=${() => !input.multiple && setOther("")} /><span dir="auto">${value}</span></label>`)}
    <input class="field" name=${`${input.id}/other`} aria-label=${words.other} placeholder=${words.other} value=${other} onInput=${(event) => {
      setOther(event.target.value);
      if (!input.multiple && event.target.value) for (const box of event.target.form.elements) if (box.name === input.id) box.checked = false;
    }} />
  </fieldset>`;
}

/** @param {Props["StructuredInput"]} props */
export function StructuredInput({ item }) {
  const { session, words } = usePanel();
  if (item.status !== "pending")
    return html`<dl class="answers">${item.inputs.map(({ question, answer }) => html`<dt dir="auto">${question}</dt><dd dir="auto">${answer?.values?.length ? answer.values.join(", ") : words.skipped}</dd>`)}</dl>`;
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const data = new FormData(/** @type {HTMLFormElement} */ (event.target));
    const answers = Object.fromEntries(item.inputs.map((input) => [input.id, answerOf(data, input)]));
    session.answer(item.id, { status: "answered", answers });
  };
  const skip = () => session.answer(item.id, { status: "skipped", answers: {} });
  return html`<form class="structured card" part="structured-input" onSubmit=${submit}>
    <fieldset class="plain">
      ${item.inputs.map((input) => html`<${Question} key=${input.id} input=${input} words=${words} />`)}
      <div class="buttons">
        <button type="button" class="button" onClick=${skip}>${words.skip}</button>
        <button type="submit" class="button primary"><${Icon} name="check" />${words.submit}</button>
      </div>
    </fieldset>
  </form>`;
}

/** @param {Props["ClientTool"]} props */
export function ClientTool({ item, waits: last }) {
  const { session, options, words } = usePanel();
  const waits = item.status === "pending" && last;
  const again = waits && options.onClientTool;
  return html`<${Step} icon="desktop" title=${item.name} state=${item.status === "completed" ? "complete" : "loading"} detail=${waits ? words.waiting : ""}>
    <pre class="data" tabindex="0">${JSON.stringify(item.arguments, null, 2)}</pre>
  <//>
  ${again && html`<button type="button" class="button" onClick=${() => session.runClientTool()}>${words.retry}</button>`}`;
}

/** @param {Props["GeneratedImage"]} props */
export function GeneratedImage({ item }) {
  const { words } = usePanel();
  if (!item.image) return html`<div class="image-wait" role="status" aria-label=${words.working}></div>`;
  return html`<div class="generated" data-progress=${item.progress ?? 1}><${Picture} url=${item.image.url} alt=${words.generated} /></div>`;
}

/** `close` gives the focus back, which `leave` does not. @param {Props["Rename"]} props */
export function Rename({ thread, close, leave }) {
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
    <input ref=${input} aria-label=${words.rename} defaultValue=${thread.title ?? ""} maxlength="200" onBlur=${leave} />
    <${IconButton} icon="check" label=${words.save} onMouseDown=${(event) => event.preventDefault()} onClick=${save} />
  </form>`;
}

/** @param {Props["Delete"]} props */
export function Delete({ thread, close, leave }) {
  const { session, words } = usePanel();
  const keep = useRef(null);
  useEffect(() => keep.current.focus(), []);
  const remove = (/** @type {any} */ event) => {
    // The focus goes to a neighbour, or to the button above the list.
    const entry = event.target.closest("li");
    const next = entry.nextElementSibling ?? entry.previousElementSibling ?? entry.closest("nav");
    next.querySelector(".entry-title, .history-head > :last-child").focus();
    leave();
    deleteThread(session, thread.id);
  };
  return html`<div class="sure" role="group" aria-label=${words.delete_sure} onKeyDown=${onEscape(close)}>
    <span>${words.delete_sure}</span>
    <button type="button" class="button" ref=${keep} onClick=${close}>${words.cancel}</button>
    <button type="button" class="button danger" onClick=${remove}>${words.delete}</button>
  </div>`;
}
