/** What flows through the panel; the shapes of the protocol are `chatkit.types` of the Python SDK. */
import type { Attachment, Command, ComposerValue, Content, Entity, MessageInput, PanelOptions, Scheme, Theme } from "./chatkit-panel";
import type { Failure } from "./protocol";
import type { Session } from "./session";

export type { ComposerValue, Entity, MessageInput, PanelOptions, Scheme, Theme };

export type Words = Record<string, string>;

export type FailureKind =
  | "away" | "busy" | "cut" | "failed" | "forbidden" | "gone" | "limited" | "missing" | "not_chat" | "offline" | "refused" | "setup" | "signed_out" | "unavailable";

/** An item of a thread: `type` and what belongs to it; those with a question mark are the panel's own. */
export type ThreadItem = {
  id: string;
  type: string;
  created_at?: string;
  content: any[];
  inputs: any[];
  attachments: any[];
  sending?: boolean;
  /** The server does not have it. */
  unsent?: boolean;
  /** Sends it again. */
  again?: () => Promise<void>;
  streaming?: boolean;
  /** The person ended the answer here. */
  stopped?: boolean;
  progress?: number;
  [field: string]: any;
};

export type Task = {
  type: string;
  status_indicator: string;
  title?: string;
  icon?: string;
  content?: string;
  title_query?: string;
  queries?: string[];
  sources?: any[];
};

export type Workflow = {
  type: string;
  tasks: Task[];
  summary?: { title?: string; icon?: string; duration?: number } | null;
  expanded?: boolean;
};

/** Of the Markdown lexer. */
export type Token = {
  type: string;
  raw: string;
  text: string;
  tokens: Token[];
  items: Token[];
  header: Token[];
  rows: Token[][];
  align: (string | null)[];
  href: string;
  title: string;
  lang?: string;
  depth: number;
  start: number;
  ordered: boolean;
  task: boolean;
  checked: boolean;
};

/** What the server answers at once; of lists, a page. */
export type Answer = { data: any[]; [field: string]: any };

export type StreamEvent = { type: string; [field: string]: any };

export type Thread = {
  id: string;
  title?: string | null;
  created_at: string;
  status?: { type: string; reason?: string };
  allowed_image_domains?: string[] | null;
};

export type Conversation = {
  thread: Thread | null;
  items: ThreadItem[];
  /** Where the items before these begin, or null if these are the first. */
  earlier: string | null;
  /** How many items were put before those that came first. */
  prepended: number;
  progress: { icon?: string; text: string } | null;
  notices: { level: string; message: string; title?: string }[];
  canStop: boolean;
  error: { code: string; message?: string; retry: boolean } | null;
};

export type ThreadList = {
  list: Thread[];
  after: string | null;
  loaded: boolean;
  loading: boolean;
  failure: Failure | null;
};

export type SessionState = {
  conversation: Conversation;
  threadId: string | null;
  loading: boolean;
  answering: boolean;
  /** The connection was lost, and the answer goes on without it. */
  reconnecting: boolean;
  failure: Failure | null;
  again: (() => void) | null;
  threads: ThreadList;
};

export type Host = {
  changed: () => void;
  emit: (name: string, detail?: any) => void;
  options: () => PanelOptions;
};

export type UserInput = {
  content: any[];
  attachments: string[];
  quoted_text: string | null;
  inference_options: { tool_choice: { id: string } | null; model: string | null };
  /** The attachments as they are shown until the server has the message. */
  shown?: any[];
};

export type DraftFile = {
  key: string;
  name: string;
  type: string;
  file: File | null;
  state: "uploading" | "done" | "failed";
  problem: string;
  attachment?: any;
};

export type Draft = {
  text: string;
  tags: Entity[];
  files: DraftFile[];
  reply: string;
  toolId: string | null;
  modelId: string | null;
};

export type ActionConfig = {
  type: string;
  payload?: any;
  handler?: "client" | "server";
  loadingBehavior?: "auto" | "none" | "self" | "container";
  streaming?: boolean;
};

/** A component of a widget, as a server sends it. */
export type WidgetNode = { type: string; children?: any; data: any[]; series: any[]; options: any[]; [field: string]: any };

/** How a component is drawn; `busy` is what is waited for. */
export type Component = (props: { node: WidgetNode; act: Act; busy: any; scheme: Scheme }) => any;
/** Does what a component says, which `source` is waited for; with the values of its form, and others. */
export type Act = (config: ActionConfig | null | undefined, source: any, form?: HTMLFormElement | null, values?: object) => Promise<void>;

/** Of a chart: where it begins and ends at each category, and its value there. */
export type Series = { type: string; stack: string; spans: number[][]; curveType?: string | null; [field: string]: any };

export type Memo = <P>(view: (props: P) => any, same?: (now: any, next: any) => boolean) => any;
export type Lazy = (load: () => Promise<any>, name: string, sheet?: string, instead?: ((props: any) => any) | null) => any;
export type UseCopy = (text: () => string) => [boolean, () => Promise<void>];
/** Why a file is not taken, if it is not. */
export type ProblemOf = (file: File, rules: NonNullable<NonNullable<PanelOptions["composer"]>["attachments"]>, words: Words) => string;

/** What each view is given. */
export type Props = {
  FailureBox: { failure: Failure; again?: (() => void) | null };
  Failed: { icon?: string; title?: any; text: string; about?: any; again?: false | (() => void) | null; children?: any };
  Notice: { notice: { level: string; message: string; title?: string } };
  ClientTool: { item: ThreadItem; waits: boolean };
  GeneratedImage: { item: ThreadItem };
  Tag: { part: any };
  Item: { item: ThreadItem; waits: boolean };
  TurnActions: { asked: string | null; end: string; last: boolean };
  Task: { task: Task; detail?: string };
  Workflow: { workflow: Workflow };
  AssistantPart: { part: { text: string; annotations?: any[] } };
  Unsent: { item: ThreadItem };
  Row: { item: ThreadItem; ended: boolean; asked: string | null; last: boolean; waits: boolean };
  Backdrop: { text: string; tags: Entity[]; box: any };
  Field: { field: any; submit: () => void };
  Tools: { field: any };
  ReadOnly: { status: { type: string; reason?: string } };
  Rename: { thread: any; close: () => void; leave: () => void };
  Delete: { thread: any; close: () => void; leave: () => void };
  Entry: { thread: any };
  Header: { panel: PanelContext };
  Conversation: { panel: PanelContext };
  PanelView: { panel: PanelContext };
  Canvas: { blob: Blob; alt: string; style?: object; onError?: () => void };
  Picture: { url: string; alt?: string; style?: object };
  Preview: { load?: false | (() => Promise<{ preview: any }>); children: any };
  SourceLink: { source: any; number?: number };
  /** `lit` is the one whose mark was chosen. */
  Sources: { sources: any[]; lit: { place: number } };
  /** Items are `{ id, label, description?, icon?, group?, disabled? }`. */
  List: { items: any[]; active?: number; id?: string; label: string; choose: (item: any) => void; selected?: string | null };
  Menu: { label: string; icon?: string; text?: string; items: any[]; selected?: string | null; choose: (id: any) => void; kind?: string };
  Chip: { file: DraftFile };
  DraftFiles: { files: DraftFile[] };
  Dictation: { insert: (text: string) => void };
  Question: { input: { id: string; options: any[]; [field: string]: any }; words: Words };
  StructuredInput: { item: ThreadItem };
  LongTable: { raw: string; links: Record<string, any>; count: number };
  Markdown: { text: string };
  Rows: { raw: string; links: Record<string, any>; count: number };
  Code: { text: string; language: string };
  Block: { raw: string; links: Record<string, any>; count: number };
  Icon: { name?: string; class?: string; style?: object };
  Colours: { text: string; language: string };
  Status: { status: any };
  Node: { node: any };
  Nodes: { of: any };
  Segment: { items: ThreadItem[]; asked: string | null; next: string; last: boolean; answering: boolean };
};

export type PanelContext = {
  session: Session;
  state: SessionState;
  options: PanelOptions;
  words: Words;
  /** Changes whenever items that are as they were have to be drawn again. */
  look: string;
  locale: string;
  rtl: boolean;
  scheme: Scheme;
  density: string;
  radius: string;
  domains: string[];
  history: boolean;
  historyOpen: boolean;
  root: { current: HTMLElement | null };
  /** Loads a style sheet; true once it is there. */
  style: (name: string) => Promise<any> | true;
  field: { current: any };
  draft: () => Draft;
  setDraft: (change: (draft: Draft) => Draft) => void;
  selectTool: (id: string | null) => void;
  commands: (query: string) => Promise<any[]>;
  runCommand: (command: any) => Promise<any>;
  actions: {
    open: (threadId: string | null) => Promise<void>;
    choose: (threadId: string | null) => void;
    send: (message: MessageInput) => void;
    submit: () => void;
    showHistory: (open: boolean) => void;
  };
};
