/** A long conversation in segments: one that is as it was costs nothing, one out of sight almost nothing. */
import { html, memo } from "../ui.js";
import { Row } from "./items.js";

/** @import { ThreadItem } from "../types" */

const LENGTH = 40;

/**
 * The items in segments whose borders stay where they are when older items are put before them.
 * @param {ThreadItem[]} items @param {number} prepended @param {boolean} answering
 */
export function segmentsOf(items, prepended, answering) {
  const segments = [];
  let asked = null;
  const first = -Math.ceil(prepended / LENGTH);
  for (let number = first; number * LENGTH + prepended < items.length; number += 1) {
    const start = Math.max(0, number * LENGTH + prepended);
    const end = (number + 1) * LENGTH + prepended;
    const own = items.slice(start, end);
    const last = end >= items.length;
    segments.push({ key: number, items: own, asked, next: items[end]?.type ?? "", last, answering: last && answering });
    asked = own.findLast(({ type }) => type === "user_message")?.id ?? asked;
  }
  return segments;
}

/** @param {any} a @param {any} b */
const same = (a, b) =>
  Object.keys(a).every((key) => (key === "items" ? a.items.length === b.items.length && a.items.every((/** @type {any} */ item, /** @type {number} */ at) => item === b.items[at]) : a[key] === b[key]));

/** @typedef {{ items: ThreadItem[], asked: string | null, next: string, last: boolean, answering: boolean }} SegmentProps */

/** A turn of the assistant ends where a message of the person follows, or nothing. */
export const Segment = memo((/** @type {SegmentProps} */ { items, asked, next, last, answering }) => {
  const rows = items.map((item, place) => {
    if (item.type === "user_message") asked = item.id;
    const following = items[place + 1]?.type ?? next;
    const newest = last && place === items.length - 1;
    const ended = item.type !== "user_message" && ["", "user_message"].includes(following) && !(newest && answering);
    return html`<${Row} key=${item.id} item=${item} ended=${ended} asked=${ended ? asked : null} last=${newest} waits=${newest && !answering} />`;
  });
  return html`<div class="segment">${rows}</div>`;
}, same);
