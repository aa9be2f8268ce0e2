/** The one endpoint of ChatKit: operations that answer with JSON, and others that stream events. */
import { Failure, failureOf, refusalOf } from "./failure.js";

/** @import { PanelOptions, StreamEvent } from "./types" */

const PATIENCE = 30_000;
const RESUME = "X-ChatKit-Resume";

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
