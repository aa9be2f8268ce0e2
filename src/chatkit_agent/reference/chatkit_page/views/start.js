/** The screen of a new conversation: a greeting, and prompts to begin with. */
import { html, Icon, usePanel } from "../ui.js";

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
