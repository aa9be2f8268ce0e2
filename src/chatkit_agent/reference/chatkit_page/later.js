/** What many conversations do without: each part is loaded when it is first needed. */
import { lazy } from "./ui.js";

/** @import { PanelContext } from "./types" */

export const Widget = lazy(async () => (await import("./widgets/widget.js")).Widget, "widgets");
export const StructuredInput = lazy(async () => (await import("./views/structured_input.js")).StructuredInput, "widgets");
export const DraftFiles = lazy(async () => (await import("./views/attachments.js")).DraftFiles);
export const Dictation = lazy(async () => (await import("./views/dictation.js")).Dictation);
export const Menu = lazy(async () => (await import("./views/menu.js")).Menu, "widgets");
export const List = lazy(async () => (await import("./views/menu.js")).List, "widgets");
export const Picture = lazy(async () => (await import("./views/picture.js")).Picture);
export const Sources = lazy(async () => (await import("./views/sources.js")).Sources, "widgets");
export const SourceLink = lazy(async () => (await import("./views/sources.js")).SourceLink, "widgets");
export const Colours = lazy(async () => (await import("./highlight.js")).Colours, "", ({ text }) => text);

/** @param {PanelContext} panel @param {Iterable<File>} files */
export async function addFiles(panel, files) {
  const chosen = [...files]; // the browser's own list is empty after its event
  try {
    await (await import("./views/attachments.js")).addFiles(panel, chosen);
  } catch (error) {
    panel.session.fail(error);
  }
}

/** @type {typeof import("./theme.js").applyTheme | null} */
let apply = null;

/** @param {HTMLElement} root @param {any} theme */
export const applyTheme = (root, theme) => apply?.(root, theme);

/** A theme of the page's own; the schemes by themselves need no module. @param {any} theme */
export async function loadTheme(theme) {
  if (typeof theme === "object") apply ??= (await import("./theme.js")).applyTheme;
}
