/** What a conversation holds after each event of its stream. Nothing here changes its arguments. */

/** @import { Conversation, StreamEvent, ThreadItem } from "./types" */

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
  // The message as the server keeps it, in place of the one that was shown while it was sent.
  const items = item.type === "user_message" ? now.items.filter((one) => !one.sending) : now.items;
  return { ...put({ ...now, items }, item), progress: null };
};

/** What each event does. @type {Record<string, (now: Conversation, event: any) => Conversation>} */
export const EVENTS = {
  "thread.created": (now, { thread }) => withThread(now, thread),
  "thread.updated": (now, { thread }) => withThread(now, thread),
  "thread.item.added": (now, { item }) => put({ ...now, progress: null }, { ...item, streaming: true }),
  "thread.item.done": (now, { item }) => finished(now, item),
  "thread.item.replaced": (now, { item }) => put(now, item),
  "thread.item.removed": (now, { item_id }) => ({ ...now, items: now.items.filter(({ id }) => id !== item_id) }),
  "thread.item.updated": (now, { item_id, update }) => {
    const item = now.items.findLast(({ id }) => id === item_id);
    const change = UPDATES[update.type];
    return item && change ? put({ ...now, progress: null }, change(item, update)) : now;
  },
  stream_options: (now, { stream_options }) => ({ ...now, canStop: stream_options.allow_cancel }),
  progress_update: (now, { icon, text }) => ({ ...now, progress: text ? { icon, text } : null }),
  notice: (now, { level, message, title }) => ({ ...now, notices: [...now.notices, { level, message, title }] }),
  error: (now, { code, message, allow_retry }) => ({ ...now, error: { code, message, retry: allow_retry } }),
  // Handed to the page by the session; nothing of the conversation changes.
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

/** The widget with one component of it changed. @param {any} node @param {string} id @param {(node: any) => any} change @returns {any} */
const component = (node, id, change) => {
  if (node.id === id) return change(node);
  if (!node.children) return node;
  const { children } = node;
  return {
    ...node,
    children: Array.isArray(children) ? children.map((child) => component(child, id, change)) : component(children, id, change),
  };
};

/** What each update does to its item. @type {Record<string, (item: any, update: any) => any>} */
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
export const after = (now, event) => (EVENTS[event.type] ?? ((same) => same))(now, event);
