/** Rows: what is stored of the thread that is open in the chat. */
import { brief, html, Line, pretty } from "./dom.js";

/** @param {any} row */
const kind = (row) => row.payload?.type ?? row.kind ?? row.id ?? "";

/** @param {any} row */
const said = ({ payload }) => {
  const text = payload?.content?.map?.((/** @type {any} */ part) => part.text).join(" ");
  return brief(text || payload?.title || payload || "");
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
