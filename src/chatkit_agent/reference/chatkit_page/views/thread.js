/** A conversation: how each item of the protocol is shown. */
import { ClientTool, fill, GeneratedImage, Guard, html, Icon, IconButton, Markdown, memo, own, Picture, SourceLink, Sources, Spinner, StructuredInput, useCopy, useEffect, useLayoutEffect, usePanel, useRef, useState, Widget } from "../ui.js";

/** @import { PanelContext, Props, Task as WorkTask, ThreadItem, Workflow as Work, Words } from "../types" */

/** What to do, where the words for it are not named as the failure is. @type {Record<string, string>} */
const NEXT = { setup: "", refused: "", not_chat: "missing_next", unavailable: "later", failed: "later", limited: "later" };

const BOTH = new Set(["signed_out", "forbidden", "gone"]);

/** @param {Props["FailureBox"]} props */
export function FailureBox({ failure, again }) {
  const { words, actions } = usePanel();
  const next = NEXT[failure.kind] ?? `${failure.kind}_next`;
  const todo = next && fill(words, next, { url: failure.url });
  // Some servers say only what happened, and end it without a full stop.
  const said = failure.said.replace(/[\p{L}\p{N}]$/u, "$&.");
  const text = BOTH.has(failure.kind) ? [said, todo].filter(Boolean).join(" ") : said || todo;
  const about = [failure.status || "", failure.code].filter(Boolean).join(" ");
  return html`<${Failed} icon=${failure.kind === "offline" ? "offline" : "warning"} text=${text} again=${again}
    title=${html`<strong>${words[failure.kind]}</strong>`} about=${about && html`<code>${about}</code>`}>
    ${failure.kind === "gone" && html`<button type="button" class="button" onClick=${() => actions.open(null)}>${words.start_over}</button>`}
  <//>`;
}

/** @param {Props["Failed"]} props */
function Failed({ icon = "warning", title, text, about, again, children }) {
  const { words } = usePanel();
  return html`<div class="failure" part="failure" role="alert">
    <${Icon} name=${icon} />
    <div>
      <div>${title}<p dir="auto">${text}</p>${about}</div>
      ${again && html`<button type="button" class="button" onClick=${again}>${words.retry}</button>`}${children}
    </div>
  </div>`;
}

/** @param {Props["Notice"]} props */
const Notice = ({ notice }) => html`<div class=${`notice ${notice.level}`} part="notice" role="status">
  <${Icon} name=${notice.level === "info" ? "info" : "warning"} />
  <div>${notice.title && html`<strong>${notice.title}</strong>`}<${Markdown} text=${notice.message} /></div>
</div>`;

/** @param {any} props */
export function Step({ icon, title, state, detail = "", open = null, toggle, children }) {
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

/** @param {WorkTask} task @param {Words} words its icon and title */
const headOf = (task, words) => {
  /** @type {Record<string, any[]>} */
  const heads = {
    custom: [task.icon ?? "tool", task.title],
    web_search: ["search", task.title ?? task.title_query ?? task.queries?.join(", ")],
    thought: ["lightbulb", task.title ?? words.reasoning],
    file: ["document", task.title ?? task.sources?.map((one) => one.filename).join(", ")],
    image: ["square-image", task.title],
  };
  const [icon, title] = own(heads, task.type) ?? ["tool", task.title];
  return [icon, title || words.working];
};

/** @type {Record<string, (task: WorkTask) => any>} */
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

const Task = memo((/** @type {Props["Task"]} */ { task, detail }) => {
  const { words } = usePanel();
  const [icon, title] = headOf(task, words);
  return html`<${Step} icon=${icon} title=${title} state=${task.status_indicator} detail=${detail}>${own(TASKS, task.type)?.(task)}<//>`;
});

/** @param {Work} workflow @param {Words} words */
function summaryOf({ type, tasks, summary }, words) {
  if (summary?.title) return summary.title;
  if (summary?.duration != null) return type === "reasoning" ? fill(words, "thought", { count: summary.duration }) : words.work;
  const now = tasks.findLast((one) => one.status_indicator === "loading") ?? tasks.at(-1);
  return type === "reasoning" && !now?.title ? words.reasoning : now ? headOf(now, words)[1] : words.working;
}

const Workflow = memo((/** @type {Props["Workflow"]} */ { workflow }) => {
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

/** @param {ThreadItem} item @returns {string} */
const textOf = (item) =>
  item.copy_text ?? (item.content ?? []).map((part) => (part.type === "input_tag" ? `@${part.text}` : part.text)).join("");

/** @param {Props["Tag"]} props */
function Tag({ part }) {
  const { options } = usePanel();
  const { onClick } = options.entities ?? {};
  if (!part.interactive || !onClick) return html`<span class="tag">@${part.text}</span>`;
  const { text: title, id, group, data, interactive } = part;
  return html`<button type="button" class="tag" onClick=${() => onClick({ title, id, group, data, interactive })}>@${title}</button>`;
}

/** @param {string} text @param {{ index?: number | null }[]} annotations */
function withMarks(text, annotations) {
  const marks = annotations.map(({ index }, number) => ({ index, number })).filter(({ index }) => index != null);
  marks.sort((a, b) => Number(b.index) - Number(a.index));
  const insert = (/** @type {string} */ all, /** @type {any} */ { index, number }) =>
    `${all.slice(0, index)}\uE000${number}\uE001${all.slice(index)}`;
  return marks.reduce(insert, text.replace(/[\uE000\uE001]/g, ""));
}

const AssistantPart = memo((/** @type {Props["AssistantPart"]} */ { part }) => {
  const [lit, setLit] = useState({ place: -1 });
  const annotations = part.annotations ?? [];
  const text = annotations.length ? withMarks(part.text, annotations) : part.text;
  const show = (/** @type {any} */ event) => {
    const mark = event.target.closest?.(".cite");
    if (mark) setLit({ place: Number(mark.dataset.source) });
  };
  return html`<div onClick=${show}><${Markdown} text=${text} /></div>
    ${annotations.length > 0 && html`<${Sources} sources=${annotations.map(({ source }) => source)} lit=${lit} />`}`;
});

const Nothing = () => null;

/** @type {Record<string, (props: { item: ThreadItem, waits?: boolean }) => any>} */
export const ITEMS = {
  user_message: ({ item }) => html`
    ${item.attachments?.length > 0 &&
    html`<ul class="files">${item.attachments.map((file) => html`<li key=${file.id}>${file.type === "image" ? html`<${Picture} url=${file.preview_url} alt=${file.name} />` : html`<span class="file"><${Icon} name="document" /><span dir="auto">${file.name}</span></span>`}</li>`)}</ul>`}
    ${item.quoted_text && html`<blockquote class="quoted" dir="auto">${item.quoted_text}</blockquote>`}
    ${textOf(item) && html`<div class="bubble" part="bubble" dir="auto">${item.content.map((part) => (part.type === "input_tag" ? html`<${Tag} part=${part} />` : part.text))}</div>`}
  `,
  assistant_message: ({ item }) => html`${item.content.map((part, index) => html`<${AssistantPart} key=${index} part=${part} />`)}`,
  client_tool_call: ClientTool,
  widget: ({ item }) => html`<${Widget} item=${item} />`,
  generated_image: GeneratedImage,
  structured_input: StructuredInput,
  task: ({ item }) => html`<${Workflow} workflow=${{ type: "custom", tasks: [item.task] }} />`,
  workflow: ({ item }) => html`<${Workflow} workflow=${item.workflow} />`,
  end_of_turn: Nothing,
};

/** Types that are not shown, and why. */
export const UNSUPPORTED = {
  hidden_context_item: "It is for the model only.",
  sdk_hidden_context: "It is for the model only.",
};

/** @param {Props["Item"]} props */
function Item({ item, waits }) {
  const { words } = usePanel();
  const View = own(ITEMS, item.type);
  if (View === Nothing || own(UNSUPPORTED, item.type)) return null;
  const mine = item.type === "user_message";
  const unknown = html`<p class="quiet">${fill(words, "unknown", { type: item.type })}</p>`;
  const content = View ? html`<${Guard} instead=${unknown}><${View} item=${item} waits=${waits} /><//>` : unknown;
  return html`<article class=${`item ${item.type}`} part=${`item ${mine ? "user" : "assistant"}`} data-item=${item.id} aria-label=${mine ? words.you : words.assistant} aria-busy=${!!item.streaming}>${content}</article>`;
}

/** @param {Props["TurnActions"]} props */
function TurnActions({ asked, end, last }) {
  const { session, options, words } = usePanel();
  const [rated, setRated] = useState("");
  const { feedback = false, retry = false } = options.threadItemActions ?? {};
  const answers = () => {
    const { items } = session.state.conversation;
    return items.slice(items.findIndex(({ id }) => id === asked) + 1, items.findIndex(({ id }) => id === end) + 1);
  };
  const [copied, copy] = useCopy(() => answers().map(textOf).filter(Boolean).join("\n\n"));
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

function Stopped() {
  const { words } = usePanel();
  return html`<p class="stopped"><${Icon} name="stop" />${words.stopped}</p>`;
}

/** Of the newest one, the failure says it. @param {Props["Unsent"]} props */
function Unsent({ item }) {
  const { words } = usePanel();
  return html`<p class="stopped unsent">${words.unsent}<button type="button" class="button" onClick=${item.again}>${words.retry}</button></p>`;
}

const Row = memo((/** @type {Props["Row"]} */ { item, ended, asked, last, waits }) =>
    html`<${Item} item=${item} waits=${waits} />${item.stopped ? html`<${Stopped} />` : item.unsent && !last && html`<${Unsent} item=${item} />`}${ended && html`<${TurnActions} asked=${asked} end=${item.id} last=${last} />`}`,
);

const NEAR = 48;

/** Keeps what is read in its place while older items are put before it, and follows what is written. @param {any} scroller @param {PanelContext} panel */
function useReading(scroller, { session, state }) {
  const atEnd = useRef(true);
  const place = useRef(0);
  const [away, setAway] = useState(false);
  const first = useRef(null);
  const sent = useRef("");
  const { items } = state.conversation;
  const { id, sending } = items.at(-1) ?? {};
  const follows = () => session.host.options().thread?.autoScroll !== false;
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current;
    // What grows takes nobody away from the end: who reads elsewhere has scrolled back.
    const stays = follows() && atEnd.current && scrollTop >= place.current;
    atEnd.current = stays || scrollHeight - scrollTop - clientHeight < NEAR;
    place.current = scrollTop;
    setAway(!atEnd.current);
  };
  const toEnd = () => {
    atEnd.current = true;
    scroller.current.scrollTop = scroller.current.scrollHeight;
    place.current = scroller.current.scrollTop;
  };
  useLayoutEffect(() => {
    const box = scroller.current;
    const kept = first.current;
    if (sending && id !== sent.current) {
      sent.current = String(id);
      toEnd();
    } else if (kept && items[0]?.id !== kept.id && kept.element.isConnected && !atEnd.current)
      box.scrollTop += kept.element.getBoundingClientRect().top - kept.top;
    else if (atEnd.current && (follows() || !kept)) toEnd();
  });
  useEffect(() => {
    const element = scroller.current.querySelector("[data-item]");
    first.current = element && { id: items[0]?.id, element, top: element.getBoundingClientRect().top };
  });
  useEffect(() => {
    const box = scroller.current;
    const watcher = new ResizeObserver(() => {
      // The text stands above the composer, with or without a scroll bar that takes room.
      const gutter = `${(box.offsetWidth - box.clientWidth) / 2}px`;
      if (box.style.getPropertyValue("--gutter") !== gutter) box.style.setProperty("--gutter", gutter);
      if (atEnd.current && follows()) toEnd();
      else onScroll();
    });
    watcher.observe(box);
    watcher.observe(box.firstElementChild);
    return () => watcher.disconnect();
  }, []);
  return { away, onScroll, toEnd, first };
}

function Earlier() {
  const { session, state, words } = usePanel();
  const place = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && session.loadEarlier(), { rootMargin: "400px 0px 0px" });
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, [state.conversation.earlier]);
  return html`<div class="earlier" ref=${place}>
    <button type="button" class="button" disabled=${state.loading} onClick=${() => session.loadEarlier()}>${state.loading && html`<${Spinner} />`}${words.earlier}</button>
  </div>`;
}

const LENGTH = 40;

/** Their borders stay where they are when older items are put before them. @param {ThreadItem[]} items @param {number} prepended @param {boolean} answering */
function segmentsOf(items, prepended, answering) {
  const segments = [];
  let asked = null;
  const first = -Math.ceil(prepended / LENGTH);
  for (let number = first; number * LENGTH + prepended < items.length; number += 1) {
    const start = Math.max(0, number * LENGTH + prepended);
    const end = (number + 1) * LENGTH + prepended;
    const own = items.slice(start, end);
    const last = end >= items.length;
    segments.push({ key: number, items: own, asked, next: items[end]?.type ?? "", last, answering: last && answering });
    asked = own.findLast(({ type }) => type === "user_message")?.id ?? asked;
  }
  return segments;
}

/** @param {any} a @param {any} b */
const same = (a, b) =>
  Object.keys(a).every((key) => (key === "items" ? a.items.length === b.items.length && a.items.every((/** @type {any} */ item, /** @type {number} */ at) => item === b.items[at]) : a[key] === b[key]));

/** A turn of the assistant ends where a message of the person follows, or nothing. */
const Segment = memo((/** @type {Props["Segment"]} */ { items, asked, next, last, answering }) => {
  const rows = items.map((item, place) => {
    if (item.type === "user_message") asked = item.id;
    const following = items[place + 1]?.type ?? next;
    const newest = last && place === items.length - 1;
    const ended = item.type !== "user_message" && ["", "user_message"].includes(following) && !(newest && answering);
    return html`<${Row} key=${item.id} item=${item} ended=${ended} asked=${ended ? asked : null} last=${newest} waits=${newest && !answering} />`;
  });
  return html`<div class="segment">${rows}</div>`;
}, same);

export function Thread() {
  const panel = usePanel();
  const { state, words, session, options } = panel;
  const { items, notices, progress, error, earlier } = state.conversation;
  const scroller = useRef(null);
  const { away, onScroll, toEnd, first } = useReading(scroller, panel);
  const asked = items.findLast(({ type }) => type === "user_message");
  const last = items.at(-1);
  const again = asked && !asked.again ? () => session.retry(asked.id) : null;
  const writes = last?.streaming && last.type === "assistant_message";
  const remember = () => {
    if (first.current?.element.isConnected) first.current.top = first.current.element.getBoundingClientRect().top;
  };
  const scrolled = () => (onScroll(), remember());
  return html`<div class="thread" part="thread" ref=${scroller} onScroll=${scrolled} tabindex="0" role="log" aria-live="off" aria-label=${options.frameTitle ?? words.assistant} aria-busy=${state.answering}>
    <div class="items">
      ${earlier && html`<${Earlier} />`}
      ${segmentsOf(items, state.conversation.prepended, state.answering).map((segment) => html`<${Segment} ...${segment} />`)}
      ${notices.map((notice) => html`<${Notice} notice=${notice} />`)}
      ${error && html`<${Failed} text=${error.message ?? words.failed} again=${error.retry && again} />`}
      ${state.failure && html`<${FailureBox} failure=${state.failure} again=${state.again} />`}
      ${state.answering && (state.reconnecting || !writes) && html`<p class="progress" part="progress">${progress?.icon ? html`<${Icon} name=${progress.icon} />` : html`<i class="pulse" />`}<span class="shimmer" dir="auto">${state.reconnecting ? words.offline_next : progress?.text || words.working}</span></p>`}
    </div>
  </div>
  ${away && html`<div class="to-end"><${IconButton} icon="arrow-down" label=${words.latest} onClick=${toEnd} /></div>`}`;
}
