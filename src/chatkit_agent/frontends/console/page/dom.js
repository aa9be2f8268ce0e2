/** What all panes are made of: the template tag of the chat's element, numbers in words, details. */
import { html } from "/_console/chatkit/ui.js";

export { html, render, useEffect, useState } from "/_console/chatkit/ui.js";

/** @param {number | null | undefined} ms */
export const took = (ms) => {
  if (ms === null || ms === undefined) return "…";
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
};

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);

/** @param {unknown} value */
export const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** @param {unknown} value */
export const brief = (value) => {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (text ?? "").replaceAll(/\s+/g, " ").slice(0, 240);
};

/** The lines that are open, by their ids. */
const opened = new Set();

/** A line that folds open; what is inside is made only while it is open. @param {{ id: string, kind: string, line: any, inside: () => any }} props */
export function Line({ id, kind, line, inside }) {
  const isOpen = opened.has(id);
  const toggled = (/** @type {any} */ event) => {
    if (event.target.open === opened.has(id)) return;
    if (event.target.open) opened.add(id);
    else opened.delete(id);
    document.dispatchEvent(new Event("redraw"));
  };
  return html`<details class=${`row ${kind}`} open=${isOpen} onToggle=${toggled}>
    <summary>${line}</summary>
    ${isOpen && inside()}
  </details>`;
}
