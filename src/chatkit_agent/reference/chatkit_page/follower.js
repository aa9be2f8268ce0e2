/** Answers that go on without their reader: after a reload, after sleep, in a second tab. */
import { Failure } from "./api.js";

/** @import { Session } from "./session" */

const TRIES = [500, 1000, 2000, 4000, 8000, 15_000];

/** @param {number} time */
const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

export class Follower {
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
    try {
      for await (const event of session.api.stream("threads.follow", { thread_id: threadId }, reading.signal)) {
        if (this.reading !== reading) return;
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
    await session.runClientTool();
  }

  /**
   * Reads on after the connection was lost, where the server keeps writing.
   * @param {unknown} error @param {(() => void) | null} [again] sends what may not have come there
   * @returns {Promise<boolean>} whether it was possible
   */
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
