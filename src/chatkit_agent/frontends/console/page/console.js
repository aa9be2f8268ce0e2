/** The console: the chat at the left, and at the right what passes between its parts. */
import "/_console/chatkit/chatkit-panel.js";
import { Checks } from "./checks.js";
import { html, render, useEffect, useState } from "./dom.js";
import { Model } from "./model.js";
import { remembered, resizable } from "./dividers.js";
import { Rows } from "./rows.js";
import { Tools } from "./tools.js";
import { Wire } from "./wire.js";

const BUSY = 300;
const IDLE = 2000;
const panel = /** @type {any} */ (document.querySelector("chatkit-panel"));
const find = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const ask = async (/** @type {string} */ path) => (await fetch(`/_console/${path}`)).json();

const about = await ask("about");
/** @type {string[]} */
const prompts = about.prompts;
const state = {
  person: about.people[0] ?? "",
  // In memory only: a reload forgets it.
  token: "",
  /** @type {string | null} */
  thread: null,
  tab: remembered.all().tab ?? "wire",
  filter: "",
  /** @type {any} */
  saved: null,
  /** @type {Map<number, any>} */
  exchanges: new Map(),
  /** @type {any} */
  seen: { model: [], tools: [], rows: null, checks: null },
};

/** @type {{ id: string, title: string, count: () => number, view: () => any }[]} */
const TABS = [
  { id: "wire", title: "Wire", count: () => state.exchanges.size, view: () => html`<${Wire} exchanges=${[...state.exchanges.values()]} about=${about} filter=${state.filter} setFilter=${(/** @type {string} */ text) => change({ filter: text })} save=${state.thread ? saveAsTest : null} saved=${state.saved} />` },
  { id: "model", title: "Model", count: () => state.seen.model.length, view: () => html`<${Model} calls=${state.seen.model} />` },
  ...(about.tools ? [{ id: "tools", title: "Tools", count: () => state.seen.tools.length, view: () => html`<${Tools} calls=${state.seen.tools} ask=${send} person=${state.person} />` }] : []),
  { id: "checks", title: "Checks", count: () => 0, view: () => html`<${Checks} checks=${state.seen.checks} run=${runChecks} />` },
  { id: "rows", title: "Rows", count: () => 0, view: () => html`<${Rows} rows=${state.seen.rows} thread=${state.thread} />` },
];

/** @param {Partial<typeof state>} more */
function change(more) {
  Object.assign(state, more);
  draw();
}

function draw() {
  render(html`<${Bar} />`, find("bar"));
  render(html`<${Inspector} />`, find("inspector"));
}

function Bar() {
  return html`<h1>${about.name}</h1>
    <a href=${about.application} target="_blank" rel="noreferrer">${about.application.replace("http://", "")}${about.path}</a>
    <div class="who">${about.who === "own" ? html`<${Own} />` : about.people.length ? html`<${Two} />` : html`<span class="note">No sign-in: everybody is one person</span>`}</div>`;
}

function Two() {
  return html`<span id="who">Signed in as</span>
    <div class="choice" role="group" aria-labelledby="who">
      ${about.people.map((/** @type {string} */ name) => html`<button key=${name} type="button" aria-pressed=${String(name === state.person)} onClick=${() => become(name)}>${name}</button>`)}
    </div>`;
}

function Own() {
  const given = (/** @type {any} */ event) => {
    state.token = event.target.value.trim();
    reopen();
  };
  if (!about.sign_in)
    return html`<a href=${about.application} target="_blank" rel="noreferrer">Sign in on the application's page</a>
    <input class="field" type="password" autocomplete="off" placeholder="or paste a token" aria-label="Your token, kept in this page's memory only" onChange=${given} />`;
  return html`${about.people.length > 0 && html`<${Two} />`}
    <button class="action" type="button" popovertarget="sign-in">${about.people.length ? "Somebody else" : "Sign in"}</button>
    <${SignIn} />`;
}

function SignIn() {
  const [problem, setProblem] = useState("");
  useEffect(() => void (about.people.length || find("sign-in").showPopover()), []);
  const submit = async (/** @type {any} */ event) => {
    event.preventDefault();
    const body = JSON.stringify(Object.fromEntries(new FormData(event.target)));
    const said = await (await fetch("/_console/sign_in", { method: "POST", body })).json().catch((/** @type {Error} */ error) => ({ error: error.message }));
    if (said.error) return setProblem(said.error);
    about.people = said.people;
    event.target.hidePopover();
    event.target.reset();
    setProblem("");
    become(said.people.at(-1));
  };
  return html`<form id="sign-in" class="popover" popover="auto" onSubmit=${submit}>
    <input class="field" name="username" autocomplete="username" placeholder=${about.sign_in_with} aria-label=${about.sign_in_with} required />
    <input class="field" name="password" type="password" autocomplete="current-password" placeholder="Password" aria-label="Password" required />
    <p class="said">Sent to <span class="mono">${about.sign_in}</span>; the token stays in the tool.</p>
    ${problem && html`<p class="bad" role="alert">${problem}</p>`}
    <button class="action primary">Sign in</button>
  </form>`;
}

/** @param {string} name */
function become(name) {
  if (name === state.person) return;
  change({ person: name });
  reopen();
}

function Inspector() {
  const chosen = TABS.find(({ id }) => id === state.tab) ?? TABS[0];
  const moved = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    choose(TABS[(TABS.indexOf(chosen) + step + TABS.length) % TABS.length].id);
    /** @type {HTMLElement | null} */ (document.querySelector('[aria-selected="true"]'))?.focus();
  };
  return html`<div class="tabs" role="tablist" onKeyDown=${moved}>
      ${TABS.map(({ id, title, count }) => html`<button key=${id} id=${`tab-${id}`} role="tab" type="button" aria-selected=${String(id === chosen.id)} aria-controls="pane" tabindex=${id === chosen.id ? 0 : -1} onClick=${() => choose(id)}>${title}${count() > 0 && html`<span class="count">${count()}</span>`}</button>`)}
    </div>
    <div id="pane" role="tabpanel" aria-labelledby=${`tab-${chosen.id}`}>${chosen.view()}</div>`;
}

/** @param {string} tab */
function choose(tab) {
  remembered.set({ tab });
  change({ tab });
  look();
}

/** Who asks goes in a header of the console's own: no token of theirs is in this page. */
const send = (/** @type {any} */ url, /** @type {any} */ init = {}) => {
  const headers = new Headers(init.headers);
  if (state.person) headers.set("X-Console-Person", state.person);
  if (state.token) headers.set(about.header, about.before + state.token);
  return fetch(url, { ...init, headers });
};

function reopen() {
  // Another function, so that the element asks anew who this is.
  panel.setOptions({
    api: { url: about.path, fetch: (/** @type {any} */ url, /** @type {any} */ init) => send(url, init) },
    // Before anybody signed in, the list of theirs would only be refused.
    history: { enabled: !about.sign_in || !!state.person },
    threadItemActions: { feedback: true, retry: true },
    startScreen: { prompts: prompts.map((text) => ({ label: text, prompt: text })) },
  });
  panel.setThreadId(null);
}

let busy = 0;
let timer = /** @type {any} */ (0);

/** Looks at what happened since, and soon again while an answer is being written. */
async function look() {
  clearTimeout(timer);
  try {
    await Promise.all([lookAtWire(), lookAt("model"), lookAt("tools"), state.tab === "rows" && lookAtRows(), state.tab === "checks" && lookAtChecks()]);
    draw();
  } catch {
    // The console was ended, or is being started again: ask later.
  }
  clearTimeout(timer);
  timer = setTimeout(look, document.hidden ? 4 * IDLE : busy || state.seen.checks?.doctor.running || state.seen.checks?.verify.running ? BUSY : IDLE);
}

async function lookAtWire() {
  const known = [...state.exchanges.values()];
  const query = new URLSearchParams({ after: String(Math.max(0, ...known.map(({ number }) => number))) });
  for (const one of known) if (one.ms === null) query.append("open", String(one.number));
  for (const one of await ask(`wire?${query}`)) state.exchanges.set(one.number, one);
}

/** @param {"model" | "tools"} part */
async function lookAt(part) {
  if (part === "model" || about.tools) state.seen[part] = await ask(part);
}

async function saveAsTest() {
  const body = JSON.stringify({ thread: state.thread });
  const saved = await (await send("/_console/save", { method: "POST", body })).json().catch((/** @type {Error} */ error) => ({ error: error.message }));
  change({ saved });
}

async function lookAtChecks() {
  state.seen.checks = await ask("checks");
}

/** @param {string} kind */
async function runChecks(kind) {
  await fetch(`/_console/checks/${kind}`, { method: "POST" });
  look();
}

async function lookAtRows() {
  state.seen.rows = state.thread ? await ask(`rows?thread=${encodeURIComponent(state.thread)}`) : null;
}

panel.addEventListener("chatkit.thread.change", (/** @type {any} */ { detail }) => {
  state.thread = detail.threadId ?? null;
  state.saved = null;
  look();
});
panel.addEventListener("chatkit.response.start", () => {
  busy += 1;
  look();
});
panel.addEventListener("chatkit.response.end", () => {
  busy = Math.max(0, busy - 1);
  look();
});
document.addEventListener("redraw", draw);
document.addEventListener("visibilitychange", () => document.hidden || look());
resizable(find("panes"), find("divider"));
reopen();
draw();
look();
