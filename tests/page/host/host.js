/** An application's page: who is signed in is in its address, and the token is held in memory only. */
import "/stage/static/chatkit-panel.js";

const user = new URLSearchParams(location.search).get("user") ?? "alice";
const { token } = await (await fetch(`/token/${user}`)).json();
const panel = document.getElementById("chat");
const happened = (globalThis.happened = []);

const send = (url, init = {}) => {
  const headers = new Headers(init.headers);
  if (globalThis.token !== null) headers.set("Authorization", `Bearer ${globalThis.token ?? token}`);
  return fetch(url, { ...init, headers });
};
const entities = [
  { id: "p1", title: "Ada Lovelace", group: "People", icon: "profile", interactive: true, data: { role: "author" } },
  { id: "p2", title: "Alan Turing", group: "People", icon: "profile", interactive: true },
  { id: "d1", title: "Annual plan", group: "Documents", icon: "document" },
];
const preview = { type: "Basic", children: [{ type: "Title", value: "A preview", size: "sm" }, { type: "Caption", value: "Of an entity" }], padding: 3 };
const options = {
  api: { url: "/chatkit", fetch: send, uploadStrategy: { type: "two_phase" } },
  threadItemActions: { feedback: true, retry: true },
  onClientTool: ({ name, params }) => {
    happened.push(["tool", name, params]);
    if (name === "broken") throw new Error("The page cannot do this.");
    return { title: document.title };
  },
  entities: {
    onTagSearch: async (query) => entities.filter(({ title }) => title.toLowerCase().includes(query.toLowerCase())),
    onClick: (entity) => happened.push(["entity", entity.id]),
    onRequestPreview: async () => ({ preview }),
  },
  commands: {
    enabled: true,
    onSearch: async (query) => [{ id: "insert", label: "Insert the plan" }].filter(({ label }) => label.toLowerCase().includes(query)),
    onSelect: async () => ({ type: "entity", entity: entities[2] }),
  },
  widgets: { onAction: async (action, item) => void happened.push(["action", action, item.id]) },
  ...globalThis.moreOptions,
};
for (const name of ["ready", "error", "effect", "deeplink", "response.start", "response.end", "history.open", "history.close", "thread.change", "thread.load.start", "thread.load.end", "tool.change", "log"])
  panel.addEventListener(`chatkit.${name}`, ({ detail }) => happened.push([name, detail?.error ? String(detail.error.message) : detail]));
panel.setOptions(options);
globalThis.panel = panel;
globalThis.hostOptions = options;
