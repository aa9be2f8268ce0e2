/**
 * The items of a conversation, in a view that follows the answer while the reader is at its end.
 * They stand in segments: one that is as it was costs nothing, one out of sight almost nothing.
 */
import { html, Icon, IconButton, Spinner, memo, useEffect, useLayoutEffect, useRef, usePanel, useState } from "../ui.js";
import { AnswerError, FailureBox, Notice } from "./states.js";
import { Row } from "./items.js";

/** @import { ThreadItem } from "../types" */

const NEAR = 48;

/** Keeps what is read in its place while older items are put before it, and follows what is written. @param {any} scroller @param {any} state */
function useReading(scroller, state) {
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);
  const first = useRef(null);
  const { items } = state.conversation;
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR;
    setAway(!atEnd.current);
  };
  const toEnd = () => {
    atEnd.current = true;
    scroller.current.scrollTop = scroller.current.scrollHeight;
  };
  useLayoutEffect(() => {
    const box = scroller.current;
    const kept = first.current;
    if (kept && items[0]?.id !== kept.id && kept.element.isConnected && !atEnd.current)
      box.scrollTop += kept.element.getBoundingClientRect().top - kept.top;
    else if (atEnd.current) toEnd();
  });
  useEffect(() => {
    const element = scroller.current.querySelector("[data-item]");
    first.current = element && { id: items[0]?.id, element, top: element.getBoundingClientRect().top };
  });
  useEffect(() => {
    const watcher = new ResizeObserver(() => atEnd.current && toEnd());
    watcher.observe(scroller.current);
    watcher.observe(scroller.current.firstElementChild);
    return () => watcher.disconnect();
  }, []);
  return { away, onScroll, toEnd, first };
}

/** Loads what came before when the reader comes near it. */
function Earlier() {
  const { session, state, words } = usePanel();
  const place = useRef(null);
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && session.loadEarlier(), { rootMargin: "400px 0px 0px" });
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, [state.conversation.earlier]);
  return html`<div class="earlier" ref=${place}>
    <button type="button" class="button" disabled=${state.loading} onClick=${() => session.loadEarlier()}>${state.loading && html`<${Spinner} />`}${words.earlier}</button>
  </div>`;
}

const LENGTH = 40;

/**
 * The items in segments whose borders stay where they are when older items are put before them.
 * @param {ThreadItem[]} items @param {number} prepended @param {boolean} answering
 */
function segmentsOf(items, prepended, answering) {
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
const Segment = memo((/** @type {SegmentProps} */ { items, asked, next, last, answering }) => {
  const rows = items.map((item, place) => {
    if (item.type === "user_message") asked = item.id;
    const following = items[place + 1]?.type ?? next;
    const newest = last && place === items.length - 1;
    const ended = item.type !== "user_message" && ["", "user_message"].includes(following) && !(newest && answering);
    return html`<${Row} key=${item.id} item=${item} ended=${ended} asked=${ended ? asked : null} last=${newest} waits=${newest && !answering} />`;
  });
  return html`<div class="segment">${rows}</div>`;
}, same);

export function Thread() {
  const { state, words, session, options } = usePanel();
  const { items, notices, progress, error, earlier } = state.conversation;
  const scroller = useRef(null);
  const { away, onScroll, toEnd, first } = useReading(scroller, state);
  const asked = items.findLast(({ type }) => type === "user_message");
  const last = items.at(-1);
  const again = asked && !asked.sending ? () => session.retry(asked.id) : null;
  const writes = last?.streaming && last.type === "assistant_message";
  const remember = () => {
    if (first.current?.element.isConnected) first.current.top = first.current.element.getBoundingClientRect().top;
  };
  const scrolled = () => (onScroll(), remember());
  return html`<div class="thread" part="thread" ref=${scroller} onScroll=${scrolled} tabindex="0" role="log" aria-live="off" aria-label=${options.frameTitle ?? words.assistant} aria-busy=${state.answering}>
    <div class="items">
      ${earlier && html`<${Earlier} />`}
      ${segmentsOf(items, state.conversation.prepended, state.answering).map((segment) => html`<${Segment} ...${segment} />`)}
      ${notices.map((notice) => html`<${Notice} notice=${notice} />`)}
      ${error && html`<${AnswerError} error=${error} again=${again} />`}
      ${state.failure && html`<${FailureBox} failure=${state.failure} again=${state.again} />`}
      ${state.answering && (state.reconnecting || !writes) && html`<p class="progress" part="progress">${progress?.icon ? html`<${Icon} name=${progress.icon} />` : html`<i class="pulse" />`}<span class="shimmer" dir="auto">${state.reconnecting ? words.offline_next : progress?.text || words.working}</span></p>`}
    </div>
  </div>
  ${away && html`<div class="to-end"><${IconButton} icon="arrow-down" label=${words.latest} onClick=${toEnd} /></div>`}`;
}
