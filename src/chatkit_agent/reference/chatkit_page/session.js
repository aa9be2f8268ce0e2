/** One person's chat: the open conversation, and the list of them. */
import { after, Api, EMPTY, Failure, failureOf } from "./protocol.js";

/** @import { Host, SessionState, UserInput } from "./types" */

const PAGE = 50;

export class Session {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    /** @type {SessionState} */
    this.state = {
      conversation: EMPTY,
      threadId: null,
      loading: false,
      answering: false,
      reconnecting: false,
      failure: null,
      again: null,
      threads: { list: [], after: null, loaded: false, loading: false, failure: null },
    };
    this.api = new Api({ url: "" }, "en");
    /** @type {AbortController | null} */
    this.turn = null;
    this.follower = new Follower(this);
  }

  /** @param {Partial<SessionState>} change */
  set(change) {
    this.state = { ...this.state, ...change };
    this.host.changed();
  }

  /** @param {Partial<import("./types").Conversation>} change */
  setConversation(change) {
    this.set({ conversation: { ...this.state.conversation, ...change } });
  }

  /** @param {unknown} error @param {(() => void) | null} [again] */
  fail(error, again = null) {
    const failure = failureOf(error, this.api.url);
    this.set({ failure, again: failure.retry ? again : null });
    this.host.emit("error", { error: failure });
    return failure;
  }

  /** Null after a failure. @param {string} type @param {object} params @param {() => void} [again] */
  async ask(type, params, again) {
    try {
      return await this.api.ask(type, params);
    } catch (error) {
      this.fail(error, again);
      return null;
    }
  }

  /** The answer ends there, unless the server goes on without a reader. */
  leave() {
    this.turn?.abort();
    this.turn = null;
    this.follower.leave();
  }

  /** @param {string | null} threadId */
  async open(threadId) {
    this.leave();
    const changed = threadId !== this.state.threadId;
    this.set({ threadId, conversation: EMPTY, failure: null, again: null, answering: false, loading: threadId !== null });
    if (changed) this.host.emit("thread.change", { threadId });
    if (threadId) await this.load(threadId);
  }

  /** @param {string} threadId */
  async load(threadId) {
    this.host.emit("thread.load.start", { threadId });
    try {
      const { thread, answering } = await this.api.thread(threadId);
      const page = await this.api.ask("items.list", { thread_id: threadId, limit: PAGE, order: "desc" });
      if (this.state.threadId !== threadId) return;
      const { items: _, ...rest } = thread;
      const items = page.data.reverse();
      this.set({
        conversation: { ...EMPTY, thread: rest, items, earlier: page.has_more ? page.after : null },
        failure: null,
        again: null,
      });
      if (answering) this.follower.follow(threadId);
    } catch (error) {
      if (this.state.threadId === threadId) this.fail(error, () => this.open(threadId));
    } finally {
      if (this.state.threadId === threadId) this.set({ loading: false });
      this.host.emit("thread.load.end", { threadId });
    }
  }

  async loadEarlier() {
    const { threadId, conversation } = this.state;
    if (!threadId || !conversation.earlier || this.state.loading) return;
    this.set({ loading: true });
    try {
      const params = { thread_id: threadId, limit: PAGE, order: "desc", after: conversation.earlier };
      const page = await this.api.ask("items.list", params);
      if (this.state.threadId !== threadId) return;
      const { items, prepended } = this.state.conversation;
      const known = new Set(items.map(({ id }) => id));
      const older = page.data.reverse().filter(({ id }) => !known.has(id));
      this.setConversation({ items: [...older, ...items], prepended: prepended + older.length, earlier: page.has_more ? page.after : null });
    } catch (error) {
      this.fail(error, () => this.loadEarlier());
    } finally {
      this.set({ loading: false });
    }
  }

  /** @param {UserInput} input @param {string} [id] of what is sent again */
  async say(input, id = `sending-${Date.now()}`) {
    if (this.turn) return;
    const { threadId, conversation } = this.state;
    const { shown, ...sent } = input;
    const message = { ...sent, id, type: "user_message", attachments: shown ?? [], sending: true, again: () => this.say(input, id) };
    const before = conversation.items.filter((item) => item.id !== id);
    this.setConversation({ items: [...before, /** @type {any} */ (message)], notices: [], error: null });
    const type = threadId ? "threads.add_user_message" : "threads.create";
    await this.run(type, { ...(threadId && { thread_id: threadId }), input: sent }, message.again);
  }

  /** @param {string} itemId the message that is answered again */
  async retry(itemId) {
    if (this.turn) return;
    const { items } = this.state.conversation;
    const place = items.findIndex(({ id }) => id === itemId);
    this.setConversation({ items: items.slice(0, place + 1), error: null, notices: [] });
    await this.run("threads.retry_after_item", { thread_id: this.state.threadId, item_id: itemId }, () => this.retry(itemId));
    // What was there stays.
    if (this.state.conversation.items.at(-1)?.stopped) this.setConversation({ items });
  }

  /** @param {string} itemId @param {object} input */
  async answer(itemId, input) {
    await this.run("threads.add_structured_input", { thread_id: this.state.threadId, item_id: itemId, input });
  }

  /** @param {{ type: string, payload?: any }} action @param {string} [itemId] */
  async act(action, itemId, streaming = true) {
    const { threadId } = this.state;
    const params = { thread_id: threadId, ...(itemId && { item_id: itemId }), action };
    if (streaming) return this.run("threads.custom_action", params);
    const item = (await this.ask("threads.sync_custom_action", params))?.updated_item;
    if (item && this.state.threadId === threadId) this.receive({ type: "thread.item.replaced", item });
  }

  /** To its end, with the client's tools that it asks for. @param {string} type @param {object} params @param {(() => void) | null} [again] */
  async run(type, params, again = null) {
    if (this.turn) return;
    const turn = new AbortController();
    this.turn = turn;
    this.set({ answering: true, failure: null, again: null });
    this.host.emit("log", { name: type });
    this.host.emit("response.start");
    let begun = false;
    try {
      for await (const event of this.api.stream(type, params, turn.signal)) {
        if (this.turn !== turn) return;
        begun = true;
        this.receive(event);
      }
    } catch (error) {
      if (turn.signal.aborted || this.turn !== turn) return;
      if (await this.follower.takeOver(error, begun ? null : again)) return;
      const cut = begun && !(error instanceof Failure && error.kind === "not_chat");
      const { threadId } = this.state;
      if (cut && threadId) this.fail(new Failure("cut"), () => this.open(threadId));
      else this.fail(error, again);
    } finally {
      if (this.turn === turn) this.finish();
    }
    if (this.turn === null && !this.state.failure) await this.runClientTool();
  }

  /** @param {import("./types").StreamEvent} event */
  receive(event) {
    if (event.type === "client_effect") this.host.emit("effect", { name: event.name, data: event.data });
    if (event.type === "error") this.host.emit("error", { error: new Error(event.message ?? event.code) });
    this.setConversation(after(this.state.conversation, event));
    const { thread } = this.state.conversation;
    if (thread && event.type.startsWith("thread.") && (event.type === "thread.created" || event.type === "thread.updated"))
      this.#listThread(thread);
  }

  /** @param {any} thread */
  #listThread(thread) {
    const { threads, threadId } = this.state;
    const list = [thread, ...threads.list.filter(({ id }) => id !== thread.id)];
    this.set({ threadId: thread.id, threads: { ...threads, list } });
    if (threadId !== thread.id) this.host.emit("thread.change", { threadId: thread.id });
  }

  finish() {
    this.turn = null;
    const { conversation } = this.state;
    const items = conversation.items.map((item) =>
      item.streaming || item.sending ? { ...item, streaming: false, sending: false, unsent: item.sending } : item,
    );
    this.set({ answering: false, conversation: { ...conversation, items, progress: null, canStop: true } });
    this.host.emit("response.end");
  }

  async stop() {
    const { threadId } = this.state;
    const resumes = this.api.resumes;
    this.leave();
    this.finish();
    const { items } = this.state.conversation;
    this.setConversation({ items: items.map((item) => (item === items.at(-1) ? { ...item, stopped: true } : item)) });
    if (!resumes || !threadId) return;
    await this.ask("threads.stop", { thread_id: threadId }, () => this.stop());
  }

  /** Where a call of one waits at the end of the conversation. */
  async runClientTool() {
    const call = this.state.conversation.items.findLast(({ type }) => type !== "end_of_turn");
    const tool = this.host.options().onClientTool;
    if (call?.type !== "client_tool_call" || call.status !== "pending" || !tool) return;
    const { threadId } = this.state;
    let result;
    try {
      result = (await tool({ name: call.name, params: call.arguments })) ?? {};
    } catch (error) {
      result = { error: String(/** @type {any} */ (error)?.message ?? error) };
      this.host.emit("error", { error });
    }
    if (this.state.threadId !== threadId || this.turn) return;
    this.receive({ type: "thread.item.replaced", item: { ...call, status: "completed", output: result } });
    await this.run("threads.add_client_tool_output", { thread_id: threadId, result });
  }

  /** @param {string[]} itemIds @param {"positive" | "negative"} kind */
  async rate(itemIds, kind) {
    return this.ask("items.feedback", { thread_id: this.state.threadId, item_ids: itemIds, kind });
  }
}

const LISTED = 30;

/** @param {Session} session @param {Partial<import("./types").ThreadList>} change */
const setThreads = (session, change) => session.set({ threads: { ...session.state.threads, ...change } });

/** @param {Session} session @param {boolean} more whether the next page is added */
export async function listThreads(session, more = false) {
  const { api, state } = session;
  const { threads } = state;
  if (threads.loading) return;
  setThreads(session, { loading: true, failure: null });
  try {
    const params = { limit: LISTED, order: "desc", ...(more && threads.after && { after: threads.after }) };
    const page = await api.ask("threads.list", params);
    const known = session.state.threads.list.filter((one) => more || !threads.list.includes(one));
    const fresh = page.data.filter(({ id }) => !known.some((one) => one.id === id));
    if (session.api === api) setThreads(session, { list: [...known, ...fresh], after: page.has_more ? page.after : null, loaded: true });
  } catch (error) {
    setThreads(session, { failure: /** @type {any} */ (error) });
    session.host.emit("error", { error });
  } finally {
    setThreads(session, { loading: false });
  }
  if (session.api !== api) await listThreads(session);
}

/** @param {Session} session @param {string} threadId @param {string} title */
export async function renameThread(session, threadId, title) {
  if (!(await session.ask("threads.update", { thread_id: threadId, title }))) return;
  const { list } = session.state.threads;
  setThreads(session, { list: list.map((one) => (one.id === threadId ? { ...one, title } : one)) });
  const { thread } = session.state.conversation;
  if (thread?.id === threadId) session.setConversation({ thread: { ...thread, title } });
}

/** @param {Session} session @param {string} threadId */
export async function deleteThread(session, threadId) {
  if (session.state.threadId === threadId) session.leave();
  if (!(await session.ask("threads.delete", { thread_id: threadId }))) return;
  setThreads(session, { list: session.state.threads.list.filter(({ id }) => id !== threadId) });
  if (session.state.threadId === threadId) await session.open(null);
}

const TRIES = [500, 1000, 2000, 4000, 8000, 15_000];

/** @param {number} time */
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

class Follower {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    /** @type {AbortController | null} */
    this.reading = null;
  }

  leave() {
    this.reading?.abort();
    this.reading = null;
    this.session.state.reconnecting &&= false;
  }

  /** Shows an answer that is being written elsewhere, to its end. @param {string} threadId */
  async follow(threadId) {
    const { session } = this;
    this.leave();
    const reading = new AbortController();
    this.reading = reading;
    session.set({ answering: true });
    const told = new Set();
    try {
      for await (const event of session.api.stream("threads.follow", { thread_id: threadId }, reading.signal)) {
        if (this.reading !== reading) return;
        if (event.item) told.add(event.item.id);
        session.receive(event);
      }
    } catch (error) {
      if (this.reading !== reading) return;
      if (await this.takeOver(error)) return;
      session.fail(error, () => session.open(threadId));
    }
    if (this.reading !== reading) return;
    this.reading = null;
    session.finish();
    // What was read as it was being taken back.
    const { items } = session.state.conversation;
    const asked = items.findLastIndex(({ type }) => type === "user_message");
    if (told.size) session.setConversation({ items: items.filter(({ id }, place) => place <= asked || told.has(id)) });
    await session.runClientTool();
  }

  /** Reads on where the server keeps writing, if it does. @param {unknown} error @param {(() => void) | null} [again] @returns {Promise<boolean>} */
  async takeOver(error, again = null) {
    const { session } = this;
    const { threadId } = session.state;
    const lost = !(error instanceof Failure) || ["away", "offline"].includes(error.kind);
    if (!lost || !session.api.resumes || !threadId) return false;
    session.turn = null;
    const known = new Set(session.state.conversation.items.map(({ id }) => id));
    const reading = new AbortController();
    this.reading = reading;
    session.set({ answering: true, reconnecting: true });
    for (const time of TRIES) {
      await pause(time);
      if (this.reading !== reading) return true;
      let answering;
      try {
        ({ answering } = await session.api.thread(threadId));
      } catch {
        continue;
      }
      if (this.reading !== reading) return true;
      this.reading = null;
      session.set({ reconnecting: false });
      if (answering) await this.follow(threadId);
      else {
        session.finish();
        await session.load(threadId);
      }
      const { state } = session;
      const came = state.conversation.items.some(({ id, type }) => type === "user_message" && !known.has(id));
      if (again && !came && !state.failure && state.threadId === threadId) again();
      return true;
    }
    this.reading = null;
    session.set({ reconnecting: false });
    session.finish();
    return false;
  }
}
