/** The items of a conversation, in a view that follows the answer while the reader is at its end. */
import { html, Icon, IconButton, Spinner, useEffect, useLayoutEffect, useRef, usePanel, useState } from "../ui.js";
import { AnswerError, FailureBox, Notice } from "./states.js";
import { Segment, segmentsOf } from "./segments.js";

const NEAR = 48;

/** Keeps what is read in its place while older items are put before it, and follows what is written. @param {any} scroller @param {any} state */
function useReading(scroller, state) {
  const atEnd = useRef(true);
  const [away, setAway] = useState(false);
  const first = useRef(/** @type {any} */ (null));
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
  const place = useRef(/** @type {any} */ (null));
  useEffect(() => {
    const watcher = new IntersectionObserver(([entry]) => entry.isIntersecting && session.loadEarlier(), { rootMargin: "400px 0px 0px" });
    watcher.observe(place.current);
    return () => watcher.disconnect();
  }, [state.conversation.earlier]);
  return html`<div class="earlier" ref=${place}>
    <button type="button" class="button" disabled=${state.loading} onClick=${() => session.loadEarlier()}>${state.loading && html`<${Spinner} />`}${words.earlier}</button>
  </div>`;
}

export function Thread() {
  const { state, words, session, options } = usePanel();
  const { items, notices, progress, error, earlier } = state.conversation;
  const scroller = useRef(/** @type {any} */ (null));
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
