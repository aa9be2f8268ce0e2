/** The chat's page: where the chat is, and who is signed in. It is yours to change. */
import "./chatkit-panel.js";

// The chat's address, as seen from this file.
const CHAT = "../../chatkit";
// What takes a name and a password and gives a token; without one there is no form.
const SIGN_IN = "";
// The field of the name where it takes JSON, such as "email"; "" where it takes a form.
const SIGN_IN_NAME = "";
// The field of its answer that is the token.
const SIGN_IN_TOKEN = "access_token";
// Where the token goes: "header", "query", or "cookie", which the browser sends by itself.
const TOKEN_IN = "header";
const TOKEN_NAME = "Authorization";
const TOKEN_SCHEME = "Bearer";
const ATTACHMENTS = "off";
const DICTATION = "off";

const panel = /** @type {any} */ (document.querySelector("chatkit-panel"));
const chat = /** @type {HTMLElement} */ (document.querySelector("#chat"));
const form = /** @type {HTMLFormElement} */ (document.querySelector("#sign-in"));

/** In memory only: whoever reloads the page signs in again. @type {string | null} */
let token = null;
/** @type {Promise<void> | null} */
let signingIn = null;

/**
 * YOURS: the token of the person who is signed in, or null.
 * Where another page of the application signs people in, take it from there, such as
 *   return localStorage.getItem("access_token");
 * @returns {Promise<string | null>}
 */
async function getToken() {
  return token;
}

/** @param {string | URL} url @param {RequestInit} init */
async function send(url, init) {
  const value = TOKEN_IN === "cookie" ? null : await getToken();
  if (value === null) return fetch(url, init);
  const address = new URL(url, location.href);
  const headers = new Headers(init.headers);
  if (TOKEN_IN === "query") address.searchParams.set(TOKEN_NAME, value);
  else headers.set(TOKEN_NAME, `${TOKEN_SCHEME} ${value}`.trim());
  return fetch(address, { ...init, headers });
}

/** A request that is refused waits for the sign-in. @param {string | URL} url @param {RequestInit} init */
async function sendSignedIn(url, init = {}) {
  const answer = await send(url, init);
  if (answer.status !== 401 || SIGN_IN === "") return answer;
  await signIn();
  return send(url, init);
}

function signIn() {
  signingIn ??= new Promise((done) => {
    showForm(true);
    form.onsubmit = async (event) => {
      event.preventDefault();
      if (!(await askForToken())) return;
      showForm(false);
      signingIn = null;
      done();
    };
  });
  return signingIn;
}

/** @param {boolean} shown */
function showForm(shown) {
  form.hidden = !shown;
  chat.hidden = shown;
  if (shown) form.querySelector("input")?.focus();
  else form.reset();
}

async function askForToken() {
  const problem = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  problem.textContent = "";
  button.disabled = true;
  try {
    const answer = await fetch(new URL(SIGN_IN, import.meta.url), { method: "POST", ...given() });
    const said = await answer.json().catch(() => ({}));
    token = answer.ok ? (said[SIGN_IN_TOKEN] ?? null) : null;
    if (token === null) problem.textContent = reasonOf(answer, said.detail);
  } catch {
    problem.textContent = "The server cannot be reached. Try again in a moment.";
  } finally {
    button.disabled = false;
  }
  return token !== null;
}

/** What the person wrote into the form, as the application takes it. */
function given() {
  const fields = new FormData(form);
  if (SIGN_IN_NAME === "") return { body: new URLSearchParams(/** @type {any} */ (fields)) };
  const body = { [SIGN_IN_NAME]: fields.get("username"), password: fields.get("password") };
  return { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
}

/** @param {Response} answer @param {unknown} detail */
function reasonOf(answer, detail) {
  if (typeof detail === "string" && answer.status < 404) return detail;
  const { pathname } = new URL(SIGN_IN, import.meta.url);
  return `${pathname} answered ${answer.status} and gave no token.`;
}

// The conversation is in the page's address, so that a reload opens it again.
panel.addEventListener("chatkit.thread.change", (/** @type {CustomEvent} */ { detail }) => {
  history.replaceState(null, "", detail.threadId ? `#${detail.threadId}` : location.pathname);
});
panel.setOptions({
  api: {
    url: new URL(CHAT, import.meta.url).href,
    fetch: sendSignedIn,
    uploadStrategy: { type: "two_phase" },
  },
  initialThread: location.hash.slice(1) || null,
  composer: {
    attachments: { enabled: ATTACHMENTS === "on" },
    dictation: { enabled: DICTATION === "on" },
  },
  threadItemActions: { retry: true },
});
