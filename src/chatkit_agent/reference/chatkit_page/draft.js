/** What the person is about to send: text with tags, files, a quote, a tool and a model. */

/** @import { Draft, Entity, PanelOptions } from "./types" */

/** @type {Draft} */
export const EMPTY_DRAFT = { text: "", tags: [], files: [], reply: "", toolId: null, modelId: null };

/** The pieces of a text at whose `@Title` the tags stand, for display and for sending. @param {string} text @param {Entity[]} tags @returns {(string | Entity)[]} */
export function piecesOf(text, tags) {
  /** @type {(string | Entity)[]} */
  let pieces = [text];
  const longestFirst = [...tags].sort((a, b) => b.title.length - a.title.length);
  for (const tag of longestFirst)
    pieces = pieces.flatMap((piece) =>
      typeof piece !== "string" ? [piece] : piece.split(`@${tag.title}`).flatMap((part, index) => (index ? [tag, part] : [part])),
    );
  return pieces.filter((piece) => piece !== "");
}

/** @param {Draft} draft @returns {any[]} the content of a message */
export const contentOf = ({ text, tags }) =>
  piecesOf(text.trim(), tags).map((piece) =>
    typeof piece === "string"
      ? { type: "input_text", text: piece }
      : { type: "input_tag", id: piece.id, text: piece.title, data: piece.data ?? {}, group: piece.group ?? null, interactive: piece.interactive ?? false },
  );

/** The draft's text and tags for structured content. @param {any[]} content @returns {Pick<Draft, "text" | "tags">} */
export const fromContent = (content) => ({
  text: content.map((part) => (part.type === "input_tag" ? `@${part.text}` : part.text)).join(""),
  tags: content.filter((part) => part.type === "input_tag").map(({ id, text, data, group, interactive }) => ({ id, title: text, data, group, interactive })),
});

/** The word after `@` or `/` that is being typed at the caret. @param {string} text @param {number} caret */
export function queryAt(text, caret) {
  const found = /(?:^|\s)([@/])([^\s@/]*)$/.exec(text.slice(0, caret));
  return found && { sign: found[1], query: found[2], from: caret - found[2].length - 1 };
}

/** What is wrong with a file, or null. @param {File} file @param {NonNullable<NonNullable<PanelOptions["composer"]>["attachments"]>} rules @param {Record<string, string>} words */
export function problemOf(file, { accept, maxSize = 100 * 1024 * 1024 }, words) {
  const matches = (/** @type {string} */ pattern) => pattern === file.type || pattern === "*/*" || (pattern.endsWith("/*") && file.type.startsWith(pattern.slice(0, -1)));
  const ending = (/** @type {string[]} */ endings) => endings.some((one) => file.name.toLowerCase().endsWith(one.toLowerCase()));
  if (accept && !Object.entries(accept).some(([type, endings]) => matches(type) || ending(endings))) return words.file_type.replace("{name}", file.name);
  const table = typeof maxSize === "number" ? { "*": maxSize } : maxSize;
  const limit = Object.entries(table).find(([type]) => matches(type))?.[1] ?? table["*"] ?? table[""] ?? 100 * 1024 * 1024;
  if (file.size > limit) return words.file_size.replace("{name}", file.name).replace("{size}", sizeText(limit));
  return null;
}

/** @param {number} bytes */
export const sizeText = (bytes) =>
  bytes < 1024 ? `${bytes} B` : bytes < 1024 ** 2 ? `${Math.round(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1).replace(".0", "")} MB`;
