/**
 * Held by `tsc`: what a page writes for `<openai-chatkit>` of @openai/chatkit works with this element.
 * What is left out, and why, is in LEFT_OUT: nothing else may be missing.
 */
import type { ChatKitEvents, ChatKitOptions, OpenAIChatKit } from "@openai/chatkit";
import type { ChatKitPanel, PanelEvents, PanelOptions } from "../../src/chatkit_agent/reference/chatkit_page/chatkit-panel";

/** OpenAI's own hosting: this element speaks to your server only. */
type LeftOut = { getClientSecret: "OpenAI's hosted chats" };

type SelfHosted = Omit<ChatKitOptions, "api"> & { api: Exclude<ChatKitOptions["api"], { getClientSecret: unknown }> };

/** Compiles only where `A` can be given for `B`. */
type Fits<A extends B, B> = A;

export type OptionsFit = Fits<SelfHosted, PanelOptions>;
export type NoOptionIsMissing = Fits<keyof ChatKitOptions, keyof PanelOptions>;
export type NoOptionIsInvented = Fits<keyof PanelOptions, keyof ChatKitOptions>;
export type NoEventIsMissing = Fits<keyof ChatKitEvents, keyof PanelEvents>;
export type NoEventIsInvented = Fits<keyof PanelEvents, keyof ChatKitEvents>;
export type EventsFit = Fits<PanelEvents, ChatKitEvents>;

type Methods = Exclude<keyof OpenAIChatKit, keyof HTMLElement | "setOptions">;
export type NoMethodIsMissing = Fits<Methods, keyof ChatKitPanel>;
export type MethodsFit = Fits<Pick<ChatKitPanel, Methods>, Pick<OpenAIChatKit, Methods>>;
export type OwnOptionsAreTaken = Fits<(options: PanelOptions) => void, (options: SelfHosted) => void>;
export type { LeftOut };
