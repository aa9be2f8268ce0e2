export class Lexer {
  constructor(options?: { gfm?: boolean; breaks?: boolean });
  tokens: any[] & { links: Record<string, any> };
  lex(text: string): any[];
  blockTokens(text: string, tokens?: any[]): any[];
}
