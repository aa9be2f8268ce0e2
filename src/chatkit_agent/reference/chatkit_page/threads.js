/** The list of a person's conversations: paging, renaming, deleting. */

/** @import { Session } from "./session" */

const PAGE = 30;

/** @param {Session} session @param {Partial<import("./types").ThreadList>} change */
const set = (session, change) => session.set({ threads: { ...session.state.threads, ...change } });

/** @param {Session} session @param {boolean} [more] whether the next page is added to what is there */
export async function listThreads(session, more = false) {
  const { threads } = session.state;
  if (threads.loading) return;
  set(session, { loading: true, failure: null });
  try {
    const params = { limit: PAGE, order: "desc", ...(more && threads.after && { after: threads.after }) };
    const page = await session.api.ask("threads.list", params);
    const known = more ? session.state.threads.list : [];
    const fresh = page.data.filter((/** @type {any} */ { id }) => !known.some((one) => one.id === id));
    set(session, { list: [...known, ...fresh], after: page.has_more ? page.after : null, loaded: true });
  } catch (error) {
    set(session, { failure: /** @type {any} */ (error) });
    session.host.emit("error", { error });
  } finally {
    set(session, { loading: false });
  }
}

/** @param {Session} session @param {string} threadId @param {string} title */
export async function renameThread(session, threadId, title) {
  try {
    await session.api.ask("threads.update", { thread_id: threadId, title });
  } catch (error) {
    return session.fail(error);
  }
  const { list } = session.state.threads;
  set(session, { list: list.map((one) => (one.id === threadId ? { ...one, title } : one)) });
  const { thread } = session.state.conversation;
  if (thread?.id === threadId) session.setConversation({ thread: { ...thread, title } });
}

/** @param {Session} session @param {string} threadId */
export async function deleteThread(session, threadId) {
  if (session.state.threadId === threadId) session.leave();
  try {
    await session.api.ask("threads.delete", { thread_id: threadId });
  } catch (error) {
    return session.fail(error);
  }
  set(session, { list: session.state.threads.list.filter(({ id }) => id !== threadId) });
  if (session.state.threadId === threadId) await session.open(null);
}
