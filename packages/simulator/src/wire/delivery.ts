/** What is sent of an answer and how it ends; the same for a stream and a plain answer. */
export interface Delivery {
  readonly content: string | null;
  readonly reasoning: string | null;
  readonly refusal: string | null;
  readonly finishReason: 'stop' | 'length' | 'content_filter' | 'refusal';
  readonly ending: 'complete' | 'no-finish' | 'error' | 'cut' | 'garbage' | 'hang' | 'hang-with-comments';
  readonly latencyMs: number;
  /** 0: all at once. */
  readonly tokensPerSecond: number;
}

/** What both kinds of answer carry. */
export interface Envelope {
  readonly id: string;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly keepAliveMs: number;
  readonly usage: Readonly<Record<string, unknown>>;
}
