/** Wire: each request to the chat and each event of its answer, with the time since the question. */
import { brief, html, Line, pretty, size, took } from "./dom.js";

/** @param {any} exchange */
export const operation = (exchange) => exchange.body?.type ?? `${exchange.method} ${exchange.path}`;

/** What an event is about, in a few words. @param {any} data */
function gist(data) {
  const { type, update, item, thread, ...others } = data ?? {};
  if (update) return [update.type?.replace("assistant_message.", ""), update.delta ?? update.content?.text ?? update.task?.title].filter(Boolean).map(brief).join("  ");
  if (item) return [item.type, item.content?.map?.((/** @type {any} */ part) => part.text).join(" ")].filter(Boolean).map(brief).join("  ");
  if (thread) return brief(thread.title ?? thread.id);
  return others.text ? brief(others.text) : brief(type ? others : data);
}

/** @param {any} event */
const isText = ({ data }) => /text_delta$/.test(data?.update?.type ?? "");

/** The events, but for pieces of one text, which are one line together. @param {any[]} events @returns {any[][]} */
function grouped(events) {
  /** @type {any[][]} */
  const groups = [];
  for (const event of events) {
    const last = groups.at(-1);
    if (last && isText(event) && isText(last[0]) && event.data.item_id === last[0].data.item_id) last.push(event);
    else groups.push([event]);
  }
  return groups;
}

/** @param {any} exchange */
const question = ({ body }) => {
  const parts = body?.params?.input?.content ?? [];
  return parts.map((/** @type {any} */ part) => part.text).join(" ") || brief(body?.params ?? "");
};

/** A command that asks the same again; the token is the reader's to fill in. @param {any} exchange @param {any} about */
export function curl(exchange, about) {
  const quoted = (/** @type {string} */ text) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [`curl -N -X ${exchange.method} ${quoted(about.application + exchange.path)}`];
  if (about.who !== "one") lines.push(`-H "${about.header}: ${about.before}$TOKEN"`);
  if (exchange.body !== null) lines.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(exchange.body))}`);
  return lines.join(" \\\n  ");
}

/** @param {string} text @param {any[]} events */
const filtered = (text, events) => (text ? events.filter((event) => JSON.stringify(event.data).toLowerCase().includes(text)) : events);

/** @param {{ exchanges: any[], about: any, filter: string, setFilter: (text: string) => void, save: (() => void) | null, saved: any }} props */
export function Wire({ exchanges, about, filter, setFilter, save, saved }) {
  const wanted = filter.toLowerCase();
  const shown = exchanges.filter((one) => !wanted || JSON.stringify([operation(one), one.body, one.events]).toLowerCase().includes(wanted));
  return html`<div class="tools">
      <input class="field" type="search" placeholder="Filter requests and events" aria-label="Filter requests and events" value=${filter} onInput=${(/** @type {any} */ event) => setFilter(event.target.value)} />
      <a class="action" href="/_console/trace" download="trace.json" title="For chatkit-agent doctor --trace">Export</a>
      <button class="action" type="button" disabled=${!save} title="Writes this conversation into the tests of your project" onClick=${save}>Save as test</button>
    </div>
    <div class="scroll">
      ${saved?.error && html`<p class="told bad" role="status">${saved.error}</p>`}
      ${saved?.written && html`<p class="told" role="status">Written: <span class="mono">${saved.written.join(", ")}</span>. It runs without a network, and fails where the chat says or asks something else.</p>`}
      ${shown.map((one) => html`<${Exchange} key=${one.number} one=${one} about=${about} wanted=${wanted} />`)}
      ${!shown.length && html`<p class="empty">${exchanges.length ? "Nothing here has this in it." : "Ask something in the chat. Each request and each event of its answer is shown here."}</p>`}
    </div>`;
}

/** @param {any} props */
function Exchange({ one, about, wanted }) {
  const isBad = one.failure || one.status >= 400;
  const line = html`<span class="at">${one.at.toFixed(2)} s</span>
    <span class="name">${operation(one)}</span><span class="said">${question(one)}</span>
    <span class=${isBad ? "bad" : "good"}>${one.status ?? (one.ms === null ? "…" : "none")}</span>
    <span class="size">${size(one.received)}</span><span class="took">${took(one.ms)}</span>`;
  return html`<${Line} id=${`wire ${one.number}`} kind="wire" line=${line} inside=${() => html`<${Inside} one=${one} about=${about} wanted=${wanted} />`} />`;
}

/** @param {any} props */
function Inside({ one, about, wanted }) {
  const copy = (/** @type {any} */ event) => {
    const button = event.currentTarget;
    navigator.clipboard.writeText(curl(one, about)).then(() => {
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy as curl"), 1200);
    });
  };
  return html`<div class="inside wide">
    <p class="facts">
      ${one.person && html`<span>as <b>${one.person}</b></span>`}
      <span>sent <b>${size(one.sent)}</b></span>
      <span>headers <b>${took(one.headers_ms)}</b></span>
      <span>first byte <b>${took(one.first_byte_ms)}</b></span>
      ${one.first_text_ms !== null && html`<span>first text <b>${took(one.first_text_ms)}</b></span>`}
      ${one.failure && html`<span class="bad">${one.failure}</span>`}
      <button class="action" type="button" onClick=${copy}>Copy as curl</button>
    </p>
    <${Line} id=${`wire ${one.number} sent`} kind="event" line=${html`<span class="at">0 ms</span><span class="name">sent</span><span class="said mono">${brief(one.body)}</span><span class="size">${size(one.sent)}</span>`} inside=${() => html`<div class="inside"><pre>${pretty(one.body)}</pre></div>`} />
    ${one.answer !== null && !one.stream && html`<${Line} id=${`wire ${one.number} answer`} kind="event" line=${html`<span class="at">${took(one.first_byte_ms)}</span><span class="name">answer</span><span class="said mono">${brief(one.answer)}</span><span class="size">${size(one.received)}</span>`} inside=${() => html`<div class="inside"><pre>${pretty(one.answer)}</pre></div>`} />`}
    ${grouped(filtered(wanted, one.events)).map((group, index) => (group.length > 1 ? html`<${Text} key=${index} id=${`wire ${one.number} text ${group[0].ms}`} group=${group} />` : html`<${Event} key=${index} id=${`wire ${one.number} ${group[0].ms}`} event=${group[0]} />`))}
  </div>`;
}

/** @param {{ id: string, event: any }} props */
const Event = ({ id, event }) =>
  html`<${Line} id=${id} kind="event" line=${html`<span class="at">${took(event.ms)}</span><span class="name">${event.data?.type ?? "event"}</span><span class="said">${gist(event.data)}</span><span class="size">${size(event.size)}</span>`} inside=${() => html`<div class="inside"><pre>${pretty(event.data)}</pre></div>`} />`;

/** Pieces of a text that streams, and how fast they came. @param {{ id: string, group: any[] }} props */
function Text({ id, group }) {
  const spent = (group.at(-1).ms - group[0].ms) / 1000;
  const words = group.map(({ data }) => data.update.delta ?? "").join("");
  const pace = spent > 0 ? `${Math.round(group.length / spent)} a second` : "at once";
  const line = html`<span class="at">${took(group[0].ms)}</span><span class="name">text <span class="count">${group.length} pieces, ${pace}</span></span><span class="said">${brief(words)}</span><span class="size">${size(group.reduce((sum, one) => sum + one.size, 0))}</span>`;
  return html`<${Line} id=${id} kind="event" line=${line} inside=${() => html`<div class="pieces">${group.map((event, index) => html`<${Event} key=${index} id=${`${id} ${index}`} event=${event} />`)}</div>`} />`;
}
