/** Tools: each call of the MCP server, and whose token came with it, as a fingerprint. */
import { brief, html, Line, pretty, took } from "./dom.js";

/** @param {any} call */
const whose = ({ person, token }) => (token ? [person, token].filter(Boolean).join(" · ") : "no token");

/** @param {{ calls: any[] }} props */
export function Tools({ calls }) {
  return html`<div class="scroll">
    ${calls.map((one) => html`<${Call} key=${one.number} one=${one} />`)}
    ${!calls.length && html`<p class="empty">No tool has been called yet. Ask for “my tasks”, for instance.</p>`}
  </div>`;
}

/** @param {any} props */
function Call({ one }) {
  const line = html`<span class="at">${one.at.toFixed(2)} s</span><span class="name mono">${one.tool}</span>
    <span class=${one.failed ? "said bad" : "said"}>${brief(one.result ?? "")}</span>
    <span class=${one.token ? "mono" : "bad"} title="whose token: a part of its SHA-256">${whose(one)}</span><span class="took">${took(one.ms)}</span>`;
  const inside = () => html`<div class="inside"><h3>Arguments</h3><pre>${pretty(one.arguments)}</pre><h3>${one.failed ? "Failed with" : "Result"}</h3><pre>${one.result ?? "…"}</pre></div>`;
  return html`<${Line} id=${`tool ${one.number}`} kind="tool" line=${line} inside=${inside} />`;
}
