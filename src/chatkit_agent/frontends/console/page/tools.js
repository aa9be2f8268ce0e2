/** Tools: each call of the MCP server, whose token came with it, and any tool called by hand. */
import { brief, html, Line, pretty, took, useEffect, useState } from "./dom.js";
import { fieldsOf, valuesOf } from "./schema.js";

/** @param {any} call */
const whose = ({ person, token }) => (token ? [person, token].filter(Boolean).join(" · ") : "no token");

/** @param {{ calls: any[], ask: (url: string, init?: any) => Promise<Response>, person: string }} props */
export function Tools({ calls, ask, person }) {
  const [open, setOpen] = useState(false);
  return html`<div class="tools">
      <span class="said">${calls.length ? "Each call, with whose token came along." : ""}</span>
      <button class="action" type="button" aria-expanded=${String(open)} onClick=${() => setOpen(!open)}>Call a tool</button>
    </div>
    <div class="scroll">
      ${open && html`<${ByHand} key=${person} ask=${ask} person=${person} />`}
      ${calls.map((one) => html`<${Call} key=${one.number} one=${one} />`)}
      ${!calls.length && !open && html`<p class="empty">No tool has been called yet. Ask something that needs one, or call one by hand.</p>`}
    </div>`;
}

/** A tool chosen and filled in from its schema, called as whoever is signed in. @param {{ ask: any, person: string }} props */
function ByHand({ ask, person }) {
  const [tools, setTools] = useState(/** @type {any} */ (null));
  const [name, setName] = useState("");
  const [answer, setAnswer] = useState(/** @type {any} */ (null));
  useEffect(() => {
    ask("/_console/offered").then((/** @type {Response} */ found) => found.json()).then(setTools, (/** @type {Error} */ error) => setTools({ error: error.message }));
  }, []);
  if (!tools) return html`<p class="empty">Asking for the tools…</p>`;
  if (tools.error) return html`<p class="empty bad">${tools.error}</p>`;
  const tool = tools.find((/** @type {any} */ one) => one.name === name) ?? tools[0];
  if (!tool) return html`<p class="empty">The MCP server offers no tools.</p>`;
  const call = async (/** @type {any} */ event) => {
    event.preventDefault();
    if (tool.destructive && !confirm(`${tool.title}? It is carried out at once.`)) return;
    const began = performance.now();
    setAnswer({ waits: true });
    const body = JSON.stringify({ name: tool.name, arguments: valuesOf(tool.schema, new FormData(event.target)) });
    const said = await (await ask("/_console/call", { method: "POST", body, headers: { "Content-Type": "application/json" } })).json().catch((/** @type {Error} */ error) => ({ error: error.message }));
    setAnswer({ ...said, ms: performance.now() - began });
  };
  return html`<form class="by-hand" onSubmit=${call}>
    <label><span>Tool</span><select class="field mono" aria-label="Tool" onChange=${(/** @type {any} */ event) => (setName(event.target.value), setAnswer(null))}>${tools.map((/** @type {any} */ one) => html`<option key=${one.name} value=${one.name} selected=${one.name === tool.name}>${one.name}</option>`)}</select></label>
    ${tool.description && html`<p class="said">${tool.description}</p>`}
    ${fieldsOf(tool.schema).map((field) => html`<${Field} key=${`${tool.name} ${field.name}`} field=${field} />`)}
    <div class="end">${person && html`<span class="said">as <b>${person}</b></span>`}<button class="action primary" disabled=${answer?.waits}>Call</button></div>
    ${answer && !answer.waits && html`<pre class=${answer.failed || answer.error ? "bad" : ""}>${answer.error ?? answer.text}</pre><p class="said">${answer.error || answer.failed ? "Failed" : "Answered"} in ${took(answer.ms)}</p>`}
  </form>`;
}

/** @param {{ field: any }} props */
function Field({ field }) {
  const { name, kind, choices, required, about } = field;
  const given = { name, "aria-label": name, class: "field mono", required: required && kind !== "boolean", placeholder: about };
  const input = choices
    ? html`<select ...${given}>${required ? "" : html`<option value=""></option>`}${choices.map((/** @type {string} */ one) => html`<option key=${one}>${one}</option>`)}</select>`
    : kind === "boolean"
      ? html`<select ...${given}><option value=""></option><option>true</option><option>false</option></select>`
      : kind === "json"
        ? html`<textarea ...${given} rows="3"></textarea>`
        : html`<input ...${given} type=${kind === "number" || kind === "integer" ? "number" : "text"} step=${kind === "integer" ? 1 : "any"} />`;
  return html`<label><span class="mono">${name}${required ? "" : html`<small> optional</small>`}</span>${input}</label>`;
}

/** @param {any} props */
function Call({ one }) {
  const line = html`<span class="at">${one.at.toFixed(2)} s</span><span class="name mono">${one.tool}</span>
    <span class=${one.failed ? "said bad" : "said"}>${brief(one.result ?? "")}</span>
    <span class=${one.token ? "mono" : "bad"} title="whose token: a part of its SHA-256">${whose(one)}</span><span class="took">${took(one.ms)}</span>`;
  const inside = () => html`<div class="inside"><h3>Arguments</h3><pre>${pretty(one.arguments)}</pre><h3>${one.failed ? "Failed with" : "Result"}</h3><pre>${one.result ?? "…"}</pre></div>`;
  return html`<${Line} id=${`tool ${one.number}`} kind="tool" line=${line} inside=${inside} />`;
}
