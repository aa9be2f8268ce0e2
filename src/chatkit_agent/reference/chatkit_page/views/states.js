/** What is shown where there is no conversation, or not as it should be: the start, failures, notices. */
import { fill, html, Icon, usePanel } from "../ui.js";
import { Markdown } from "../markdown.js";

/** @import { Failure } from "../api" */

/** Which words go with a failure: what happened, and what to do. @type {Record<string, [string, string]>} */
const WORDS = {
  signed_out: ["signed_out", "signed_out_next"],
  forbidden: ["forbidden", "forbidden_next"],
  gone: ["gone", "gone_next"],
  missing: ["missing", "missing_next"],
  busy: ["busy", "busy_next"],
  away: ["away", "away_next"],
  offline: ["offline", "offline_next"],
  cut: ["cut", "cut_next"],
  setup: ["setup", ""],
  unavailable: ["unavailable", "later"],
  refused: ["refused", ""],
  not_chat: ["not_chat", "missing_next"],
  failed: ["failed", "later"],
};

const BOTH = new Set(["signed_out", "forbidden", "gone"]);

/** @param {{ failure: Failure, again?: (() => void) | null }} props */
export function FailureBox({ failure, again }) {
  const { words, actions } = usePanel();
  const [title, next] = WORDS[failure.kind] ?? WORDS.failed;
  const todo = next && fill(words, next, { url: failure.url });
  // Some servers say only what happened.
  const text = BOTH.has(failure.kind) ? [failure.said, todo].filter(Boolean).join(" ") : failure.said || todo;
  const about = [failure.status || "", failure.code].filter(Boolean).join(" ");
  return html`<div class="failure" part="failure" role="alert">
    <${Icon} name=${failure.kind === "offline" ? "offline" : "warning"} />
    <div class="failure-text">
      <strong>${words[title]}</strong>
      <p dir="auto">${text}</p>
      ${about && html`<code>${about}</code>`}
    </div>
    ${again && html`<button type="button" class="button" onClick=${again}>${words.retry}</button>`}
    ${failure.kind === "gone" && html`<button type="button" class="button" onClick=${() => actions.open(null)}>${words.start_over}</button>`}
  </div>`;
}

/** An error that came within the answer. @param {{ error: { message?: string, code: string, retry: boolean }, again: (() => void) | null }} props */
export function AnswerError({ error, again }) {
  const { words } = usePanel();
  return html`<div class="failure" part="failure" role="alert">
    <${Icon} name="warning" />
    <div class="failure-text"><p dir="auto">${error.message ?? words.failed}</p></div>
    ${error.retry && again && html`<button type="button" class="button" onClick=${again}>${words.retry}</button>`}
  </div>`;
}

/** @param {{ notice: { level: string, message: string, title?: string } }} props */
export const Notice = ({ notice }) => html`<div class=${`notice ${notice.level}`} part="notice" role="status">
  <${Icon} name=${notice.level === "info" ? "info" : "warning"} />
  <div>${notice.title && html`<strong>${notice.title}</strong>`}<${Markdown} text=${notice.message} /></div>
</div>`;

/** Stands in place of the composer. @param {{ status: { type: string, reason?: string } }} props */
export function ReadOnly({ status }) {
  const { words, actions } = usePanel();
  return html`<div class="read-only" part="read-only" role="status">
    <${Icon} name="lock" />
    <p dir="auto">${status.reason ?? words[status.type]}</p>
    <button type="button" class="button" onClick=${() => actions.open(null)}>${words.start_over}</button>
  </div>`;
}

/** The screen of a new conversation: a greeting, and prompts to begin with. */
export function Start() {
  const { options, words, actions } = usePanel();
  const { greeting = words.greeting, prompts = [] } = options.startScreen ?? {};
  return html`<div class="start" part="start">
    <h1 dir="auto">${greeting}</h1>
    ${prompts.length > 0 &&
    html`<ul>
      ${prompts.map(
        ({ label, prompt, icon }) => html`<li>
          <button type="button" class="prompt" part="prompt" onClick=${() => actions.send(typeof prompt === "string" ? { text: prompt } : { content: prompt })}>
            <${Icon} name=${icon ?? "sparkle"} /><span dir="auto">${label}</span>
          </button>
        </li>`,
      )}
    </ul>`}
  </div>`;
}
