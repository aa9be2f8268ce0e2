import type { Token } from "../types";

export class Lexer {
  constructor(options?: { gfm?: boolean; breaks?: boolean });
  tokens: Token[] & { links: Record<string, any> };
  lex(text: string): Token[];
  blockTokens(text: string, tokens?: Token[]): Token[];
}
