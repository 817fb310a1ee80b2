export interface ServerEvent {
  readonly name: string;
  readonly data: string;
}

/** Takes `text/event-stream` in pieces cut anywhere and gives the events each piece completes. */
export class EventParser {
  #rest = '';
  #name = '';
  #data: string[] = [];
  #held = 0;

  /** Characters of the event that is not complete yet. */
  get held(): number {
    return this.#held + this.#rest.length;
  }

  push(piece: string): ServerEvent[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.flatMap((line) => this.#line(line.endsWith('\r') ? line.slice(0, -1) : line));
  }

  /** What was left when the stream ended: not every server closes its last event. */
  end(): ServerEvent[] {
    return this.push('\n\n');
  }

  #line(line: string): ServerEvent[] {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'event') this.#name = value;
    if (field === 'data') {
      this.#data.push(value);
      this.#held += value.length;
    }
    return [];
  }

  #dispatch(): ServerEvent[] {
    const event = { name: this.#name, data: this.#data.join('\n') };
    const isEmpty = this.#data.length === 0;
    this.#name = '';
    this.#data = [];
    this.#held = 0;
    return isEmpty ? [] : [event];
  }
}
