/** The protocol: operations, failures, and what a conversation holds after each event. */

/** @import { Answer, Conversation, FailureKind, PanelOptions, StreamEvent, ThreadItem } from "./types" */

const PATIENCE = 30_000;
const RESUME = "X-ChatKit-Resume";

export class Failure extends Error {
  name = "ChatKitFailure";
  kind = /** @type {FailureKind} */ ("failed");
  said = "";
  status = 0;
  code = "";
  retry = true;
  url = "";

  /** @param {FailureKind} kind @param {Partial<Failure>} [details] */
  constructor(kind, details = {}) {
    super(details.said || kind);
    Object.assign(this, { kind, ...details });
  }
}

/** @type {Record<number, FailureKind>} */
const KINDS = { 401: "signed_out", 403: "forbidden", 404: "gone", 409: "busy", 429: "limited", 502: "away", 504: "away" };

/** @param {Response} response @param {string} url */
async function refusalOf(response, url) {
  const body = await response.json().catch(() => null);
  const error = body?.error ?? {};
  // FastAPI's own: a text, or what is wrong with each part of the request.
  const told = (/** @type {any} */ one) => (typeof one === "string" ? one : [one.loc?.join(" "), one.msg].filter(Boolean).join(": "));
  const detail = [body?.detail ?? ""].flat().map(told).join("; ");
  const said = typeof error === "string" ? error : (error.message ?? detail);
  const { status } = response;
  const code = error.code ?? "";
  let kind = KINDS[status] ?? (status >= 500 ? "unavailable" : "refused");
  // A 404 that has no code of the chat's is the web server's own.
  if (status === 404 && !code) kind = "missing";
  if (code === "not_configured") kind = "setup";
  const retry = ![400, 403, 404, 413, 415, 422, 501].includes(status);
  return new Failure(kind, { said: kind === "missing" ? "" : said, status, code, retry, url });
}

/** @param {unknown} error @param {string} url */
export function failureOf(error, url, offline = !navigator.onLine) {
  if (error instanceof Failure) return error;
  if (error instanceof TypeError || /** @type {any} */ (error)?.name === "TimeoutError")
    return new Failure(offline ? "offline" : "away", { url });
  return new Failure("failed", { said: String(/** @type {any} */ (error)?.message ?? error ?? ""), url });
}

export class Api {
  /** @param {PanelOptions["api"]} options @param {string} locale */
  constructor(options, locale) {
    this.url = options.url;
    this.given = options.fetch;
    this.send = options.fetch ?? ((url, init) => fetch(url, init));
    this.locale = locale;
    /** Whether this server lets an answer go on when its reader leaves. */
    this.resumes = false;
  }

  /** @param {string} type @param {object} params @returns {Promise<Answer>} */
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
    const headers = { "Content-Type": "application/json", "Accept-Language": this.locale.replace(/[^\w-]/g, ""), [RESUME]: "1" };
    const body = JSON.stringify({ type, params });
    // Then nothing was sent, and may be sent by itself later.
    const offline = !navigator.onLine;
    let response;
    try {
      response = await this.send(this.url, { method: "POST", headers, body, signal });
    } catch (error) {
      if (signal.aborted && signal.reason?.name !== "TimeoutError") throw error;
      throw failureOf(error, this.url, offline);
    }
    if (!response.ok) throw await refusalOf(response, this.url);
    this.resumes = response.headers.has(RESUME);
    return response;
  }

  /** @param {File} file @param {any} strategy @returns {Promise<any>} */
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

/** @type {Conversation} */
export const EMPTY = { thread: null, items: [], earlier: null, prepended: 0, progress: null, notices: [], canStop: true, error: null };

/** @param {Conversation} now @param {ThreadItem} item @returns {Conversation} */
const put = (now, item) => {
  const place = now.items.findLastIndex((one) => one.id === item.id);
  if (place < 0) return { ...now, items: [...now.items, item] };
  return { ...now, items: now.items.with(place, item) };
};

/** @param {Conversation} now @param {any} thread @returns {Conversation} */
const withThread = (now, { items: _, ...thread }) => ({ ...now, thread: { ...now.thread, ...thread } });

/** @param {Conversation} now @param {ThreadItem} item */
const finished = (now, item) => {
  // As the server keeps it, in place of the one that was shown.
  const items = item.type === "user_message" ? now.items.filter((one) => !one.sending) : now.items;
  return { ...put({ ...now, items }, item), progress: null };
};

/** What is asked for may be called `constructor`. @template T @param {Record<string, T>} table @param {string} key @returns {T | undefined} */
export const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);

/** @type {Record<string, (now: Conversation, event: any) => Conversation>} */
export const EVENTS = {
  "thread.created": (now, { thread }) => withThread(now, thread),
  "thread.updated": (now, { thread }) => withThread(now, thread),
  "thread.item.added": (now, { item }) => put({ ...now, progress: null }, { ...item, streaming: true }),
  "thread.item.done": (now, { item }) => finished(now, item),
  "thread.item.replaced": (now, { item }) => put(now, item),
  "thread.item.removed": (now, { item_id }) => ({ ...now, items: now.items.filter(({ id }) => id !== item_id) }),
  "thread.item.updated": (now, { item_id, update }) => {
    const item = now.items.findLast(({ id }) => id === item_id);
    const change = own(UPDATES, update.type);
    return item && change ? put({ ...now, progress: null }, change(item, update)) : now;
  },
  stream_options: (now, { stream_options }) => ({ ...now, canStop: stream_options.allow_cancel }),
  progress_update: (now, { icon, text }) => ({ ...now, progress: text ? { icon, text } : null }),
  notice: (now, { level, message, title }) => ({ ...now, notices: [...now.notices, { level, message, title }] }),
  error: (now, { code, message, allow_retry }) => ({ ...now, error: { code, message, retry: allow_retry } }),
  // Handed to the page by the session.
  client_effect: (now) => now,
};

/** @param {any} item @param {number} index @param {(part: any) => any} change @returns {any} */
const part = (item, index, change) => {
  const content = [...item.content];
  content[index] = change(content[index] ?? { type: "output_text", text: "", annotations: [] });
  return { ...item, content };
};

/** @param {any} item @param {number} index @param {any} task @returns {any} */
const task = (item, index, task) => {
  const tasks = [...item.workflow.tasks];
  tasks[index] = task;
  return { ...item, workflow: { ...item.workflow, tasks } };
};

/** @param {any} node @param {string} id @param {(node: any) => any} change @returns {any} */
const component = (node, id, change) => {
  if (node.id === id) return change(node);
  if (!node.children) return node;
  const { children } = node;
  return {
    ...node,
    children: Array.isArray(children) ? children.map((child) => component(child, id, change)) : component(children, id, change),
  };
};

/** @type {Record<string, (item: any, update: any) => any>} */
export const UPDATES = {
  "assistant_message.content_part.added": (item, { content_index, content }) => part(item, content_index, () => content),
  "assistant_message.content_part.done": (item, { content_index, content }) => part(item, content_index, () => content),
  "assistant_message.content_part.text_delta": (item, { content_index, delta }) =>
    part(item, content_index, (old) => ({ ...old, text: old.text + delta })),
  "assistant_message.content_part.annotation_added": (item, { content_index, annotation_index, annotation }) =>
    part(item, content_index, (old) => ({ ...old, annotations: old.annotations.toSpliced(annotation_index, 0, annotation) })),
  "widget.streaming_text.value_delta": (item, { component_id, delta, done }) => ({
    ...item,
    widget: component(item.widget, component_id, (old) => ({ ...old, value: (old.value ?? "") + delta, streaming: !done })),
  }),
  "widget.root.updated": (item, { widget }) => ({ ...item, widget }),
  "widget.component.updated": (item, update) => ({
    ...item,
    widget: component(item.widget, update.component_id, () => update.component),
  }),
  "workflow.task.added": (item, update) => task(item, update.task_index, update.task),
  "workflow.task.updated": (item, update) => task(item, update.task_index, update.task),
  "generated_image.updated": (item, { image, progress }) => ({ ...item, image, progress }),
};

/** @param {Conversation} now @param {StreamEvent} event @returns {Conversation} */
export const after = (now, event) => own(EVENTS, event.type)?.(now, event) ?? now;
