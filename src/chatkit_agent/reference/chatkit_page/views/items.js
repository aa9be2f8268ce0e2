/** One item of a conversation: how each type of the protocol is shown, and what the assistant did, a line each. */
import { fill, html, Icon, IconButton, memo, Spinner, usePanel, useState } from "../ui.js";
import { Picture, SourceLink, Sources, StructuredInput, Widget } from "../later.js";
import { Markdown, withMarks } from "../markdown.js";

/** @import { Task as WorkTask, ThreadItem, Workflow as Work } from "../types" */

/** One line with a mark of its state; it folds open where there is more. @param {any} props */
function Step({ icon, title, state, detail = "", open = null, toggle, children }) {
  const [own, setOwn] = useState(false);
  const shown = open ?? own;
  const mark = state === "loading" ? html`<${Spinner} />` : html`<${Icon} name=${icon} />`;
  const line = html`${mark}<span class=${state === "loading" ? "shimmer" : ""} dir="auto">${title}</span>${detail && html`<small dir="auto">${detail}</small>`}`;
  if (!children || (Array.isArray(children) && !children.flat().some(Boolean))) return html`<div class="step" data-state=${state}><div class="step-line">${line}</div></div>`;
  return html`<div class="step" part="step" data-state=${state}>
    <button type="button" class="step-line" aria-expanded=${shown} onClick=${toggle ?? (() => setOwn(!own))}>${line}<${Icon} name="chevron-right" class="fold" /></button>
    ${shown && html`<div class="step-more">${children}</div>`}
  </div>`;
}

/** @param {WorkTask} task @param {Record<string, string>} words @returns {[string, string]} its icon and title */
const headOf = (task, words) => {
  /** @type {Record<string, [string, string | undefined]>} */
  const heads = {
    custom: [task.icon ?? "tool", task.title],
    web_search: ["search", task.title ?? task.title_query ?? task.queries?.join(", ")],
    thought: ["lightbulb", task.title ?? words.reasoning],
    file: ["document", task.title ?? task.sources?.map((one) => one.filename).join(", ")],
    image: ["square-image", task.title],
  };
  const [icon, title] = heads[task.type] ?? ["tool", task.title];
  return [icon, title || words.working];
};

/** How the insides of each type of task are shown. @type {Record<string, (task: WorkTask) => any>} */
export const TASKS = {
  custom: ({ content }) => content && html`<${Markdown} text=${content} />`,
  web_search: ({ queries = [], sources = [] }) =>
    (queries.length || sources.length) &&
    html`<ul class="queries">${queries.map((query) => html`<li><${Icon} name="search" />${query}</li>`)}</ul>
      <ul class="source-list">${sources.map((source) => html`<li><${SourceLink} source=${source} /></li>`)}</ul>`,
  thought: ({ content }) => content && html`<${Markdown} text=${content} />`,
  file: ({ sources = [] }) =>
    sources.length > 0 && html`<ul class="source-list">${sources.map((source) => html`<li><${SourceLink} source=${source} /></li>`)}</ul>`,
  image: () => null,
};

const Task = memo((/** @type {{ task: WorkTask, detail?: string }} */ { task, detail }) => {
  const { words } = usePanel();
  const [icon, title] = headOf(task, words);
  return html`<${Step} icon=${icon} title=${title} state=${task.status_indicator} detail=${detail}>${TASKS[task.type]?.(task)}<//>`;
});

/** @param {Work} workflow @param {Record<string, string>} words */
function summaryOf({ type, tasks, summary }, words) {
  if (summary?.title) return summary.title;
  if (summary?.duration != null) return type === "reasoning" ? fill(words, "thought", { count: summary.duration }) : words.work;
  const now = tasks.findLast((one) => one.status_indicator === "loading") ?? tasks.at(-1);
  return type === "reasoning" && !now?.title ? words.reasoning : now ? headOf(now, words)[1] : words.working;
}

const Workflow = memo((/** @type {{ workflow: Work }} */ { workflow }) => {
  const { words } = usePanel();
  const { tasks, type, summary, expanded = false } = workflow;
  const [open, setOpen] = useState(/** @type {boolean | null} */ (null));
  const time = summary?.duration ? fill(words, "seconds", { count: summary.duration }) : "";
  const own = tasks.length === 1 ? time : "";
  const list = html`${tasks.map((task, index) => html`<${Task} key=${index} task=${task} detail=${own} />`)}`;
  // A few tools in a row speak for themselves.
  if (type === "custom" && !summary?.title && tasks.length < 4) return html`<div class="workflow" part="workflow">${list}</div>`;
  const loading = tasks.some((one) => one.status_indicator === "loading");
  const shown = open ?? expanded;
  const icon = summary?.icon ?? (type === "reasoning" ? "lightbulb" : "tool");
  return html`<div class="workflow" part="workflow">
    <${Step} icon=${icon} title=${summaryOf(workflow, words)} state=${loading ? "loading" : "complete"} detail=${type === "custom" ? [tasks.length, time].filter(Boolean).join(" · ") : ""} open=${shown} toggle=${() => setOpen(!shown)}>${list}<//>
  </div>`;
});

/** The words of a message, without marks. @param {any} item @returns {string} */
export const textOf = (item) =>
  item.copy_text ?? (item.content ?? []).map((/** @type {any} */ part) => (part.type === "input_tag" ? `@${part.text}` : part.text)).join("");

/** @param {{ part: any }} props */
function Tag({ part }) {
  const { options } = usePanel();
  const { onClick } = options.entities ?? {};
  if (!part.interactive || !onClick) return html`<span class="tag">@${part.text}</span>`;
  const { text: title, id, group, data, interactive } = part;
  return html`<button type="button" class="tag" onClick=${() => onClick({ title, id, group, data, interactive })}>@${title}</button>`;
}

/** @param {{ item: any }} props */
const UserMessage = ({ item }) => html`
  ${item.attachments?.length > 0 &&
  html`<ul class="files">${item.attachments.map((/** @type {any} */ file) => html`<li key=${file.id}>${file.type === "image" ? html`<${Picture} url=${file.preview_url} alt=${file.name} />` : html`<span class="file"><${Icon} name="document" /><span dir="auto">${file.name}</span></span>`}</li>`)}</ul>`}
  ${item.quoted_text && html`<blockquote class="quoted" dir="auto">${item.quoted_text}</blockquote>`}
  ${textOf(item) && html`<div class="bubble" part="bubble" dir="auto">${item.content.map((/** @type {any} */ part) => (part.type === "input_tag" ? html`<${Tag} part=${part} />` : part.text))}</div>`}
`;

/** @param {{ item: any }} props */
const AssistantMessage = ({ item }) => html`${item.content.map((/** @type {any} */ part, /** @type {number} */ index) => html`<${AssistantPart} key=${index} part=${part} />`)}`;

const AssistantPart = memo((/** @type {{ part: any }} */ { part }) => {
  const [lit, setLit] = useState({ place: -1 });
  const annotations = part.annotations ?? [];
  const text = annotations.length ? withMarks(part.text, annotations) : part.text;
  const show = (/** @type {any} */ event) => {
    const mark = event.target.closest?.(".cite");
    if (mark) setLit({ place: Number(mark.dataset.source) });
  };
  return html`<div onClick=${show}><${Markdown} text=${text} /></div>
    ${annotations.length > 0 && html`<${Sources} sources=${annotations.map((/** @type {any} */ one) => one.source)} lit=${lit} />`}`;
});

/** @param {{ item: any, waits?: boolean }} props */
function ClientToolCall({ item, waits: last }) {
  const { session, options, words } = usePanel();
  const waits = item.status === "pending" && last;
  const again = waits && options.onClientTool;
  return html`<${Step} icon="desktop" title=${item.name} state=${item.status === "completed" ? "complete" : "loading"} detail=${waits ? words.waiting : ""}>
    <pre class="data" tabindex="0">${JSON.stringify(item.arguments, null, 2)}</pre>
  <//>
  ${again && html`<button type="button" class="button" onClick=${() => session.runClientTool()}>${words.retry}</button>`}`;
}

/** @param {{ item: any }} props */
function GeneratedImage({ item }) {
  const { words } = usePanel();
  if (!item.image) return html`<div class="image-wait" role="status" aria-label=${words.working}></div>`;
  return html`<div class="generated" data-progress=${item.progress ?? 1}><${Picture} url=${item.image.url} alt="" /></div>`;
}

const Nothing = () => null;

/** How each type of item is shown. @type {Record<string, (props: { item: any, waits?: boolean }) => any>} */
export const ITEMS = {
  user_message: UserMessage,
  assistant_message: AssistantMessage,
  client_tool_call: ClientToolCall,
  widget: ({ item }) => html`<${Widget} item=${item} />`,
  generated_image: GeneratedImage,
  structured_input: StructuredInput,
  task: ({ item }) => html`<${Workflow} workflow=${{ type: "custom", tasks: [item.task] }} />`,
  workflow: ({ item }) => html`<${Workflow} workflow=${item.workflow} />`,
  end_of_turn: Nothing,
};

/** Types that are not shown, and why. */
export const UNSUPPORTED = {
  hidden_context_item: "It is for the model only: servers do not send it, and it is not shown where one does.",
  sdk_hidden_context: "It is for the model only: servers do not send it, and it is not shown where one does.",
};

/** @param {{ item: ThreadItem, waits: boolean }} props */
function Item({ item, waits }) {
  const { words } = usePanel();
  const View = ITEMS[item.type];
  if (View === Nothing || item.type in UNSUPPORTED) return null;
  const mine = item.type === "user_message";
  const content = View ? html`<${View} item=${item} waits=${waits} />` : html`<p class="quiet">${words.unknown.replace("{type}", item.type)}</p>`;
  return html`<article class=${`item ${item.type}`} part=${`item ${mine ? "user" : "assistant"}`} data-item=${item.id} aria-label=${mine ? words.you : words.assistant} aria-busy=${!!item.streaming}>${content}</article>`;
}

/** @param {{ asked: string | null, end: string, last: boolean }} props */
function TurnActions({ asked, end, last }) {
  const { session, options, words } = usePanel();
  const [rated, setRated] = useState("");
  const [copied, setCopied] = useState(false);
  const { feedback = false, retry = false } = options.threadItemActions ?? {};
  const answers = () => {
    const { items } = session.state.conversation;
    return items.slice(items.findIndex(({ id }) => id === asked) + 1, items.findIndex(({ id }) => id === end) + 1);
  };
  const copy = async () => {
    await navigator.clipboard?.writeText(answers().map(textOf).filter(Boolean).join("\n\n"));
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  const rate = async (/** @type {"positive" | "negative"} */ kind) => {
    const ids = answers().map(({ id }) => id);
    if (await session.rate(ids, kind)) setRated(kind);
  };
  const thumb = (/** @type {any} */ kind, /** @type {string} */ icon, /** @type {string} */ label) =>
    feedback && html`<${IconButton} icon=${icon} label=${label} aria-pressed=${rated === kind} onClick=${() => rate(kind)} />`;
  return html`<div class=${`turn-actions ${last ? "last" : ""}`} part="turn-actions">
    <${IconButton} icon=${copied ? "check" : "copy"} label=${copied ? words.copied : words.copy} onClick=${copy} />
    ${thumb("positive", "thumb-up", words.liked)}
    ${thumb("negative", "thumb-down", words.disliked)}
    ${retry && asked && html`<${IconButton} icon="reload" label=${words.retry} onClick=${() => session.retry(asked)} />`}
  </div>`;
}

export const Row = memo(
  (/** @type {{ item: ThreadItem, ended: boolean, asked: string | null, last: boolean, waits: boolean }} */ { item, ended, asked, last, waits }) =>
    html`<${Item} item=${item} waits=${waits} />${ended && html`<${TurnActions} asked=${asked} end=${item.id} last=${last} />`}`,
);
