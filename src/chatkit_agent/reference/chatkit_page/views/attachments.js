/** The files of a message that is being written: they upload at once, and can be taken away again. */
import { fill, html, Icon, IconButton, Spinner, usePanel } from "../ui.js";
import { Canvas, Picture } from "./picture.js";

/** @import { DraftFile, PanelContext, PanelOptions } from "../types" */

let added = 0;

/** @param {PanelContext} panel @param {string} key @param {Partial<DraftFile>} change */
const update = (panel, key, change) =>
  panel.setDraft((draft) => ({ ...draft, files: draft.files.map((file) => (file.key === key ? { ...file, ...change } : file)) }));

/** @param {PanelContext} panel @param {string} key @param {File} file */
async function upload(panel, key, file) {
  const { session, options, words } = panel;
  update(panel, key, { state: "uploading", problem: "" });
  try {
    const attachment = await session.api.upload(file, options.api.uploadStrategy);
    const isWanted = panel.draft().files.some((one) => one.key === key);
    if (isWanted) update(panel, key, { state: "done", attachment });
    else discard(panel, attachment.id);
  } catch (error) {
    const said = /** @type {any} */ (error)?.said;
    update(panel, key, { state: "failed", problem: said || fill(words, "file_failed", { name: file.name }) });
    session.host.emit("error", { error });
  }
}

/** What is wrong with a file, or null. @param {File} file @param {NonNullable<NonNullable<PanelOptions["composer"]>["attachments"]>} rules @param {Record<string, string>} words */
function problemOf(file, { accept, maxSize = 100 * 1024 * 1024 }, words) {
  const matches = (/** @type {string} */ pattern) => pattern === file.type || pattern === "*/*" || (pattern.endsWith("/*") && file.type.startsWith(pattern.slice(0, -1)));
  const ending = (/** @type {string[]} */ endings) => endings.some((one) => file.name.toLowerCase().endsWith(one.toLowerCase()));
  if (accept && !Object.entries(accept).some(([type, endings]) => matches(type) || ending(endings))) return words.file_type.replace("{name}", file.name);
  const table = typeof maxSize === "number" ? { "*": maxSize } : maxSize;
  const limit = Object.entries(table).find(([type]) => matches(type))?.[1] ?? table["*"] ?? table[""] ?? 100 * 1024 * 1024;
  if (file.size > limit) return words.file_size.replace("{name}", file.name).replace("{size}", sizeText(limit));
  return null;
}

/** @param {number} bytes */
const sizeText = (bytes) =>
  bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1).replace(".0", "")} MB`;

/** @param {PanelContext} panel @param {Iterable<File>} files */
export async function addFiles(panel, files) {
  const { options, words } = panel;
  const rules = options.composer?.attachments ?? { enabled: false };
  const most = rules.maxCount ?? 10;
  const uploads = [];
  for (const file of files) {
    const key = `file-${(added += 1)}`;
    const count = panel.draft().files.filter(({ state }) => state !== "failed").length;
    const problem = count >= most ? fill(words, "file_count", { count: most }) : problemOf(file, rules, words);
    const { name, type } = file;
    panel.setDraft((draft) => ({ ...draft, files: [...draft.files, { key, name, type, file: problem ? null : file, state: problem ? "failed" : "uploading", problem: problem ?? "" }] }));
    if (!problem) uploads.push(upload(panel, key, file));
  }
  await Promise.all(uploads);
}

/** @param {PanelContext} panel @param {DraftFile} file */
function remove(panel, file) {
  panel.setDraft((draft) => ({ ...draft, files: draft.files.filter(({ key }) => key !== file.key) }));
  if (file.attachment && file.file) discard(panel, file.attachment.id);
}

/** @param {PanelContext} panel @param {string} id */
const discard = (panel, id) => panel.session.api.ask("attachments.delete", { attachment_id: id }).catch(() => {});

/** @param {{ file: DraftFile }} props */
function Chip({ file }) {
  const panel = usePanel();
  const { words } = panel;
  const image = file.type.startsWith("image/");
  const shown = image && file.file ? html`<${Canvas} blob=${file.file} alt=${file.name} />` : file.attachment?.preview_url && html`<${Picture} url=${file.attachment.preview_url} alt=${file.name} />`;
  return html`<li class="file" data-state=${file.state}>
    ${file.state === "uploading" ? html`<${Spinner} />` : shown || html`<${Icon} name=${file.state === "failed" ? "warning" : "document"} />`}
    <span dir="auto">${file.problem || file.name}</span>
    ${file.state === "failed" && file.file && html`<${IconButton} icon="reload" label=${words.retry} onClick=${() => upload(panel, file.key, /** @type {File} */ (file.file))} />`}
    <${IconButton} icon="close" label=${fill(words, "remove", { name: file.name })} onClick=${() => remove(panel, file)} />
  </li>`;
}

/** @param {{ files: DraftFile[] }} props */
export const DraftFiles = ({ files }) => html`<ul class="files draft" aria-live="polite">${files.map((file) => html`<${Chip} key=${file.key} file=${file} />`)}</ul>`;
