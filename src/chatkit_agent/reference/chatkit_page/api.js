/**
 * The one endpoint of ChatKit: operations that answer with JSON, others that stream events, and
 * what goes wrong, in words that say what to do next.
 */

/** @import { FailureKind, PanelOptions, StreamEvent } from "./types" */

const PATIENCE = 30_000;
const RESUME = "X-ChatKit-Resume";

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
async function refusalOf(response, url) {
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

export class Api {
  /** @param {PanelOptions["api"]} options @param {string} locale */
  constructor(options, locale) {
    this.url = options.url;
    this.send = options.fetch ?? ((/** @type {any} */ url, /** @type {any} */ init) => fetch(url, init));
    this.locale = locale;
    /** Whether this server lets an answer go on when its reader leaves. */
    this.resumes = false;
  }

  /** @param {string} type @param {object} params @returns {Promise<any>} */
  async ask(type, params) {
    return (await this.#asked(type, params)).body;
  }

  /** With whether an answer is being written in it. @param {string} threadId @returns {Promise<{ thread: any, answering: boolean }>} */
  async thread(threadId) {
    const { body, response } = await this.#asked("threads.get_by_id", { thread_id: threadId });
    return { thread: body, answering: response.headers.get(RESUME) === "answering" };
  }

  /** @param {string} type @param {object} params */
  async #asked(type, params) {
    const response = await this.#post(type, params, AbortSignal.timeout(PATIENCE));
    const body = await response.json().catch(() => {
      throw new Failure("not_chat", { url: this.url });
    });
    return { body, response };
  }

  /** @param {string} type @param {object} params @param {AbortSignal} signal @returns {AsyncGenerator<StreamEvent>} */
  async *stream(type, params, signal) {
    const response = await this.#post(type, params, signal);
    const kind = response.headers.get("content-type") ?? "";
    if (!response.body || !kind.startsWith("text/event-stream"))
      throw new Failure("not_chat", { said: kind, url: this.url });
    yield* eventsOf(response.body);
  }

  /** @param {string} type @param {object} params @param {AbortSignal} signal @returns {Promise<Response>} */
  async #post(type, params, signal) {
    const headers = { "Content-Type": "application/json", "Accept-Language": this.locale, [RESUME]: "1" };
    const body = JSON.stringify({ type, params });
    let response;
    try {
      response = await this.send(this.url, { method: "POST", headers, body, signal });
    } catch (error) {
      if (signal.aborted && signal.reason?.name !== "TimeoutError") throw error;
      throw failureOf(error, this.url);
    }
    if (!response.ok) throw await refusalOf(response, this.url);
    this.resumes = response.headers.has(RESUME);
    return response;
  }

  /** Uploads one file and gives what the server calls it. @param {File} file @param {any} strategy @returns {Promise<any>} */
  async upload(file, strategy) {
    if (strategy?.type === "direct") {
      const body = new FormData();
      body.append("file", file);
      const response = await this.send(strategy.uploadUrl, { method: "POST", body });
      if (!response.ok) throw await refusalOf(response, strategy.uploadUrl);
      return response.json();
    }
    const { name, size, type } = file;
    const mime_type = type || "application/octet-stream";
    const { upload_descriptor: target, ...attachment } = await this.ask("attachments.create", { name, size, mime_type });
    if (target) {
      // The address is signed for this one file: no header of the page's own goes there.
      const response = await fetch(target.url, { method: target.method, headers: target.headers ?? {}, body: file });
      if (!response.ok) throw await refusalOf(response, target.url);
    }
    return attachment;
  }
}

/** @param {ReadableStream<Uint8Array>} body @returns {AsyncGenerator<StreamEvent>} */
export async function* eventsOf(body) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const frames = (rest + value).replaceAll("\r\n", "\n").split("\n\n");
      rest = frames.pop() ?? "";
      for (const frame of frames) {
        const lines = frame.split("\n").filter((line) => line.startsWith("data:"));
        if (lines.length) yield JSON.parse(lines.map((line) => line.slice(5)).join("\n"));
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
