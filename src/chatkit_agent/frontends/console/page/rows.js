/** Rows: what is stored of the thread that is open in the chat. */
import { brief, html, Line, pretty } from "./dom.js";

/** @param {any} row */
const kind = (row) => row.payload?.type ?? row.kind ?? row.id ?? "";

/** The words in a widget, in the order in which they are read. @param {any} node @returns {string[]} */
function wordsIn(node) {
  if (!node || typeof node !== "object") return [];
  const own = [node.value, node.label].filter((one) => typeof one === "string");
  return [...own, ...[node.children ?? []].flat().flatMap(wordsIn), ...[node.cancel, node.confirm].flatMap(wordsIn)];
}

/** What a row is about, in a few words. @param {any} row */
const said = ({ payload }) => {
  const { content, title, workflow, widget } = payload ?? {};
  if (Array.isArray(content)) return brief(content.map((part) => part.text).join(" "));
  if (workflow) return brief(workflow.tasks.map((/** @type {any} */ task) => [task.title, task.content].filter(Boolean).join(" ")).join(", "));
  if (widget) return brief(wordsIn(widget).join(" · "));
  if (content?.tool) return brief(`${content.tool} ${JSON.stringify(content.arguments ?? {})} ${content.result ?? ""}`);
  return brief(content ?? title ?? payload ?? "");
};

/** @param {{ rows: any, thread: string | null }} props */
export function Rows({ rows, thread }) {
  const tables = Object.entries(rows ?? {}).filter(([, found]) => Array.isArray(found) && found.length);
  return html`<div class="scroll">
    ${tables.map(
      ([name, found]) => html`<p class="table">${name} <span class="count">${/** @type {any} */ (found).length}</span></p>
        ${/** @type {any[]} */ (found).map((row, index) => html`<${Stored} key=${`${name} ${index}`} id=${`row ${name} ${row.id ?? index}`} row=${row} />`)}`,
    )}
    ${rows?.error && html`<p class="empty bad">${rows.error}</p>`}
    ${!tables.length && !rows?.error && html`<p class="empty">${thread ? "Nothing is stored of this conversation." : "Open a conversation: what is stored of it is shown here."}</p>`}
  </div>`;
}

/** @param {any} props */
function Stored({ id, row }) {
  const at = row.created_at ? new Date(row.created_at).toLocaleTimeString() : "";
  const line = html`<span class="name">${kind(row)}</span><span class="said">${said(row)}</span><span class="took">${at}</span>`;
  return html`<${Line} id=${id} kind="stored" line=${line} inside=${() => html`<div class="inside"><pre>${pretty(row)}</pre></div>`} />`;
}
