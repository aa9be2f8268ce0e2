/** Checks: what the doctor and `verify` say of this project, each finding with its fix. */
import { html, Line } from "./dom.js";

const TITLES = {
  doctor: ["Doctor", "Reads source, settings, and what passed on the wire so far."],
  verify: ["Verify", "Boots a copy in the sandbox, and holds a conversation with it."],
};
/** @type {Record<string, string>} */
const MARKS = { error: "bad", inconclusive: "warn", warning: "warn", info: "said" };

/** @param {{ checks: any, run: (kind: string) => void }} props */
export function Checks({ checks, run }) {
  return html`<div class="scroll">
    ${/** @type {("doctor" | "verify")[]} */ (["doctor", "verify"]).map((kind) => html`<${Part} key=${kind} kind=${kind} one=${checks?.[kind] ?? {}} run=${run} />`)}
  </div>`;
}

/** @param {{ kind: "doctor" | "verify", one: any, run: (kind: string) => void }} props */
function Part({ kind, one, run }) {
  const [title, about] = TITLES[kind];
  const { running, report, error, lines = [] } = one;
  return html`<div class="table part">
      <span><b>${title}</b> <span class="said">${running ? (lines.at(-1) ?? "Starting…") : report ? outcome(kind, one) : about}</span></span>
      <button class="action" type="button" disabled=${running} onClick=${() => run(kind)}>${running ? "Running…" : report || error ? "Run again" : "Run"}</button>
    </div>
    ${error && html`<p class="inside bad">${error}</p>`}
    ${report && findingsOf(kind, report).map((found, index) => html`<${Found} key=${`${found.code} ${index}`} id=${`${kind} ${found.code} ${index}`} found=${found} />`)}
    ${kind === "verify" && report && report.checks.filter((/** @type {any} */ each) => each.ok).map((/** @type {any} */ each) => html`<div key=${each.code} class="passed"><span class="good" aria-label="passed">✓</span><span>${each.title}</span><span class="at mono">${each.code}</span></div>`)}`;
}

/** @param {string} kind @param {any} one */
function outcome(kind, { report, seconds }) {
  if (kind === "doctor") return report.findings.length ? `${report.findings.length} found in ${seconds} s` : `Nothing found in ${seconds} s`;
  const passed = report.checks.filter((/** @type {any} */ each) => each.ok).length;
  return `${passed} of ${report.checks.length} checks passed in ${seconds} s`;
}

/** @param {string} kind @param {any} report @returns {any[]} */
function findingsOf(kind, report) {
  if (kind === "doctor") return report.findings;
  return report.checks.flatMap((/** @type {any} */ check) => (check.ok ? [] : check.findings.map((/** @type {any} */ found) => ({ ...found, code: check.code }))));
}

/** @param {{ id: string, found: any }} props */
function Found({ id, found }) {
  const line = html`<span class=${MARKS[found.severity] ?? ""}>${found.severity}</span><span class="name">${found.what}</span><span class="said mono">${found.where}</span><span class="at mono">${found.code}</span>`;
  const inside = () => html`<div class="inside">
    <h3>Evidence</h3><p>${found.evidence}</p>
    <h3>Fix</h3><p>${found.fix}</p>
    ${found.command && html`<pre>${found.command}</pre>`}
    ${found.more?.length > 0 && html`<h3>Also at</h3><p class="mono">${found.more.join(", ")}</p>`}
  </div>`;
  return html`<${Line} id=${id} kind="found" line=${line} inside=${inside} />`;
}
