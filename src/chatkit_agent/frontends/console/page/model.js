/** Model: what was really sent, per call, and what changed since the call that it goes on from. */
import { brief, html, Line, pretty, took } from "./dom.js";

/** @type {Record<string, string>} */
const ROLES = { function_call: "calls", function_call_output: "answer" };

/** @param {any} item */
function words(item) {
  if (item.type === "function_call") return `${item.name} ${item.arguments}`;
  const content = item.type === "function_call_output" ? item.output : item.content;
  if (typeof content === "string") return content;
  if (Array.isArray(content)) return content.map((part) => part.text ?? pretty(part)).join("\n");
  return item.tool_calls ? pretty(item.tool_calls) : pretty(item);
}

/** @param {any} changed */
function difference(changed) {
  if (!changed) return "a new conversation";
  const said = [`${changed.same} as before`];
  if (changed.dropped) said.push(`${changed.dropped} no longer sent`);
  if (changed.instructions) said.push("other instructions");
  if (changed.tools) said.push("other tools");
  return said.join(", ");
}

/** @param {any} call */
function reply({ reply, problem }) {
  if (!reply) return problem;
  const calls = reply.calls.map((/** @type {any} */ one) => `${one.name} ${brief(one.arguments)}`);
  return [...calls, reply.text].filter(Boolean).join("  ");
}

/** @param {{ calls: any[] }} props */
export function Model({ calls }) {
  return html`<div class="scroll">
    ${calls.map((one) => html`<${Call} key=${one.number} one=${one} />`)}
    ${!calls.length && html`<p class="empty">The model has not been asked yet, or elsewhere than at OPENAI_BASE_URL.</p>`}
  </div>`;
}

/** @param {any} props */
function Call({ one }) {
  const { usage } = one;
  const line = html`<span class="at">${one.at.toFixed(2)} s</span><span class="name">${one.model ?? "model"}</span>
    <span class=${one.problem ? "said bad" : "said"}>${reply(one)}</span>
    <span class="size" title="tokens in, tokens out">${usage.input ?? "–"} → ${usage.output ?? "–"}</span>
    <span class=${one.hung_up ? "took bad" : "took"}>${one.hung_up ? "stopped" : took(one.ms)}</span>`;
  return html`<${Line} id=${`model ${one.number}`} kind="model" line=${line} inside=${() => html`<${Inside} one=${one} />`} />`;
}

/** @param {any} props */
function Inside({ one }) {
  const same = one.changed?.same ?? 0;
  return html`<div class="inside">
    ${one.instructions && html`<h3>Instructions${one.changed?.instructions ? ", which changed" : ""}</h3><pre>${one.instructions}</pre>`}
    <h3>Input: ${one.input.length} items, ${difference(one.changed)}</h3>
    ${one.input.map((/** @type {any} */ item, /** @type {number} */ index) => html`<div key=${index} class=${index < same ? "item" : "item new"}><span class="role">${item.role ?? ROLES[item.type] ?? item.type}</span><span class="words">${words(item)}</span></div>`)}
    ${one.tools.length > 0 && html`<h3>Tools offered</h3><span class="mono">${one.tools.join(", ")}</span>`}
    <h3>Reply</h3><pre>${reply(one)}</pre>
  </div>`;
}
