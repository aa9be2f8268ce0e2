/** What the assistant did: tool calls, searches and thoughts, one line each, which fold open. */
import { fill, html, Icon, memo, Spinner, usePanel, useState } from "../ui.js";
import { SourceLink } from "../later.js";
import { Markdown } from "../markdown.js";

/** One line with a mark of its state; it folds open where there is more. @param {any} props */
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

/** @param {any} task @param {Record<string, string>} words @returns {[string, string]} its icon and title */
const headOf = (task, words) => {
  const heads = {
    custom: [task.icon ?? "tool", task.title],
    web_search: ["search", task.title ?? task.title_query ?? task.queries?.join(", ")],
    thought: ["lightbulb", task.title ?? words.reasoning],
    file: ["document", task.title ?? task.sources?.map((/** @type {any} */ one) => one.filename).join(", ")],
    image: ["square-image", task.title],
  };
  const [icon, title] = heads[/** @type {keyof typeof heads} */ (task.type)] ?? ["tool", task.title];
  return [icon, title || words.working];
};

/** How the insides of each type of task are shown. @type {Record<string, (task: any) => any>} */
export const TASKS = {
  custom: ({ content }) => content && html`<${Markdown} text=${content} />`,
  web_search: ({ queries = [], sources = [] }) =>
    (queries.length || sources.length) &&
    html`<ul class="queries">${queries.map((/** @type {string} */ query) => html`<li><${Icon} name="search" />${query}</li>`)}</ul>
      <ul class="source-list">${sources.map((/** @type {any} */ source) => html`<li><${SourceLink} source=${source} /></li>`)}</ul>`,
  thought: ({ content }) => content && html`<${Markdown} text=${content} />`,
  file: ({ sources = [] }) =>
    sources.length > 0 && html`<ul class="source-list">${sources.map((/** @type {any} */ source) => html`<li><${SourceLink} source=${source} /></li>`)}</ul>`,
  image: () => null,
};

const Task = memo((/** @type {{ task: any, detail?: string }} */ { task, detail }) => {
  const { words } = usePanel();
  const [icon, title] = headOf(task, words);
  return html`<${Step} icon=${icon} title=${title} state=${task.status_indicator} detail=${detail}>${TASKS[task.type]?.(task)}<//>`;
});

/** @param {any} workflow @param {Record<string, string>} words */
function summaryOf({ type, tasks, summary }, words) {
  if (summary?.title) return summary.title;
  if (summary?.duration != null) return type === "reasoning" ? fill(words, "thought", { count: summary.duration }) : words.work;
  const now = tasks.findLast((/** @type {any} */ one) => one.status_indicator === "loading") ?? tasks.at(-1);
  return type === "reasoning" && !now?.title ? words.reasoning : now ? headOf(now, words)[1] : words.working;
}

export const Workflow = memo((/** @type {{ workflow: any }} */ { workflow }) => {
  const { words } = usePanel();
  const { tasks, type, summary, expanded = false } = workflow;
  const [open, setOpen] = useState(/** @type {boolean | null} */ (null));
  const time = summary?.duration ? fill(words, "seconds", { count: summary.duration }) : "";
  const own = tasks.length === 1 ? time : "";
  const list = html`${tasks.map((/** @type {any} */ task, /** @type {number} */ index) => html`<${Task} key=${index} task=${task} detail=${own} />`)}`;
  // A few tools in a row speak for themselves.
  if (type === "custom" && !summary?.title && tasks.length < 4) return html`<div class="workflow" part="workflow">${list}</div>`;
  const loading = tasks.some((/** @type {any} */ one) => one.status_indicator === "loading");
  const shown = open ?? expanded;
  const icon = summary?.icon ?? (type === "reasoning" ? "lightbulb" : "tool");
  return html`<div class="workflow" part="workflow">
    <${Step} icon=${icon} title=${summaryOf(workflow, words)} state=${loading ? "loading" : "complete"} detail=${type === "custom" ? [tasks.length, time].filter(Boolean).join(" · ") : ""} open=${shown} toggle=${() => setOpen(!shown)}>${list}<//>
  </div>`;
});
