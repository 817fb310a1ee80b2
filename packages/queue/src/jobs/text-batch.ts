/** Milliseconds for which text is gathered before it is passed on. */
const BATCH_MS = 50;

/**
 * Gathers a model's text, which comes token by token, into pieces worth a message.
 * @param add takes a piece
 * @param send passes on what was added; what is left at the end is only added: it goes with what comes next
 */
export function batchText(add: (text: string) => void, send: () => void) {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (text !== '') add(text);
    text = '';
  };
  const pass = () => {
    flush();
    send();
  };
  return {
    add(piece: string) {
      text += piece;
      timer ??= setTimeout(pass, BATCH_MS);
    },
    /** Adds what is left. */
    flush,
  };
}
