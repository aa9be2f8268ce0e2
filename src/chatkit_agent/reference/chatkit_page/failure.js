/** What goes wrong, in words that say what to do next. */

/** @import { FailureKind } from "./types" */

/** A request that was not served. `said` is what the server says about it. */
export class Failure extends Error {
  /** @param {FailureKind} kind @param {{ said?: string, status?: number, code?: string, retry?: boolean, url?: string }} [details] */
  constructor(kind, { said = "", status = 0, code = "", retry = true, url = "" } = {}) {
    super(said || kind);
    this.name = "ChatKitFailure";
    this.kind = kind;
    this.said = said;
    this.status = status;
    this.code = code;
    this.retry = retry;
    this.url = url;
  }
}

/** @type {Record<number, FailureKind>} */
const KINDS = { 401: "signed_out", 403: "forbidden", 404: "gone", 409: "busy", 429: "busy", 502: "away", 504: "away" };

/** Reads what a server that refuses has to say. @param {Response} response @param {string} url */
export async function refusalOf(response, url) {
  const body = await response.json().catch(() => null);
  const error = body?.error ?? {};
  const detail = typeof body?.detail === "string" ? body.detail : "";
  const said = typeof error === "string" ? error : (error.message ?? detail);
  const { status } = response;
  const code = error.code ?? "";
  let kind = KINDS[status] ?? (status >= 500 ? "unavailable" : "refused");
  // A 404 that has no code of the chat's is the web server's own.
  if (status === 404 && !code) kind = "missing";
  if (code === "not_configured") kind = "setup";
  const retry = ![403, 404, 413, 415, 501].includes(status);
  return new Failure(kind, { said: kind === "missing" ? "" : said, status, code, retry, url });
}

/** @param {unknown} error @param {string} url */
export function failureOf(error, url) {
  if (error instanceof Failure) return error;
  if (error instanceof TypeError || /** @type {any} */ (error)?.name === "TimeoutError")
    return new Failure(navigator.onLine ? "away" : "offline", { url });
  return new Failure("failed", { said: String(/** @type {any} */ (error)?.message ?? error), url });
}
