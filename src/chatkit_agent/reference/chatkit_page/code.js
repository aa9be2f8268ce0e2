/** A block of code: its language, a button that copies it, and colours. */
import { piecesOf } from "./highlight.js";
import { html, memo, usePanel, useState } from "./ui.js";

// Longer code is not coloured: it would cost more than it helps.
const LONG = 20_000;

export const Code = memo((/** @type {{ text: string, language: string }} */ { text, language }) => {
  const { words } = usePanel();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  const pieces = text.length > LONG ? text : piecesOf(text, language.toLowerCase()).map(([kind, piece]) => (kind ? html`<span class=${`hl-${kind}`}>${piece}</span>` : piece));
  return html`<div class="code" dir="ltr">
    <div class="code-head"><span>${language}</span><button type="button" class="copy-code" onClick=${copy}>${copied ? words.copied : words.copy}</button></div>
    <pre tabindex="0"><code>${pieces}</code></pre>
  </div>`;
});
