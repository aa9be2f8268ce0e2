/**
 * The element `<chatkit-panel>`. Its options, methods and events are named as those of
 * `<openai-chatkit>` in npm's @openai/chatkit, so that changing between the two is changing a tag.
 */

export type Scheme = "light" | "dark";
export type Content =
  | { type: "input_text"; text: string }
  | { type: "input_tag"; id: string; text: string; data?: Record<string, unknown>; group?: string; interactive?: boolean };
export type Attachment = { id: string; name: string; mime_type: string } & ({ type: "file" } | { type: "image"; preview_url: string });
export type Entity = { id: string; title: string; icon?: string; interactive?: boolean; group?: string; data?: Record<string, any> };
export type Command = { id: string; label: string; description?: string; icon?: string; group?: string };
export type CommandSelection = { type: "entity"; entity: Entity } | { type: "menu"; commands: Command[] };
export type Action = { type: string; payload?: Record<string, unknown> };
export type HeaderAction = { icon: string; label?: string; onClick: () => void };
export type Tool = { id: string; label: string; icon: string; shortLabel?: string; placeholderOverride?: string; pinned?: boolean; persistent?: boolean };
export type Model = { id: string; label: string; description?: string; disabled?: boolean; default?: boolean };
export type Theme = {
  colorScheme?: Scheme;
  radius?: "pill" | "round" | "soft" | "sharp";
  density?: "compact" | "normal" | "spacious";
  color?: {
    grayscale?: { hue: number; tint: number; shade?: number };
    accent?: { primary: string; level: number };
    surface?: { background: string; foreground: string };
  };
  typography?: { baseSize?: number; fontFamily?: string; fontFamilyMono?: string; fontSources?: FontSource[] };
};
export type FontSource = {
  family: string;
  src: string;
  weight?: string | number;
  style?: "normal" | "italic" | "oblique";
  display?: FontDisplay;
  unicodeRange?: string;
};

export type PanelOptions = {
  /** The chat's address, such as `/chatkit`, and what sends requests there, such as with a token. */
  api: {
    url: string;
    fetch?: typeof fetch;
    /** Not used: this element asks nobody whether it may run. */
    domainKey?: string;
    uploadStrategy?: { type: "two_phase" } | { type: "direct"; uploadUrl: string };
  };
  locale?: string;
  /** As the system has it, unless it is said. */
  theme?: Scheme | Theme;
  frameTitle?: string;
  initialThread?: string | null;
  onClientTool?: (call: { name: string; params: Record<string, unknown> }) => Promise<Record<string, unknown>> | Record<string, unknown>;
  header?: { enabled?: boolean; title?: { enabled?: boolean; text?: string }; leftAction?: HeaderAction; rightAction?: HeaderAction };
  history?: { enabled?: boolean; showDelete?: boolean; showRename?: boolean };
  startScreen?: { greeting?: string; prompts?: { label: string; prompt: string | Content[]; icon?: string }[] };
  threadItemActions?: { feedback?: boolean; retry?: boolean };
  thread?: { autoScroll?: boolean };
  composer?: {
    placeholder?: string;
    attachments?: { enabled: boolean; maxSize?: number | Record<string, number>; maxCount?: number; accept?: Record<string, string[]> };
    tools?: Tool[];
    models?: Model[];
    dictation?: { enabled: boolean };
  };
  disclaimer?: { text: string; highContrast?: boolean };
  entities?: {
    onTagSearch?: (query: string) => Promise<Entity[]>;
    showComposerMenu?: boolean;
    onClick?(entity: Entity): void;
    onRequestPreview?(entity: Entity): Promise<{ preview: any }>;
  };
  commands?: {
    enabled: boolean;
    onSearch?: (query: string) => Promise<Command[]>;
    onSelect?(command: Command): Promise<void | CommandSelection>;
  };
  widgets?: { onAction?(action: Action, item: { id: string; widget: any }): Promise<void> };
};

export type MessageInput = {
  text?: string;
  content?: Content[];
  reply?: string;
  attachments?: Attachment[];
  toolChoice?: { id: string };
  model?: string;
};
export type ComposerValue = {
  text?: string;
  content?: Content[];
  reply?: string;
  attachments?: Attachment[];
  files?: File[];
  selectedToolId?: string | null;
  selectedModelId?: string;
};

export type PanelEvents = {
  "chatkit.ready": CustomEvent<void>;
  "chatkit.error": CustomEvent<{ error: Error }>;
  "chatkit.effect": CustomEvent<{ name: string; data?: Record<string, unknown> }>;
  "chatkit.deeplink": CustomEvent<{ name: string; data?: Record<string, unknown> }>;
  "chatkit.response.start": CustomEvent<void>;
  "chatkit.response.end": CustomEvent<void>;
  "chatkit.history.open": CustomEvent<void>;
  "chatkit.history.close": CustomEvent<void>;
  "chatkit.thread.change": CustomEvent<{ threadId: string | null }>;
  "chatkit.thread.load.start": CustomEvent<{ threadId: string }>;
  "chatkit.thread.load.end": CustomEvent<{ threadId: string }>;
  "chatkit.tool.change": CustomEvent<{ toolId: string | null }>;
  "chatkit.log": CustomEvent<{ name: string; data?: Record<string, unknown> }>;
};

export interface ChatKitPanel extends HTMLElement {
  /** All options at once: what is not given is as it is by default. */
  setOptions(options: PanelOptions): void;
  focusComposer(): Promise<void>;
  setThreadId(threadId: string | null): Promise<void>;
  sendCustomAction(action: Action, itemId?: string): Promise<void>;
  sendUserMessage(message: MessageInput & { newThread?: boolean }): Promise<void>;
  setComposerValue(value: ComposerValue): Promise<void>;
  showHistory(): Promise<void>;
  hideHistory(): Promise<void>;
  fetchUpdates(): Promise<void>;
  addEventListener<K extends keyof PanelEvents>(type: K, listener: (event: PanelEvents[K]) => any, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof PanelEvents>(type: K, listener: (event: PanelEvents[K]) => any, options?: boolean | EventListenerOptions): void;
  removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | EventListenerOptions): void;
}

declare global {
  interface HTMLElementTagNameMap {
    "chatkit-panel": ChatKitPanel;
  }
}
