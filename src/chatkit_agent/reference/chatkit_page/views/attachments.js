/** The files of a message that is being written: they upload at once, and can be taken away again. */
import { fill, html, Icon, IconButton, Spinner, usePanel } from "../ui.js";
import { problemOf } from "../draft.js";
import { Canvas, Picture } from "./picture.js";

/** @import { DraftFile, PanelContext } from "../types" */

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
export const DraftFiles = ({ files }) =>
  files.length > 0 && html`<ul class="files draft" aria-live="polite">${files.map((file) => html`<${Chip} key=${file.key} file=${file} />`)}</ul>`;

/** @param {any} options */
export const acceptOf = ({ accept }) => (accept ? Object.entries(accept).flatMap(([type, endings]) => [type, .../** @type {string[]} */ (endings)]).join(",") : undefined);

