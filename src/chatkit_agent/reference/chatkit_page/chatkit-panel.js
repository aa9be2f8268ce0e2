/** The element `<chatkit-panel>`: its options, methods and events are those of OpenAI's element. */
import { Api } from "./protocol.js";
import { listThreads, Session } from "./session.js";
import { addFiles, html, Markdown, render } from "./ui.js";
import { contentOf, EMPTY_DRAFT, fromContent, isEmpty, PanelView } from "./views/panel.js";
import { ENGLISH, RIGHT_TO_LEFT, wordsOf } from "./words.js";

/** @import { Draft, PanelContext, PanelOptions, Theme } from "./types" */

const FRAME = 33;
const STYLES = ["panel"];

const fonts = new Set();

/** @param {any} font */
function load({ family, src, display = "swap", ...more }) {
  const key = `${family} ${src}`;
  if (fonts.has(key)) return;
  fonts.add(key);
  const face = new FontFace(family, `url(${JSON.stringify(src)})`, { display, ...more });
  document.fonts.add(face);
  face.load().catch(() => {});
}

/** @param {HTMLElement} root @param {PanelOptions["theme"]} theme */
function applyTheme(root, theme) {
  const { color, typography } = /** @type {Theme} */ (Object(theme));
  const { accent, surface, grayscale } = color ?? {};
  const variables = {
    accent: accent?.primary,
    surface: surface?.background,
    text: surface?.foreground,
    "gray-hue": grayscale?.hue,
    "gray-chroma": grayscale && grayscale.tint * 0.004,
    font: typography?.fontFamily,
    "font-mono": typography?.fontFamilyMono,
    "font-size": typography?.baseSize && `${typography.baseSize}px`,
  };
  for (const [name, value] of Object.entries(variables)) root.style.setProperty(`--ck-${name}`, String(value ?? ""));
  typography?.fontSources?.forEach(load);
}

export class ChatKitPanel extends HTMLElement {
  static observedAttributes = ["url", "locale", "theme"];
  /** @type {PanelOptions} */
  #options = { api: { url: "/chatkit" } };
  /** @type {Draft} */
  #draft = EMPTY_DRAFT;
  #words = ENGLISH;
  #locale = "en";
  #historyOpen = false;
  #opened = false;
  // Until it is told where the chat is, there is nothing to ask for.
  #configured = false;
  /** @type {Record<string, Promise<any> | true>} */
  #styles = {};
  /** @type {ReturnType<typeof setTimeout> | 0} */
  #timer = 0;
  #drawn = 0;
  #panel = /** @type {PanelContext} */ ({});
  #field = { current: /** @type {any} */ (null) };
  #dark = matchMedia("(prefers-color-scheme: dark)");
  #root = { current: /** @type {HTMLElement | null} */ (null) };

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.session = new Session({
      changed: () => this.#changed(),
      emit: (name, detail) => this.#emit(name, detail),
      options: () => this.#options,
    });
  }

  connectedCallback() {
    STYLES.forEach(this.#style);
    this.#dark.addEventListener("change", this.#changed);
    document.addEventListener("visibilitychange", this.#returned);
    globalThis.addEventListener("online", this.#returned);
    this.#start();
  }

  disconnectedCallback() {
    this.#dark.removeEventListener("change", this.#changed);
    document.removeEventListener("visibilitychange", this.#returned);
    globalThis.removeEventListener("online", this.#returned);
    this.#opened = false;
    this.session.leave();
    if (this.session.state.answering) this.session.finish();
  }

  /** @param {string} name @param {string | null} _ @param {string | null} value */
  attributeChangedCallback(name, _, value) {
    if (name === "url") this.#options = { ...this.#options, api: { ...this.#options.api, url: value ?? "/chatkit" } };
    else this.#options = { ...this.#options, [name]: value ?? undefined };
    this.#configured ||= name === "url";
    this.#configure();
  }

  /** What is not given is as it is by default. @param {Partial<PanelOptions>} options */
  setOptions(options) {
    this.#options = { ...options, api: { url: this.getAttribute("url") ?? "/chatkit", ...options?.api } };
    this.#configured = true;
    this.#configure();
  }

  async focusComposer() {
    this.#field.current?.focus();
  }

  /** @param {string | null} threadId */
  async setThreadId(threadId) {
    if (this.#opened) await this.session.open(threadId);
    else this.session.set({ threadId });
  }

  /** @param {{ type: string, payload?: any }} action @param {string} [itemId] */
  async sendCustomAction(action, itemId) {
    await this.session.act(action, itemId);
  }

  /** @param {import("./types").MessageInput & { newThread?: boolean }} message */
  async sendUserMessage({ text = "", content, reply, attachments = [], newThread = false, toolChoice, model }) {
    content ??= contentOf({ ...EMPTY_DRAFT, text });
    if (isEmpty(content, attachments)) throw new TypeError("The message is empty.");
    if (this.session.state.answering && !newThread) throw new Error(this.#words.busy);
    if (newThread) await this.session.open(null);
    await this.session.say({
      content,
      attachments: attachments.map(({ id }) => id),
      quoted_text: reply || null,
      inference_options: { tool_choice: toolChoice ?? null, model: model ?? null },
      shown: attachments,
    });
  }

  /** @param {import("./types").ComposerValue} value */
  async setComposerValue({ text, content, reply, attachments, files, selectedToolId, selectedModelId }) {
    this.#setDraft((draft) => ({
      ...draft,
      ...(text !== undefined && { text, tags: [] }),
      ...(content && fromContent(content)),
      ...(reply !== undefined && { reply }),
      ...(attachments && { files: attachments.map((attachment) => ({ key: attachment.id, name: attachment.name, type: attachment.mime_type, file: null, state: "done", problem: "", attachment })) }),
      ...(selectedModelId !== undefined && { modelId: selectedModelId }),
    }));
    if (selectedToolId !== undefined) this.#selectTool(selectedToolId);
    if (files) await addFiles(this.#panel, files);
  }

  async showHistory() {
    this.#showHistory(true);
  }

  async hideHistory() {
    this.#showHistory(false);
  }

  async fetchUpdates() {
    const { threadId } = this.session.state;
    await Promise.all([this.#list(), threadId && !this.session.turn && this.session.load(threadId)]);
  }

  /** True once it is there; without it the panel is drawn all the same. @param {string} name */
  #style = (name) =>
    (this.#styles[name] ??= new Promise((loaded) => {
      const href = new URL(`./styles/${name}.css`, import.meta.url).href;
      const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: loaded, onerror: loaded });
      this.shadowRoot?.append(link);
    }).then(() => (this.#styles[name] = true)));

  #configure() {
    const { api } = this.#options;
    const locale = (this.#options.locale || navigator.language || "en").replaceAll("_", "-");
    const { url, given, resumes } = this.session.api;
    if (api.url !== url || api.fetch !== given || locale !== this.#locale) {
      this.session.api = new Api(api, locale);
      this.session.api.resumes = resumes && api.url === url;
      // What was listed, or refused, was for somebody else.
      if (this.#opened) this.#list();
    }
    if (locale !== this.#locale) this.#speak(locale);
    if (this.#opened) this.#changed();
    else this.#start();
  }

  /** @param {string} locale */
  async #speak(locale) {
    this.#locale = locale;
    const words = await wordsOf(locale);
    if (locale === this.#locale) this.#words = words;
    this.#changed();
  }

  async #start() {
    if (this.#opened || !this.#configured || !this.isConnected) return;
    this.#opened = true;
    await Promise.all(Object.values(this.#styles));
    this.#draw();
    Markdown.loaded().catch(() => {});
    this.#emit("ready");
    const { threadId, loading, answering } = this.session.state;
    const { initialThread = null } = this.#options;
    const first = loading || answering ? null : this.session.open(threadId ?? initialThread);
    this.#list();
    await first;
  }

  #list() {
    return this.#options.history?.enabled !== false && listThreads(this.session);
  }

  /** After sleep or without a network, an answer may have been written that is not shown. */
  #returned = () => {
    const { state, api } = this.session;
    if (!navigator.onLine) return;
    if (state.threads.failure?.kind === "offline") this.#list();
    if (state.failure?.kind === "offline") return state.again?.();
    if (document.hidden || !api.resumes || !state.threadId || state.answering || state.loading) return;
    this.session.load(state.threadId);
  };

  /** @param {string} name @param {any} [detail] */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`chatkit.${name}`, { detail, bubbles: true, composed: true }));
  }

  /** Draws soon, and not more often than is seen. */
  #changed = () => {
    if (!this.#opened || this.#timer) return;
    this.#timer = setTimeout(() => this.#draw(), Math.max(0, this.#drawn + FRAME - performance.now()));
  };

  #draw() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.isConnected || !this.shadowRoot) return;
    // The same object each time, as what is new is drawn again.
    Object.assign(this.#panel, this.#context());
    render(html`<${PanelView} panel=${this.#panel} />`, /** @type {any} */ (this.shadowRoot));
    if (this.#root.current) applyTheme(this.#root.current, this.#options.theme);
    this.#drawn = performance.now();
  }

  /** @returns {PanelContext} */
  #context() {
    const { state } = this.session;
    const { feedback, retry } = this.#options.threadItemActions ?? {};
    const theme = typeof this.#options.theme === "string" ? { colorScheme: this.#options.theme } : (this.#options.theme ?? {});
    return {
      session: this.session,
      state,
      options: this.#options,
      words: this.#words,
      look: [this.#locale, this.#words.you, theme.colorScheme, this.#dark.matches, feedback, retry].join(" "),
      locale: this.#locale,
      rtl: RIGHT_TO_LEFT.test(this.#locale),
      scheme: theme.colorScheme ?? (this.#dark.matches ? "dark" : "light"),
      density: theme.density ?? "normal",
      radius: theme.radius ?? "round",
      domains: state.conversation.thread?.allowed_image_domains ?? [],
      history: this.#options.history?.enabled !== false,
      historyOpen: this.#historyOpen,
      root: this.#root,
      style: this.#style,
      field: this.#field,
      draft: () => this.#draft,
      setDraft: this.#setDraft,
      selectTool: this.#selectTool,
      commands: this.#commands,
      runCommand: this.#runCommand,
      actions: {
        open: (threadId) => this.session.open(threadId),
        choose: this.#choose,
        send: (message) => this.session.state.answering || this.sendUserMessage(message),
        submit: this.#submit,
        showHistory: this.#showHistory,
      },
    };
  }

  /** @param {(draft: Draft) => Draft} change */
  #setDraft = (change) => {
    this.#draft = change(this.#draft);
    this.#draw();
  };

  /** @param {string | null} toolId */
  #selectTool = (toolId) => {
    if (toolId === this.#draft.toolId) return;
    this.#setDraft((draft) => ({ ...draft, toolId }));
    this.#emit("tool.change", { toolId });
  };

  /** @param {boolean} open */
  #showHistory = (open) => {
    if (open === this.#historyOpen) return;
    this.#historyOpen = open;
    this.#draw();
    this.#emit(open ? "history.open" : "history.close");
    const target = open ? ".history button" : ".history-toggle";
    /** @type {HTMLElement | null | undefined} */ (this.shadowRoot?.querySelector(target))?.focus();
  };

  /** @param {string | null} threadId */
  #choose = (threadId) => {
    this.#showHistory(false);
    this.session.open(threadId);
    if (threadId === null) this.focusComposer();
  };

  #submit = () => {
    const draft = this.#draft;
    const { files, toolId, modelId, reply } = draft;
    const tool = this.#options.composer?.tools?.find(({ id }) => id === toolId);
    const models = this.#options.composer?.models ?? [];
    const model = modelId ?? models.find((one) => one.default)?.id ?? models[0]?.id;
    const attachments = files.flatMap(({ attachment }) => (attachment ? [attachment] : []));
    this.#draft = { ...EMPTY_DRAFT, modelId, toolId: tool?.persistent ? toolId : null };
    if (toolId && !tool?.persistent) this.#emit("tool.change", { toolId: null });
    this.sendUserMessage({ content: contentOf(draft), reply, attachments, toolChoice: toolId ? { id: toolId } : undefined, model });
    this.#draw();
  };

  /** @param {string} query */
  #commands = async (query) => {
    const { commands, composer } = this.#options;
    const own = [
      ...(composer?.tools ?? []).map(({ id, label, icon }) => ({ id: `tool:${id}`, label, icon, group: this.#words.tools, run: () => this.#selectTool(id) })),
      { id: "new", label: this.#words.new, icon: "compose", group: this.#words.options, run: () => this.#choose(null) },
    ];
    const found = own.filter(({ label }) => label.toLowerCase().includes(query.toLowerCase()));
    return [...((await commands?.onSearch?.(query)) ?? []), ...found];
  };

  /** @param {any} command */
  #runCommand = async (command) => (command.run ? command.run() : this.#options.commands?.onSelect?.(command));
}

if (!customElements.get("chatkit-panel")) customElements.define("chatkit-panel", ChatKitPanel);
